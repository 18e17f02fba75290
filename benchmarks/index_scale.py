"""An index of 1,000,000 x 512 vectors: build, memory, recall and speed, beside exact search, hnswlib, usearch and Annoy.

    python -m benchmarks.index_scale [--rows 1000000] [--skip hnswlib]

`vectormill index` is the whole command in a process of its own, from the table on disk to a published, measured version. The
others are built from the same rows, streamed from a file, and saving is not counted. All answer the same queries, the rows
that the index holds out and that none of them has, on the same two threads; the search parameter of each is the least that
reaches the level of recall@10 against exact float32 search. Ours is asked through `Searcher.nearest`, which reads the
held-out rows, too. Queries per second are of all queries at once, the median of five; every build is a single one.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import resource
import shutil
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import WORK, console, seconds, show, verdict
from benchmarks.feature_tables import DIM, sentence_table
from benchmarks.index_libraries import LIBRARIES, THREADS, K, Positions, Vectors, cheapest, nearest, recall
from benchmarks.indexing import MEGABYTE, index_arguments, newest, ran, report_of, resident

LEVEL = 0.95
HOME = WORK / "scale"
INDEX = HOME / "index"
_BLOCK = 16_384
_REPEATS, _SINGLES = 5, 300


def write_rows(table: Path) -> None:
    """Leaves in HOME what all are built from and asked: rows.f32, queries.npy, truth.npy."""
    from transforms.open_table import existing
    from transforms.search.row_file import open_rows
    from transforms.table_vectors import TableVectors

    held = set(open_rows(str(newest(INDEX) / "held" / "rows.arrow")).column("id").to_pylist())
    queries = []
    with (HOME / "rows.f32").open("wb") as stream:
        for chunk in TableVectors(str(table), existing(str(table))).chunks(columns=["id"]):
            aside = np.array([name in held for name in chunk.columns.column("id").to_pylist()])
            unit = chunk.vectors / np.linalg.norm(chunk.vectors, axis=1, keepdims=True)
            queries.append(unit[aside])
            stream.write(np.ascontiguousarray(unit[~aside], np.float32).data)
    np.save(HOME / "queries.npy", np.concatenate(queries))
    np.save(HOME / "truth.npy", nearest(np.load(HOME / "queries.npy"), streamed()))


def rows_written() -> int:
    return (HOME / "rows.f32").stat().st_size // (4 * DIM)


def streamed() -> Iterator[Vectors]:
    with (HOME / "rows.f32").open("rb") as stream:
        while len(block := np.fromfile(stream, np.float32, _BLOCK * DIM)):
            yield block.reshape(-1, DIM)


def build(name: str) -> dict[str, Any]:
    """In a process of its own: builds and saves one library's index."""
    library = LIBRARIES[name]()
    importlib.import_module(name.lower())
    before = resident()
    taken = seconds(lambda: library.build(streamed(), rows_written(), DIM))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    library.save(str(HOME / name))
    return {"seconds": taken, "memory": peak - before}


def serve(name: str) -> dict[str, Any]:
    """In a process of its own: opens one index, finds its search parameter, and asks it."""
    queries: Vectors = np.load(HOME / "queries.npy")
    truth: Positions = np.load(HOME / "truth.npy")
    ask = {"ours": ours, "exact": exact, "products": products}.get(name) or (lambda q, t: theirs(name, q, t))
    return ask(queries, truth)


def ours(queries: Vectors, truth: Positions) -> dict[str, Any]:
    from transforms.search.measure import search_all
    from transforms.search.searcher import Searcher
    from transforms.search.segment import HELD, Segment

    before = resident()
    started = time.perf_counter()
    searcher = Searcher(str(INDEX))
    searcher.nearest(queries[:1], K)
    opening = time.perf_counter() - started
    searcher.nearest(np.resize(queries, (1_000, DIM)), K)
    memory = resident() - before
    told = timed(lambda q: searcher.nearest(q, K), queries)
    # The rows that are held out are in no structure, and the truth knows nothing of them.
    names = [name for name in searcher.about["segments"] if name != HELD]
    kind, whole = searcher.about["plan"]["kind"], np.empty(0, np.int64)
    segments = [Segment(str(Path(searcher.folder) / name), kind, whole) for name in names]
    assert sum(segment.size for segment in segments) == rows_written(), "the rows are those of the file, in its order"
    found, _ = search_all(segments, queries, K, effort=searcher.about["effort"])
    effort = searcher.about["effort"]
    return {**told, "memory": memory, "opening": opening, "effort": effort, "recall": recall(found, truth)}


