"""Joins the rows of a feature table with the rows of an index that are nearest to them, as parts of a Delta table.

    id, source, label, kept columns, neighbours list<string>, scores list<float32>, neighbour_labels list<string>

The three lists of a row belong together, the nearest first: ids in the index (of a chunked one, chunks), cosines, labels
there. They are shorter than k where a condition lets fewer rows through or an approximate index finds fewer, and empty where
the vector is zero.

A part is named by the part of vectors and by everything that decides its neighbours, so that an existing one is not made again.
Memory: a row group of one part, and the neighbours of some thousand rows; the index is mapped.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from transforms.table.result_table import ResultTable, key_of
from transforms.table.unit_vectors import normalized
from transforms.table.vectors import TableVectors

if TYPE_CHECKING:
    from transforms.search.ask.searcher import Searcher

_IDS = pa.list_(pa.field("element", pa.string(), nullable=False))
_SCORES = pa.list_(pa.field("element", pa.float32(), nullable=False))
_LABELS = pa.list_(pa.field("element", pa.string()))
OWN = pa.schema(
    [
        pa.field("neighbours", _IDS, nullable=False),
        pa.field("scores", _SCORES, nullable=False),
        pa.field("neighbour_labels", _LABELS, nullable=False),
    ]
)

_METHOD = 1
"""Raised when the same request would give other neighbours."""

_FOUND_AT_ONCE = 1 << 18


@dataclass(frozen=True, kw_only=True)
class NeighborQuery:
    """The query to the index for each row.

    Attributes:
      k: how many neighbours.
      where: a condition on the rows of the index; None lets all through.
      exclude_self: leaves out the row of the index that has the row's own id.
    """

    k: int
    where: str | None
    exclude_self: bool


def join_key(searcher: Searcher, schema: pa.Schema, query: NeighborQuery) -> str:
    """A hash of everything but the vectors that decides neighbours: the metadata of the index, the columns, the query."""
    return key_of(_METHOD, searcher.metadata, schema.names, asdict(query))


def join_part(
    vectors: TableVectors,
    searcher: Searcher,
    query: NeighborQuery,
    *,
    results: ResultTable,
    schema: pa.Schema,
    path: str,
) -> None:
    """Writes the rows of one part, in their order, with their neighbours."""
    with results.writer(path, schema) as writer:
        for chunk in vectors.chunks(columns=writer.carried):
            for here in _steps(len(chunk.rows), query.k):
                columns = chunk.columns.slice(here.start, here.stop - here.start)
                found = _neighbours(searcher, query, ids=columns.column("id"), vectors=chunk.vectors[here])
                writer.write(columns, found)


def _steps(rows: int, k: int) -> Iterator[slice]:
    step = max(_FOUND_AT_ONCE // k, 1)
    for start in range(0, rows, step):
        yield slice(start, min(start + step, rows))


def _neighbours(
    searcher: Searcher, query: NeighborQuery, *, ids: pa.Array, vectors: npt.NDArray[np.float32]
) -> list[pa.Array]:
    """The arrays of the own columns for rows of ids [n] and vectors float32 [n, dim]."""
    looked = min(query.k + query.exclude_self, searcher.rows)
    positions = np.full((len(ids), looked), -1, np.int64)
    cosines = np.zeros((len(ids), looked), np.float32)
    # A zero vector is no nearer to one row than to another.
    found = normalized(np.arange(len(ids)), vectors)
    if len(found.rows):
        positions[found.rows], cosines[found.rows] = searcher.nearest(found.vectors, looked, where=query.where)
    kept = positions >= 0
    if query.exclude_self:
        there = searcher.rows_of(positions[kept], ["id"]).column("id").combine_chunks()
        own = ids.take(pa.array(np.nonzero(kept)[0]))
        kept[kept] = pc.not_equal(there, own).to_numpy(zero_copy_only=False)
        kept &= np.cumsum(kept, axis=1) <= query.k
    rows = searcher.rows_of(positions[kept], ["id", "label"])
    offsets = pa.array(np.concatenate([[0], np.cumsum(kept.sum(axis=1))]).astype(np.int32))
    values = [rows.column("id").combine_chunks(), pa.array(cosines[kept]), rows.column("label").combine_chunks()]
    return [
        pa.ListArray.from_arrays(offsets, column.cast(field.type.value_type), type=field.type)
        for column, field in zip(values, OWN, strict=True)
    ]
