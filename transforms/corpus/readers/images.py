"""Reads images in files of their own: those that are sources, and those that a table's column names."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from transforms.common.errors import one_line
from transforms.corpus.options import ReadOptions
from transforms.corpus.readers.columns import MAX_BYTES, assemble
from transforms.corpus.readers.opening import faults, read_all, resolve
from transforms.corpus.readers.path_columns import label_of
from transforms.corpus.sources import Source
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
            "label": [label_of(source.uri, options) for source in buffer],
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


def fetch(batch: pa.RecordBatch, source: Source, options: ReadOptions) -> Iterator[pa.RecordBatch]:
    """The same rows, with the files that the payloads name in place of their names.

    A row without an id is called by its URI as written. A file that cannot be read costs its row only: the
    list is the source, and it could be read.
    """
    uris = [value.decode("utf-8", "replace") if value else None for value in batch.column("payload").to_pylist()]
    ids = [given or uri for given, uri in zip(batch.column("id").to_pylist(), uris, strict=True)]
    labels = batch.column("label").to_pylist()
    errors = batch.column("error").to_pylist()
    found = read_all(_path(uri, source) for uri in uris if uri is not None)
    start = 0
    payloads: list[bytes | None] = []
    size = 0
    for row, uri in enumerate(uris):
        data = None if uri is None else next(found)
        if uri is not None and _WEB.match(uri):
            errors[row] = (
                f"UnreadableUri: {uri}: {uri.partition(':')[0]} is not read: download the files and name their paths"
            )
            data = None
        elif isinstance(data, OSError):
            errors[row] = f"UnreadableUri: {uri}: {one_line(data)}"
            data = None
        if uri is not None and options.labels_from == "folder" and "/" in uri:
            labels[row] = label_of(uri, options)
        if payloads and (len(payloads) >= _MAX_IMAGES or size + len(data or b"") > MAX_BYTES):
            yield _with(batch.slice(start, len(payloads)), payloads, ids, labels, errors, start)
            start, payloads, size = row, [], 0
        payloads.append(data)
        size += len(data or b"")
    if payloads:
        yield _with(batch.slice(start, len(payloads)), payloads, ids, labels, errors, start)


def state_of(uri: bytes, source: Source) -> bytes:
    """Size and mtime of a local file that a list names, without opening it; of a remote one its name."""
    path = _path(uri.decode("utf-8", "replace"), source)
    if path and files.is_local(path):
        try:
            info = os.stat(path)
        except (OSError, ValueError):
            return uri + b"\0"
        return b"%b\0%d-%d" % (uri, info.st_size, info.st_mtime_ns)
    return uri


_WEB = re.compile(r"(?:https?|ftp)://", re.IGNORECASE)


def _path(uri: str, source: Source) -> str:
    # Of a web address nothing is read; the empty path stands for it.
    return "" if _WEB.match(uri) else resolve(uri, beside=source.uri)


def _with(
    batch: pa.RecordBatch,
    payloads: list[bytes | None],
    ids: list[str | None],
    labels: list[str | None],
    errors: list[str | None],
    start: int,
) -> pa.RecordBatch:
    stop = start + len(payloads)
    columns: dict[str, Any] = {name: batch.column(name) for name in batch.schema.names}
    columns |= {
        "payload": payloads,
        "id": ids[start:stop],
        "label": labels[start:stop],
        "error": errors[start:stop],
    }
    return assemble(batch.schema, batch.num_rows, columns)
