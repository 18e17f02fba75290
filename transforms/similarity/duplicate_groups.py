"""Groups of near duplicates as rows: who stands for each group, and how near the others are to it.

    id, source, label, text (where the table has it), kept columns, group int64, representative bool, cosine float32

Groups are the connected components of near pairs, numbered by size, the largest 0. In a chain (a near b, b near c) the ends
are in one group though they may be less near than the threshold: `cosine`, to the representative, tells. The representative is
the row with the smallest id; dropping the others leaves one row of each group.

Memory: the rows of 128 MiB of vectors at a time, an id a group, and some 30 bytes a row of the table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from transforms.similarity.components import Forest, Positions
from transforms.storage import files
from transforms.table.snapshot import NewPart
from transforms.table.unit_vectors import BLOCK, gathered
from transforms.table.vectors import TableVectors

CARRIED = ("id", "source", "label", "text")
OWN = pa.schema(
    [
        pa.field("group", pa.int64(), nullable=False),
        pa.field("representative", pa.bool_(), nullable=False),
        pa.field("cosine", pa.float32(), nullable=False),
    ]
)
LARGEST = 10

_BATCH_BYTES = 1 << 27


@dataclass(frozen=True, eq=False)
class Groups:
    """Rows that have near duplicates, by group.

    Attributes:
      rows: positions int64 [n], those of a group together, in the order of positions.
      groups: the group of each, int64 [n], rising.
      sizes: rows of each group, int64 [g], falling.
      first: the position of each group's representative, int64 [g].
    """

    rows: Positions
    groups: Positions
    sizes: Positions
    first: Positions


def groups_of(forest: Forest, vectors: TableVectors) -> Groups:
    """The components of more than one row; of equal size, the one with the first position first."""
    roots = forest.roots(np.arange(vectors.rows))
    counts = np.bincount(roots, minlength=vectors.rows)
    heads = np.flatnonzero(counts > 1)
    heads = heads[np.argsort(-counts[heads], kind="stable")]
    number = np.full(vectors.rows, -1)
    number[heads] = np.arange(len(heads))
    numbers = number[roots]
    rows = np.flatnonzero(numbers >= 0)
    rows = rows[np.argsort(numbers[rows], kind="stable")]
    return Groups(rows, numbers[rows], counts[heads], _smallest_ids(numbers, len(heads), vectors))


def _smallest_ids(numbers: Positions, count: int, vectors: TableVectors) -> Positions:
    first = np.full(count, -1)
    smallest: list[str] = [""] * count
    for rows, batch in vectors.chosen(numbers >= 0, ["id"]):
        ids = batch.column("id").to_pylist()
        for row, group, name in zip(rows.tolist(), numbers[rows].tolist(), ids, strict=True):
            if first[group] < 0 or name < smallest[group]:
                first[group], smallest[group] = row, name
    return first


def write_groups(groups: Groups, vectors: TableVectors, schema: pa.Schema, *, path: str) -> tuple[NewPart, list[Any]]:
    """Writes the rows in the order of groups, the representative first and then by falling cosine.

    Returns the part, and of the largest groups: group, size, id and text of the representative, the lowest cosine to it.
    """
    carried = [name for name in schema.names if name not in OWN.names]
    step = max(_BATCH_BYTES // (4 * vectors.dim), 1)
    largest: list[dict[str, Any]] = []
    with (
        files.publish(path) as temporary,
        files.open_write(temporary) as stream,
        pq.ParquetWriter(stream, schema, compression="zstd") as writer,
    ):
        for start, stop in _batches(groups.sizes, step):
            rows, numbers = groups.rows[start:stop], groups.groups[start:stop]
            batch = _batch(groups, rows, numbers, vectors=vectors, carried=carried)
            writer.write_batch(batch.select(schema.names).cast(schema), row_group_size=8_192)
            _note(largest, batch)
    for told in largest:
        told["size"] = int(groups.sizes[told["group"]])
    return NewPart(name=files.basename(path), rows=len(groups.rows), size=files.size(path)), largest


def _batches(sizes: Positions, most: int) -> list[tuple[int, int]]:
    """Runs of rows of whole groups, at most so many in each; a group that is larger is cut."""
    found, start = [], 0
    ends = np.concatenate([[0], np.cumsum(sizes)])
    while start < ends[-1]:
        whole = int(ends[np.searchsorted(ends, start + most, side="right") - 1])
        stop = whole if whole > start else start + most
        found.append((start, stop))
        start = stop
    return found


def _batch(
    groups: Groups, rows: Positions, numbers: Positions, *, vectors: TableVectors, carried: list[str]
) -> pa.RecordBatch:
    heads = groups.first[numbers[0] : numbers[-1] + 1]
    wanted = np.zeros(vectors.rows, bool)
    wanted[rows] = wanted[heads] = True
    held, batches = gathered(vectors, wanted, columns=carried)
    ours = np.searchsorted(held.rows, rows)
    theirs = np.searchsorted(held.rows, heads)[numbers - numbers[0]]
    cosines = np.empty(len(rows), np.float32)
    for start in range(0, len(rows), BLOCK):
        here = slice(start, start + BLOCK)
        pairs = held.vectors[ours[here]], held.vectors[theirs[here]]
        cosines[here] = np.clip(np.einsum("ij,ij->i", *pairs, dtype=np.float64), -1, 1)
    leads = rows == groups.first[numbers]
    order = np.lexsort((rows, -cosines, ~leads, numbers))
    table = pa.Table.from_batches(batches).take(pa.array(ours[order]))
    own = {"group": numbers, "representative": leads, "cosine": np.where(leads, np.float32(1), cosines)}
    for name, values in own.items():
        table = table.append_column(name, pa.array(values[order]))
    return table.combine_chunks().to_batches()[0]


def _note(largest: list[dict[str, Any]], batch: pa.RecordBatch) -> None:
    """Keeps what is to be told of the first groups; the lowest cosine of one that is cut comes from several batches."""
    numbers = batch.column("group").to_numpy()
    here = batch.slice(0, int(np.searchsorted(numbers, LARGEST)))
    names = [name for name in ("id", "text") if name in batch.schema.names]
    for row in here.select([*names, *OWN.names]).to_pylist():
        group = row["group"]
        if group == len(largest):
            largest.append({"group": group, "id": None, "text": None, "cosine": 1.0})
        told = largest[group]
        told["cosine"] = min(told["cosine"], row["cosine"])
        if row["representative"]:
            told.update({name: row[name] for name in names})
