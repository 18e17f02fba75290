"""Reads Arrow files and streams and Feather: a record batch at a time, and only the columns that are needed."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from typing import IO

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import feather

from transforms.corpus import huggingface
from transforms.corpus.columns.batches import MAX_BYTES, MAX_ROWS, ColumnBatch
from transforms.corpus.columns.column_types import as_binary, plain, plain_schema
from transforms.corpus.columns.roles import Roles, asked_columns
from transforms.corpus.options import Range, ReadOptions
from transforms.corpus.readers.arrow_messages import (
    MARK,
    Message,
    Stretches,
    batches_of_file,
    messages_of_stream,
    node_of,
)
from transforms.corpus.sources import Source
from transforms.corpus.streams.blocks import between
from transforms.corpus.streams.opening import open_raw
from transforms.storage.files import exactly

_OLD_FEATHER = b"FEA1"


def columns(source: Source, options: ReadOptions) -> pa.Schema | None:
    """The file's schema, extension types as what they are stored in, UUIDs as text; None where it has no row.

    Of a file that `datasets.save_to_disk` wrote, `split` is a column, if it is asked for.
    """
    with open_raw(source.uri) as raw:
        if _is_old_feather(raw):
            table = _old_feather(raw)
            return plain_schema(table.schema) if table.num_rows else None
        messages = _messages(raw)
        if not any(message.rows for message in messages):
            return None
        schema = plain_schema(_schema(raw, messages))
    split = huggingface.split_of(source.uri) if "split" in asked_columns(options) else None
    return schema if split is None or "split" in schema.names else schema.append(pa.field("split", pa.string()))


def read(source: Source, roles: Roles, options: ReadOptions, part: Range | None) -> Iterator[ColumnBatch]:
    """The rows of a source, or those from `part.start` to `part.stop`."""
    with open_raw(source.uri) as raw:
        if _is_old_feather(raw):
            batches: Iterator[pa.RecordBatch] = iter(_old_feather(raw, roles.columns).to_batches())
        else:
            batches = _batches(raw, roles.columns, part)
        split = huggingface.split_of(source.uri) if "split" in roles.columns else None
        for batch in batches:
            for rows in _slices(batch):
                arrays = {name: _checked(rows.column(name)) for name in roles.columns if name in rows.schema.names}
                if split is not None:
                    arrays.setdefault("split", pa.repeat(pa.scalar(split), rows.num_rows))
                yield ColumnBatch(arrays)


def named_files(source: Source, column: str) -> Iterator[pa.Array]:
    """The paths, binary [n], in a column of Hugging Face images, of which at least one has no bytes; nothing where all have."""
    with open_raw(source.uri) as raw:
        if _is_old_feather(raw):
            return
        messages = _messages(raw)
        schema = _schema(raw, messages)
        position = schema.get_field_index(column)
        kind = schema.field(position).type
        if not pa.types.is_struct(kind) or kind.get_field_index("path") < 0:
            return
        if kind.get_field_index("bytes") >= 0:
            node = node_of(schema, position, kind.get_field_index("bytes"))
            if all(message.nulls[node] == 0 for message in messages if message.is_batch and message.rows):
                return
        for batch in _batches(raw, [column], None):
            yield as_binary(pc.struct_field(batch.column(0), "path"))


def split(source: Source, options: ReadOptions, max_bytes: int) -> list[Range | None]:
    """Record batches, gathered while they are small: none is cut, for it would be decoded as a whole for each piece."""
    with open_raw(source.uri) as raw:
        if _is_old_feather(raw):
            return [None]
        batches = [message for message in _messages(raw) if message.is_batch]
    bounds = [0]
    row = filled = 0
    for batch in batches:
        size = batch.stop - batch.start
        if filled and filled + size > max_bytes:
            bounds.append(row)
            filled = 0
        filled += size
        row += batch.rows
    bounds.append(row)
    return between(sorted(set(bounds)), "rows")


# ---- of a file or a stream ---------------------------------------------------------------------------------


def _messages(raw: IO[bytes]) -> list[Message]:
    """The record batches of a file; of a stream also its schema and dictionaries."""
    return batches_of_file(raw) if _is_file(raw) else list(messages_of_stream(raw))


def _is_file(raw: IO[bytes]) -> bool:
    raw.seek(0)
    return exactly(raw, len(MARK)) == MARK


def _schema(raw: IO[bytes], messages: Sequence[Message]) -> pa.Schema:
    if _is_file(raw):
        return pa.ipc.open_file(_unclosed(raw)).schema
    return pa.ipc.open_stream(Stretches(raw, [(messages[0].start, messages[0].stop)])).schema


def _batches(raw: IO[bytes], names: Sequence[str], part: Range | None) -> Iterator[pa.RecordBatch]:
    messages = _messages(raw)
    schema = _schema(raw, messages)
    included = [position for position, name in enumerate(schema.names) if name in names]
    options = pa.ipc.IpcReadOptions(included_fields=included)
    batches = [message for message in messages if message.is_batch]
    first = 0
    wanted: list[tuple[int, int, int]] = []  # which record batch, and from which of its rows to which
    for number, batch in enumerate(batches):
        start, stop = (part.start, part.stop) if part else (0, first + batch.rows)
        if first < stop and first + batch.rows > start:
            wanted.append((number, max(start - first, 0), min(stop - first, batch.rows)))
        first += batch.rows
    if not wanted:
        return
    if _is_file(raw):
        file = pa.ipc.open_file(_unclosed(raw), options=options)
        if file.num_record_batches != len(batches):
            raise OSError("its footer is damaged")
        found: Iterator[pa.RecordBatch] = (file.get_batch(number) for number, _, _ in wanted)
    else:
        numbers = {id(batches[number]) for number, _, _ in wanted}
        chosen = [(one.start, one.stop) for one in messages if not one.is_batch or id(one) in numbers]
        found = iter(pa.ipc.open_stream(Stretches(raw, chosen), options=options))
    for (number, start, stop), batch in zip(wanted, found, strict=True):
        if batch.num_rows != batches[number].rows:
            raise OSError("it is damaged: a record batch has other rows than it says")
        yield batch.slice(start, stop - start)


def _unclosed(raw: IO[bytes]) -> pa.PythonFile:
    raw.seek(0)
    return pa.PythonFile(raw, mode="r")


def _slices(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """At most MAX_ROWS rows at a time, and MAX_BYTES by the mean of the batch's rows."""
    mean = batch.nbytes // max(batch.num_rows, 1)
    size = max(1, min(MAX_ROWS, MAX_BYTES // max(mean, 1)))
    for start in range(0, batch.num_rows, size):
        yield batch.slice(start, size)


def _checked(array: pa.Array) -> pa.Array:
    """A column as other readers give it, after a look at all its offsets: Arrow takes those of a file on trust.

    Raises:
      pa.ArrowInvalid: they lead out of the file.
    """
    # Texts that are not UTF-8 are errors of their rows, found later.
    if pa.types.is_string(array.type):
        array.view(pa.binary()).validate(full=True)
    elif pa.types.is_large_string(array.type):
        array.view(pa.large_binary()).validate(full=True)
    else:
        array.validate(full=True)
    return plain(array)


# ---- Feather's first version -------------------------------------------------------------------------------


def _is_old_feather(raw: IO[bytes]) -> bool:
    raw.seek(0)
    return exactly(raw, len(_OLD_FEATHER)) == _OLD_FEATHER


def _old_feather(raw: IO[bytes], names: Sequence[str] | None = None) -> pa.Table:
    """A Feather file of before 2020, which has no record batches and is read as a whole."""
    raw.seek(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return feather.read_table(raw, columns=None if names is None else list(names), memory_map=False)
