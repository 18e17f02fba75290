"""Opens a version of an index: its rows, their vectors, and the rows nearest to given vectors.

A version in a store is downloaded once (`transforms.storage.local_cache`). Vectors and columns are memory-mapped, so that
opening takes a moment and several processes share what they read. Safe to use from several threads.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.common.arrays import Mask, RowIndices, Vectors
from transforms.common.errors import RequestError
from transforms.search.ask.where import matching
from transforms.search.store.index_folder import located, read_metadata
from transforms.search.store.row_file import PART
from transforms.search.store.segment import Found, Segment, merged, open_segments
from transforms.search.store.vector_file import decoded
from transforms.storage.local_cache import local_copy
from transforms.table.unit_vectors import normalize_rows

_USUAL_K = 10
_FEW = 1_000


class OpenIndex:
    """A version of an index: INDEXES/NAME (its newest version) or INDEXES/NAME/3.

    Attributes:
      folder: of the version.
      metadata: what it says of itself.
      local_folder: where its files are on this machine.
      rows: how many can be found.
      schema: the columns of a row.
      is_chunked: whether a row is a chunk of a document, which the column `parent` names.
      id_columns: those that name what a hit is.
      segments, starts: its parts, and the position of the first row of each; one more at the end.
      masks: which rows a condition leaves, a mask for each segment; the last ones are kept.

    Raises:
      RequestError: there is no index, it is of another format, or it is incomplete.
    """

    def __init__(self, path: str) -> None:
        self.folder = located(path)
        self.local_folder = local_copy(self.folder)
        self.metadata: dict[str, Any] = read_metadata(self.local_folder)
        self.segments: list[Segment] = open_segments(
            self.local_folder, self.metadata["segments"], self.metadata["plan"]["kind"]
        )
        self.starts = np.cumsum([0, *(segment.size for segment in self.segments)])
        self._batches = [batch for segment in self.segments for batch in segment.columns.to_batches()]
        self._batch_starts: list[int] = np.cumsum([0, *(batch.num_rows for batch in self._batches)]).tolist()
        self.rows: int = sum(segment.rows for segment in self.segments)
        self.schema = pa.schema([field for field in self.segments[0].columns.schema if field.name != PART])
        self._columns = {name: [batch.column(name) for batch in self._batches] for name in self.schema.names}
        self.is_chunked = "parent" in self.schema.names
        self.id_columns = ["id", "parent"] if self.is_chunked else ["id"]
        self.masks = lru_cache(maxsize=16)(self._evaluated)

    def nearest(self, vectors: Vectors, k: int, *, where: str | None = None) -> Found:
        """Finds the nearest rows: positions int64 [n, k], -1 where there are fewer, and cosines float32 [n, k].

        Args:
          vectors: float32 [n, dim], of any length but zero.

        Raises:
          RequestError: a vector that is zero, not finite or of another dimension; k out of range, a condition that is none.
        """
        self.k_of(k)
        vectors = np.ascontiguousarray(vectors, np.float32)
        dim = self.metadata["dim"]
        if vectors.ndim != 2 or vectors.shape[1] != dim:
            raise RequestError(f"the vectors of {self.folder} have {dim} dimensions, a query has {vectors.shape[-1]}")
        unit, good = normalize_rows(vectors)
        if not good.all():
            raise RequestError("a query's vector is zero or not finite: it has no direction")
        masks = self.masks(where) if where is not None else [None] * len(self.segments)
        found = []
        for segment, mask, start in zip(self.segments, masks, self.starts[:-1], strict=True):
            rows, scores = segment.search(unit, k, search_parameter=self.metadata["effort"], wanted=mask)
            found.append((rows + start, scores))
        rows, scores = merged(found, k)
        if rows.shape[1] == k:
            return rows, scores
        missing = ((0, 0), (0, k - rows.shape[1]))
        return (
            np.pad(rows, missing, constant_values=-1),
            np.pad(scores, missing, constant_values=np.float32(-np.inf)),
        )

    def rows_of(self, positions: RowIndices | Sequence[int], columns: Sequence[str] | None = None) -> pa.Table:
        """Reads the columns (None: all) of the rows at these positions, in their order."""
        names = list(columns) if columns is not None else self.schema.names
        at = np.asarray(positions, np.int64)
        if not len(at):
            return pa.schema([self.schema.field(name) for name in names]).empty_table()
        # Arrow takes rows of a table by joining all of its batches first, of a batch without.
        owner = np.searchsorted(self._batch_starts, at, side="right") - 1
        pieces = [
            self._batches[number].select(names).take(pa.array(at[owner == number] - self._batch_starts[number]))
            for number in np.unique(owner)
        ]
        found = pa.Table.from_batches(pieces)
        if len(pieces) == 1:
            return found
        return found.combine_chunks().take(pa.array(np.argsort(np.argsort(owner, kind="stable"), kind="stable")))

    def values_of(self, positions: RowIndices | Sequence[int], column: str) -> list[Any]:
        """Reads the values of one column of the rows at these positions, in their order."""
        at = np.asarray(positions, np.int64)
        if len(at) > _FEW:
            return self.rows_of(at, [column]).column(column).to_pylist()
        # Of a few rows one by one: a table of them takes as long to make as to read some hundred.
        batches, starts = self._columns[column], self._batch_starts
        values = []
        for row in at.tolist():
            number = bisect_right(starts, row) - 1
            values.append(batches[number][row - starts[number]].as_py())
        return values

    def vectors_of(self, positions: RowIndices | Sequence[int]) -> Vectors:
        """Reads the stored unit vectors float32 [n, dim] of the rows at these positions, in their order."""
        by_segment, order = self._by_segment(positions)
        return np.concatenate([decoded(segment.stored, rows) for segment, rows in by_segment])[order]

    def _by_segment(self, positions: RowIndices | Sequence[int]) -> tuple[list[tuple[Segment, RowIndices]], RowIndices]:
        """Each segment with those of its rows that are asked for, and the order that brings them back into that of positions."""
        at = np.asarray(positions, np.int64)
        owner = np.searchsorted(self.starts, at, side="right") - 1
        found = [(s, at[owner == number] - self.starts[number]) for number, s in enumerate(self.segments)]
        return found, np.argsort(np.argsort(owner, kind="stable"), kind="stable")

    def require_encoder(self, fingerprint: str, table: str) -> None:
        """Refuses vectors of another encoder.

        Raises:
          RequestError: `fingerprint`, the encoder of `table`, is not that of this index.
        """
        encoder = self.metadata["encoder"]
        if fingerprint != encoder["fingerprint"]:
            raise RequestError(
                f"{table} holds vectors of another encoder than {self.folder}, which was made of those of"
                f" {encoder['name']}: embed it with that one, or index its own table"
            )

    def k_of(self, k: int | None) -> int:
        """How many answers are asked for: `k`, or 10 where it is None and there are as many.

        Raises:
          RequestError: k out of range.
        """
        if k is None:
            return min(_USUAL_K, self.rows)
        if k < 1:
            raise RequestError(f"-k {k}: give 1 or more")
        if k > self.rows:
            raise RequestError(f"-k {k:,} is more than the {self.rows:,} rows of {self.folder}: give fewer")
        return k

    def _evaluated(self, where: str) -> list[Mask]:
        return [
            matching(where, segment.columns.select(self.schema.names), name=self.folder) for segment in self.segments
        ]

    @cached_property
    def rows_of_documents(self) -> dict[str, list[int]]:
        """The positions of each document's rows."""
        found: dict[str, list[int]] = {}
        for segment, start in zip(self.segments, self.starts[:-1], strict=True):
            names = segment.columns.column("parent" if self.is_chunked else "id")
            if self.is_chunked:
                names = pc.coalesce(names, segment.columns.column("id"))
            alive = np.flatnonzero(segment.alive)
            for name, row in zip(names.take(pa.array(alive)).to_pylist(), alive.tolist(), strict=True):
                found.setdefault(name, []).append(row + int(start))
        return found

    def row_of(self, name: str) -> int | None:
        """The position of the row with this id, or of the first chunk of the document with this id; None if there is none."""
        for column in self.id_columns:
            for segment, start in zip(self.segments, self.starts[:-1], strict=True):
                same = pc.equal(segment.columns.column(column), name).to_numpy(zero_copy_only=False).astype(np.bool_)
                at = np.flatnonzero(same & segment.alive)
                if len(at):
                    return int(at[0] + start)
        return None
