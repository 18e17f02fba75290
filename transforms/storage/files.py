"""Reads and writes files, whole or not at all, on a local disk or on any Beam filesystem.

A local path is served by the operating system directly (no Beam import); anything with a scheme goes
through `apache_beam.io.filesystems.FileSystems`. There are two ways in which a file gets its final name: `publish`
writes it beside and renames it, so that a reader never meets half of it; `create` does so for one writer only.
"""

from __future__ import annotations

import contextlib
import errno
import os
import uuid
from collections.abc import Iterator
from typing import IO, Any, Protocol

import numpy as np
import numpy.typing as npt

from transforms.common.errors import RequestError
from transforms.storage.object_stores import CREATE

_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)
"""What `os.link` answers on a file system without hard links."""


def is_local(path: str) -> bool:
    """Whether a path has no scheme: it is on a disk of this machine, or mounted here."""
    return "://" not in path


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


def basename(path: str) -> str:
    """What follows the last "/"."""
    return path.rsplit("/", 1)[-1]


def _beam() -> Any:
    from apache_beam.io.filesystem import CompressionTypes
    from apache_beam.io.filesystems import FileSystems

    return FileSystems, CompressionTypes.UNCOMPRESSED


def require_file_system(path: str) -> None:
    """Does nothing for a local path, and where a remote one can be served.

    Raises:
      RequestError: its scheme is unknown, or what serves it is not installed.
    """
    if is_local(path):
        return
    scheme = path.partition("://")[0]
    if scheme in ("http", "https", "ftp"):
        raise RequestError(
            f"{path}: files of the web are not fetched: download it first, and give the local file or folder"
        )
    try:
        _beam()[0].get_filesystem(path)
    except (OSError, ValueError) as error:
        raise RequestError(
            f"{path}: there is no file system for {scheme}:// here: give a local path, or one of gs://, s3://, hdfs:// or"
            " azfs:// whose extra of apache-beam is installed (`make cloud` has those of gs:// and s3://)"
        ) from error


def open_read(path: str) -> IO[bytes]:
    """Opens the bytes as they are stored: no decompression by file name.

    Raises:
      FileNotFoundError: a local file is not there.
      OSError: it cannot be read, or a remote one is not there.
    """
    if is_local(path):
        return open(path, "rb")
    filesystems, uncompressed = _beam()
    stream: IO[bytes] = filesystems.open(path, compression_type=uncompressed)
    return stream


def exists(path: str) -> bool:
    """Whether there is a file, or locally a folder; object stores have no folders."""
    if is_local(path):
        return os.path.exists(path)
    filesystems, _ = _beam()
    return bool(filesystems.exists(path))


def size(path: str) -> int:
    """Bytes of a file.

    Raises:
      OSError: it is not there.
    """
    if is_local(path):
        return os.path.getsize(path)
    filesystems, _ = _beam()
    found = filesystems.match([path])[0].metadata_list
    if not found:
        raise FileNotFoundError(path)
    return int(found[0].size_in_bytes)


def make_folder(path: str) -> None:
    """Makes a local folder and those above it; remote stores make them on their own."""
    if is_local(path):
        os.makedirs(path, exist_ok=True)


def names(folder: str) -> list[str]:
    """Names of the files and folders directly in a folder, sorted; empty where it does not exist.

    A remote store lists all that is below the folder for it: as many requests as there are thousands of objects.

    Raises:
      NotADirectoryError: it is a local file.
      OSError: it cannot be listed.
    """
    if is_local(folder):
        try:
            return sorted(os.listdir(folder))
        except FileNotFoundError:
            return []
    filesystems, _ = _beam()
    prefix = folder.rstrip("/") + "/"
    matches = filesystems.match([prefix + "**"])[0].metadata_list
    return sorted({m.path[len(prefix) :].split("/", 1)[0] for m in matches} - {""})


