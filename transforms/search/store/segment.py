"""Opens and searches a segment: some rows of an index, their vectors, and (but for holdout rows) a structure to find them by.

    base-0/ base-1/ …       rows of the last build
    recent/                 rows added since, in a structure of the same kind
    held/                   holdout rows: in no structure, searched exactly, and the queries that recall is measured with
      rows.arrow            columns (`row_file`)
      vectors.faiss         stored vectors (`vector_file`)
      structure.faiss       the inverted lists, or the graph (an exact segment has none)

A segment never changes: versions of an index share its files by hard links. A version lists which of its rows are deleted.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import nullcontext
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from transforms.common.arrays import Mask, RowIndices, Vectors
from transforms.search.job import IndexKind
from transforms.search.store.row_file import open_rows
from transforms.search.store.threads import FaissThreads
from transforms.search.store.vector_file import VectorBlocks, blocks_of, decoded, open_vectors, read_blocks
from transforms.storage import files, local_disk

ROWS, VECTORS, STRUCTURE = "rows.arrow", "vectors.faiss", "structure.faiss"
HOLDOUT, RECENT = "held", "recent"
"""Names of segments."""

Found = tuple[RowIndices, Vectors]
"""Positions int64 [n, k], -1 where there are fewer, and cosines float32 [n, k], both by falling cosine."""

_CANDIDATES, _CANDIDATES_PER_ANSWER, _CANDIDATES_PER_LIST = 100, 4, 1
"""The number of candidates that the stored vectors rank again; more with more lists, since rows may have equal codes."""
_SCANNED_SHARE, _SCANNED_ROWS = 0.03, 4_096
_BY_LIST, _QUERY_BY_QUERY = 0, 11
"""How FAISS reads inverted lists: once for several queries (its own choice), or once for each: a tenth faster for one alone."""
_DECODED_FROM = 20
"""Queries from which FAISS multiplies matrices, for which holdout rows are decoded; fewer read them as stored, half the bytes."""
_WORST = np.float32(-np.inf)


class Segment:
    """An opened segment. Safe to search from several threads.

    Args:
      folder: of the segment.
      kind: of its structure.
      deleted: rows that are no longer found, int64, rising.
    """

    def __init__(self, folder: str, kind: IndexKind, deleted: RowIndices) -> None:
        self.folder = folder
        self.name = files.basename(folder)
        self.kind = kind
        self.deleted = deleted
        self.columns: pa.Table = open_rows(files.join(folder, ROWS))
        self.stored = open_vectors(files.join(folder, VECTORS))
        self.size: int = self.stored.ntotal
        self._is_flat = self.name == HOLDOUT or kind == "exact"

    @cached_property
    def _structure(self) -> Any:
        return _flat(self.stored) if self._is_flat else _opened(self.folder, self.kind, self.stored)

    @cached_property
    def _lists(self) -> Any:
        import faiss

        return faiss.downcast_index(self._structure.base_index)

    @cached_property
    def alive(self) -> Mask:
        """The rows that are not deleted, bool [size]."""
        alive = np.ones(self.size, np.bool_)
        alive[self.deleted] = False
        return alive

    @cached_property
    def _alive_bits(self) -> npt.NDArray[np.uint8]:
        return np.packbits(self.alive, bitorder="little")

    @property
    def rows(self) -> int:
        """The number of rows that are not deleted."""
        return self.size - len(self.deleted)

    def blocks(self) -> VectorBlocks:
        """Reads all rows that are not deleted and their vectors, block by block."""
        return read_blocks(files.join(self.folder, VECTORS), np.flatnonzero(self.alive))

    def search(self, queries: Vectors, k: int, *, search_parameter: int, wanted: Mask | None = None) -> Found:
        """Finds the k nearest of each query among the rows that are not deleted and `wanted` (None: all).

        Args:
          queries: unit vectors float32 [n, dim].
          search_parameter: how much is read: inverted lists of ivf, candidate nodes of hnsw.
          wanted: bool [size].
        """
        mask = self.alive if wanted is None else wanted & self.alive
        count = self.rows if wanted is None else int(mask.sum())
        k = min(k, count)
        if not k:
            return np.empty((len(queries), 0), np.int64), np.empty((len(queries), 0), np.float32)
        if wanted is not None and count <= max(_SCANNED_ROWS, _SCANNED_SHARE * self.size):
            return self._scanned(queries, k, mask)
        bits = None
        if count < self.size:
            bits = self._alive_bits if wanted is None else np.packbits(mask, bitorder="little")
            # Wanted rows lie farther apart than all rows: search wider.
            search_parameter = int(search_parameter * self.size / count)
        # A query alone is too little work to share: threads that wait for each other are what makes it late on a busy machine.
        with FaissThreads(1) if len(queries) == 1 else nullcontext():
            scores, rows = self._structure_search(queries, k, search_parameter, bits)
        if rows.min(initial=0) < 0:
            short = np.flatnonzero((rows < 0).any(axis=1))
            rows[short], scores[short] = self._scanned(queries[short], k, mask)
        return rows, scores

    def _structure_search(
        self, queries: Vectors, k: int, search_parameter: int, bits: npt.NDArray[np.uint8] | None
    ) -> tuple[Vectors, RowIndices]:
        kind: IndexKind = "exact" if self._is_flat else self.kind
        if kind == "ivf":
            candidates = _CANDIDATES + _CANDIDATES_PER_ANSWER * k + _CANDIDATES_PER_LIST * search_parameter
            search_parameter = min(search_parameter, self._lists.nlist)
            # The same answers either way, so that another thread which sets it meanwhile changes the speed alone.
            self._lists.implem = _QUERY_BY_QUERY if len(queries) == 1 else _BY_LIST
        else:
            candidates, search_parameter = k, max(search_parameter, k)
        asked = kind, search_parameter, candidates / k
        parameters = _parameters_of_all(*asked) if bits is None else _parameters(*asked, bits)
        is_read_as_stored = self._is_flat and len(queries) < _DECODED_FROM
        structure = self.stored if is_read_as_stored else self._structure
        return structure.search(queries, k, params=parameters)

    def _scanned(self, queries: Vectors, k: int, mask: Mask) -> Found:
        """Exact search: reads every vector that may answer."""
        return nearest(queries, blocks_of(self.stored, np.flatnonzero(mask)), k)

    @cached_property
    def list_sizes(self) -> RowIndices | None:
        """The number of rows in each inverted list; None for another kind."""
        if self.kind != "ivf" or self._is_flat:
            return None
        lists = self._lists.invlists
        return np.array([lists.list_size(number) for number in range(lists.nlist)])


def _parameters(kind: IndexKind, search_parameter: int, k_factor: float, bits: npt.NDArray[np.uint8] | None) -> Any:
    """The parameters of a search among the rows whose bit is set (None: all)."""
    import faiss

    selector = None if bits is None else faiss.IDSelectorBitmap(bits)
    if kind == "exact":
        return faiss.SearchParameters(sel=selector)
    if kind == "hnsw":
        return faiss.SearchParametersHNSW(sel=selector, efSearch=search_parameter)
    lists = faiss.SearchParametersIVF(sel=selector, nprobe=search_parameter)
    return faiss.IndexRefineSearchParameters(k_factor=k_factor, base_index_params=lists)


@lru_cache(maxsize=256)
def _parameters_of_all(kind: IndexKind, search_parameter: int, k_factor: float) -> Any:
    """Those of a search among all rows: FAISS only reads them, and to make them takes a twentieth of a query alone."""
    return _parameters(kind, search_parameter, k_factor, None)


def _flat(stored: Any) -> Any:
    """An index that reads every vector: the stored ones where they are float32, else a decoded copy of the few holdout rows."""
    import faiss

    if isinstance(stored, faiss.IndexFlat):
        return stored
    flat = faiss.IndexFlatIP(stored.d)
    flat.add(decoded(stored))
    return flat


def _opened(folder: str, kind: IndexKind, stored: Any) -> Any:
    """Opens the structure over its stored vectors; a graph is memory-mapped."""
    import faiss

    path = files.join(folder, STRUCTURE)
    if kind == "hnsw":
        graph = faiss.read_index(path, faiss.IO_FLAG_MMAP_IFC)
        graph.storage = stored
        graph.own_fields = False
        return graph
    # Of a mapped file FAISS copies inverted lists page by page: their memory twice, and a second instead of 0.1 s from the disk.
    return faiss.IndexRefine(faiss.read_index(path), stored)


def nearest(
    queries: Vectors, blocks: Iterable[tuple[RowIndices, Vectors]], k: int, found: Found | None = None
) -> Found:
    """Exact search over a stream: the k rows of highest product, equals in order of position; fewer where there are fewer.

    Args:
      queries: float32 [n, dim].
      blocks: row numbers, rising, and their vectors.
      found: the answer over earlier blocks, to continue from.
    """
    rows, scores = found or (np.empty((len(queries), 0), np.int64), np.empty((len(queries), 0), np.float32))
    for numbers, vectors in blocks:
        products = queries @ vectors.T
        if rows.shape[1] == k and k:
            here = _better(products, numbers, scores[:, -1])
        elif len(numbers) > k:
            best = np.sort(np.argpartition(products, len(numbers) - k, axis=1)[:, len(numbers) - k :], axis=1)
            here = numbers[best], np.take_along_axis(products, best, axis=1)
        else:
            here = np.broadcast_to(numbers, products.shape), products
        # Rows found before come first and are lower: a stable sort keeps the first of equals.
        rows, scores = np.concatenate([rows, here[0]], axis=1), np.concatenate([scores, here[1]], axis=1)
        order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
        rows, scores = np.take_along_axis(rows, order, axis=1), np.take_along_axis(scores, order, axis=1)
    return rows, scores


def _better(products: Vectors, numbers: RowIndices, bar: Vectors) -> Found:
    """The products above each query's k-th best so far (`bar`): nearly none, once some thousand rows were seen."""
    # Flat: NumPy finds positions in two dimensions fifteen times slower.
    query, column = np.divmod(np.flatnonzero(products > bar[:, None]), max(products.shape[1], 1))
    counts = np.bincount(query, minlength=len(products))
    place = np.arange(len(query)) - np.repeat(np.cumsum(counts) - counts, counts)
    width = int(counts.max(initial=0))
    rows = np.full((len(products), width), -1)
    scores = np.full((len(products), width), _WORST)
    rows[query, place] = numbers[column]
    scores[query, place] = products[query, column]
    return rows, scores


