"""Reads Parquet: only the columns that are needed, a few rows at a time, from any row to any row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from transforms.corpus.columns.batches import MAX_BYTES, MAX_ROWS, ColumnBatch
from transforms.corpus.columns.column_types import as_binary, plain, plain_schema
from transforms.corpus.columns.roles import Roles
from transforms.corpus.delta_tables import rows_there
from transforms.corpus.options import Range, ReadOptions
from transforms.corpus.sources import Source
from transforms.corpus.streams.blocks import between
from transforms.corpus.streams.opening import open_raw

_BUFFER = 1 << 20
# Decoding starts at a row group's first row, so each further slice of one costs a little more than the last.
_SLICES = 16


def columns(source: Source, options: ReadOptions) -> pa.Schema | None:
    """The file's schema, extension types as what they are stored in, UUIDs as text; None where it has no row."""
    with _opened(source) as file:
        # Types of nothing mean nothing: of an empty table pandas makes null or double.
        if not file.metadata.num_rows:
            return None
        return plain_schema(file.schema_arrow)


def read(source: Source, roles: Roles, options: ReadOptions, part: Range | None) -> Iterator[ColumnBatch]:
    """The rows of a source, or those from `part.start` to `part.stop`, without those that a Delta table has deleted."""
    there = rows_there(source)
    with _opened(source) as file:
        counts = [file.metadata.row_group(i).num_rows for i in range(file.metadata.num_row_groups)]
        start, stop = (part.start, part.stop) if part else (0, sum(counts))
        groups: list[int] = []
        skip = wanted = first = at = 0
        for number, count in enumerate(counts):
            if first < stop and first + count > start:
                if not groups:
                    skip = max(start - first, 0)
                    at = first + skip
                groups.append(number)
                wanted += min(first + count, stop) - max(first, start)
            first += count
        if not groups:
            return
        size = _batch_rows(file.metadata, groups)
        for batch in file.iter_batches(batch_size=size, row_groups=groups, columns=roles.columns, use_threads=False):
            if skip >= batch.num_rows:
                skip -= batch.num_rows
                continue
            batch = batch.slice(skip, wanted)
            skip = 0
            wanted -= batch.num_rows
            if there is not None:
                mask = there[at : at + batch.num_rows]
                at += batch.num_rows
                batch = batch.filter(pa.array([*mask, *[True] * (batch.num_rows - len(mask))], pa.bool_()))
            yield ColumnBatch({name: plain(batch.column(name)) for name in roles.columns})
            if not wanted:
                return


def named_files(source: Source, column: str) -> Iterator[pa.Array]:
    """The paths, binary [n], in a column of Hugging Face images, of which at least one has no bytes; nothing where all have."""
    with _opened(source) as file:
        position = file.schema_arrow.get_field_index(column)
        kind = file.schema_arrow.field(position).type
        if (
            not pa.types.is_struct(kind)
            or kind.get_field_index("path") < 0
            or _has_all(file.metadata, f"{column}.bytes")
        ):
            return
        for batch in file.iter_batches(batch_size=MAX_ROWS, columns=[f"{column}.path"], use_threads=False):
            yield as_binary(pc.struct_field(batch.column(0), "path"))


def _has_all(metadata: pq.FileMetaData, leaf: str) -> bool:
    """Whether the statistics of a column say that none of its values is null."""
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        found = [group.column(i) for i in range(group.num_columns) if group.column(i).path_in_schema == leaf]
        if not found or found[0].statistics is None or found[0].statistics.null_count != 0:
            return False
    return True


def split(source: Source, options: ReadOptions, max_bytes: int) -> list[Range | None]:
    """Row groups, gathered while they are small and sliced where one is large."""
    with _opened(source) as file:
        groups = [file.metadata.row_group(i) for i in range(file.metadata.num_row_groups)]
        sizes = [(group.num_rows, stored) for group, stored in zip(groups, _stored(groups, source.size), strict=True)]
    bounds = [0]
    row = filled = 0
    for count, stored in sizes:
        if filled and filled + stored > max_bytes:
            bounds.append(row)
            filled = 0
        pieces = min(-(-stored // max_bytes), _SLICES, count)
        if pieces > 1:
            bounds += [row + count * piece // pieces for piece in range(1, pieces)]
            # What follows joins no slice: it would need this row group decoded once more.
            filled = max_bytes
        else:
            filled += stored
        row += count
    bounds.append(row)
    return between(sorted(set(bounds)), "rows")


@contextmanager
def _opened(source: Source) -> Iterator[pq.ParquetFile]:
    # Buffered, so that a column of a large row group is not in memory as a whole.
    with open_raw(source.uri) as raw, pq.ParquetFile(raw, buffer_size=_BUFFER) as file:
        counts = [file.metadata.row_group(number).num_rows for number in range(file.metadata.num_row_groups)]
        if min(counts, default=0) < 0 or sum(counts) != file.metadata.num_rows:
            raise OSError("its footer is damaged: it counts rows that the file cannot have")
        yield file


# What pyarrow says of one column of a row group ends the process where the file's footer is damaged (its C++ exception is
# not caught): sizes are those of row groups.


def _stored(groups: Sequence[pq.RowGroupMetaData], size: int) -> list[int]:
    """About how many bytes of the file each group has, not after decompression: the measure that sources' sizes are in."""
    decompressed = [max(group.total_byte_size, 0) for group in groups]
    return [size * one // max(sum(decompressed), 1) for one in decompressed]


def _batch_rows(metadata: pq.FileMetaData, groups: list[int]) -> int:
    """How many rows make a batch of at most MAX_BYTES, by the mean of whole rows."""
    chosen = [metadata.row_group(number) for number in groups]
    mean = sum(group.total_byte_size for group in chosen) // max(sum(group.num_rows for group in chosen), 1)
    return max(1, min(MAX_ROWS, MAX_BYTES // max(mean, 1)))