def delete(paths: list[str]) -> None:
    """Deletes what is there; what is gone already is fine."""
    for path in paths:
        with contextlib.suppress(FileNotFoundError):
            if is_local(path):
                os.remove(path)
            elif exists(path):
                _beam()[0].delete([path])


@contextlib.contextmanager
def publish(path: str) -> Iterator[str]:
    """Gives a temporary path beside `path`; what was written there becomes `path` when the block ends well.

    What was at `path` is replaced in one step: a reader finds the old file or the new one. (HDFS cannot do that; there a
    file that is replaced is absent for a moment.) The temporary name starts with "." so that listings and table readers
    pass over a leftover.

    Raises:
      OSError: the folder cannot be written; `path` is as it was.
    """
    temporary = _beside(path)
    try:
        yield temporary
        _rename(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            delete([temporary])
        raise


def create(path: str, content: bytes) -> None:
    """Writes a small file that must not be there yet, whole or not at all; of several writers at once one succeeds.

    Locally by a hard link, on gs:// and s3:// by the store's own precondition. Other remote stores offer nothing of the
    kind: there it is only looked first, so that two writers within the same moment may both succeed.

    A file that holds the very same content counts as created: a store answers so when an upload that had succeeded is
    tried again.

    Raises:
      FileExistsError: the file is there, with other content, which is untouched.
      OSError: the folder cannot be written.
    """
    try:
        if is_local(path):
            _create_local(path, content)
        elif (store := CREATE.get(path.partition("://")[0])) is not None:
            store(path, content)
        elif exists(path):
            raise FileExistsError(path)
        else:
            write(path, content)
    except FileExistsError:
        if read(path) != content:
            raise


def _create_local(path: str, content: bytes) -> None:
    temporary = _beside(path)
    try:
        with open(temporary, "xb") as stream:
            stream.write(content)
        os.link(temporary, path)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # As exclusive, but who is killed here leaves half a file behind.
        with open(path, "xb") as stream:
            stream.write(content)
    finally:
        delete([temporary])


def _beside(path: str) -> str:
    """A temporary name in the folder of `path`, which is made if need be."""
    folder, _, name = path.rpartition("/")
    make_folder(folder or ".")
    temporary = f".{name}.{uuid.uuid4().hex[:8]}.tmp"
    return f"{folder}/{temporary}" if folder else temporary


def _rename(source: str, destination: str) -> None:
    """Renames over what is there. Object stores copy, which replaces an object in one step."""
    if is_local(destination):
        os.replace(source, destination)
        return
    filesystems, _ = _beam()
    try:
        filesystems.rename([source], [destination])
    except OSError:
        if not (filesystems.exists(source) and filesystems.exists(destination)):
            raise
        # HDFS refuses to rename over a file.
        filesystems.delete([destination])
        filesystems.rename([source], [destination])


def open_write(path: str) -> IO[bytes]:
    """Opens a path given by `publish`."""
    if is_local(path):
        return open(path, "wb")
    filesystems, uncompressed = _beam()
    stream: IO[bytes] = filesystems.create(path, compression_type=uncompressed)
    return stream


def write(path: str, content: bytes) -> None:
    """Writes a small file, whole or not at all."""
    with publish(path) as temporary, open_write(temporary) as stream:
        stream.write(content)


def read(path: str) -> bytes:
    """The content of a small file.

    Raises:
      FileNotFoundError: a local file is not there.
      OSError: it cannot be read, or a remote one is not there.
    """
    with open_read(path) as stream:
        return stream.read()


def write_array(path: str, array: npt.NDArray[Any]) -> None:
    """Writes an array as .npy, whole or not at all."""
    with publish(path) as temporary, open_write(temporary) as stream:
        np.save(stream, array, allow_pickle=False)


def read_array(path: str) -> Any:
    """The array of a .npy file."""
    with open_read(path) as stream:
        return np.load(stream, allow_pickle=False)


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
