"""Reads a corpus: sources of any format, as batches of one schema (see `transforms.readers.columns`).

`probe` checks a request against a source before anything is planned; `split` cuts a large source into ranges;
`read` streams rows, in the order of the sources and in bounded memory: a batch has at most 4096 rows and about
8 MiB of payload (one row, where that is larger), images come by the 64.

What concerns one row is in the row's `error`; a source that cannot be read, or not to its end, raises RequestError.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import groupby
from typing import Any

import pyarrow as pa

from transforms.common.errors import RequestError
from transforms.corpus.chunks import chunk_sentences
from transforms.corpus.formats import Format, fits, format_of
from transforms.corpus.options import Range, ReadOptions
from transforms.corpus.readers import delimited, images, json_lines, lines, parquet, tar, tfrecord
from transforms.corpus.readers.column_types import as_binary, paths_of
from transforms.corpus.readers.columns import (
    Roles,
    asked_columns,
    batch_schema,
    choose,
    cut,
    finish,
)
from transforms.corpus.readers.kept import agreed, infer, is_inferred
from transforms.corpus.readers.opening import faults
from transforms.corpus.readers.path_columns import columns_of_path
from transforms.corpus.sources import Source

__all__ = ["Survey", "behind", "probe", "read", "split", "survey"]

_LOOKED_AT = 256
_MOST_NOTES = 3
_NOTED = 8

# Each has columns(source, options), read(source, roles, options, part) and split(source, options, max_bytes).
_TABLES: dict[str, Any] = {
    "comma": delimited,
    "tab": delimited,
    "json": json_lines,
    "parquet": parquet,
    "tfrecord": tfrecord,
}


def read(
    sources: Sequence[Source],
    options: ReadOptions,
    *,
    range: Range | None = None,  # noqa: A002 (the word of the design)
    kept: pa.Schema | None = None,
) -> Iterator[pa.RecordBatch]:
    """The rows of some sources, in order.

    Args:
      sources: what to read; all small or one large, it makes no difference.
      options: how.
      range: read this stretch only; for a single source.
      kept: the types of the kept columns, as `probe` gave them; None: as the first source has them.

    Yields:
      Batches of `batch_schema(kept)`; with `options.chunk_sentences` a `parent` column (string) follows `error`.

    Raises:
      RequestError: a source cannot be read, or lacks a column.
    """
    if range is not None and len(sources) != 1:
        raise ValueError(f"a range is of one source, not of {len(sources)}")
    batches = _read(sources, options, range, kept)
    if options.chunk_sentences is None:
        yield from batches
        return
    seen: dict[str, int] = {}
    for batch in batches:
        yield from cut(chunk_sentences(batch, options.chunk_sentences, seen=seen))


def probe(source: Source, options: ReadOptions) -> pa.Schema:
    """Checks that the source can be read as asked.

    Returns:
      Names and types of the kept columns.

    Raises:
      RequestError: a column does not exist or cannot serve (the message lists those there are), the modality is
        wrong, or the source cannot be read.
    """
    return survey([source], options).kept


def columns_of(source: Source, options: ReadOptions) -> list[str]:
    """The names of a table's columns, those of its folders' names last; none where the source is no table or has no row.

    Raises:
      RequestError: it cannot be read.
    """
    form = _format(source, options)
    if form.kind not in _TABLES:
        return []
    with faults(source):
        schema = _TABLES[form.kind].columns(source, options)
    return [] if schema is None else [*schema.names, *columns_of_path(source.uri)]


@dataclass(frozen=True, kw_only=True)
class Survey:
    """What a look into the sources found: the kept columns' names and types, and words for the person."""

    kept: pa.Schema
    notes: tuple[str, ...]


