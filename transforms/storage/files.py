"""Small files, whole or absent, on a local disk or on any Beam filesystem.

A local path is served by the operating system directly (no Beam import); anything with a scheme goes
through `apache_beam.io.filesystems.FileSystems`. `publish` is the one way a file gets its final name: it is
written beside and renamed, so that a reader never meets half of it.
"""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Iterator
from typing import IO, Any, Protocol

import numpy as np
import numpy.typing as npt


def is_local(path: str) -> bool:
    return "://" not in path


def join(root: str, *parts: str) -> str:
    return "/".join((root.rstrip("/") or "/", *parts)) if root != "/" else "/" + "/".join(parts)


def basename(path: str) -> str:
    return path.rsplit("/", 1)[-1]


def _beam() -> Any:
    from apache_beam.io.filesystem import CompressionTypes
    from apache_beam.io.filesystems import FileSystems

    return FileSystems, CompressionTypes.UNCOMPRESSED


def open_read(path: str) -> IO[bytes]:
    """Opens the bytes as they are stored: no decompression by file name."""
    if is_local(path):
        return open(path, "rb")
    filesystems, uncompressed = _beam()
    stream: IO[bytes] = filesystems.open(path, compression_type=uncompressed)
    return stream


def exists(path: str) -> bool:
    if is_local(path):
        return os.path.exists(path)
    filesystems, _ = _beam()
    return bool(filesystems.exists(path))


def size(path: str) -> int:
    if is_local(path):
        return os.path.getsize(path)
    filesystems, _ = _beam()
    metadata = filesystems.match([path])[0].metadata_list
    return int(metadata[0].size_in_bytes)


def make_folder(path: str) -> None:
    if is_local(path):
        os.makedirs(path, exist_ok=True)


def names(folder: str) -> list[str]:
    """Names directly in a folder, sorted; empty where it does not exist. Beam's file systems tell those of files only."""
    if is_local(folder):
        try:
            return sorted(os.listdir(folder))
        except FileNotFoundError:
            return []
    filesystems, _ = _beam()
    prefix = folder.rstrip("/") + "/"
    matches = filesystems.match([prefix + "*"])[0].metadata_list
    return sorted({m.path[len(prefix) :].split("/", 1)[0] for m in matches})


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

    The temporary name starts with "." so that listings and table readers pass over a leftover.
    """
    folder, _, name = path.rpartition("/")
    temporary = f"{folder}/.{name}.{uuid.uuid4().hex[:8]}.tmp" if folder else f".{name}.{uuid.uuid4().hex[:8]}.tmp"
    make_folder(folder or ".")
    try:
        yield temporary
        if is_local(path):
            os.replace(temporary, path)
        else:
            filesystems, _ = _beam()
            if filesystems.exists(path):
                filesystems.delete([path])
            filesystems.rename([temporary], [path])
    except BaseException:
        with contextlib.suppress(OSError):
            delete([temporary])
        raise


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
