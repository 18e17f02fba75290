"""Reads images in files of their own: those that are sources, and those that a table's column names."""

from __future__ import annotations

import os
import re
from base64 import b64decode
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_to_bytes

import pyarrow as pa

from transforms.common.errors import RequestError, one_line
from transforms.corpus.addresses.names import ADDRESS, NOT_FETCHED, is_address, without_credentials
from transforms.corpus.columns.batches import MAX_BYTES, assemble
from transforms.corpus.columns.path_columns import label_of, label_of_source
from transforms.corpus.options import ReadOptions
from transforms.corpus.sources import Source
from transforms.corpus.streams.opening import faults, read_all, resolve
from transforms.storage import files

_MAX_IMAGES = 64


def read(sources: Sequence[Source], options: ReadOptions, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """A source is an item. One that cannot be read fails the run: nobody can say what it should have held."""
    buffer: list[Source] = []
    payloads: list[bytes] = []
    size = 0

    def batch() -> pa.RecordBatch:
        values: dict[str, Any] = {
            "source": [source.name for source in buffer],
            "fingerprint": [source.fingerprint for source in buffer],
            "payload": payloads,
            "label": [label_of_source(source, options) for source in buffer],
        }
        return assemble(schema, len(buffer), values)

    for source, data in zip(sources, read_all(source.uri for source in sources), strict=True):
        if isinstance(data, OSError):
            with faults(source):
                raise data
        if buffer and (len(buffer) >= _MAX_IMAGES or size + len(data) > MAX_BYTES):
            yield batch()
            buffer, payloads, size = [], [], 0
        buffer.append(source)
        payloads.append(data)
        size += len(data)
    if buffer:
        yield batch()


def fetch(
    batch: pa.RecordBatch, uris: Sequence[str | None], source: Source, options: ReadOptions
) -> Iterator[pa.RecordBatch]:
    """The same rows, with the images that `uris` name as payloads; where a row has none, its payload stays.

    A row without an id is called by its URI as written. A file that cannot be read costs its row only: the
    list is the source, and it could be read. Web addresses are not asked here: they stand in a further column `ADDRESS`,
    for `addresses.filling`.
    """
    payloads = batch.column("payload").to_pylist()
    addresses: list[str | None] = [None] * len(uris)
    ids = batch.column("id").to_pylist()
    labels = batch.column("label").to_pylist()
    errors = batch.column("error").to_pylist()
    found = read_all(resolve(uri, beside=source.uri) for uri in uris if uri is not None and _is_file(uri))
    start = size = 0
    for row, uri in enumerate(uris):
        if uri is None:
            payloads[row] = payloads[row] or None
        elif is_address(uri):
            uri = uri.strip()
            payloads[row], addresses[row] = None, None if errors[row] else uri
            errors[row] = errors[row] or NOT_FETCHED
            ids[row] = ids[row] or without_credentials(uri)
            if options.labels_from == "folder":
                labels[row] = label_of(uri, options)
        else:
            payloads[row], fault = _content(uri, found)
            errors[row] = errors[row] or fault
            ids[row] = ids[row] or (None if _INLINE.match(uri) else uri)
            if options.labels_from == "folder" and "/" in uri and not _INLINE.match(uri):
                labels[row] = label_of(uri, options)
        length = len(payloads[row] or b"")
        if row > start and (row - start >= _MAX_IMAGES or size + length > MAX_BYTES):
            yield _with(batch, payloads, ids, labels, errors, addresses, start, row)
            start, size = row, 0
        size += length
    if start < len(uris):
        yield _with(batch, payloads, ids, labels, errors, addresses, start, len(uris))


def uris_of(payload: pa.Array) -> list[str | None]:
    """The URIs that a column of strings or bytes holds; None where it is empty."""
    return [value.decode("utf-8", "replace") if value else None for value in payload.to_pylist()]


def state_of(uris: Sequence[str | None], source: Source) -> bytes:
    """Sizes and mtimes of the local files that a list names, without opening them; of other URIs themselves."""
    return b"".join(_state(uri, source) if uri else b"\0" for uri in uris)


def _state(uri: str, source: Source) -> bytes:
    name = uri.encode("utf-8", "surrogateescape")
    path = resolve(uri, beside=source.uri) if _is_file(uri) else ""
    if not path or not files.is_local(path):
        return name
    try:
        info = os.stat(path)
    except OSError:
        return name + b"\0"
    return b"%b\0%d-%d" % (name, info.st_size, info.st_mtime_ns)


# A data URL (RFC 2397), or what base64 makes of the first bytes of a JPEG, PNG, GIF or WebP.
_INLINE = re.compile(
    r"(?P<url>(?i:data:)[^,;]*(?:;[^,;]*)*?(?P<coded>(?i:;base64))?,)"
    r"|(?=(?:/9j/|iVBORw0KGgo|R0lGODlh|R0lGODdh|UklGR)[A-Za-z0-9+/=\s]{60,}\Z)"
)
_SCHEME = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*)://", re.IGNORECASE)


