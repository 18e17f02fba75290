"""Reads and writes files, whole or not at all, wherever they are: on a local disk or in a store with a scheme.

    gs:// s3:// azfs://   cloud stores (`object_stores`)
    mem://             this process's memory (`memory_store`)
    hdfs:// and others    what Beam's file systems reach (`beam_store`)

There are two ways in which a file gets its final name: `publish` writes it elsewhere and puts it there when it is whole, so
that a reader never meets half of it; `create` does so for one writer only.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import IO, Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from transforms.common.errors import RequestError, StoreUnavailableError
from transforms.storage import local_disk, memory_store, object_stores
from transforms.storage.beam_store import BeamStore
from transforms.storage.store import Entry, Store, not_there


def is_local(path: str) -> bool:
    """Whether a path has no scheme: it is on a disk of this machine, or mounted here. `env:NAME` stands for an address."""
    return "://" not in path and not path.startswith("env:")


def join(root: str, *parts: str) -> str:
    """The path of `parts` below `root`, with one "/" between each two."""
    return "/".join((root.rstrip("/") or "/", *parts)) if root != "/" else "/" + "/".join(parts)


def absolute(path: str) -> str:
    """A local path or glob from the root on, whatever folder the process is in; a remote one as it is."""
    path = path.removeprefix("file://")
    if not is_local(path):
        return path
    end = "/" if path.endswith("/") and path.strip("/") else ""
    return os.path.abspath(path) + end


def parent(path: str) -> str:
    """What stands before the last "/"; "" where there is none."""
    return path.rpartition("/")[0]


def basename(path: str) -> str:
    """What follows the last "/"."""
    return path.rsplit("/", 1)[-1]


def store_of(path: str) -> Store:
    """The store that a path is in."""
    scheme, separator, _ = path.partition("://")
    return _store(scheme if separator else "")


@cache
def _store(scheme: str) -> Store:
    if not scheme:
        return local_disk.LocalDisk()
    if scheme in object_stores.SCHEMES:
        return object_stores.ObjectStore()
    return memory_store.MemoryStore() if scheme == memory_store.SCHEME else BeamStore()


def require_file_system(path: str) -> None:
    """Does nothing for a local path, and where a remote one can be served.

    Raises:
      RequestError: its scheme is unknown, or what serves it is not installed.
    """
    scheme, separator, _ = path.partition("://")
    if not separator or scheme == memory_store.SCHEME:
        return
    if scheme in ("http", "https", "ftp"):
        raise RequestError(
            f"{path}: files of the web are not fetched: download it first, and give the local file or folder"
        )
    if scheme in object_stores.SCHEMES:
        object_stores.require_client(path)
        return
    from apache_beam.io.filesystems import FileSystems

    try:
        FileSystems.get_filesystem(path)
    except (OSError, ValueError) as error:
        raise RequestError(
            f"{path}: there is no file system for {scheme}:// here: give a local path, or one of gs://, s3://, azfs:// (`make"
            " cloud` has what they need) or hdfs://"
        ) from error


def open_read(path: str) -> IO[bytes]:
    """Opens the bytes as they are stored, for reading and seeking: no decompression by file name.

    Raises:
      FileNotFoundError: it is not there.
      OSError: it cannot be read.
    """
    return store_of(path).open(path)


def exists(path: str) -> bool:
    """Whether there is a file, or locally a folder; object stores have no folders."""
    return os.path.exists(path) if is_local(path) else store_of(path).entry(path) is not None


def entry(path: str) -> Entry | None:
    """The file at a path; None where there is none."""
    return store_of(path).entry(path)


def size(path: str) -> int:
    """Bytes of a file.

    Raises:
      FileNotFoundError: it is not there.
    """
    found = store_of(path).entry(path)
    if found is None:
        raise not_there(path)
    return found.size


def make_folder(path: str) -> None:
    """Makes a local folder and those above it; remote stores make them on their own."""
    if is_local(path):
        os.makedirs(path, exist_ok=True)


def names(folder: str) -> list[str]:
    """Names of the files and folders directly in a folder, sorted; empty where it does not exist.

    Raises:
      NotADirectoryError: it is a local file.
      OSError: it cannot be listed.
    """
    return store_of(folder).names(folder)


def below(folder: str) -> list[Entry]:
    """All files below a folder, at any depth, by path; empty where it does not exist."""
    return store_of(folder).below(folder)


def delete(paths: list[str]) -> None:
    """Deletes what is there; what is gone already is fine."""
    for path in paths:
        store_of(path).delete(path)


@contextmanager
def publish(path: str) -> Iterator[str]:
    """Gives a temporary local path; what was written there becomes `path` when the block ends well.

    What was at `path` is replaced in one step: a reader finds the old file or the new one. Locally the temporary path is beside
    `path`, under a name that starts with ".", so that listings and table readers pass over a leftover; for a remote one it is in
    the system's temporary folder, and is uploaded.

    Raises:
      OSError: it cannot be written; `path` is as it was.
    """
    if is_local(path):
        with local_disk.publish(path) as temporary:
            yield temporary
        return
    with local_disk.scratch() as folder:
        temporary = os.path.join(folder, basename(path))
        yield temporary
        with open(temporary, "rb") as content:
            store_of(path).write(path, content)


def create(path: str, content: bytes) -> None:
    """Writes a small file that must not be there yet, whole or not at all; of several writers at once one succeeds.

    Locally by a hard link, in a cloud store by its own precondition. What Beam alone reaches (hdfs://) offers nothing of the
    kind: there it is only looked first, so that two writers within the same moment may both succeed.

    A file that holds the very same content counts as created: a store answers so when an upload that had succeeded is
    tried again.

    Raises:
      FileExistsError: the file is there, with other content, which is untouched.
      OSError: the folder cannot be written.
    """
    store = store_of(path)
    try:
        store.create(path, content)
    except FileExistsError:
        if store.read(path) != content:
            raise
    except StoreUnavailableError:
        # Its answer may have been lost alone.
        if store.entry(path) is None or store.read(path) != content:
            raise


def open_write(path: str) -> IO[bytes]:
    """Opens a local path for writing: one given by `publish`, or in a folder that is published as a whole."""
    return open(path, "wb")


def open_native_write(path: str) -> pa.NativeFile:
    """`open_write` for Arrow's writers, which need not wait for the interpreter lock to write to a file of their own."""
    return pa.OSFile(path, "wb")


def write(path: str, content: bytes) -> None:
    """Writes a small file, whole or not at all."""
    store_of(path).write(path, content)


def read(path: str) -> bytes:
    """The content of a small file.

    Raises:
      FileNotFoundError: it is not there.
      OSError: it cannot be read.
    """
    return store_of(path).read(path)


def write_array(path: str, array: npt.NDArray[Any]) -> None:
    """Writes an array as .npy, whole or not at all."""
    with publish(path) as temporary, open_write(temporary) as stream:
        np.save(stream, array, allow_pickle=False)


def read_array(path: str) -> Any:
    """The array of a .npy file."""
    return np.load(io.BytesIO(read(path)), allow_pickle=False)


class Stream(Protocol):
    """What readers ask of an open file."""

    def read(self, size: int = -1, /) -> bytes: ...

    def seek(self, offset: int, whence: int = 0, /) -> int: ...


def exactly(stream: Any, size: int) -> bytes:
    """`size` bytes, or fewer only at the end of the stream."""
    data: bytes = stream.read(size)
    if len(data) in (0, size):
        return data
    parts = [data]
    missing = size - len(data)
    while missing and (data := stream.read(missing)):
        parts.append(data)
        missing -= len(data)
    return b"".join(parts)