def merged(found: list[Found], k: int) -> Found:
    """Merges several answers to the same queries: the k best, of equal cosines the lower position first."""
    rows = np.concatenate([part[0] for part in found], axis=1)
    scores = np.concatenate([part[1] for part in found], axis=1)
    scores[rows < 0] = _WORST
    order = np.lexsort((rows, -scores), axis=1)[:, :k]
    # Places in the flat arrays: NumPy's `take_along_axis` does the same in five times the calls.
    order = order + np.arange(len(rows))[:, None] * rows.shape[1]
    return rows.take(order), scores.take(order)


def share(old: str, new: str) -> None:
    """Makes `new` a copy of the folder `old` that takes no space where the file system has hard links."""
    for entry in files.below(old):
        target = files.join(new, entry.path.removeprefix(old.rstrip("/") + "/"))
        files.make_folder(target.rpartition("/")[0])
        if not files.exists(target):
            local_disk.link_or_copy(entry.path, target)


def truth_path(version: str, segment: str) -> str:
    """The file of the exact neighbours of the holdout rows in a segment."""
    return files.join(version, f"{segment}.truth.npz")


def deleted_path(version: str, segment: str) -> str:
    """The file of the deleted rows of a segment, int64; absent where none are."""
    return files.join(version, f"{segment}.gone.npy")


def open_segments(folder: str, names: list[str], kind: Any) -> list[Segment]:
    """Opens the segments of a version, in the order of `names`."""
    found = []
    for name in names:
        path = deleted_path(folder, name)
        deleted = files.read_array(path) if files.exists(path) else np.empty(0, np.int64)
        found.append(Segment(files.join(folder, name), kind, deleted))
    return found