def exact(queries: Vectors, truth: Positions) -> dict[str, Any]:
    """FAISS's flat index."""
    import faiss

    before = resident()
    index = faiss.IndexFlatIP(DIM)
    for block in streamed():
        index.add(block)
    told = timed(lambda q: index.search(q, K), queries, singles=20)
    return {**told, "memory": resident() - before, "effort": None, "recall": recall(index.search(queries, K)[1], truth)}


def products(queries: Vectors, truth: Positions) -> dict[str, Any]:
    """Matrix products and a bar that rises: what recall is measured with."""
    from transforms.search.segment import nearest as nearest_rows

    before = resident()
    rows = np.fromfile(HOME / "rows.f32", np.float32).reshape(-1, DIM)
    numbers = np.arange(len(rows))

    def ask(q: Vectors) -> Positions:
        cuts = range(0, len(rows), _BLOCK)
        return nearest_rows(q, ((numbers[at : at + _BLOCK], rows[at : at + _BLOCK]) for at in cuts), K)[0]

    told = timed(ask, queries, singles=20)
    return {**told, "memory": resident() - before, "effort": None, "recall": recall(ask(queries), truth)}


def theirs(name: str, queries: Vectors, truth: Positions) -> dict[str, Any]:
    library = LIBRARIES[name]()
    importlib.import_module(name.lower())
    before = resident()
    library.load(str(HOME / name), DIM)
    library.search(np.resize(queries, (1_000, DIM)), library.efforts[0])
    effort = cheapest(lambda value: recall(library.search(queries, value), truth), *library.efforts, level=LEVEL)
    library.search(np.resize(queries, (1_000, DIM)), effort)
    memory = resident() - before
    told = timed(lambda q: library.search(q, effort), queries)
    return {**told, "memory": memory, "effort": effort, "recall": recall(library.search(queries, effort), truth)}


def timed(ask: Callable[[Vectors], Any], queries: Vectors, *, singles: int = _SINGLES) -> dict[str, float]:
    """Queries a second together, and the median milliseconds of one alone."""
    ask(queries)
    together = statistics.median(seconds(lambda: ask(queries)) for _ in range(_REPEATS))
    rows = range(min(singles, len(queries)))
    alone = statistics.median(seconds(lambda row=row: ask(queries[row : row + 1])) for row in rows)  # type: ignore[misc]
    return {"rate": len(queries) / together, "single": alone * 1e3}


def worker(task: str, name: str) -> dict[str, Any]:
    console.print(f"[dim]{task} {name}[/dim]")
    told: dict[str, Any] = json.loads(ran(["-m", "benchmarks.index_scale", f"--{task}", name]).said.splitlines()[-1])
    return told


