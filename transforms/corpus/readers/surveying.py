"""Looks into a corpus before anything is planned: can it be read as asked, which types have kept columns, what is to be said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

import pyarrow as pa

from transforms.common.errors import RequestError
from transforms.corpus.addresses.names import is_address
from transforms.corpus.columns.batches import batch_schema
from transforms.corpus.columns.column_types import as_binary
from transforms.corpus.columns.kept import agreed, is_inferred
from transforms.corpus.columns.path_columns import columns_of_source
from transforms.corpus.columns.roles import Roles, asked_columns
from transforms.corpus.databases.corpus import kept_fields
from transforms.corpus.documents.columns import DOCUMENT_COLUMNS
from transforms.corpus.formats import Format
from transforms.corpus.options import ReadOptions
from transforms.corpus.readers import images, lines, tar
from transforms.corpus.readers.tables import TABLES, columns_of_some, describe, format_of_source
from transforms.corpus.sources import Source
from transforms.corpus.streams.opening import faults

_LOOKED_AT = 256
_MOST_NOTES = 3
_NOTED = 8


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
    form = format_of_source(source, options)
    if form.kind not in TABLES:
        return []
    with faults(source):
        schema = TABLES[form.kind].columns(source, options)
    return [] if schema is None else [*schema.names, *columns_of_source(source)]


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
    document: Source | None = None
    for source in _looked_into(sources, options):
        form = format_of_source(source, options)
        with faults(source):
            if form.kind == "tar":
                tar.check(source, options)
                for name in options.keep:
                    found[name].append((source.uri, pa.field(name, pa.string())))
            elif form.kind in TABLES:
                tables.append((source, form))
            elif form.kind == "database":
                for field in kept_fields(source, options):
                    found[field.name].append((source.uri, field))
            elif form.kind == "document":
                document = source
            else:
                _require_no_columns(source, options)
                if (
                    form.kind == "lines"
                    and options.modality == "text"
                    and lines_noted < _NOTED
                    and len(notes) < _MOST_NOTES
                ):
                    lines_noted += 1
                    note = lines.note(source, options)
                    notes += [note] if note is not None else []
    has_documents = document is not None or (options.documents and options.modality == "text")
    if has_documents:
        for field in DOCUMENT_COLUMNS:
            found.setdefault(field.name, []).append((sources[0].uri if document is None else document.uri, field))
        if document is not None and not tables:
            others = tuple(name for name in options.keep if name not in DOCUMENT_COLUMNS.names)
            _require_no_columns(document, replace(options, keep=others))
    options_ask = bool(asked_columns(options))
    missing = (
        columns_of_some(tables, options) if options_ask and (len(tables) > 1 or _has_free_keys(tables)) else frozenset()
    )
    missing |= {*DOCUMENT_COLUMNS.names} if has_documents else set()
    lacking: dict[str, list[Source]] = {}
    payloads: dict[tuple[str, ...], Source] = {}
    for place, (source, form) in enumerate(tables):
        with faults(source):
            roles, fields = describe(source, form, options, missing=missing)
            for field in fields:
                found[field.name].append((source.uri, field))
            for name in () if roles is None else roles.lacking:
                lacking.setdefault(name, []).append(source)
            if roles is not None:
                payloads.setdefault(roles.payload, source)
            if form.kind in ("comma", "tab", "sheet") and place < _NOTED and len(notes) < _MOST_NOTES:
                notes += TABLES[form.kind].notes(source, options)
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
        form = format_of_source(source, options)
        first.setdefault((source.name.rpartition("/")[0], form), source)
        if form.kind in TABLES:
            tables.append(source)
    chosen = {id(source): source for source in first.values()}
    # Where none is asked for, no column can be missing, nor a type have to be agreed on: a few tell whether names are the same.
    looks = min(len(tables), _LOOKED_AT if asked_columns(options) else _NOTED)
    step = max(len(tables) / max(looks, 1), 1.0)
    chosen |= {id(tables[int(n * step)]): tables[int(n * step)] for n in range(looks)}
    return list(chosen.values())


def _has_free_keys(tables: Sequence[tuple[Source, Format]]) -> bool:
    return any(form.kind == "json" for _, form in tables)


@dataclass(frozen=True, kw_only=True)
class ListState:
    """The state of the images that a list names, as far as it is seen without opening or asking them.

    Attributes:
      fingerprint: of local files, size and mtime; None: it names none.
      has_addresses: some of them are behind web addresses.
    """

    fingerprint: str | None
    has_addresses: bool


def behind(source: Source, options: ReadOptions) -> str | None:
    """The fingerprint of `state_behind`."""
    return state_behind(source, options).fingerprint


def state_behind(source: Source, options: ReadOptions) -> ListState:
    """The state of the images that a source names.

    Raises:
      RequestError: the list cannot be read.
    """
    with faults(source):
        found = _named_images(source, options)
        if found is None:
            return ListState(fingerprint=None, has_addresses=False)
        named, is_list = found
        state = blake2b(digest_size=8)
        has_addresses = False
        for uris in named:
            is_list = is_list or any(uris)
            has_addresses = has_addresses or any(uri and is_address(uri) for uri in uris)
            state.update(images.state_of(uris, source))
        return ListState(fingerprint=state.hexdigest() if is_list else None, has_addresses=has_addresses)


def addresses_in(source: Source, options: ReadOptions) -> Iterator[list[str]]:
    """The web addresses that a list names, in its order, with their credentials.

    Raises:
      RequestError: the list cannot be read.
    """
    with faults(source):
        found = _named_images(source, options)
        for uris in () if found is None else found[0]:
            yield [uri.strip() for uri in uris if uri and is_address(uri)]


def _named_images(source: Source, options: ReadOptions) -> tuple[Iterator[list[str | None]], bool] | None:
    """The URIs of images in a source, and whether all its images are named so; None where they are not."""
    form = format_of_source(source, options)
    if options.modality != "image":
        return None
    if form.kind == "lines":
        schema = batch_schema(pa.schema([]))
        batches = lines.read([source], replace(options, labels_from=None), part=None, schema=schema)
        return (images.uris_of(batch.column("payload")) for batch in batches), True
    if form.kind not in TABLES:
        return None
    roles, _ = describe(source, form, options, missing=asked_columns(options))
    if roles is None:
        return None
    if roles.by_uri:
        only = Roles(payload=roles.payload, by_uri=True, id=None, label=None, keep=())
        tables = TABLES[form.kind].read(source, only, options, None)
        return (images.uris_of(as_binary(batch.columns[roles.payload[0]])) for batch in tables), True
    if form.kind in ("parquet", "arrow", "lance"):
        return (images.uris_of(paths) for paths in TABLES[form.kind].named_files(source, roles.payload[0])), False
    return None


def _require_no_columns(source: Source, options: ReadOptions) -> None:
    for option, name in (
        ("--text-column", options.text_column),
        ("--id-column", options.id_column),
        ("--label-column", options.label_column),
        *(("--keep", name) for name in options.keep),
    ):
        if name is not None:
            raise RequestError(f"{source.uri}: has no columns, so there is no {name!r}; leave {option} out")
