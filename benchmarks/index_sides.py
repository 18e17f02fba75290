"""One side of `benchmarks.index_scale`, in a process of its own, so that its memory is its own: built, or opened and asked.

    python -m benchmarks.index_sides build usearch
    python -m benchmarks.index_sides serve ours

A served side tells what it is in a line of JSON, then asks all queries whenever it reads a line, and tells how long that took: so
that all sides can be asked in turns, and a slow minute of the machine meets all of them.
"""

from __future__ import annotations

import importlib
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import WORK, seconds
from benchmarks.feature_tables import DIM
from benchmarks.index_libraries import LIBRARIES, K, Positions, Vectors, cheapest, recall
from benchmarks.indexing import resident

LEVEL = 0.95
HOME = WORK / "scale"
INDEX = HOME / "index"
ROWS, QUERIES, TRUTH = HOME / "rows.f32", HOME / "queries.npy", HOME / "truth.npy"
_BLOCK = 16_384
_MEMORY_QUERIES = 1_000
_SINGLES, _EXACT_SINGLES = 100, 5

Ask = Callable[[Vectors], Any]
Measured = dict[str, Any]


def rows_written() -> int:
    return ROWS.stat().st_size // (4 * DIM)


def streamed() -> Iterator[Vectors]:
    with ROWS.open("rb") as stream:
        while len(block := np.fromfile(stream, np.float32, _BLOCK * DIM)):
            yield block.reshape(-1, DIM)


def build(name: str) -> Measured:
    """Builds and saves one library's index; seconds, and seconds of all processors."""
    library = LIBRARIES[name]()
    importlib.import_module(name.lower())
    worked = time.process_time()
    taken = seconds(lambda: library.build(streamed(), rows_written(), DIM))
    printed = {"seconds": taken, "worked": time.process_time() - worked}
    library.save(str(HOME / name))
    return printed


def ours(queries: Vectors, truth: Positions) -> tuple[Measured, Ask]:
    from transforms.search.ask.searcher import Searcher
    from transforms.search.measure.recall import search_all
    from transforms.search.store.segment import HOLDOUT, Segment

    before = resident()
    started = time.perf_counter()
    searcher = Searcher(str(INDEX))
    searcher.nearest(queries[:1], K)
    opening = time.perf_counter() - started
    searcher.nearest(np.resize(queries, (_MEMORY_QUERIES, DIM)), K)
    memory = resident() - before
    # The rows that are held out are in no structure, and the truth knows nothing of them.
    search_parameter, names = (
        searcher.metadata["effort"],
        [name for name in searcher.metadata["segments"] if name != HOLDOUT],
    )
    kind, whole = searcher.metadata["plan"]["kind"], np.empty(0, np.int64)
    segments = [Segment(str(Path(searcher.folder) / name), kind, whole) for name in names]
    assert sum(segment.size for segment in segments) == rows_written(), "the rows are those of the file, in its order"
    found, _ = search_all(segments, queries, K, search_parameter=search_parameter)
    printed = {"memory": memory, "opening": opening, "effort": search_parameter, "recall": recall(found, truth)}
    return printed, lambda q: searcher.nearest(q, K)


def exact(queries: Vectors, truth: Positions) -> tuple[Measured, Ask]:
    """FAISS's flat index."""
    import faiss

    before = resident()
    index = faiss.IndexFlatIP(DIM)
    for block in streamed():
        index.add(block)
    found = index.search(queries, K)[1]
    return {"memory": resident() - before, "effort": None, "recall": recall(found, truth)}, lambda q: index.search(q, K)


def products(queries: Vectors, truth: Positions) -> tuple[Measured, Ask]:
    """Matrix products and a bar that rises: what recall is measured with."""
    from transforms.search.store.segment import nearest

    before = resident()
    rows = np.fromfile(ROWS, np.float32).reshape(-1, DIM)
    numbers = np.arange(len(rows))

    def ask(q: Vectors) -> Positions:
        cuts = range(0, len(rows), _BLOCK)
        return nearest(q, ((numbers[at : at + _BLOCK], rows[at : at + _BLOCK]) for at in cuts), K)[0]

    found = ask(queries)
    return {"memory": resident() - before, "effort": None, "recall": recall(found, truth)}, ask


def library(name: str, queries: Vectors, truth: Positions) -> tuple[Measured, Ask]:
    found = LIBRARIES[name]()
    importlib.import_module(name.lower())
    before = resident()
    found.load(str(HOME / name), DIM)
    found.search(np.resize(queries, (_MEMORY_QUERIES, DIM)), found.search_parameters[0])
    search_parameter = cheapest(
        lambda value: recall(found.search(queries, value), truth), *found.search_parameters, level=LEVEL
    )
    found.search(np.resize(queries, (_MEMORY_QUERIES, DIM)), search_parameter)
    memory = resident() - before
    reached = recall(found.search(queries, search_parameter), truth)
    return {"memory": memory, "effort": search_parameter, "recall": reached}, lambda q: found.search(
        q, search_parameter
    )


SIDES: dict[str, Callable[[Vectors, Positions], tuple[Measured, Ask]]] = {
    "ours": ours,
    "exact": exact,
    "products": products,
}


def answering(ask: Ask, queries: Vectors, *, singles: int, warm: bool) -> Iterator[Measured]:
    """For every line that comes in: seconds of all queries together, and the median seconds of one alone.

    Args:
      warm: whether they are asked once before: the other sides have had the processor's caches meanwhile.
    """
    for _ in sys.stdin:
        if warm:
            ask(queries)
        together = seconds(lambda: ask(queries))
        alone = [seconds(lambda row=row: ask(queries[row : row + 1])) for row in range(singles)]  # type: ignore[misc]
        yield {"together": together, "alone": statistics.median(alone)}


def main() -> None:
    task, name = sys.argv[1:]
    if task == "build":
        print(json.dumps(build(name)))
        return
    queries: Vectors = np.load(QUERIES)
    truth: Positions = np.load(TRUTH)
    printed, ask = SIDES[name](queries, truth) if name in SIDES else library(name, queries, truth)
    print(json.dumps(printed), flush=True)
    is_exact = printed["effort"] is None
    for line in answering(ask, queries, singles=_EXACT_SINGLES if is_exact else _SINGLES, warm=not is_exact):
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