def print_ours(report: dict[str, Any], size: int, rows: int) -> None:
    phases, index = report["seconds"], report["index"]
    console.print(f"{index['kind']}, {index['parameters']}: {index['why']}")
    console.print("seconds: " + ", ".join(f"{name} {value:.0f}" for name, value in phases.items()))
    kept = sum(part["bytes"] for part in report["sizes"] if part["resident"])
    console.print(f"bytes per vector: {kept / rows:.1f} resident, {size / rows:.0f} on disk")
    show(
        f"Recall and speed over {index['search']['name']} (structures alone)",
        ("value", "recall@1", "recall@10", "recall@100", "a query alone", "in batches", ""),
        [
            (
                str(point["value"]), *(f"{point['recall'][k]:.4f}" for k in ("1", "10", "100")),
                f"{point['p50']:.2f} ms", f"{point['qps']:,.0f}/s", "chosen" if point["chosen"] else "",
            )
            for point in report["curve"]
        ],
    )  # fmt: skip
    told = report["recall"]
    show(
        "The same index, the same search, judged by",
        ("queries", "recall@1", "recall@10", "recall@100"),
        [
            (title, *(f"{found[k]['value']:.4f} ({found[k]['low']:.4f} to {found[k]['high']:.4f})" for k in found))
            for title, found in (("held out of the index", told["at"]), ("taken from the index", told["indexed"]))
            if found
        ],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--skip", action="append", default=[], choices=list(LIBRARIES))
    parser.add_argument("--build", choices=list(LIBRARIES), help=argparse.SUPPRESS)
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = str(THREADS)
    if asked.build or asked.serve:
        print(json.dumps(build(asked.build) if asked.build else serve(asked.serve)))
        return
    table = sentence_table(asked.rows)
    shutil.rmtree(HOME, ignore_errors=True)
    HOME.mkdir(parents=True)
    built = ran(index_arguments(table, INDEX))
    size = sum(path.stat().st_size for path in newest(INDEX).rglob("*") if path.is_file())
    print_ours(report_of(INDEX), size, asked.rows)
    write_rows(table)
    found = {"ours": {"build": built.seconds, "built": built.peak, **worker("serve", "ours")}}
    flat = {name: worker("serve", name) for name in ("exact", "products")}
    for name in LIBRARIES:
        if name in asked.skip or importlib.util.find_spec(name.lower()) is None:
            console.print(f"{name} is left out{'' if name in asked.skip else ': it is not installed'}")
            continue
        made = worker("build", name)
        found[name] = {"build": made["seconds"], "built": made["memory"], **worker("serve", name)}
        (HOME / name).unlink()
    print_beside(asked.rows, found, flat)
    me = found["ours"]
    console.print(
        f"opened and first answer: {me['opening']:.2f} s; the build without pages of files: {built.own / MEGABYTE:,.0f} MB"
    )
    alone, together = min(told["single"] for told in flat.values()), max(told["rate"] for told in flat.values())
    console.print(f"a query alone, over the faster exact search: {verdict(alone / me['single'], 20)}")
    console.print(f"in batches, over the faster exact search: {verdict(me['rate'] / together, 20)}")
    if len(found) > 1:
        print_ratios(found)
    shutil.rmtree(HOME)


def print_beside(rows: int, found: dict[str, dict[str, Any]], flat: dict[str, dict[str, Any]]) -> None:
    lines = [
        (
            f"{name}, {LIBRARIES[name].settings}" if name in LIBRARIES else "vectormill",
            f"{told['recall']:.4f} at {told['effort']:,}", f"{told['rate']:,.0f}/s", f"{told['single']:.2f} ms",
            f"{told['build']:,.0f} s", f"{told['built'] / MEGABYTE:,.0f} MB", f"{told['memory'] / MEGABYTE:,.0f} MB",
        )
        for name, told in found.items()
    ]  # fmt: skip
    lines += [
        (
            title, f"{told['recall']:.4f}", f"{told['rate']:,.0f}/s", f"{told['single']:.1f} ms", "", "",
            f"{told['memory'] / MEGABYTE:,.0f} MB",
        )
        for title, told in zip(("exact, FAISS's flat index", "exact, our own"), flat.values(), strict=True)
    ]  # fmt: skip
    show(
        f"{rows:,} x {DIM} vectors, recall@{K} >= {LEVEL}, {THREADS} threads",
        ("index", "recall", "in batches", "a query alone", "build", "peak memory, build", "memory, served"),
        lines,
    )


def print_ratios(found: dict[str, dict[str, Any]]) -> None:
    """How far ahead we are; of memory the lesser of building and serving counts."""
    me, lines = found["ours"], []
    for name, told in found.items():
        if name == "ours":
            continue
        memory = [told["built"] / me["built"], told["memory"] / me["memory"]]
        ratios = [me["rate"] / told["rate"], told["build"] / me["build"], min(memory)]
        ahead = sum(ratio > 1 for ratio in ratios)
        shown = (f"{ratios[0]:.2f}", f"{ratios[1]:.2f}", " / ".join(f"{ratio:.2f}" for ratio in memory))
        missed = "" if told["recall"] >= LEVEL else f"; it reaches only {told['recall']:.3f}"
        lines.append((name, *shown, f"{ahead} of 3{missed}", verdict(min(ratios), 0.8)))
    show(
        "Ahead of the others by",
        ("index", "queries per second", "build time", "memory, build / served", "ahead in", "worst"),
        lines,
    )


if __name__ == "__main__":
    main()
