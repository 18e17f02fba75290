"""Opens sources: bytes from any file system, decompressed as they stream; failures in one line.

`faults` is where every failure to read a source becomes a RequestError that names it. `read_all` is for many
small files: in order, and several at a time where each costs a round trip.
"""

from __future__ import annotations

import lzma
import os
import tarfile
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import IO, Any

import pyarrow as pa

from transforms.common.errors import RequestError, one_line
from transforms.corpus.formats import format_of
from transforms.corpus.options import ReadOptions
from transforms.corpus.sources import Source
from transforms.corpus.streams.encoding import utf8_stream
from transforms.corpus.streams.signatures import HEAD, contents_of
from transforms.storage import files
from transforms.storage.files import Stream, exactly

_REMOTE_READS = 16


@contextmanager
def faults(source: Source) -> Iterator[None]:
    """Turns a failure to read `source` into one line for the person at the terminal."""
    try:
        yield
    except FileNotFoundError as error:
        raise RequestError(f"{source.uri}: has vanished since it was listed; run the command again") from error
    except PermissionError as error:
        raise RequestError(f"{source.uri}: may not be read; check its permissions") from error
    except (OSError, EOFError, UnicodeDecodeError, pa.ArrowException, tarfile.TarError, lzma.LZMAError) as error:
        raise RequestError(
            f"{source.uri}: cannot be read: {_reason(source, error)}; replace the file or leave it out"
        ) from error


def _reason(source: Source, error: BaseException) -> str:
    """What the file is, where its first bytes say that it is not what its name does; else the error's own words."""
    form = format_of(source.name)
    found = None
    if form is not None and form.codec is None:
        with suppress(OSError), open_raw(source.uri) as stream:
            found = contents_of(exactly(stream, HEAD), form.kind)
    return found or one_line(error)


def open_raw(uri: str) -> IO[bytes]:
    """Opens the stored bytes for reading and seeking. Raises OSError whatever the file system."""
    if files.is_local(uri):
        return open(uri, "rb", buffering=0)
    try:
        return files.open_read(uri)
    except OSError:
        raise
    except Exception as error:  # each store's client library has exceptions of its own, with no common base
        raise OSError(one_line(error)) from error


@contextmanager
def open_stream(source: Source) -> Iterator[Stream]:
    """The source's bytes, decompressed by what its name tells."""
    form = format_of(source.name)
    with open_raw(source.uri) as raw:
        with decompressed(raw, None if form is None or source.size == 0 else form.codec) as stream:
            yield stream


@contextmanager
def decompressed(raw: Any, codec: str | None) -> Iterator[Stream]:
    """The bytes that a stream holds, as they are unpacked; `codec` is that of a `Format`."""
    if codec is None:
        yield raw
    elif codec == "xz":  # which Arrow does not read
        with lzma.open(raw) as stream:
            yield stream
    else:
        with pa.PythonFile(raw, mode="r") as file, pa.CompressedInputStream(file, codec) as unpacked:
            yield unpacked


@contextmanager
def open_text(source: Source, options: ReadOptions, *, mac_line_ends: bool = False) -> Iterator[Stream]:
    """The source's bytes as UTF-8, decompressed. Seekable only where the file is UTF-8 and not compressed."""
    with open_stream(source) as stream:
        yield utf8_stream(stream, options.encoding, mac_line_ends=mac_line_ends)


def read_bytes(uri: str) -> bytes:
    """All bytes of a small file, as stored."""
    with open_raw(uri) as stream:
        return stream.read()


def read_all(uris: Iterable[str]) -> Iterator[bytes | OSError]:
    """The bytes of each file in order, or why it could not be read.

    Remote files are read several at a time, since each costs a round trip of tens of milliseconds.
    """
    waiting: deque[Future[bytes | OSError]] = deque()
    pool: ThreadPoolExecutor | None = None
    try:
        for uri in uris:
            if pool is None and files.is_local(uri):
                yield _read_or_error(uri)
                continue
            pool = pool or ThreadPoolExecutor(_REMOTE_READS)
            waiting.append(pool.submit(_read_or_error, uri))
            if len(waiting) > _REMOTE_READS:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        if pool is not None:
            pool.shutdown(cancel_futures=True)


def _read_or_error(uri: str) -> bytes | OSError:
    try:
        return read_bytes(uri)
    except OSError as error:
        return error


def resolve(uri: str, *, beside: str) -> str:
    """An item's URI as something to open; a relative one is meant from the folder of the file that names it."""
    uri = uri.removeprefix("file://")
    if not files.is_local(uri) or os.path.isabs(uri):
        return uri
    return f"{beside.rpartition('/')[0]}/{uri}"
