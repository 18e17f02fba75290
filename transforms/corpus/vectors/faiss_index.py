"""Reads the vectors of FAISS indexes that hold them unchanged: flat ones, those with ids of their own, HNSW and IVF over them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from transforms.common.errors import RequestError, one_line
from transforms.corpus.options import Range
from transforms.corpus.sources import Source
from transforms.corpus.vectors.vector_file import (
    FEW_PIECES,
    VectorRows,
    as_vectors,
    bounds_of,
    even_pieces,
    not_finite,
    rows_at_once,
)
from transforms.storage import files

_INVERTED = ("IndexIVFFlat",)
_GRAPHS = ("IndexHNSWFlat", "IndexNSGFlat")
_WITH_IDS = ("IndexIDMap", "IndexIDMap2")


class FaissVectors:
    """Implements `VectorFile`. `ids` are those of an index with ids of its own: its rows are called so.

    Raises:
      RequestError: FAISS cannot read it, or it holds no unchanged vectors.
    """

    def __init__(self, source: Source) -> None:
        import faiss

        if not files.is_local(source.uri):
            raise RequestError(f"{source.uri}: FAISS reads local files: copy the index to this machine")
        self._source = source
        try:
            index = faiss.read_index(source.uri, faiss.IO_FLAG_MMAP_IFC)
        except (RuntimeError, MemoryError) as error:
            raise RequestError(
                f"{source.uri}: cannot be read by FAISS ({_reason(error)}): write the index again"
            ) from error
        self._owner = index  # its parts live as long as it does
        ids: npt.NDArray[np.int64] | None = None
        if type(index).__name__ in _WITH_IDS:
            ids = faiss.vector_to_array(index.id_map)
            index = faiss.downcast_index(index.index)
        name = type(index).__name__
        try:
            if name in _INVERTED:
                index.make_direct_map()
            elif name in _GRAPHS:
                index = faiss.downcast_index(index.storage)
        except RuntimeError as error:
            raise RequestError(f"{source.uri}: {name} with ids that are no row numbers: {_EXPORT}") from error
        if name not in _INVERTED and not type(index).__name__.startswith("IndexFlat"):
            raise RequestError(
                f"{source.uri}: is a FAISS index {name}, which does not hold its vectors unchanged: {_EXPORT}"
            )
        self._index: Any = index
        self._ids = ids
        if ids is not None and len(ids) != index.ntotal:
            raise RequestError(
                f"{source.uri}: has {len(ids):,} ids and {index.ntotal:,} vectors: write the index again"
            )

    @property
    def dim(self) -> int | None:
        return int(self._index.d) or None

    @property
    def rows(self) -> int:
        return int(self._index.ntotal)

    def read(self, part: Range | None, *, dim: int) -> Iterator[VectorRows]:
        start, stop = bounds_of(part, self.rows)
        step = rows_at_once(4 * dim)
        for first in range(start, stop, step):
            count = min(step, stop - first)
            vectors = as_vectors(self._index.reconstruct_n(first, count))
            ids = None if self._ids is None else pa.array(self._ids[first : first + count]).cast(pa.string())
            yield VectorRows(vectors=vectors, errors=not_finite(vectors), ids=ids)

    def split(self, max_bytes: int) -> list[Range | None]:
        return even_pieces(self.rows, self._source.size, max_bytes, most=FEW_PIECES)


_EXPORT = "import the vectors that it was made of"


def _reason(error: Exception) -> str:
    """FAISS's own words, without the place in its code."""
    return one_line(error).rpartition("failed: ")[2] or one_line(error)
