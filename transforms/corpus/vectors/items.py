"""Reads the ids, labels, texts and kept columns that belong to rows of vectors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from transforms.common.errors import RequestError
from transforms.corpus.columns.batches import assemble, batch_schema, finish
from transforms.corpus.columns.roles import Roles, asked_columns
from transforms.corpus.formats import format_of
from transforms.corpus.items import not_utf8
from transforms.corpus.options import Range, ReadOptions
from transforms.corpus.readers import lines
from transforms.corpus.readers.tables import TABLES
from transforms.corpus.sources import Source
from transforms.corpus.streams.opening import faults, open_raw
from transforms.corpus.vectors.npy import NpyIds

_SHOWN = 20
_UNTYPED = ("comma", "tab", "json", "sheet")


def has_columns(source: Source) -> bool:
    """Whether a file has columns to choose from: not an array, nor lines."""
    form = format_of(source.name)
    return form is not None and form.kind in TABLES


def id_column_of(source: Source, options: ReadOptions) -> str | None:
    """The column of the ids in a table: the one that is named, or that is called `id`, or the only one; None: the file has no
    columns, or no rows.

    Raises:
      RequestError: which one it is cannot be told; a column that is asked for is not there.
    """
    if not has_columns(source):
        asked = asked_columns(options)
        if asked:
            raise RequestError(
                f"{source.uri}: has no columns, so there is no {asked[0]!r}: give the ids in Parquet or CSV"
            )
        return None
    with faults(source):
        schema = _schema(source, options)
    if schema is None:
        return options.id_column
    _require_columns(schema, options, source.uri)
    if options.id_column is not None or "id" in schema.names:
        return options.id_column or "id"
    taken = {options.text_column, options.label_column, *options.keep}
    free = [field.name for field in schema if not pa.types.is_nested(field.type) and field.name not in taken]
    if len(free) != 1:
        raise RequestError(
            f"{source.uri}: which column holds the ids is not known: it has {_shown(schema)}: name one with --id-column"
        )
    return free[0]


def _require_columns(schema: pa.Schema, options: ReadOptions, uri: str) -> None:
    for name in asked_columns(options):
        found = schema.get_all_field_indices(name)
        if len(found) != 1:
            fault = f"has no column {name!r}" if not found else f"has {len(found)} columns named {name!r}"
            raise RequestError(f"{uri}: {fault}; it has {_shown(schema)}")
        kind = schema.field(found[0]).type
        if pa.types.is_nested(kind) and name not in options.keep:
            raise RequestError(f"{uri}: column {name!r} holds {kind}, not one value")


def kept_fields(source: Source, options: ReadOptions) -> list[pa.Field]:
    """Names and types of the kept columns in a table of items.

    Raises:
      RequestError: a column is not there.
    """
    if not has_columns(source):
        return []
    with faults(source):
        schema = _schema(source, options)
        if schema is None:
            return []
        _require_columns(schema, options, source.uri)
        reader, form = _reader(source)
        if form in _UNTYPED:
            return list(reader.kept(source, _as_items(options)))
        return [_without_dictionary(schema.field(name)) for name in options.keep]


def rows_of(source: Source) -> int | None:
    """How many rows of items a file has, where its head says so."""
    form = format_of(source.name)
    with faults(source):
        if form is None:
            return NpyIds(source).rows
        if form.kind != "parquet" or source.lake is not None:
            return None
        with open_raw(source.uri) as raw, pq.ParquetFile(raw) as file:
            return int(file.metadata.num_rows)


def read_items(
    several: Sequence[Source], options: ReadOptions, *, start: int, stop: int | None, kept: pa.Schema
) -> Iterator[pa.RecordBatch]:
    """Rows of items as batches of `batch_schema(kept)`; the payload is the text, null where none is read.

    Args:
      several: whose rows follow each other.
      start, stop: which rows; None: all that follow.

    Raises:
      RequestError: a file cannot be read.
    """
    skip = start
    wanted = None if stop is None else stop - start
    for source in several:
        rows = rows_of(source)
        if rows is not None and skip >= rows:
            skip -= rows
            continue
        if wanted == 0:
            return
        part = None
        if rows is not None:
            part = Range(unit="rows", start=skip, stop=rows if wanted is None else min(rows, skip + wanted))
            skip = 0
        for batch in read_stretch(source, options, part, kept=kept):
            left_out = min(skip, batch.num_rows)
            skip -= left_out
            batch = batch.slice(left_out, wanted)
            wanted = None if wanted is None else wanted - batch.num_rows
            if batch.num_rows:
                yield batch
            if wanted == 0:
                return


def read_stretch(
    source: Source, options: ReadOptions, part: Range | None, *, kept: pa.Schema
) -> Iterator[pa.RecordBatch]:
    """The same of one file, or of a stretch of it.

    Raises:
      RequestError: the file cannot be read.
    """
    schema = batch_schema(kept)
    form = format_of(source.name)
    with faults(source):
        if form is None:
            array = NpyIds(source)
            for ids in array.read(*((part.start, part.stop) if part is not None else (0, array.rows))):
                yield assemble(schema, len(ids), {"id": ids, "source": source.name, "fingerprint": source.fingerprint})
        elif form.kind == "lines":
            for batch in lines.read([source], _as_items(options), part=None, schema=schema):
                yield _of_lines(batch)
        else:
            yield from _of_table(source, options, part, schema)


def _of_table(source: Source, options: ReadOptions, part: Range | None, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    reader, _ = _reader(source)
    found = _schema(source, options)
    if found is None:
        return
    assert options.id_column is not None, "the column of ids is known by now"
    payload = options.text_column or options.id_column
    roles = Roles(payload=(payload,), by_uri=False, id=options.id_column, label=options.label_column, keep=options.keep)
    items = _as_items(options)
    for rows in reader.read(source, roles, items, part):
        for batch in finish(rows, roles=roles, source=source, options=items, schema=schema):
            yield (
                batch if options.text_column is not None else _with(batch, "payload", pa.nulls(len(batch), pa.binary()))
            )


def _of_lines(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Lines as ids."""
    faulty = not_utf8(batch.column("payload"))
    values = batch.column("payload")
    if faulty:
        errors = [": ".join(faulty[row]) if row in faulty else None for row in range(len(batch))]
        batch = _with(batch, "error", pa.array(errors, pa.string()))
        values = pa.array(
            [None if row in faulty else value for row, value in enumerate(values.to_pylist())], pa.binary()
        )
    return _with(_with(batch, "id", values.cast(pa.string())), "payload", pa.nulls(len(batch), pa.binary()))


def _with(batch: pa.RecordBatch, name: str, values: pa.Array) -> pa.RecordBatch:
    return batch.set_column(batch.schema.get_field_index(name), batch.schema.field(name), values)


def _as_items(options: ReadOptions) -> ReadOptions:
    """How a file of items is read: as one of texts."""
    text = options.text_column or options.id_column
    return replace(options, modality="text", text_column=text, vectors=None, labels_from=None)


def _schema(source: Source, options: ReadOptions) -> pa.Schema | None:
    reader, _ = _reader(source)
    schema: pa.Schema | None = reader.columns(source, _as_items(options))
    return schema


def _reader(source: Source) -> tuple[Any, str]:
    form = format_of(source.name)
    assert form is not None, "a file with columns has a format"
    return TABLES[form.kind], form.kind


def _without_dictionary(field: pa.Field) -> pa.Field:
    kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
    return pa.field(field.name, kind)


def _shown(schema: pa.Schema) -> str:
    return ", ".join(schema.names[:_SHOWN]) + (", ..." if len(schema.names) > _SHOWN else "")
