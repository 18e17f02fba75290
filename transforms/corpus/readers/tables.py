"""Reads tables of any format by one interface: which columns a source has, what each is for, and of which type."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa

from transforms.common.errors import RequestError
from transforms.corpus import huggingface
from transforms.corpus.columns.kept import infer
from transforms.corpus.columns.path_columns import columns_of_source
from transforms.corpus.columns.roles import Roles, asked_columns, choose
from transforms.corpus.databases.address import is_address
from transforms.corpus.delta_tables import partition_type
from transforms.corpus.formats import Format, fits, format_of
from transforms.corpus.options import ReadOptions
from transforms.corpus.readers import arrow, delimited, json_lines, lance_fragments, parquet, sheets, tfrecord
from transforms.corpus.sources import Source
from transforms.corpus.streams.opening import faults

# Each has columns(source, options), read(source, roles, options, part) and split(source, options, max_bytes).
TABLES: dict[str, Any] = {
    "comma": delimited,
    "tab": delimited,
    "json": json_lines,
    "parquet": parquet,
    "arrow": arrow,
    "sheet": sheets,
    "lance": lance_fragments,
    "tfrecord": tfrecord,
}


def columns_of_some(tables: Sequence[tuple[Source, Format]], options: ReadOptions) -> frozenset[str]:
    """The columns that at least one of the sources has, or all that are asked for where no source has a row."""
    names: set[str] = set()
    rows = False
    for source, form in tables:
        with faults(source):
            schema = TABLES[form.kind].columns(source, options)
        if schema is not None:
            rows = rows or bool(schema.names)
            names |= {*schema.names, *columns_of_source(source)}
    return frozenset(names) if rows else frozenset(asked_columns(options))


def describe(
    source: Source, form: Format, options: ReadOptions, *, missing: Container[str] = (), with_types: bool = True
) -> tuple[Roles | None, list[pa.Field]]:
    """The purpose of a source's columns, and the types of those to keep; no roles where it holds no rows."""
    schema: pa.Schema | None = TABLES[form.kind].columns(source, options)
    if schema is None:
        return None, []
    free = form.kind == "json"
    if free and not schema.names:
        # No line is an object, which is an error of each.
        return Roles(payload=("text",), by_uri=False, id=None, label=None, keep=()), []
    labels = tfrecord.LABELS if form.kind == "tfrecord" else ()
    roles = choose(
        schema,
        options,
        source.uri,
        label=labels,
        folders=columns_of_source(source),
        missing=missing,
        has_free_keys=free,
    )
    if roles.label is not None:
        roles = replace(roles, classes=huggingface.class_names(schema, roles.label))
    if not with_types:
        return roles, []
    constants = [(name, value) for name, value in roles.constants.items() if name in options.keep]
    kinds = [(name, value, partition_type(source, name)) for name, value in constants]
    fields = [infer(name, [value]) if kind is None else pa.field(name, kind) for name, value, kind in kinds]
    if form.kind in ("comma", "tab", "json", "sheet"):
        return roles, [*fields, *TABLES[form.kind].kept(source, options)]
    return roles, [*fields, *(_plain(schema.field(name)) for name in roles.keep if name in schema.names)]


def _plain(field: pa.Field) -> pa.Field:
    kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
    return pa.field(field.name, kind)


def format_of_source(source: Source, options: ReadOptions) -> Format:
    if is_address(source.uri.rpartition("#")[0]):
        return Format("database")
    form = format_of(source.name, documents=options.documents)
    # Lines are images where each names one: whoever lists a corpus has looked into the file.
    if form is None or not (fits(form, options) or form.kind == "lines"):
        raise RequestError(f"{source.uri}: cannot be read as {options.modality}: its name tells another format")
    return form
