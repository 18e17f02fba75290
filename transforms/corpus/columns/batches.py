"""Builds the batches of all readers: columns as they were read become rows of the schema that everything downstream knows.

| column | type | |
|---|---|---|
| source, fingerprint | string | of the source |
| payload | binary | the text's bytes as read, not checked; the encoded image; null: no value |
| id | string | null: the engine gives one |
| label | string | |
| error | string | "Kind: message" for a row that could not be made sense of |
| kept columns | as read | |
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.corpus import huggingface
from transforms.corpus.columns.column_types import as_binary, is_text
from transforms.corpus.columns.kept import as_text, convert, label_text
from transforms.corpus.columns.path_columns import label_of_source
from transforms.corpus.columns.roles import Roles
from transforms.corpus.formats import has_no_types
from transforms.corpus.options import ReadOptions
from transforms.corpus.sources import Source

MAX_ROWS = 4096
MAX_BYTES = 8 << 20


@dataclass(frozen=True)
class ColumnBatch:
    """Some rows of one source as a reader of tables yields them: arrays of equal length by the names that `Roles` has, and
    what was wrong with which row."""

    columns: Mapping[str, pa.Array]
    errors: pa.Array | None = None


def batch_schema(kept: pa.Schema) -> pa.Schema:
    """The schema of every batch that a reader yields."""
    text = pa.string()
    fields: list[Any] = [("source", text), ("fingerprint", text), ("payload", pa.binary()), ("id", text)]
    return pa.schema([*fields, ("label", text), ("error", text), *kept])


def assemble(schema: pa.Schema, rows: int, values: Mapping[str, Any]) -> pa.RecordBatch:
    """A batch of `rows` rows. A value is an array, a list, one string for all rows, or missing: all null."""
    arrays = []
    for kind in schema:
        value = values.get(kind.name)
        if value is None:
            array = pa.nulls(rows, kind.type)
        elif isinstance(value, str):
            array = pa.repeat(pa.scalar(value, kind.type), rows)
        elif isinstance(value, list):
            array = pa.array(value, kind.type)
        else:
            array = value if value.type == kind.type else value.cast(kind.type)
        arrays.append(array)
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def finish(
    rows: ColumnBatch, *, roles: Roles, source: Source, options: ReadOptions, schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    """Rows as read, as batches; `roles.by_uri` is the caller's to follow."""
    payload = _joined([as_binary(rows.columns[name]) for name in roles.payload])

    def column(name: str) -> pa.Array:
        if name in rows.columns:
            return rows.columns[name]
        return pa.repeat(pa.scalar(roles.constants.get(name), pa.string()), len(payload))

    values: dict[str, Any] = {
        "source": source.name,
        "fingerprint": source.fingerprint,
        "payload": payload,
        "label": label_of_source(source, options),
    }
    problems: dict[int, str] = {}
    for role, name in (("id", roles.id), ("label", roles.label)):
        if name is not None:
            if role == "label" and roles.classes is not None:
                texts, misfits = huggingface.named(column(name), roles.classes, name)
            else:
                texts, misfits = (label_text if role == "label" else as_text)(column(name), name)
            values[role] = _no_blank(texts)
            problems |= misfits
    for name in roles.keep:
        kind = schema.field(name)
        array = column(name)
        if is_text(kind.type) and not pa.types.is_nested(array.type):
            texts, misfits = as_text(array, name)
            values[name] = texts.cast(kind.type)
        else:
            values[name], misfits = convert(array, kind, source.uri, is_text=has_no_types(source.name))
        problems = misfits | problems
    values["error"] = _with_problems(rows.errors, problems, len(payload))
    yield from cut(assemble(schema, len(payload), values))


def _with_problems(errors: pa.Array | None, problems: Mapping[int, str], rows: int) -> pa.Array | None:
    """The rows' errors, and the problems of those that have none."""
    if not problems:
        return errors
    known = [None] * rows if errors is None else errors.to_pylist()
    return pa.array([old or problems.get(row) for row, old in enumerate(known)], pa.string())


def _joined(values: list[pa.Array]) -> pa.Array:
    """The values of several columns, binary [n], with a space between them; null where none has any."""
    if len(values) == 1:
        return values[0]
    there = [pc.if_else(pc.equal(pc.binary_length(array), 0), None, array) for array in values]
    # Two by two: Arrow 25 loses the rows of which all values are null when it skips nulls.
    return reduce(lambda a, b: pc.coalesce(pc.binary_join_element_wise(a, b, b" "), a, b), there)


def cut(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """The batch in slices of at most MAX_ROWS rows and about MAX_BYTES of payload, one row at the least."""
    rows = batch.num_rows
    ends = _ends(batch.column("payload"))
    start = 0
    while start < rows:
        before = ends[start - 1] if start else 0
        full = int(np.searchsorted(ends, before + MAX_BYTES, side="right"))
        stop = min(max(full, start + 1), start + MAX_ROWS, rows)
        yield batch.slice(start, stop - start)
        start = stop


def _ends(payload: pa.Array) -> Any:
    return np.cumsum(pc.fill_null(pc.binary_length(payload), 0).to_numpy(zero_copy_only=False), dtype=np.int64)


def _no_blank(array: pa.Array) -> pa.Array:
    """An empty id or label is none: a delimited file has no other way to leave one out."""
    return pc.if_else(pc.equal(array, ""), pa.scalar(None, pa.string()), array)
