"""`kill -9` while an index is built and updated: the version in use always answers, and the same command finishes the rest.

    python -m benchmarks.index_kills [--kills 20] [--rows 100000]

An index of a table's first version is published; the table has a second one, with 1% of its rows changed and 1% deleted. In
turns an update and a build from all rows (`--rebuild`) are killed, at moments drawn over their whole duration. After each kill
the newest version must be whole and give the old answers to 1,000 queries, or the new ones; then the same command is run to its
end, and must give the answers, ids and scores, of one that nobody disturbed.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks.common import WORK, console
from benchmarks.feature_tables import all_sentence_vectors, mixed, sentence_table
from benchmarks.figures import record
from benchmarks.index_updates import change, linked, parts_of
from benchmarks.indexing import ROOT, index_arguments, ran

HOME = WORK / "index-kills"
QUERIES = 1_000
MORE = {"update": (), "build": ("--rebuild",)}
Answers = tuple[list[str], np.ndarray]


def answers(index: Path, queries: np.ndarray) -> Answers:
    """Ids and scores of the newest version, opened anew."""
    from transforms.search.ask.searcher import Searcher

    searcher = Searcher(str(index))
    rows, scores = searcher.nearest(queries, 10)
    ids: list[str] = searcher.rows_of(rows.ravel(), ["id"]).column("id").to_pylist()
    return ids, scores


def same(left: Answers, right: Answers) -> bool:
    return left[0] == right[0] and np.array_equal(left[1], right[1])


def killed(arguments: list[str], moment: float) -> str:
    """Starts the command, and kills it `moment` seconds later."""
    process = subprocess.Popen(
        [sys.executable, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT
    )
    try:
        process.wait(moment)
    except subprocess.TimeoutExpired:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        return f"killed after {moment:.1f} s"
    return "had finished"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    shutil.rmtree(HOME, ignore_errors=True)
    HOME.mkdir(parents=True)
    table = linked(sentence_table(asked.rows), HOME / "table")
    first, index = HOME / "first", HOME / "index"
    ran(index_arguments(table, first))
    change(table, parts_of(table), rows=asked.rows // 100)
    queries = mixed(QUERIES, random=np.random.default_rng(5), real=all_sentence_vectors())
    old, whole, new = answers(first, queries), {}, {}
    for kind, more in MORE.items():
        shutil.copytree(first, HOME / kind)
        started = time.monotonic()
        ran(index_arguments(table, HOME / kind, *more))
        whole[kind] = time.monotonic() - started
        new[kind] = answers(HOME / kind, queries)
    console.print("undisturbed: " + ", ".join(f"{kind} {taken:.1f} s" for kind, taken in whole.items()))
    draw = random.Random(asked.seed)
    exact = 0
    for turn in range(asked.kills):
        kind = ("update", "build")[turn % 2]
        arguments = index_arguments(table, index, *MORE[kind])
        shutil.rmtree(index, ignore_errors=True)
        shutil.copytree(first, index)
        printed = killed(arguments, draw.uniform(0, whole[kind]))
        left = {path.name for path in index.glob("_runs/*/*")}
        found = answers(index, queries)
        serving = "old" if same(found, old) else "new" if same(found, new[kind]) else "NEITHER"
        started = time.monotonic()
        ran(arguments)
        taken = time.monotonic() - started
        ended = same(answers(index, queries), new[kind])
        lying = [path for path in index.glob("_runs/*") if path.name != "lock"]
        exact += serving != "NEITHER" and ended and not lying
        console.print(
            f"{turn + 1}/{asked.kills} {kind} {printed}, with {len(left)} pieces of work done: {serving} answers; the rerun took"
            f" {taken:.1f} s and {'is exact' if ended else 'DIFFERS'}{'; it left work lying around' if lying else ''}"
        )
    console.print(
        f"{exact} of {asked.kills} kills: the old or new version answered whole, and the rerun ended as undisturbed"
    )
    shutil.rmtree(HOME)
    record({"exact": exact})
    if exact < asked.kills:
        sys.exit(1)


if __name__ == "__main__":
    main()
