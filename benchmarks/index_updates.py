"""An index follows its table: 1% of the rows changed and 1% deleted, then rows that its sample never saw.

    python -m benchmarks.index_updates [--rows 1000000]

A changed row has another vector and label under its old id. They lie in a few parts of the table, as where some sources
changed, or (a second table) in all of them. After each update every deleted and every changed row is searched for by its old
vector, and every changed one by its new one: a deleted id never answers, a changed one only with its new vector and label. Then
0.1% of ordinary rows come, and at last clusters along directions in which sentences hardly vary, which must make the watch
rebuild.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import WORK, console, show, verdict
from benchmarks.feature_tables import (
    DIM,
    Rows,
    Vectors,
    all_sentence_vectors,
    commit,
    mixed,
    numbered,
    read_rows,
    sentence_table,
)
from benchmarks.figures import record
from benchmarks.indexing import index_arguments, ran, report_of

_SHARE = 0.01
_FEW_PARTS = 3
_CLUSTERS, _SPREAD, _FLATTEST, _WITHIN = 20, 0.3, 128, 16
_SAME = 5e-3
"""Float16 keeps a cosine to within this."""


@dataclass(frozen=True, eq=False)
class Change:
    """What an update did: ids, and vectors float32 [n, 512] before (`old`) and after (`new`)."""

    deleted: list[str]
    deleted_vectors: Vectors
    changed: list[str]
    old: Vectors
    new: Vectors


def linked(table: Path, copy: Path) -> Path:
    """A copy of a table that shares its parts and has a log of its own."""

    def place(source: str, target: str) -> None:
        if Path(source).name.startswith("part-"):
            os.link(source, target)
        else:
            shutil.copy2(source, target)

    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(table, copy, copy_function=place)
    return copy


def parts_of(table: Path) -> list[str]:
    from transforms.table.open import existing

    return sorted(existing(str(table)).parts)


def change(table: Path, parts: list[str], *, rows: int) -> Change:
    """Changes and deletes `rows` rows each, spread over these parts, in one commit."""
    random = np.random.default_rng(1)
    real = all_sentence_vectors()
    per_part = -(-rows // len(parts))
    done: list[Change] = []

    def rewritten() -> Iterator[tuple[str, Rows]]:
        for part in parts:
            stored = read_rows(table, part)
            drawn = random.permutation(len(stored.ids))[: 2 * per_part]
            changed, deleted = drawn[: len(drawn) // 2], drawn[len(drawn) // 2 :]
            vectors = stored.vectors.copy()
            vectors[changed] = mixed(len(changed), random=random, real=real)
            printed = Change(
                deleted=[stored.ids[row] for row in deleted],
                deleted_vectors=stored.vectors[deleted],
                changed=[stored.ids[row] for row in changed],
                old=stored.vectors[changed],
                new=vectors[changed],
            )
            done.append(printed)
            contents, labels = list(stored.contents), list(stored.labels)
            for row in changed:
                contents[row], labels[row] = f"{contents[row]} again", "second"
            kept = np.setdiff1d(np.arange(len(stored.ids)), deleted)
            yield (
                f"{Path(part).stem}-again.parquet",
                replace(stored, contents=contents, labels=labels, vectors=vectors).take(kept),
            )

    commit(table, rewritten(), removes=parts)
    return Change(
        deleted=[name for printed in done for name in printed.deleted],
        deleted_vectors=np.concatenate([printed.deleted_vectors for printed in done]),
        changed=[name for printed in done for name in printed.changed],
        old=np.concatenate([printed.old for printed in done]),
        new=np.concatenate([printed.new for printed in done]),
    )


def faults(index: Path, change: Change) -> dict[str, int]:
    """Answers that should not be, by what is wrong with them, and changed rows that are not found first by their new vector."""
    from transforms.search.ask.searcher import Searcher

    searcher = Searcher(str(index))
    deleted = set(change.deleted)
    place = {name: row for row, name in enumerate(change.changed)}
    found = {"deleted ids": 0, "answers by an old vector": 0, "old labels": 0, "ids twice": 0, "not found first": 0}
    for queries, own in (
        (change.deleted_vectors, None),
        (change.old, None),
        (change.new, change.changed),
    ):
        rows, scores = searcher.nearest(queries, 10)
        printed = searcher.rows_of(rows.ravel(), ["id", "label"])
        ids = np.array(printed.column("id").to_pylist(), object).reshape(rows.shape)
        labels = np.array(printed.column("label").to_pylist(), object).reshape(rows.shape)
        for at in range(len(queries)):
            found["ids twice"] += len(set(ids[at])) < len(ids[at])
            for name, label, score in zip(ids[at], labels[at], scores[at], strict=True):
                found["deleted ids"] += name in deleted
                if name in place:
                    found["old labels"] += label != "second"
                    found["answers by an old vector"] += bool(
                        abs(score - queries[at] @ change.new[place[name]]) > _SAME
                    )
            found["not found first"] += own is not None and ids[at][0] != own[at]
    return found


def updated(table: Path, index: Path, whole: float, title: str) -> tuple[list[str], dict[str, Any]]:
    """Runs the command; a line of the table of results, and the report."""
    from transforms.table.open import existing

    taken = ran(index_arguments(table, index)).seconds
    report = report_of(index)
    printed = report["data"]["change"]
    expected = existing(str(table)).rows
    how = f"rebuilt: {printed['why']}" if printed["rebuilt"] else (
        f"{printed['added']:,} added, {printed['removed']:,} removed, {printed['changed']:,} changed"
    )  # fmt: skip
    recall = report["recall"]
    new = "" if not recall["new"] else f"; of what came {recall['new']['value']:.4f}"
    rows = f"{report['index']['rows']:,}" + ("" if report["index"]["rows"] == expected else f" of {expected:,}")
    return [
        title,
        f"{taken:.1f} s",
        f"{taken / whole:.3f}",
        how,
        f"{recall['at']['10']['value']:.4f}{new}",
        rows,
    ], report


def outside(rows: int) -> Vectors:
    """Tight clusters around directions in which real sentences vary least, of a few dimensions each, float32 [rows, 512]."""
    random = np.random.default_rng(2)
    real = all_sentence_vectors()
    _, axes = np.linalg.eigh(real.T @ real)
    flat = axes[:, :_FLATTEST]
    centres = random.standard_normal((_CLUSTERS, _FLATTEST)) @ flat.T
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    spans = random.standard_normal((_CLUSTERS, _WITHIN, DIM)) / np.sqrt(DIM)
    made = np.empty((rows, DIM))
    for number, (centre, span) in enumerate(zip(centres, spans, strict=True)):
        own = range(number, rows, _CLUSTERS)
        made[own] = centre + random.standard_normal((len(own), _WITHIN)) @ span * (_SPREAD / np.sqrt(_WITHIN))
    return (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)


def added(table: Path, vectors: Vectors, *, start: int, name: str) -> None:
    commit(table, [(f"part-{name}.parquet", replace(numbered(start, vectors), sources=[name] * len(vectors)))])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    home = WORK / "updates"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    made = sentence_table(rows)
    table, index = linked(made, home / "table"), home / "index"
    whole = ran(index_arguments(table, index)).seconds
    lines = [
        ["build", f"{whole:.1f} s", "1", "", f"{report_of(index)['recall']['at']['10']['value']:.4f}", f"{rows:,}"]
    ]
    ratios, wrong = [], {}
    chosen: dict[str, Callable[[list[str]], list[str]]] = {
        "in a few parts": lambda parts: parts[1 : 1 + _FEW_PARTS],
        "in all parts": lambda parts: parts,
    }
    for title, some in chosen.items():
        spread = title == "in all parts"
        own_table = linked(made, home / "table-spread") if spread else table
        own_index = home / "index-spread" if spread else index
        if spread:
            # The same index, of a table in another place.
            ran(index_arguments(own_table, own_index))
        done = change(own_table, some(parts_of(own_table)), rows=round(_SHARE * rows))
        line, _ = updated(own_table, own_index, whole, f"1% changed, 1% deleted, {title}")
        lines.append(line)
        ratios.append(float(line[2]))
        wrong[title] = faults(own_index, done)
        console.print(f"{title}: {wrong[title]} of {2 * len(done.changed) + len(done.deleted):,} queries")
        if spread:
            shutil.rmtree(own_table)
            shutil.rmtree(own_index)
    random = np.random.default_rng(3)
    few = mixed(rows // 1000, random=random, real=all_sentence_vectors())
    added(table, few, start=rows, name="ordinary")
    lines.append(updated(table, index, whole, "0.1% ordinary rows come")[0])
    added(table, outside(rows // 10), start=2 * rows, name="strange")
    line, report = updated(table, index, whole, "10% in clusters of their own come")
    lines.append(line)
    show(f"Updates of {rows:,} rows", ("what", "time", "of the build's", "how", "recall@10", "rows"), lines)
    for title, ratio in zip(chosen, ratios, strict=True):
        console.print(f"update over build, {title}: {verdict(ratio, 0.1, at_least=False)}")
    rebuilt = report["data"]["change"]["rebuilt"]
    console.print(f"the watch {'rebuilt' if rebuilt else 'did NOT rebuild'}")
    bad = sum(count for printed in wrong.values() for name, count in printed.items() if name != "not found first")
    console.print(f"answers that should not be: {bad}")
    whole_rows = all(" of " not in line[5] for line in lines)
    if not whole_rows:
        console.print("rows are missing from the index")
    shutil.rmtree(home)
    record({"build": whole, "few_parts": ratios[0], "all_parts": ratios[1], "wrong_answers": bad})
    if bad or not rebuilt or not whole_rows:
        sys.exit(1)


if __name__ == "__main__":
    main()
