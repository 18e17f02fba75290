"""The vectors of a table as unit vectors, whose dot products are cosines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from transforms.table.vectors import Chunk, Mask, TableVectors

BLOCK = 8_192


@dataclass(frozen=True, eq=False)
class Units:
    """Some rows: positions int64 [b], unit vectors float32 [b, dim], and how many zero vectors were left out."""

    rows: npt.NDArray[np.int64]
    vectors: npt.NDArray[np.float32]
    zeros: int


def directions(
    vectors: npt.NDArray[np.float32],
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    """Vectors [b, dim] at length 1, and which of them [b] have a direction: are finite and not zero."""
    # In double precision: the squares of large or tiny float32 values are not float32 values.
    with np.errstate(all="ignore"):
        lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64))
        good = np.isfinite(lengths) & (lengths > 0)
        unit = (vectors / lengths[:, None]).astype(np.float32)
    return unit, good


def units(rows: npt.NDArray[np.int64], vectors: npt.NDArray[np.float32]) -> Units:
    """Vectors [b, dim] at length 1. A zero vector has no direction and is left out."""
    unit, kept = directions(vectors)
    if kept.all():
        return Units(rows, unit, 0)
    return Units(rows[kept], unit[kept], len(rows) - int(kept.sum()))


def unit_blocks(vectors: TableVectors, wanted: Mask | None = None) -> Iterator[Units]:
    """The wanted rows (None: all) in order, `BLOCK` at a time before zero vectors are left out.

    The blocks do not depend on how the table is cut into parts and row groups: where these are small, products of them
    would be slow.
    """
    held: list[Chunk] = []
    count = 0
    for chunk in vectors.chunks(wanted):
        held.append(chunk)
        count += len(chunk.rows)
        while count >= BLOCK:
            rows = np.concatenate([part.rows for part in held])
            values = np.concatenate([part.vectors for part in held])
            yield units(rows[:BLOCK], values[:BLOCK])
            held = [Chunk(rows[BLOCK:], values[BLOCK:], chunk.columns)]
            count -= BLOCK
    if count:
        yield units(np.concatenate([part.rows for part in held]), np.concatenate([part.vectors for part in held]))


def gathered(vectors: TableVectors, wanted: Mask, *, columns: Sequence[str] = ()) -> tuple[Units, list[pa.RecordBatch]]:
    """All the wanted rows at once, none of which may be a zero vector, and their columns."""
    rows = np.flatnonzero(wanted)
    held = np.empty((len(rows), vectors.dim), np.float32)
    batches, at = [], 0
    for chunk in vectors.chunks(wanted, columns=columns):
        held[at : at + len(chunk.rows)] = units(chunk.rows, chunk.vectors).vectors
        batches.append(chunk.columns)
        at += len(chunk.rows)
    return Units(rows, held, 0), batches
