"""Other libraries' indexes behind one interface, each with the parameters that it is usually built with.

They are no requirement of anything else here: `pip install hnswlib usearch annoy` (two of them need a compiler).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
Positions = npt.NDArray[np.int64]

THREADS = 2
K = 10


class Library(Protocol):
    """An index of unit vectors by inner product."""

    settings: str
    search_parameters: tuple[int, int]
    """The least and the largest value of the search parameter that are tried."""

    def build(self, blocks: Iterable[Vectors], rows: int, dim: int) -> None: ...

    def save(self, path: str) -> None: ...

    def load(self, path: str, dim: int) -> None: ...

    def search(self, queries: Vectors, search_parameter: int) -> Positions:
        """Positions int64 [q, K] of the nearest rows."""
        ...


class Hnswlib:
    settings = "M 16, ef_construction 200"
    search_parameters = (K, 4096)

    def _empty(self, dim: int) -> Any:
        import hnswlib

        index = hnswlib.Index("ip", dim)
        index.set_num_threads(THREADS)
        return index

    def build(self, blocks: Iterable[Vectors], rows: int, dim: int) -> None:
        self._index = self._empty(dim)
        self._index.init_index(rows, M=16, ef_construction=200, random_seed=0)
        for block in blocks:
            self._index.add_items(block, num_threads=THREADS)

    def save(self, path: str) -> None:
        self._index.save_index(path)

    def load(self, path: str, dim: int) -> None:
        self._index = self._empty(dim)
        self._index.load_index(path)
        self._index.set_num_threads(THREADS)

    def search(self, queries: Vectors, search_parameter: int) -> Positions:
        self._index.set_ef(search_parameter)
        found, _ = self._index.knn_query(queries, K, num_threads=THREADS)
        return np.asarray(found, np.int64)


class Usearch:
    settings = "connectivity 16, expansion_add 128, f16"
    search_parameters = (K, 4096)

    def build(self, blocks: Iterable[Vectors], rows: int, dim: int) -> None:
        from usearch.index import Index

        self._index: Any = Index(ndim=dim, metric="ip", dtype="f16", connectivity=16, expansion_add=128)
        start = 0
        for block in blocks:
            self._index.add(np.arange(start, start + len(block)), block, threads=THREADS)
            start += len(block)

    def save(self, path: str) -> None:
        self._index.save(path)

    def load(self, path: str, dim: int) -> None:
        from usearch.index import Index

        # Mapped, not copied: what ours does, too.
        self._index = Index.restore(path, view=True)

    def search(self, queries: Vectors, search_parameter: int) -> Positions:
        self._index.expansion_search = search_parameter
        if len(queries) == 1:
            return np.asarray(self._index.search(queries[0], K).keys, np.int64)[None]
        return np.asarray(self._index.search(queries, K, threads=THREADS).keys, np.int64)


class Annoy:
    settings = "100 trees"
    search_parameters = (100, 4_000_000)

    def build(self, blocks: Iterable[Vectors], rows: int, dim: int) -> None:
        from annoy import AnnoyIndex

        self._index = AnnoyIndex(dim, "angular")
        self._index.set_seed(1)
        number = 0
        for block in blocks:
            for vector in block:
                self._index.add_item(number, vector)
                number += 1
        self._index.build(100, n_jobs=THREADS)

    def save(self, path: str) -> None:
        self._index.save(path)

    def load(self, path: str, dim: int) -> None:
        from annoy import AnnoyIndex

        self._index = AnnoyIndex(dim, "angular")
        self._index.load(path)
        self._pool = ThreadPoolExecutor(THREADS)

    def search(self, queries: Vectors, search_parameter: int) -> Positions:
        def one(query: Vectors) -> list[int]:
            found: list[int] = self._index.get_nns_by_vector(query, K, search_k=search_parameter)
            return found + [-1] * (K - len(found))

        found = [one(queries[0])] if len(queries) == 1 else list(self._pool.map(one, queries))
        return np.array(found, np.int64)


LIBRARIES: dict[str, type[Library]] = {"hnswlib": Hnswlib, "usearch": Usearch, "Annoy": Annoy}


def nearest(queries: Vectors, blocks: Iterable[Vectors]) -> Positions:
    """The K rows of highest product by reading all of them, int64 [q, K]."""
    scores, rows = np.empty((len(queries), 0), np.float32), np.empty((len(queries), 0), np.int64)
    start = 0
    for block in blocks:
        numbers = np.broadcast_to(np.arange(start, start + len(block)), (len(queries), len(block)))
        scores, rows = np.hstack([scores, queries @ block.T]), np.hstack([rows, numbers])
        best = np.argpartition(-scores, K - 1, axis=1)[:, :K]
        scores, rows = np.take_along_axis(scores, best, axis=1), np.take_along_axis(rows, best, axis=1)
        start += len(block)
    return rows


def recall(found: Positions, truth: Positions) -> float:
    """The share of the K nearest that were found."""
    return float((found[:, :, None] == truth[:, None, :]).any(axis=1).mean())


def cheapest(reached: Callable[[int], float], low: int, high: int, *, level: float) -> int:
    """The least value that reaches the level, to within a few per cent; `high` where none does."""
    top = low
    while reached(top) < level and top < high:
        low, top = top, min(2 * top, high)
    while top - low > max(1, low // 32):
        middle = (low + top) // 2
        low, top = (low, middle) if reached(middle) >= level else (middle, top)
    return top
