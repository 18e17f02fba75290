"""Finds vectors that need not be made again: those of items whose `content` stands anywhere in the table.

A file that was renamed, a folder or a line that moved, an item that is there again after a while: each keeps its vector. Memory
is bounded by the items that are looked for, and a row group is read only where one of them is in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from transforms.common.arrays import RowIndices
from transforms.embed.content_index import ContentIndex
from transforms.storage import files
from transforms.table.parts import PartFormat, read_part, read_row_group
from transforms.table.schema import EMBEDDING, vectors_of
from transforms.table.snapshot import Layout

_COLUMNS = ("content", EMBEDDING)


@dataclass(frozen=True)
class KnownVectors:
    """Vectors by content. `row_of` maps a content to its row of `vectors` (float32 [m, dim])."""

    row_of: dict[str, int]
    vectors: npt.NDArray[np.float32]

    def lookup(self, contents: list[str]) -> tuple[RowIndices, RowIndices]:
        """Positions in `contents` that are known, and their rows here."""
        found = [(position, self.row_of[c]) for position, c in enumerate(contents) if c in self.row_of]
        pairs = np.asarray(found, np.int64).reshape(-1, 2)
        return pairs[:, 0], pairs[:, 1]


def known_vectors(
    root: str, index: ContentIndex, contents: set[str], *, dim: int, schema: pa.Schema, part_format: PartFormat
) -> KnownVectors:
    """Collects the vectors of `contents` out of the parts of a table; a part that was deleted is passed over."""
    row_of: dict[str, int] = {}
    found: list[npt.NDArray[np.float32]] = []
    for part, rows in index.places(contents).items():
        path = Layout(root).part(part)
        if not files.exists(path):
            continue
        for batch in _rows(path, rows, schema=schema, part_format=part_format):
            # Another tool may have written a vector of another length, or none.
            good = pc.equal(pc.list_value_length(batch.column(EMBEDDING)), dim).fill_null(False)
            batch = batch.filter(
                pc.and_(good, pc.is_in(batch.column("content"), value_set=pa.array(contents, pa.string())))
            )
            names = batch.column("content").to_pylist()
            fresh = [row for row, name in enumerate(names) if name not in row_of]
            for row in fresh:
                row_of[names[row]] = len(row_of)
            found.append(vectors_of(batch.column(EMBEDDING), dim)[fresh])
    return KnownVectors(row_of, np.concatenate(found) if found else np.empty((0, dim), np.float32))


def _rows(path: str, rows: RowIndices, *, schema: pa.Schema, part_format: PartFormat) -> Iterator[pa.RecordBatch]:
    """These rows of a part, content and vector."""
    start = 0
    for size, batch in _batches(path, rows, schema=schema, part_format=part_format):
        if batch is not None:
            here = rows[(rows >= start) & (rows < start + size)] - start
            yield batch.take(pa.array(here))
        start += size


def _batches(
    path: str, rows: RowIndices, *, schema: pa.Schema, part_format: PartFormat
) -> Iterable[tuple[int, pa.RecordBatch | None]]:
    """The sizes of the batches of a part, in order, and those with one of `rows` in them."""
    if part_format != "parquet":
        for batch in read_part(path, schema=schema, part_format=part_format, columns=_COLUMNS):
            yield batch.num_rows, batch
        return
    start = 0
    with files.open_read(path) as stream, pq.ParquetFile(stream) as part:
        for group in range(part.num_row_groups):
            size = part.metadata.row_group(group).num_rows
            is_asked = np.searchsorted(rows, start) < np.searchsorted(rows, start + size)
            yield size, read_row_group(part, group, schema=schema, columns=_COLUMNS) if is_asked else None
            start += size
