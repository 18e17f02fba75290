"""Keeps files on this machine's disks; the only module that renames, links, locks and maps them.

A file is written beside its final name, under one that starts with ".", and renamed: a reader finds the old one or the new one.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from typing import IO, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from transforms.storage.store import Entry, Store

_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)
"""What `os.link` answers on a file system without hard links."""


class LocalDisk(Store):
    """Files by path, as `store.Store` has it."""

    def entry(self, path: str) -> Entry | None:
        try:
            found = os.stat(path)
        except (FileNotFoundError, NotADirectoryError):
            return None
        return None if os.path.isdir(path) else _entry(path, found)

    def read(self, path: str, start: int = 0, size: int | None = None) -> bytes:
        with open(path, "rb") as stream:
            stream.seek(start)
            return stream.read() if size is None else stream.read(size)

    def open(self, path: str) -> IO[bytes]:
        return open(path, "rb")

    def write(self, path: str, content: bytes | IO[bytes]) -> None:
        with publish(path) as temporary, open(temporary, "wb") as stream:
            if isinstance(content, bytes):
                stream.write(content)
            else:
                shutil.copyfileobj(content, stream)

    def create(self, path: str, content: bytes) -> None:
        temporary = beside(path)
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
            self.delete(temporary)

    def copy(self, source: str, destination: str) -> None:
        with publish(destination) as temporary:
            shutil.copyfile(source, temporary)

    def delete(self, path: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            os.remove(path)

    def below(self, folder: str) -> list[Entry]:
        found = []
        for root, _, names in os.walk(folder):
            for name in names:
                path = os.path.join(root, name)
                with contextlib.suppress(FileNotFoundError):
                    found.append(_entry(path, os.stat(path)))
        return sorted(found, key=lambda entry: entry.path)

    def names(self, folder: str) -> list[str]:
        try:
            return sorted(os.listdir(folder))
        except FileNotFoundError:
            return []


def _entry(path: str, found: os.stat_result) -> Entry:
    state = f"{found.st_size}-{found.st_mtime_ns}"
    return Entry(path=path, size=found.st_size, state=state, modified=found.st_mtime)


@contextlib.contextmanager
def publish(path: str) -> Iterator[str]:
    """Gives a temporary path beside `path`; what was written there becomes `path` when the block ends well.

    Raises:
      OSError: the folder cannot be written; `path` is as it was.
    """
    temporary = beside(path)
    try:
        yield temporary
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.remove(temporary)
        raise


def beside(path: str) -> str:
    """A temporary name in the folder of `path`, which is made if need be."""
    folder, _, name = path.rpartition("/")
    os.makedirs(folder or ".", exist_ok=True)
    temporary = f".{name}.{uuid.uuid4().hex[:8]}.tmp"
    return f"{folder}/{temporary}" if folder else temporary


# ---- folders ----------------------------------------------------------------------------------------------


@contextlib.contextmanager
def scratch() -> Iterator[str]:
    """A new folder in the system's temporary folder (`TMPDIR`), removed with all that is in it when the block ends."""
    # What another thread still writes there while it is removed goes with the second try.
    with tempfile.TemporaryDirectory(prefix="vectormill-", ignore_cleanup_errors=True) as folder:
        yield folder
    remove_tree(folder)


def temporary(name: str) -> str:
    """A path of this name in the system's temporary folder."""
    return os.path.join(tempfile.gettempdir(), name)


def remove_tree(folder: str) -> None:
    """Removes a folder with all that is in it, as far as that can be done."""
    shutil.rmtree(folder, ignore_errors=True)


def rename_folder(built: str, folder: str) -> None:
    """Gives a finished folder its name, in one step.

    Raises:
      OSError: there is a folder of that name that is not empty, or the one above cannot be written.
    """
    os.rename(built, folder)


def link_or_copy(source: str, target: str) -> None:
    """Makes `target` a copy of a file that never changes; it takes no space where the file system has hard links."""
    try:
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError:
        with publish(target) as temporary:
            shutil.copy2(source, temporary)


def link_symbolically(source: str, target: str) -> None:
    """Makes `target` a symbolic link to a file."""
    os.symlink(os.path.abspath(source), target)


# ---- random access, locks ---------------------------------------------------------------------------------


def memory_map(path: str) -> pa.MemoryMappedFile:
    """Maps a file into memory: what is looked at is read from the disk."""
    return pa.memory_map(path)


def open_unbuffered(path: str) -> IO[bytes]:
    """Opens a file to read from it in large pieces."""
    return open(path, "rb", buffering=0)


def map_bytes(path: str) -> npt.NDArray[np.uint8]:
    """Maps a file, which must not be empty, as an array of its bytes, to read from."""
    mapped: npt.NDArray[np.uint8] = np.memmap(path, np.uint8, "r")
    return mapped


def lock(path: str, *, shared: bool, wait: bool = True) -> IO[Any]:
    """The opened lock file, whose lock ends when it is closed, or with this process.

    Raises:
      BlockingIOError: another one has the lock, and `wait` is False.
    """
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    stream = open(path, "a")  # noqa: SIM115
    try:
        fcntl.flock(stream, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB))
    except BaseException:
        stream.close()
        raise
    return stream
