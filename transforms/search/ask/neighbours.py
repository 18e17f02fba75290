"""Neighbours: the rows of a feature table with those of an index that are nearest to them, as a Delta table of Parquet parts.

    id, source, label, kept columns, neighbours list<string>, scores list<float32>, neighbour_labels list<string>

The three lists of a row belong together, the nearest first: ids in the index (of a chunked one, chunks), cosines, labels
there. They are shorter than k where a condition lets fewer rows through or an approximate index finds fewer, and empty where
the vector is zero.

A part is named by the part of vectors and by what its neighbours follow from, so that one that is there is not made again.
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
import pyarrow.parquet as pq

from transforms.storage import files
from transforms.table.result_table import key_of
from transforms.table.unit_vectors import units
from transforms.table.vectors import TableVectors

if TYPE_CHECKING:
    from transforms.search.ask.searcher import Searcher

CARRIED = ("id", "source", "label")
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
class Wanted:
    """What is asked of the index for each row.

    Attributes:
      k: how many neighbours.
      where: a condition on the rows of the index; None lets all through.
      exclude_self: leaves out the row of the index that has the row's own id.
    """

    k: int
    where: str | None
    exclude_self: bool


def join_key(searcher: Searcher, schema: pa.Schema, wanted: Wanted) -> str:
    """What decides the neighbours of a part of vectors: the index as it describes itself, the columns, and what is asked."""
    return key_of(_METHOD, searcher.about, schema.names, asdict(wanted))


def join_part(vectors: TableVectors, searcher: Searcher, wanted: Wanted, *, schema: pa.Schema, path: str) -> None:
    """Writes the rows of one part, in their order, with their neighbours."""
    carried = [name for name in schema.names if name not in OWN.names]
    with (
        files.publish(path) as temporary,
        files.open_write(temporary) as stream,
        pq.ParquetWriter(stream, schema, compression="zstd") as writer,
    ):
        for chunk in vectors.chunks(columns=carried):
            for here in _steps(len(chunk.rows), wanted.k):
                columns = chunk.columns.slice(here.start, here.stop - here.start)
                found = _neighbours(searcher, wanted, ids=columns.column("id"), vectors=chunk.vectors[here])
                arrays = [*(columns.column(name) for name in carried), *found]
                writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=schema))


def _steps(rows: int, k: int) -> Iterator[slice]:
    step = max(_FOUND_AT_ONCE // k, 1)
    for start in range(0, rows, step):
        yield slice(start, min(start + step, rows))


def _neighbours(
    searcher: Searcher, wanted: Wanted, *, ids: pa.Array, vectors: npt.NDArray[np.float32]
) -> list[pa.Array]:
    """The arrays of the own columns for some rows, of ids [n] and vectors float32 [n, dim]."""
    looked = min(wanted.k + wanted.exclude_self, searcher.rows)
    positions = np.full((len(ids), looked), -1, np.int64)
    cosines = np.zeros((len(ids), looked), np.float32)
    # A zero vector is no nearer to one row than to another.
    found = units(np.arange(len(ids)), vectors)
    if len(found.rows):
        positions[found.rows], cosines[found.rows] = searcher.nearest(found.vectors, looked, where=wanted.where)
    kept = positions >= 0
    if wanted.exclude_self:
        there = searcher.rows_of(positions[kept], ["id"]).column("id").combine_chunks()
        own = ids.take(pa.array(np.nonzero(kept)[0]))
        kept[kept] = pc.not_equal(there, own).to_numpy(zero_copy_only=False)
        kept &= np.cumsum(kept, axis=1) <= wanted.k
    rows = searcher.rows_of(positions[kept], ["id", "label"])
    offsets = pa.array(np.concatenate([[0], np.cumsum(kept.sum(axis=1))]).astype(np.int32))
    values = [rows.column("id").combine_chunks(), pa.array(cosines[kept]), rows.column("label").combine_chunks()]
    return [
        pa.ListArray.from_arrays(offsets, column.cast(field.type.value_type), type=field.type)
        for column, field in zip(values, OWN, strict=True)
    ]
