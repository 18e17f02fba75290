"""Finds out which column is what, and builds the batches of all readers of tables.

Readers of tables yield `ColumnBatch`: the columns that `Roles` names, as they were read. `finish` turns them into
batches of the schema that everything downstream knows.

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

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any
from unicodedata import normalize

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.common.errors import RequestError
from transforms.corpus.formats import has_no_types
from transforms.corpus.options import ReadOptions
from transforms.corpus.readers.column_types import as_binary, has_bytes, is_binary, is_image_struct, is_list, is_text
from transforms.corpus.readers.kept import as_text, convert, label_text
from transforms.corpus.readers.path_columns import columns_of_path, label_of_source
from transforms.corpus.sources import Source

MAX_ROWS = 4096
MAX_BYTES = 8 << 20

_TEXT_NAMES = """
text sentence content body document headline headline_text title abstract review comment description question query
message tweet summary caption
"""
_IMAGE_NAMES = "image/encoded image img picture photo jpg jpeg png webp image_bytes bytes"
_URI_NAMES = "image_uri image_url image_path image_file"
# A table of texts may well have these, too.
_LOOSE_URI_NAMES = "uri url path file_path filepath file_name filename file"
_RESERVED = frozenset(("source", "fingerprint", "payload", "id", "label", "error", "parent"))


@dataclass(frozen=True, kw_only=True)
class Roles:
    """What the columns of one source are for.

    Attributes:
      payload: of several, the values are joined by a space; what is missing or empty is left out.
      by_uri: the payload names files that hold the images.
      constants: columns that the file lacks: one value for all its rows, from its folders' names (`label=pos/`), or null.
      lacking: those of them that other files have, and keys of JSON that stand there under another spelling.
    """

    payload: tuple[str, ...]
    by_uri: bool
    id: str | None
    label: str | None
    keep: tuple[str, ...]
    constants: Mapping[str, str | None] = field(default_factory=dict)
    lacking: tuple[str, ...] = ()

    @property
    def columns(self) -> list[str]:
        """Every column that has to be read, once."""
        named = (*self.payload, self.id, self.label, *self.keep)
        return list(dict.fromkeys(name for name in named if name is not None and name not in self.constants))


@dataclass(frozen=True)
class ColumnBatch:
    """Some rows of one source: arrays of equal length by column name, and what was wrong with which row."""

    columns: Mapping[str, pa.Array]
    errors: pa.Array | None = None


# ---- which column is what ---------------------------------------------------------------------------------


def choose(
    schema: pa.Schema,
    options: ReadOptions,
    uri: str,
    *,
    label: Sequence[str] = (),
    missing: Container[str] = (),
    has_free_keys: bool = False,
) -> Roles:
    """Finds each role's column in a source's schema.

    Args:
      schema: the columns there are.
      options: what was asked for.
      uri: for the message.
      label: names that hold the label by the format's own convention.
      missing: columns that this source may lack, since others of the corpus have them.
      has_free_keys: rows may have further columns, as in JSON lines.

    Raises:
      RequestError: a column is not there, or no column is clearly the payload.
    """
    folders = columns_of_path(uri)
    constants: dict[str, str | None] = {}
    lacking: list[str] = []
    for option, name in (
        *(("--text-column", name) for name in (_asked_texts(schema, options) if options.modality == "text" else ())),
        ("--image-column", options.image_column if options.modality == "image" else None),
        ("--id-column", options.id_column),
        ("--label-column", options.label_column),
        *(("--keep", name) for name in options.keep),
    ):
        if name is None:
            continue
        found = schema.get_all_field_indices(name)
        if not found and name in folders:
            constants[name] = folders[name]
            continue
        if not found and name in missing and not has_free_keys and option != "--id-column":
            constants[name] = None
            lacking.append(name)
            continue
        if not found and name in missing:
            if name.strip().lower() in (other.strip().lower() for other in schema.names):
                lacking.append(name)
            continue
        if not found:
            raise RequestError(f"{uri}: has no column {name!r}; {_offer(schema, option)}")
        _require_single(schema, name, uri)
        if option != "--keep" and not name == options.image_column and pa.types.is_nested(schema.field(name).type):
            raise RequestError(
                f"{uri}: column {name!r} holds {schema.field(name).type}, not one value; {_offer(schema, option)}"
            )
    for name in options.keep:
        if name in _RESERVED:
            raise RequestError(f"--keep {name}: a feature table has a column of that name already; leave it out")
    find = _text_columns if options.modality == "text" else _image_columns
    payload = find(schema, options, uri, constants, missing if has_free_keys else ())
    for name in payload:
        _require_single(schema, name, uri)
    by_uri = options.modality == "image" and (payload[0] not in schema.names or is_text(schema.field(payload[0]).type))
    found_label = options.label_column
    if found_label is None and options.labels_from is None:
        found_label = next((name for name in label if name in schema.names), None)
    return Roles(
        payload=payload,
        by_uri=by_uri,
        id=options.id_column,
        label=found_label,
        keep=options.keep,
        constants=constants,
        lacking=tuple(dict.fromkeys(lacking)),
    )


def _require_single(schema: pa.Schema, name: str, uri: str) -> None:
    found = schema.get_all_field_indices(name)
    if len(found) > 1:
        raise RequestError(f"{uri}: has {len(found)} columns named {name!r}: rename all but one")


def asked_columns(options: ReadOptions) -> tuple[str, ...]:
    """The names of all columns that are asked for."""
    texts = [name.strip() for name in (options.text_column or "").split(",")]
    named = (options.text_column, *texts, options.image_column, options.id_column, options.label_column, *options.keep)
    return tuple(name for name in named if name)


def _asked_texts(schema: pa.Schema, options: ReadOptions) -> tuple[str, ...]:
    """`title,abstract` names two columns, unless there is one of just that name."""
    asked = options.text_column
    if asked is None or asked in schema.names:
        return () if asked is None else (asked,)
    return tuple(name.strip() for name in asked.split(",") if name.strip()) or (asked,)


def _text_columns(
    schema: pa.Schema, options: ReadOptions, uri: str, constants: Container[str], missing: Container[str]
) -> tuple[str, ...]:
    asked = tuple(name for name in _asked_texts(schema, options) if name not in constants)
    if options.text_column is not None and not asked:
        raise RequestError(f"{uri}: has no column {options.text_column!r}; {_offer(schema, '--text-column')}")
    for name in asked:
        if name not in schema.names and name in missing:
            continue
        if pa.types.is_null(schema.field(name).type):
            continue
        if not (is_text(schema.field(name).type) or is_binary(schema.field(name).type)):
            raise RequestError(
                f"{uri}: column {name!r} holds {schema.field(name).type}, not text; {_offer(schema, '--text-column')}"
            )
    if asked:
        return asked
    texts = [field.name for field in schema if is_text(field.type)]
    binaries = [field.name for field in schema if is_binary(field.type) or has_bytes(field.type)]
    # A column of nulls may be the text of a file that has none: another column must not take its place.
    nulls = [field.name for field in schema if pa.types.is_null(field.type)]
    named = _by_name([*texts, *binaries, *nulls], _TEXT_NAMES)
    if named is None and _by_name(binaries, _IMAGE_NAMES) is not None:
        raise RequestError(
            f"{uri}: holds images but the encoder takes text: use an image encoder such as nasnet-mobile"
        )
    if named is None:
        taken = {options.id_column, options.label_column, *options.keep}
        free = [name for name in texts if name not in taken] or texts
        named = free[0] if len(free) == 1 else None
    if named is None:
        raise RequestError(f"{uri}: cannot tell which column holds the text; {_offer(schema, '--text-column')}")
    return (named,)


def _image_columns(
    schema: pa.Schema, options: ReadOptions, uri: str, constants: Container[str], missing: Container[str]
) -> tuple[str, ...]:
    name = options.image_column
    usable = [f.name for f in schema if is_binary(f.type) or is_image_struct(f.type)]
    if name is not None:
        if name in constants:
            raise RequestError(f"{uri}: has no column {name!r}; {_offer(schema, '--image-column')}")
        if name not in schema.names and name in missing:
            return (name,)
        if is_list(schema.field(name).type):
            raise RequestError(f"{uri}: column {name!r} holds {schema.field(name).type}: {_ONE_IMAGE_A_ROW}")
        if name not in usable and not is_text(schema.field(name).type):
            raise RequestError(
                f"{uri}: column {name!r} holds {schema.field(name).type}, neither images nor paths; "
                f"{_offer(schema, '--image-column')}"
            )
        return (name,)
    texts = [field.name for field in schema if is_text(field.type)]
    named = _by_name(usable, _IMAGE_NAMES) or (usable[0] if len(usable) == 1 else None)
    named = named or _by_name(texts, f"{_URI_NAMES} {_IMAGE_NAMES}")
    if named is None and _by_name(texts, _TEXT_NAMES) is not None:
        raise RequestError(
            f"{uri}: holds text but the encoder takes images: use a text encoder such as use-multilingual; "
            f"if it names images, {_offer(schema, '--image-column')}"
        )
    named = named or _by_name(texts, _LOOSE_URI_NAMES)
    lists = [field.name for field in schema if is_list(field.type)]
    several = None if named is not None else _by_name(lists, f"{_IMAGE_NAMES} images imgs pictures photos")
    if several is not None:
        raise RequestError(f"{uri}: column {several!r} holds {schema.field(several).type}: {_ONE_IMAGE_A_ROW}")
    if named is None:
        raise RequestError(f"{uri}: cannot tell which column holds the images; {_offer(schema, '--image-column')}")
    return (named,)


_ONE_IMAGE_A_ROW = "write one row an image (DataFrame.explode), with the bytes of its file or its path, not its pixels"


def _by_name(names: Sequence[str], wanted: str) -> str | None:
    lowered = {name.lower(): name for name in reversed(names)}
    return next((lowered[name] for name in wanted.split() if name in lowered), None)


def _offer(schema: pa.Schema, option: str) -> str:
    names = [name if len(name) <= 40 else name[:37] + "..." for name in schema.names]
    # A blank at the end, a mark of zero width or a letter in two parts would make a name look like the one that is not there.
    names = [name if name and name.isprintable() and name == name.strip() else repr(name) for name in names]
    names = [name if name == normalize("NFC", name) else ascii(name) for name in names]
    shown = ", ".join(names[:20]) + (", ..." if len(names) > 20 else "")
    return f"it has {shown or 'no columns'}: name one with {option}"


# ---- building batches -------------------------------------------------------------------------------------


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
