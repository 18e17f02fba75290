"""Reads fragments of Lance tables: only the columns that are needed, without rows that are deleted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from transforms.corpus.columns.batches import MAX_BYTES, MAX_ROWS, ColumnBatch
from transforms.corpus.columns.column_types import as_binary, plain, plain_schema
from transforms.corpus.columns.roles import Roles
from transforms.corpus.delta_tables import version_of
from transforms.corpus.lance_tables import fragment_of
from transforms.corpus.options import Range, ReadOptions
from transforms.corpus.sources import Source
from transforms.corpus.streams.blocks import between

_BUFFER = 32 << 20


def columns(source: Source, options: ReadOptions) -> pa.Schema | None:
    """The table's schema, extension types as what they are stored in; None where the fragment has no row."""
    fragment = _fragment(source)
    return plain_schema(fragment.schema) if fragment.count_rows() else None


def read(source: Source, roles: Roles, options: ReadOptions, part: Range | None) -> Iterator[ColumnBatch]:
    """The rows of a fragment, or those from `part.start` to `part.stop`, counted without deleted ones."""
    fragment = _fragment(source)
    start, stop = (part.start, part.stop) if part else (0, fragment.count_rows())
    if start < stop:
        for batch in _batches(fragment, roles.columns, source.size, start, stop):
            yield ColumnBatch({name: plain(batch.column(name)) for name in roles.columns})


def named_files(source: Source, column: str) -> Iterator[pa.Array]:
    """The paths, binary [n], in a column of Hugging Face images, of which at least one has no bytes; nothing where all have."""
    fragment = _fragment(source)
    kind = fragment.schema.field(column).type
    if not pa.types.is_struct(kind) or kind.get_field_index("path") < 0:
        return
    rows = fragment.count_rows()
    if kind.get_field_index("bytes") >= 0 and not fragment.count_rows(f"`{column}`.`bytes` IS NULL"):
        return
    for batch in _batches(fragment, {"path": f"`{column}`.`path`"}, source.size, 0, rows):
        yield as_binary(batch.column(0))


def split(source: Source, options: ReadOptions, max_bytes: int) -> list[Range | None]:
    """Even stretches of rows."""
    rows = _fragment(source).count_rows()
    pieces = max(min(-(-source.size // max_bytes), rows), 1)
    return between(sorted({rows * piece // pieces for piece in range(pieces + 1)}), "rows")


def _fragment(source: Source) -> Any:
    return fragment_of(source.uri, version_of(source))


def _batches(
    fragment: Any, names: list[str] | dict[str, str], size: int, start: int, stop: int
) -> Iterator[pa.RecordBatch]:
    # By what the files have for a row, which compression makes less than it is: batches are cut again where they are large.
    mean = size // max(fragment.physical_rows, 1)
    rows = max(1, min(MAX_ROWS, MAX_BYTES // max(mean, 1)))
    scanner = fragment.scanner(
        columns=names, offset=start, limit=stop - start, batch_size=rows, batch_readahead=2, io_buffer_size=_BUFFER
    )
    yield from scanner.to_batches()