def survey(sources: Sequence[Source], options: ReadOptions) -> Survey:
    """Checks that a corpus can be read as asked, and agrees on the types of the kept columns over its files.

    One source of each folder and format is looked into, and of tables up to 256, evenly over the corpus.

    Raises:
      RequestError: as `probe`; a column may be missing in some sources, not in all.
    """
    if options.label_column is not None and options.labels_from is not None:
        raise RequestError("labels come from a column or from names, not both: drop --label-column or --labels-from")
    found: dict[str, list[tuple[str, pa.Field]]] = {name: [] for name in options.keep}
    notes: list[str] = []
    tables: list[tuple[Source, Format]] = []
    lines_noted = 0
    for source in _looked_into(sources, options):
        form = _format(source, options)
        with faults(source):
            if form.kind == "tar":
                tar.check(source, options)
                for name in options.keep:
                    found[name].append((source.uri, pa.field(name, pa.string())))
            elif form.kind in _TABLES:
                tables.append((source, form))
            else:
                _require_no_columns(source, options)
                if form.kind == "lines" and lines_noted < _NOTED and len(notes) < _MOST_NOTES:
                    lines_noted += 1
                    note = lines.note(source, options)
                    notes += [note] if note is not None else []
    options_ask = bool(asked_columns(options))
    missing = (
        _columns_of_some(tables, options)
        if options_ask and (len(tables) > 1 or _has_free_keys(tables))
        else frozenset()
    )
    lacking: dict[str, list[Source]] = {}
    payloads: dict[tuple[str, ...], Source] = {}
    for place, (source, form) in enumerate(tables):
        with faults(source):
            roles, fields = _describe(source, form, options, missing=missing)
            for field in fields:
                found[field.name].append((source.uri, field))
            for name in () if roles is None else roles.lacking:
                lacking.setdefault(name, []).append(source)
            if roles is not None:
                payloads.setdefault(roles.payload, source)
            if form.kind in ("comma", "tab") and place < _NOTED and len(notes) < _MOST_NOTES:
                notes += delimited.notes(source, options)
    notes += [
        f"{sources[0].name} has no column {name!r}, which is null in its rows ({len(sources):,} such of {len(tables):,} files"
        " looked into)"
        for name, sources in lacking.items()
    ]
    kept = [agreed(fields) if fields else pa.field(name, pa.null()) for name, fields in found.items()]
    notes += _payload_notes(payloads)
    notes += _stray_notes(sources)
    return Survey(kept=pa.schema([_text_if_null(field) for field in kept]), notes=tuple(notes))


def _stray_notes(sources: Sequence[Source]) -> list[str]:
    """A word about files beside the folders that are labels, which have none."""
    stray = [source.name for source in sources if source.is_stray]
    return [f"{stray[0]} lies beside the folders that are labels: it has none ({len(stray):,} such)"] if stray else []


def _text_if_null(field: pa.Field) -> pa.Field:
    return (
        pa.field(field.name, pa.string(), metadata=field.metadata)
        if is_inferred(field) and pa.types.is_null(field.type)
        else field
    )


def _payload_notes(payloads: Mapping[tuple[str, ...], Source]) -> list[str]:
    """A word where files have their items in columns of different names, which was concluded from the names alone."""
    if len(payloads) < 2:
        return []
    (columns, first), (other_columns, other), *_ = payloads.items()
    return [
        f"{other.name}: its items are of the column {' and '.join(map(repr, other_columns))}, those of {first.name} of"
        f" {' and '.join(map(repr, columns))}: if one is meant, name it with --text-column or --image-column"
    ]


def _looked_into(sources: Sequence[Source], options: ReadOptions) -> list[Source]:
    first: dict[tuple[str, object], Source] = {}
    tables: list[Source] = []
    for source in sources:
        form = _format(source, options)
        first.setdefault((source.name.rpartition("/")[0], form), source)
        if form.kind in _TABLES:
            tables.append(source)
    chosen = {id(source): source for source in first.values()}
    # Where none is asked for, no column can be missing, nor a type have to be agreed on: a few tell whether names are the same.
    looks = min(len(tables), _LOOKED_AT if asked_columns(options) else _NOTED)
    step = max(len(tables) / max(looks, 1), 1.0)
    chosen |= {id(tables[int(n * step)]): tables[int(n * step)] for n in range(looks)}
    return list(chosen.values())


def _has_free_keys(tables: Sequence[tuple[Source, Format]]) -> bool:
    return any(form.kind == "json" for _, form in tables)


def behind(source: Source, options: ReadOptions) -> str | None:
    """A fingerprint of the files that a list of images names (local ones: size and mtime); None where it names none.

    Raises:
      RequestError: the list cannot be read.
    """
    form = _format(source, options)
    if options.modality != "image" or form.kind not in _TABLES:
        return None
    with faults(source):
        roles, _ = _describe(source, form, options, missing=asked_columns(options))
        if roles is None:
            return None
        named: Iterator[pa.Array]
        if roles.by_uri:
            only = Roles(payload=roles.payload, by_uri=True, id=None, label=None, keep=())
            batches = _TABLES[form.kind].read(source, only, options, None)
            named = (as_binary(batch.columns[roles.payload[0]]) for batch in batches)
        elif form.kind == "parquet":
            named = parquet.named_files(source, roles.payload[0])
        else:
            return None
        state = blake2b(digest_size=8)
        names = False
        for uris in map(images.uris_of, named):
            names = names or any(uris)
            state.update(images.state_of(uris, source))
        return state.hexdigest() if names or roles.by_uri else None