def _content(uri: str, found: Iterator[bytes | OSError]) -> tuple[bytes | None, str | None]:
    """The image and no fault, or none and the fault; `found` has what files hold, in their order."""
    inline = _INLINE.match(uri)
    if inline:
        return _decoded(inline, uri)
    fault = _not_fetched(uri)
    if fault is not None:
        return None, f"UnreadableUri: {uri}: {fault}"
    data = next(found)
    return (None, f"UnreadableUri: {uri}: {one_line(data)}") if isinstance(data, OSError) else (data, None)


def _decoded(inline: re.Match[str], uri: str) -> tuple[bytes | None, str | None]:
    coded = uri[inline.end() :]
    try:
        if inline["url"] and not inline["coded"]:
            return unquote_to_bytes(coded), None
        return b64decode("".join(coded.split()), validate=True), None
    except ValueError as error:
        return None, f"BadBase64: {uri[:40]}…: {error}"


def _is_file(uri: str) -> bool:
    return not _INLINE.match(uri) and not is_address(uri) and _not_fetched(uri) is None


def _not_fetched(uri: str) -> str | None:
    """Why no file system is asked for it."""
    if "\0" in uri:
        return "a path has no NUL in it"
    scheme = _SCHEME.match(uri)
    return None if scheme is None or scheme["scheme"] == "file" else _unreachable(scheme["scheme"].lower())


@lru_cache
def _unreachable(scheme: str) -> str | None:
    """Why addresses of this scheme cannot be read; None where they can."""
    if scheme == "ftp":
        return f"images behind {scheme} addresses are not fetched: download them and name their paths"
    try:
        files.require_file_system(f"{scheme}://")
        return None
    except RequestError:
        pass
    install = "pip install obstore, or " if scheme in ("gs", "s3", "azfs") else ""
    return f"{scheme} addresses cannot be read here: {install}download the images and name their paths"


def _with(
    batch: pa.RecordBatch,
    payloads: list[bytes | None],
    ids: list[str | None],
    labels: list[str | None],
    errors: list[str | None],
    addresses: list[str | None],
    start: int,
    stop: int,
) -> pa.RecordBatch:
    rows = batch.slice(start, stop - start)
    columns: dict[str, Any] = {name: rows.column(name) for name in rows.schema.names}
    columns |= {
        "payload": payloads[start:stop],
        "id": ids[start:stop],
        "label": labels[start:stop],
        "error": errors[start:stop],
    }
    # What has been handed on need not be kept until the whole list is read.
    payloads[start:stop] = [None] * (stop - start)
    made = assemble(rows.schema, rows.num_rows, columns)
    if not any(addresses[start:stop]):
        return made
    return made.append_column(ADDRESS, pa.array(addresses[start:stop], pa.string()))
