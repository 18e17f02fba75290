"""Finds vectors that need not be made again: those of unchanged items in changed sources.

A changed source is read anew, item by item; an item whose `content` stands in an earlier part keeps its vector. Memory
is bounded by the shard: only contents that the shard has are looked for, and a row group's vectors are
read only where one of them is in it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from transforms.storage import files
from transforms.table.parts import PartFormat, read_part, read_row_group
from transforms.table.schema import EMBEDDING, vectors_of


@dataclass(frozen=True)
class KnownVectors:
    """Vectors by content. `row_of` maps a content to its row of `vectors` (float32 [m, dim])."""

    row_of: dict[str, int]
    vectors: npt.NDArray[np.float32]

    def lookup(self, contents: list[str]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Positions in `contents` that are known, and their rows here."""
        found = [(position, self.row_of[c]) for position, c in enumerate(contents) if c in self.row_of]
        pairs = np.asarray(found, np.int64).reshape(-1, 2)
        return pairs[:, 0], pairs[:, 1]


def known_vectors(
    parts: Iterable[str], *, contents: set[str], dim: int, schema: pa.Schema, part_format: PartFormat
) -> KnownVectors:
    """Collects the vectors of `contents` out of earlier parts; a part that was deleted is passed over."""
    wanted = pa.array(sorted(contents), pa.string())
    row_of: dict[str, int] = {}
    found: list[npt.NDArray[np.float32]] = []
    for path in parts:
        if not files.exists(path):
            continue
        for names, vectors in _matches(path, wanted, dim=dim, schema=schema, part_format=part_format):
            fresh = [row for row, name in enumerate(names) if name not in row_of]
            for row in fresh:
                row_of[names[row]] = len(row_of)
            found.append(vectors[fresh])
    return KnownVectors(row_of, np.concatenate(found) if found else np.empty((0, dim), np.float32))


def _matches(
    path: str, wanted: pa.Array, *, dim: int, schema: pa.Schema, part_format: PartFormat
) -> Iterable[tuple[list[str], npt.NDArray[np.float32]]]:
    if part_format == "parquet":
        with files.open_read(path) as stream, pq.ParquetFile(stream) as part:
            for group in range(part.num_row_groups):
                if not part.metadata.row_group(group).num_rows:
                    continue
                names = read_row_group(part, group, schema=schema, columns=["content"]).column("content")
                mask = pc.is_in(names, value_set=wanted)
                if pc.any(mask).as_py():
                    column = read_row_group(part, group, schema=schema, columns=[EMBEDDING]).column(EMBEDDING)
                    # Another tool may have written a vector of another length, or none.
                    mask = pc.and_(mask, pc.equal(pc.list_value_length(column), dim).fill_null(False))
                    yield _unique(names.filter(mask).to_pylist(), vectors_of(column.filter(mask), dim))
    else:
        for batch in read_part(path, schema=schema, part_format=part_format, columns=["content", EMBEDDING]):
            mask = pc.is_in(batch.column("content"), value_set=wanted)
            chosen = batch.filter(mask)
            if chosen.num_rows:
                yield _unique(chosen.column("content").to_pylist(), vectors_of(chosen.column(EMBEDDING), dim))


def _unique(names: list[str], vectors: npt.NDArray[np.float32]) -> tuple[list[str], npt.NDArray[np.float32]]:
    first = {name: row for row, name in reversed(list(enumerate(names)))}
    return list(first), vectors[list(first.values())]
