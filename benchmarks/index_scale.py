"""An index of 1,000,000 x 512 vectors: build, memory, recall and speed, beside exact search, hnswlib, usearch and Annoy.

    python -m benchmarks.index_scale [--rows 1000000] [--skip hnswlib]

`vectormill index` is the whole command in a process of its own, from the table on disk to a published, measured version. The
others are built from the same rows, streamed from a file, and saving is not counted. All answer the same queries, the rows
that the index holds out and that none of them has, on the same two threads; the search parameter of each is the least that
reaches the level of recall@10 against exact float32 search. Ours is asked through `Searcher.nearest`, which reads the
held-out rows, too. Queries per second are of all queries at once, medians of five; all are open and asked in turns, each once
before its time is taken. Every build is a single one, and takes whatever else the machine does: the processors' seconds stand
beside its own. The memory of a build is what its process holds itself, sampled ten times a second; in brackets with the pages
of files that it looked into, which the system takes back where it needs them.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import shutil
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import console, show, verdict
from benchmarks.feature_tables import DIM, sentence_table
from benchmarks.figures import record
from benchmarks.index_libraries import LIBRARIES, THREADS, K, nearest
from benchmarks.index_sides import HOME, INDEX, LEVEL, QUERIES, ROWS, TRUTH, Measured, streamed
from benchmarks.indexing import MEGABYTE, ROOT, index_arguments, newest, ran, report_of

_REPEATS = 5
_EXACT = {"exact": "exact, FAISS's flat index", "products": "exact, our own"}


def write_rows(table: Path) -> None:
    """Leaves what all are built from and asked: rows, queries, truth."""
    from transforms.search.store.row_file import open_rows
    from transforms.table.open import existing
    from transforms.table.vectors import TableVectors

    stored = set(open_rows(str(newest(INDEX) / "held" / "rows.arrow")).column("id").to_pylist())
    queries = []
    with ROWS.open("wb") as stream:
        for chunk in TableVectors(str(table), existing(str(table))).chunks(columns=["id"]):
            aside = np.array([name in stored for name in chunk.columns.column("id").to_pylist()])
            unit = chunk.vectors / np.linalg.norm(chunk.vectors, axis=1, keepdims=True)
            queries.append(unit[aside])
            stream.write(np.ascontiguousarray(unit[~aside], np.float32).data)
    np.save(QUERIES, np.concatenate(queries))
    np.save(TRUTH, nearest(np.load(QUERIES), streamed()))


class Side:
    """One side, open in a process of its own; `measured` is what it printed about itself."""

    def __init__(self, name: str) -> None:
        console.print(f"[dim]opening {name}[/dim]")
        command = [sys.executable, "-m", "benchmarks.index_sides", "serve", name]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        self.measured = self._line()
        self._turns: list[Measured] = []

    def _line(self) -> Measured:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("a side failed: what went wrong stands above")
        printed: Measured = json.loads(line)
        return printed

    def ask(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        self._turns.append(self._line())

    def close(self, queries: int) -> Measured:
        """What it said, with queries a second and the milliseconds of one."""
        self._process.communicate()
        together, alone = (statistics.median(turn[key] for turn in self._turns[1:]) for key in ("together", "alone"))
        return {**self.measured, "rate": queries / together, "single": alone * 1e3}


def asked_in_turns(names: list[str]) -> dict[str, Measured]:
    sides = {name: Side(name) for name in names}
    # The first turn warms up.
    for turn in range(_REPEATS + 1):
        console.print(f"[dim]turn {turn} of {_REPEATS}[/dim]")
        for side in sides.values():
            side.ask()
    queries = len(np.load(QUERIES))
    return {name: side.close(queries) for name, side in sides.items()}


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
    printed = report["recall"]
    show(
        "The same index, the same search, judged by",
        ("queries", "recall@1", "recall@10", "recall@100"),
        [
            (title, *(f"{found[k]['value']:.4f} ({found[k]['low']:.4f} to {found[k]['high']:.4f})" for k in found))
            for title, found in (("held out of the index", printed["at"]), ("taken from the index", printed["indexed"]))
            if found
        ],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--skip", action="append", default=[], choices=list(LIBRARIES))
    asked = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = str(THREADS)
    table = sentence_table(asked.rows)
    shutil.rmtree(HOME, ignore_errors=True)
    HOME.mkdir(parents=True)
    built = ran(index_arguments(table, INDEX))
    size = sum(path.stat().st_size for path in newest(INDEX).rglob("*") if path.is_file())
    print_ours(report_of(INDEX), size, asked.rows)
    write_rows(table)
    builds = {"ours": {"seconds": built.seconds, "worked": built.worked, "memory": built.own, "peak": built.peak}}
    for name in LIBRARIES:
        if name in asked.skip or importlib.util.find_spec(name.lower()) is None:
            console.print(f"{name} is left out{'' if name in asked.skip else ': it is not installed'}")
            continue
        console.print(f"[dim]building {name}[/dim]")
        made = ran(["-m", "benchmarks.index_sides", "build", name])
        builds[name] = {**json.loads(made.said.splitlines()[-1]), "memory": made.own, "peak": made.peak}
    served = asked_in_turns([*builds, *_EXACT])
    print_beside(asked.rows, builds, served)
    me = served["ours"]
    console.print(f"opened and first answer: {me['opening']:.2f} s")
    alone = min(served[name]["single"] for name in _EXACT)
    together = max(served[name]["rate"] for name in _EXACT)
    console.print(f"a query alone, over the faster exact search: {verdict(alone / me['single'], 20)}")
    console.print(f"in batches, over the faster exact search: {verdict(me['rate'] / together, 20)}")
    console.print(f"in batches, over FAISS's flat index: {verdict(me['rate'] / served['exact']['rate'], 20)}")
    if len(builds) > 1:
        print_ratios(builds, served)
    recall = report_of(INDEX)["recall"]
    record(
        {
            "recall": me["recall"],
            "recall_indexed": recall["indexed"]["10"]["value"],
            "rate": me["rate"],
            "alone": me["single"],
            "build": built.seconds,
            "build_memory": built.own / MEGABYTE,
            "served_memory": me["memory"] / MEGABYTE,
            "over_exact": me["rate"] / served["exact"]["rate"],
            "rate_exact": served["exact"]["rate"],
            **{f"rate_{name.lower()}": served[name]["rate"] for name in LIBRARIES if name in builds},
        }
    )
    shutil.rmtree(HOME)


def print_beside(rows: int, builds: dict[str, Measured], served: dict[str, Measured]) -> None:
    lines = []
    for name, printed in served.items():
        title = _EXACT.get(name, "vectormill")
        made = builds.get(name)
        lines.append(
            (
                f"{name}, {LIBRARIES[name].settings}" if name in LIBRARIES else title,
                f"{printed['recall']:.4f}" + (f" at {printed['effort']:,}" if made else ""),
                f"{printed['rate']:,.0f}/s",
                f"{printed['single']:.2f} ms",
                f"{made['seconds']:,.0f} s ({made['worked']:,.0f})" if made else "",
                f"{made['memory'] / MEGABYTE:,.0f} MB ({made['peak'] / MEGABYTE:,.0f})" if made else "",
                f"{printed['memory'] / MEGABYTE:,.0f} MB",
            )
        )
    show(
        f"{rows:,} x {DIM} vectors, recall@{K} >= {LEVEL}, {THREADS} threads",
        (
            "index",
            "recall",
            "in batches",
            "a query alone",
            "build (processors)",
            "memory, build (peak)",
            "memory, served",
        ),
        lines,
    )


def print_ratios(builds: dict[str, Measured], served: dict[str, Measured]) -> None:
    """How far ahead we are; of memory the lesser of building and serving counts."""
    lines = []
    for name in builds:
        if name == "ours":
            continue
        memory = [found[name]["memory"] / found["ours"]["memory"] for found in (builds, served)]
        speed = served["ours"]["rate"] / served[name]["rate"]
        time, work = (builds[name][key] / builds["ours"][key] for key in ("seconds", "worked"))
        ratios = [speed, time, min(memory)]
        ahead = sum(ratio > 1 for ratio in ratios)
        recall = served[name]["recall"]
        missed = "" if recall >= LEVEL else f"; it reaches only {recall:.3f}"
        shown = (f"{speed:.2f}", f"{time:.2f} ({work:.2f})", " / ".join(f"{ratio:.2f}" for ratio in memory))
        lines.append((name, *shown, f"{ahead} of 3{missed}", verdict(min(ratios), 0.8)))
    show(
        "Ahead of the others by",
        ("index", "queries per second", "build (processors)", "memory, build / served", "ahead in", "worst"),
        lines,
    )


if __name__ == "__main__":
    main()
