"""Reads a corpus: sources of any format, as batches of one schema (see `transforms.corpus.columns.batches`)."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from itertools import groupby

import pyarrow as pa

from transforms.corpus.chunks.batches import chunk_batch
from transforms.corpus.columns.batches import ColumnBatch, batch_schema, cut, finish
from transforms.corpus.columns.column_types import paths_of
from transforms.corpus.columns.roles import Roles, asked_columns
from transforms.corpus.databases.corpus import read_partitions
from transforms.corpus.formats import Format
from transforms.corpus.options import Range, ReadOptions
from transforms.corpus.readers import documents, images, lines, tar
from transforms.corpus.readers.surveying import probe
from transforms.corpus.readers.tables import TABLES, describe, format_of_source
from transforms.corpus.sources import Source
from transforms.corpus.streams.opening import faults


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
      Batches of `batch_schema(kept)`; with `options.chunk` a `parent` column (string) follows `error`.

    Raises:
      RequestError: a source cannot be read, or lacks a column.
    """
    if range is not None and len(sources) != 1:
        raise ValueError(f"a range is of one source, not of {len(sources)}")
    batches = _read(sources, options, range, kept)
    if options.chunk is None:
        yield from batches
        return
    seen: dict[str, int] = {}
    for batch in batches:
        if "parent" in batch.schema.names:  # documents are cut where their headings are known
            yield batch
        else:
            yield from cut(chunk_batch(batch, options.chunk, seen=seen))


def split(source: Source, options: ReadOptions, *, max_bytes: int) -> list[Range | None]:
    """Ranges of about `max_bytes` that together are the source, in order; [None] where it stays whole."""
    if max_bytes <= 0:
        raise ValueError(f"max_bytes is {max_bytes}")
    form = format_of_source(source, options)
    if source.size <= max_bytes or form.codec is not None:
        return [None]
    if form.kind == "lines":
        with faults(source):
            return lines.split(source, options, max_bytes)
    if form.kind not in TABLES:
        return [None]
    with faults(source):
        ranges: list[Range | None] = TABLES[form.kind].split(source, options, max_bytes)
        return ranges


def _read(
    sources: Sequence[Source], options: ReadOptions, part: Range | None, kept: pa.Schema | None
) -> Iterator[pa.RecordBatch]:
    # Whoever knows the kept columns has looked into the corpus: what a source lacks, others have.
    missing = () if kept is None else asked_columns(options)
    for form, group in groupby(sources, key=lambda source: format_of_source(source, options)):
        if kept is None:
            kept = probe(sources[0], options)
        schema = batch_schema(kept)
        if form.kind == "lines" and options.modality == "image":
            for source in group:
                for batch in lines.read([source], options, part=part, schema=schema):
                    yield from images.fetch(batch, images.uris_of(batch.column("payload")), source, options)
        elif form.kind == "lines":
            yield from lines.read(list(group), options, part=part, schema=schema)
        elif form.kind == "document":
            yield from documents.read(list(group), options, schema)
        elif form.kind == "image":
            yield from images.read(list(group), options, schema)
        elif form.kind == "database":
            for source, roles, rows in read_partitions(list(group), options):
                yield from _finished(rows, roles, source, options, schema)
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
    roles, _ = describe(source, form, options, missing=missing, with_types=False)
    if roles is None:
        return
    for rows in TABLES[form.kind].read(source, roles, options, part):
        yield from _finished(rows, roles, source, options, schema)


def _finished(
    rows: ColumnBatch, roles: Roles, source: Source, options: ReadOptions, schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    """Rows as read, as batches, with the images that they name."""
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
