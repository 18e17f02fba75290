"""Reads a corpus: sources of any format, as batches of one schema (see `transforms.readers.columns`).

`probe` checks a request against a source before anything is planned; `split` cuts a large source into ranges;
`read` streams rows, in the order of the sources and in bounded memory: a batch has at most 4096 rows and about
8 MiB of payload (one row, where that is larger), images come by the 64.

What concerns one row is in the row's `error`; a source that cannot be read, or not to its end, raises RequestError.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import pyarrow as pa

from transforms.common.errors import RequestError
from transforms.corpus.chunks import chunk_sentences
from transforms.corpus.formats import Format, fits, format_of
from transforms.corpus.options import Range, ReadOptions
from transforms.corpus.readers import delimited, images, json_lines, lines, parquet, tar, tfrecord
from transforms.corpus.readers.columns import Roles, batch_schema, choose, cut, finish
from transforms.corpus.readers.opening import faults
from transforms.corpus.sources import Source

__all__ = ["probe", "read", "split"]

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
    if options.label_column is not None and options.labels_from is not None:
        raise RequestError("labels come from a column or from names, not both: drop --label-column or --labels-from")
    form = _format(source, options)
    with faults(source):
        if form.kind == "tar":
            tar.check(source, options)
            return _strings(options)
        if form.kind not in _TABLES:
            _require_no_columns(source, options)
            return pa.schema([])
        _, kept = _describe(source, form, options)
        return kept


def split(source: Source, options: ReadOptions, *, max_bytes: int) -> list[Range | None]:
    """Ranges of about `max_bytes` that together are the source, in order; [None] where it stays whole."""
    if max_bytes <= 0:
        raise ValueError(f"max_bytes is {max_bytes}")
    form = _format(source, options)
    if source.size <= max_bytes or form.codec is not None:
        return [None]
    if form.kind == "lines":
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
                    yield from _read_table(source, form, options, part, schema)


def _read_table(
    source: Source, form: Format, options: ReadOptions, part: Range | None, schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    roles, _ = _describe(source, form, options)
    if roles is None:
        return
    for rows in _TABLES[form.kind].read(source, roles, options, part):
        for batch in finish(rows, roles=roles, source=source, options=options, schema=schema):
            if roles.by_uri:
                yield from images.fetch(batch, source, options)
            else:
                yield batch


def _describe(source: Source, form: Format, options: ReadOptions) -> tuple[Roles | None, pa.Schema]:
    """What a source's columns are for, and the types of those to keep; no roles where it holds no rows."""
    schema: pa.Schema | None = _TABLES[form.kind].columns(source, options)
    if schema is None:
        return None, _strings(options)
    roles = choose(schema, options, source.uri, label=tfrecord.LABELS if form.kind == "tfrecord" else ())
    if form.kind in ("comma", "tab", "json"):
        return roles, _strings(options)
    return roles, pa.schema([_plain(schema.field(name)) for name in options.keep])


def _plain(field: pa.Field) -> pa.Field:
    kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
    return pa.field(field.name, kind)


def _strings(options: ReadOptions) -> pa.Schema:
    return pa.schema([(name, pa.string()) for name in options.keep])


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
