"""Reads the vectors of a table's version as a stream: in order, or shuffled, never all at once.

A row is named by its position: parts in the order of their names, rows in the order of the part.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from transforms.common.arrays import Mask
from transforms.common.errors import RequestError
from transforms.common.prefetch import overlap
from transforms.storage import files
from transforms.table.parts import PartFormat, read_part, read_row_group
from transforms.table.schema import EMBEDDING, vectors_of
from transforms.table.snapshot import Snapshot

_MIXED_PIECES = 8


@dataclass(frozen=True, eq=False)
class Chunk:
    """Some rows: their positions int64 [b], vectors float32 [b, dim], and the columns asked for."""

    rows: npt.NDArray[np.int64]
    vectors: npt.NDArray[np.float32]
    columns: pa.RecordBatch

    def take(self, order: npt.NDArray[np.int64]) -> Chunk:
        return Chunk(self.rows[order], self.vectors[order], _taken(self.columns, order))


@dataclass(frozen=True)
class _Piece:
    """A stretch of rows that is read at once: a row group of a Parquet part, or a whole TFRecord part (group None)."""

    part: str
    group: int | None
    start: int
    rows: int


class TableVectors:
    """One version of a feature table, to be read again and again."""

    _refuses_bad = True

    def __init__(self, table: str, snapshot: Snapshot) -> None:
        self._table = table
        self._snapshot = snapshot

    def only(self, part: str) -> TableVectors:
        """One part alone; its rows are counted from 0."""
        alone = replace(self._snapshot, parts={part: self._snapshot.parts[part]})
        return TableVectors(self._table, alone)

    def unchecked(self) -> TableVectors:
        """The same, for who looks after vectors with NaN or infinity: no method raises because of them."""
        same = TableVectors(self._table, self._snapshot)
        same._refuses_bad = False
        return same

    @property
    def rows(self) -> int:
        return self._snapshot.rows

    @property
    def dim(self) -> int:
        return self._snapshot.about.dim

    def columns(self, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Columns of all rows, in order, without the vectors."""
        for part in sorted(self._snapshot.parts):
            yield from read_part(
                self._path(part), schema=self._snapshot.schema, part_format=self._format, columns=list(names)
            )

    def chosen(self, wanted: Mask, names: Sequence[str]) -> Iterator[tuple[npt.NDArray[np.int64], pa.RecordBatch]]:
        """Positions int64 [b] and columns of the wanted rows, in order, without the vectors; b may be 0."""
        start = 0
        for batch in self.columns(names):
            kept = np.flatnonzero(wanted[start : start + batch.num_rows])
            yield start + kept, batch.take(pa.array(kept))
            start += batch.num_rows

    def chunks(self, wanted: Mask | None = None, *, columns: Sequence[str] = ()) -> Iterator[Chunk]:
        """The wanted rows (None: all) in order, in chunks of at most some thousand.

        Raises:
          RequestError: a vector holds NaN or infinity.
        """
        return self._read(self._wanted_pieces(wanted), wanted, columns)

    def shuffled(self, wanted: Mask | None, *, seed: int, columns: Sequence[str] = ()) -> Iterator[Chunk]:
        """The wanted rows in an order that `seed` decides: pieces from all over the table, mixed some at a time."""
        random = np.random.default_rng(seed)
        pieces = self._wanted_pieces(wanted)
        order = [pieces[i] for i in random.permutation(len(pieces))]
        buffer: list[Chunk] = []
        for chunk in self._read(order, wanted, columns):
            buffer.append(chunk)
            if len(buffer) == _MIXED_PIECES:
                yield from _mixed(buffer, random)
                buffer = []
        if buffer:
            yield from _mixed(buffer, random)

    @property
    def _format(self) -> PartFormat:
        return self._snapshot.about.part_format

    def _path(self, part: str) -> str:
        return files.join(self._table, part)

    @cached_property
    def _pieces(self) -> list[_Piece]:
        pieces, start = [], 0
        for part in sorted(self._snapshot.parts):
            rows = self._snapshot.parts[part]
            if self._format == "parquet":
                with files.open_read(self._path(part)) as stream, pq.ParquetFile(stream) as opened:
                    for group in range(opened.num_row_groups):
                        rows = opened.metadata.row_group(group).num_rows
                        if rows:
                            pieces.append(_Piece(part, group, start, rows))
                        start += rows
            else:
                pieces.append(_Piece(part, None, start, rows))
                start += rows
        return pieces

    def _wanted_pieces(self, wanted: Mask | None) -> list[_Piece]:
        if wanted is None:
            return self._pieces
        return [piece for piece in self._pieces if wanted[piece.start : piece.start + piece.rows].any()]

    def _read(self, pieces: Iterable[_Piece], wanted: Mask | None, columns: Sequence[str]) -> Iterator[Chunk]:
        names = [EMBEDDING, *(name for name in columns if name != EMBEDDING)]
        if self._format == "parquet":
            yield from overlap(lambda piece: self._group(piece, wanted, names), pieces, workers=2, depth=2)
            return
        for piece in pieces:
            start = piece.start
            for batch in read_part(
                self._path(piece.part), schema=self._snapshot.schema, part_format="tfrecord", columns=names
            ):
                yield self._chunk(batch, start, wanted)
                start += batch.num_rows

    def _group(self, piece: _Piece, wanted: Mask | None, names: list[str]) -> Chunk:
        with files.open_read(self._path(piece.part)) as stream, pq.ParquetFile(stream) as opened:
            batch = read_row_group(opened, piece.group or 0, schema=self._snapshot.schema, columns=names)
        return self._chunk(batch, piece.start, wanted)

    def _chunk(self, batch: pa.RecordBatch, start: int, wanted: Mask | None) -> Chunk:
        rows = np.arange(start, start + batch.num_rows)
        try:
            vectors = vectors_of(batch.column(EMBEDDING), self.dim)
        except ValueError as error:
            raise RequestError(f"{self._table}: {error}, as its encoder's are: embed into a new table") from error
        others = batch.drop_columns([EMBEDDING])
        if wanted is not None and not wanted[start : start + batch.num_rows].all():
            kept = np.flatnonzero(wanted[start : start + batch.num_rows])
            rows, vectors, others = rows[kept], vectors[kept], _taken(others, kept)
        with np.errstate(all="ignore"):
            total = vectors.sum() if self._refuses_bad else 0.0
        if not np.isfinite(total):
            bad = rows[~np.isfinite(vectors).all(axis=1)]
            if len(bad):
                raise RequestError(
                    f"{self._table}: the vectors of {len(bad)} rows here hold NaN or infinity, first"
                    f" {self._id(int(bad[0]))}: embed its source again"
                )
        return Chunk(rows, vectors, others)

    def _id(self, row: int) -> str:
        wanted = np.arange(self.rows) == row
        (name,) = (name for _, batch in self.chosen(wanted, ["id"]) for name in batch.column("id").to_pylist())
        return str(name)


def _taken(batch: pa.RecordBatch, order: npt.NDArray[np.int64]) -> pa.RecordBatch:
    # Arrow forgets how many rows a batch without columns has.
    return batch.take(pa.array(order)) if batch.num_columns else batch


def _mixed(buffer: list[Chunk], random: np.random.Generator) -> Iterator[Chunk]:
    rows = np.concatenate([chunk.rows for chunk in buffer])
    order = random.permutation(len(rows))
    vectors = np.concatenate([chunk.vectors for chunk in buffer])
    columns = pa.Table.from_batches([chunk.columns for chunk in buffer]).combine_chunks().to_batches()
    mixed = Chunk(rows, vectors, columns[0] if columns else buffer[0].columns)
    step = max(len(rows) // len(buffer), 1)
    for start in range(0, len(rows), step):
        yield mixed.take(order[start : start + step])
