"""Reads the vectors of a table scaled to length 1, so that their dot products are cosines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from transforms.common.arrays import Mask, RowIndices, Vectors
from transforms.table.vectors import Chunk, TableVectors

BLOCK = 8_192


@dataclass(frozen=True, eq=False)
class UnitVectors:
    """Some rows: positions int64 [b], unit vectors float32 [b, dim], and the number of zero vectors left out."""

    rows: RowIndices
    vectors: Vectors
    zeros: int


def normalize_rows(vectors: Vectors) -> tuple[Vectors, Mask]:
    """Scales vectors [b, dim] to length 1; also returns which of them [b] are finite and not zero."""
    # In double precision: the squares of large or tiny float32 values are not float32 values.
    with np.errstate(all="ignore"):
        lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64))
        good = np.isfinite(lengths) & (lengths > 0)
        unit = (vectors / lengths[:, None]).astype(np.float32)
    return unit, good


def normalized(rows: RowIndices, vectors: Vectors) -> UnitVectors:
    """Scales the vectors [b, dim] of some rows to length 1. Zero vectors, which have no direction, are left out."""
    unit, kept = normalize_rows(vectors)
    if kept.all():
        return UnitVectors(rows, unit, 0)
    return UnitVectors(rows[kept], unit[kept], len(rows) - int(kept.sum()))


def unit_vector_blocks(vectors: TableVectors, wanted: Mask | None = None) -> Iterator[UnitVectors]:
    """Yields the wanted rows (None: all) in order, `BLOCK` at a time before zero vectors are left out.

    Blocks do not depend on how the table is cut into parts and row groups, since products of small ones would be slow.
    """
    buffer: list[Chunk] = []
    count = 0
    for chunk in vectors.chunks(wanted):
        buffer.append(chunk)
        count += len(chunk.rows)
        while count >= BLOCK:
            rows = np.concatenate([part.rows for part in buffer])
            values = np.concatenate([part.vectors for part in buffer])
            yield normalized(rows[:BLOCK], values[:BLOCK])
            buffer = [Chunk(rows[BLOCK:], values[BLOCK:], chunk.columns)]
            count -= BLOCK
    if count:
        yield normalized(
            np.concatenate([part.rows for part in buffer]), np.concatenate([part.vectors for part in buffer])
        )


def gathered(
    vectors: TableVectors, wanted: Mask, *, columns: Sequence[str] = ()
) -> tuple[UnitVectors, list[pa.RecordBatch]]:
    """Reads all the wanted rows at once, none of which may be a zero vector, and their columns."""
    rows = np.flatnonzero(wanted)
    unit = np.empty((len(rows), vectors.dim), np.float32)
    batches, at = [], 0
    for chunk in vectors.chunks(wanted, columns=columns):
        unit[at : at + len(chunk.rows)] = normalized(chunk.rows, chunk.vectors).vectors
        batches.append(chunk.columns)
        at += len(chunk.rows)
    return UnitVectors(rows, unit, 0), batches
