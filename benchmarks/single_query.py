"""A query alone through `Searcher.search`, 200,000 x 512, beside hnswlib at the same recall.

    pip install hnswlib; python -m benchmarks.single_query

Both hold the same rows in one process, and answer the queries that the index holds out one after the other, in turns. Ours is
asked as it was published; hnswlib with the least ef that reaches a recall@10 of 0.95 (two threads, of which a query alone uses
one). Ours also looks through the holdout rows, finds the ids of the answers and makes hits of them; hnswlib gives positions.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from benchmarks.common import WORK, child, console, show, verdict
from benchmarks.feature_tables import DIM, sentence_table
from benchmarks.figures import record
from benchmarks.index_libraries import Hnswlib, K, Vectors, cheapest, nearest, recall
from benchmarks.indexing import index_arguments
from transforms.search.ask.searcher import Searcher
from transforms.search.measure.recall import search_all
from transforms.search.store.segment import HOLDOUT
from transforms.search.store.vector_file import decoded

ROWS = 200_000
LEVEL = 0.95
TURNS = 7
INDEX = WORK / "serving" / f"index-{ROWS}"
GRAPH = WORK / f"single-{ROWS}.hnswlib"
_BLOCK = 16_384


def alone(ask: Callable[[Vectors], Any], queries: Vectors) -> float:
    """The median milliseconds of a query."""
    taken = []
    for query in queries:
        started = time.perf_counter()
        ask(query)
        taken.append(time.perf_counter() - started)
    return 1e3 * statistics.median(taken)


def main() -> None:
    if not INDEX.exists():
        child(index_arguments(sentence_table(ROWS), INDEX))
    searcher = Searcher(str(INDEX))
    structures = [segment for segment in searcher.segments if segment.name != HOLDOUT]
    (held,) = (segment for segment in searcher.segments if segment.name == HOLDOUT)
    queries = decoded(held.stored)
    size = sum(segment.size for segment in structures)

    def blocks() -> Iterator[Vectors]:
        for segment in structures:
            for start in range(0, segment.size, _BLOCK):
                yield decoded(segment.stored, np.arange(start, min(start + _BLOCK, segment.size)))

    graph = Hnswlib()
    if GRAPH.exists():
        graph.load(str(GRAPH), DIM)
    else:
        console.print("[dim]building hnswlib[/dim]")
        graph.build(blocks(), size, DIM)
        graph.save(str(GRAPH))
    truth = nearest(queries, blocks())
    effort = searcher.metadata["effort"]
    ours = recall(search_all(structures, queries, K, search_parameter=effort)[0], truth)
    ef = cheapest(lambda value: recall(graph.search(queries, value), truth), *graph.search_parameters, level=LEVEL)
    theirs = recall(graph.search(queries, ef), truth)
    turns: dict[str, list[float]] = {"ours": [], "hnswlib": []}
    for turn in range(TURNS + 1):
        of_ours = alone(lambda query: searcher.search(vector=query, k=K), queries)
        of_theirs = alone(lambda query: graph.search(query[None], ef), queries)
        if turn:  # the first one warms
            turns["ours"].append(of_ours)
            turns["hnswlib"].append(of_theirs)
    times = [mine / other for mine, other in zip(turns["ours"], turns["hnswlib"], strict=True)]
    show(
        f"{searcher.rows:,} x {DIM}, {len(queries):,} queries, each alone; medians of {TURNS} turns",
        ("", "recall@10", "a query alone"),
        [
            (f"Searcher, nprobe {effort}", f"{ours:.4f}", f"{statistics.median(turns['ours']):.3f} ms"),
            (f"hnswlib, ef {ef}", f"{theirs:.4f}", f"{statistics.median(turns['hnswlib']):.3f} ms"),
        ],
    )
    console.print(f"ours over hnswlib's: {verdict(statistics.median(times), 1.2, at_least=False)}")
    record(
        {
            "ours": turns["ours"],
            "hnswlib": turns["hnswlib"],
            "over_hnswlib": times,
            "recall": ours,
            "recall_hnswlib": theirs,
        }
    )


if __name__ == "__main__":
    main()