def _columns_of_some(tables: Sequence[tuple[Source, Format]], options: ReadOptions) -> frozenset[str]:
    """The columns that at least one of the sources has, or all that are asked for where no source has a row."""
    names: set[str] = set()
    rows = False
    for source, form in tables:
        with faults(source):
            schema = _TABLES[form.kind].columns(source, options)
        if schema is not None:
            rows = rows or bool(schema.names)
            names |= {*schema.names, *columns_of_path(source.uri)}
    return frozenset(names) if rows else frozenset(asked_columns(options))


def split(source: Source, options: ReadOptions, *, max_bytes: int) -> list[Range | None]:
    """Ranges of about `max_bytes` that together are the source, in order; [None] where it stays whole."""
    if max_bytes <= 0:
        raise ValueError(f"max_bytes is {max_bytes}")
    form = _format(source, options)
    if source.size <= max_bytes or form.codec is not None:
        return [None]
    if form.kind == "lines":
        with faults(source):
            return lines.split(source, options, max_bytes)
    if form.kind not in _TABLES:
        return [None]
    with faults(source):
        ranges: list[Range | None] = _TABLES[form.kind].split(source, options, max_bytes)
        return ranges


# ---- one source, one format -------------------------------------------------------------------------------


def _read(
    sources: Sequence[Source], options: ReadOptions, part: Range | None, kept: pa.Schema | None
) -> Iterator[pa.RecordBatch]:
    # Whoever knows the kept columns has looked into the corpus: what a source lacks, others have.
    missing = () if kept is None else asked_columns(options)
    for form, group in groupby(sources, key=lambda source: _format(source, options)):
        if kept is None:
            kept = probe(sources[0], options)
        schema = batch_schema(kept)
        if form.kind == "lines":
            yield from lines.read(list(group), options, part=part, schema=schema)
        elif form.kind == "image":
            yield from images.read(list(group), options, schema)
        elif form.kind == "tar":
            for source in group:
                with faults(source):
                    yield from tar.read(source, options, schema)
        else:
            for source in group:
                with faults(source):
                    yield from _read_table(source, form, options, part, schema, missing)


def _read_table(
    source: Source,
    form: Format,
    options: ReadOptions,
    part: Range | None,
    schema: pa.Schema,
    missing: Container[str],
) -> Iterator[pa.RecordBatch]:
    roles, _ = _describe(source, form, options, missing=missing, with_types=False)
    if roles is None:
        return
    for rows in _TABLES[form.kind].read(source, roles, options, part):
        payload = rows.columns.get(roles.payload[0])
        paths = paths_of(payload) if options.modality == "image" and payload is not None else None
        start = 0
        for batch in finish(rows, roles=roles, source=source, options=options, schema=schema):
            named = paths
            if roles.by_uri:
                named = batch.column("payload")
            elif paths is not None:
                named = paths.slice(start, batch.num_rows)
            start += batch.num_rows
            if named is None:
                yield batch
            else:
                yield from images.fetch(batch, images.uris_of(named), source, options)


def _describe(
    source: Source, form: Format, options: ReadOptions, *, missing: Container[str] = (), with_types: bool = True
) -> tuple[Roles | None, list[pa.Field]]:
    """The purpose of a source's columns, and the types of those to keep; no roles where it holds no rows."""
    schema: pa.Schema | None = _TABLES[form.kind].columns(source, options)
    if schema is None:
        return None, []
    free = form.kind == "json"
    if free and not schema.names:
        # No line is an object, which is an error of each.
        return Roles(payload=("text",), by_uri=False, id=None, label=None, keep=()), []
    labels = tfrecord.LABELS if form.kind == "tfrecord" else ()
    roles = choose(schema, options, source.uri, label=labels, missing=missing, has_free_keys=free)
    if not with_types:
        return roles, []
    fields = [infer(name, [value]) for name, value in roles.constants.items() if name in options.keep]
    if form.kind in ("comma", "tab", "json"):
        return roles, [*fields, *_TABLES[form.kind].kept(source, options)]
    return roles, [*fields, *(_plain(schema.field(name)) for name in roles.keep if name in schema.names)]


def _plain(field: pa.Field) -> pa.Field:
    kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
    return pa.field(field.name, kind)


def _require_no_columns(source: Source, options: ReadOptions) -> None:
    for option, name in (
        ("--text-column", options.text_column),
        ("--id-column", options.id_column),
        ("--label-column", options.label_column),
        *(("--keep", name) for name in options.keep),
    ):
        if name is not None:
            raise RequestError(f"{source.uri}: has no columns, so there is no {name!r}; leave {option} out")


def _format(source: Source, options: ReadOptions) -> Format:
    form = format_of(source.name)
    if form is None or not fits(form, options):
        raise RequestError(f"{source.uri}: cannot be read as {options.modality}: its name tells another format")
    return form
