"""Writes groups of near-duplicates: the representative of each group, and the cosine of the others to it.

    id, source, label, text (where the table has it), kept columns, group int64, representative bool, cosine float32

Groups are the connected components of near pairs, numbered by size, the largest 0. In a chain (a near b, b near c) the ends
are in one group though they may be less near than the threshold: see `cosine`, to the representative. The representative is
the row with the smallest id; dropping the others leaves one row of each group.

Memory: the rows of 128 MiB of vectors at a time, an id a group, and some 30 bytes a row of the table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from transforms.common.arrays import RowIndices
from transforms.similarity.components import UnionFind
from transforms.table.result_table import CARRIED, ResultTable
from transforms.table.unit_vectors import BLOCK, gathered
from transforms.table.vectors import TableVectors

OWN = pa.schema(
    [
        pa.field("group", pa.int64(), nullable=False),
        pa.field("representative", pa.bool_(), nullable=False),
        pa.field("cosine", pa.float32(), nullable=False),
    ]
)
LARGEST = 10

_BATCH_BYTES = 1 << 27


def result_table(out: str) -> ResultTable:
    """The groups in the folder `out`."""
    return ResultTable(out=out, noun="duplicates", own=OWN, carried=(*CARRIED, "text"))


@dataclass(frozen=True, eq=False)
class Groups:
    """Rows that have near-duplicates, by group.

    Attributes:
      rows: positions int64 [n], those of a group together, in the order of positions.
      groups: the group of each row, int64 [n], rising.
      sizes: the number of rows of each group, int64 [g], falling.
      representatives: the position of each group's representative, int64 [g].
    """

    rows: RowIndices
    groups: RowIndices
    sizes: RowIndices
    representatives: RowIndices


def groups_of(union_find: UnionFind, vectors: TableVectors) -> Groups:
    """The components of more than one row, the largest first; of equal size, the one with the first position first."""
    roots = union_find.roots(np.arange(vectors.rows))
    counts = np.bincount(roots, minlength=vectors.rows)
    heads = np.flatnonzero(counts > 1)
    heads = heads[np.argsort(-counts[heads], kind="stable")]
    number = np.full(vectors.rows, -1)
    number[heads] = np.arange(len(heads))
    numbers = number[roots]
    rows = np.flatnonzero(numbers >= 0)
    rows = rows[np.argsort(numbers[rows], kind="stable")]
    return Groups(rows, numbers[rows], counts[heads], _smallest_ids(numbers, len(heads), vectors))


def _smallest_ids(numbers: RowIndices, count: int, vectors: TableVectors) -> RowIndices:
    first = np.full(count, -1)
    smallest: list[str] = [""] * count
    for rows, batch in vectors.chosen(numbers >= 0, ["id"]):
        ids = batch.column("id").to_pylist()
        for row, group, name in zip(rows.tolist(), numbers[rows].tolist(), ids, strict=True):
            if first[group] < 0 or name < smallest[group]:
                first[group], smallest[group] = row, name
    return first


def write_groups(
    groups: Groups, vectors: TableVectors, *, results: ResultTable, schema: pa.Schema, path: str
) -> list[dict[str, Any]]:
    """Writes the rows in the order of groups, the representative first and then by falling cosine.

    Returns of the largest groups: group, size, id and text of the representative, the lowest cosine to it.
    """
    step = max(_BATCH_BYTES // (4 * vectors.dim), 1)
    largest: list[dict[str, Any]] = []
    with results.writer(path, schema) as writer:
        for start, stop in _batches(groups.sizes, step):
            rows, numbers = groups.rows[start:stop], groups.groups[start:stop]
            columns, own = _batch(groups, rows, numbers, vectors=vectors, carried=writer.carried)
            writer.write(columns, own.columns, row_group_size=8_192)
            _add_largest(largest, columns, own)
    for group in largest:
        group["size"] = int(groups.sizes[group["group"]])
    return largest


def _batches(sizes: RowIndices, most: int) -> list[tuple[int, int]]:
    """Ranges of rows of whole groups, at most so many rows in each; a group that is larger is cut."""
    found, start = [], 0
    ends = np.concatenate([[0], np.cumsum(sizes)])
    while start < ends[-1]:
        whole = int(ends[np.searchsorted(ends, start + most, side="right") - 1])
        stop = whole if whole > start else start + most
        found.append((start, stop))
        start = stop
    return found


def _batch(
    groups: Groups, rows: RowIndices, numbers: RowIndices, *, vectors: TableVectors, carried: list[str]
) -> tuple[pa.RecordBatch, pa.RecordBatch]:
    """The carried columns and the own ones of some rows, in the order in which they are written."""
    heads = groups.representatives[numbers[0] : numbers[-1] + 1]
    wanted = np.zeros(vectors.rows, bool)
    wanted[rows] = wanted[heads] = True
    needed, batches = gathered(vectors, wanted, columns=carried)
    ours = np.searchsorted(needed.rows, rows)
    theirs = np.searchsorted(needed.rows, heads)[numbers - numbers[0]]
    cosines = np.empty(len(rows), np.float32)
    for start in range(0, len(rows), BLOCK):
        here = slice(start, start + BLOCK)
        pairs = needed.vectors[ours[here]], needed.vectors[theirs[here]]
        cosines[here] = np.clip(np.einsum("ij,ij->i", *pairs, dtype=np.float64), -1, 1)
    is_representative = rows == groups.representatives[numbers]
    order = np.lexsort((rows, -cosines, ~is_representative, numbers))
    columns = pa.Table.from_batches(batches).take(pa.array(ours[order])).combine_chunks().to_batches()[0]
    own = (numbers, is_representative, np.where(is_representative, np.float32(1), cosines))
    arrays = [pa.array(values[order], field.type) for field, values in zip(OWN, own, strict=True)]
    return columns, pa.RecordBatch.from_arrays(arrays, schema=OWN)


def _add_largest(largest: list[dict[str, Any]], columns: pa.RecordBatch, own: pa.RecordBatch) -> None:
    """Adds the largest groups of a batch to the list; of a group that is cut, the lowest cosine of several batches."""
    here = int(np.searchsorted(own.column("group").to_numpy(), LARGEST))
    names = [name for name in ("id", "text") if name in columns.schema.names]
    items = columns.select(names).slice(0, here).to_pylist()
    for row, item in zip(own.slice(0, here).to_pylist(), items, strict=True):
        group = row["group"]
        if group == len(largest):
            largest.append({"group": group, "id": None, "text": None, "cosine": 1.0})
        found = largest[group]
        found["cosine"] = min(found["cosine"], row["cosine"])
        if row["representative"]:
            found.update(item)
