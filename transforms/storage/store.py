"""Describes a store of files: what every place that holds corpora, tables, models and indexes has to offer.

`MemoryStore` defines the meaning; one suite (`tests/transforms/storage/test_stores.py`) holds all of them to it. Paths are whole:
"gs://bucket/a/b", "/data/a/b". A store knows files alone: folders are there as long as a file is below them. Six methods are a
store's own; the others are made of them, and a store has its own where it can do better.
"""

from __future__ import annotations

import errno
import io
import math
import os
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import IO

from transforms.storage.range_reader import RangeReader


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A file of a store.

    Attributes:
      size: bytes.
      state: differs after the file was written again; a time or the store's own checksum.
      modified: when it was written, seconds since 1970; infinite where the store does not say.
    """

    path: str
    size: int
    state: str
    modified: float = field(default=math.inf, compare=False)


class Store(ABC):
    """Files by path. Safe to use from several threads.

    Every method raises OSError for what the store does not do: FileNotFoundError and FileExistsError as said, and of a cloud
    `StoreRefusedError` (credentials, permissions, no such bucket) and `StoreUnavailableError`, whose message is for the person.
    """

    @abstractmethod
    def entry(self, path: str) -> Entry | None:
        """The file of this name; None where there is none."""

    @abstractmethod
    def read(self, path: str, start: int = 0, size: int | None = None) -> bytes:
        """`size` bytes from `start` on (None: all); fewer at the end of the file.

        Raises:
          FileNotFoundError: there is no such file.
        """

    @abstractmethod
    def write(self, path: str, content: bytes | IO[bytes]) -> None:
        """Writes a file, in place of one that is there: others see the old one or the new one, never a part of it."""

    @abstractmethod
    def create(self, path: str, content: bytes) -> None:
        """Writes a small file that is not there yet; of any number of writers at once one succeeds.

        Raises:
          FileExistsError: there is one, which is untouched.
        """

    @abstractmethod
    def delete(self, path: str) -> None:
        """Deletes a file; one that is gone already is fine."""

    @abstractmethod
    def below(self, folder: str) -> list[Entry]:
        """All files below a folder, at any depth, by path; none where there is no such folder."""

    def open(self, path: str) -> IO[bytes]:
        """Opens the bytes as they are stored, for reading and seeking.

        Raises:
          FileNotFoundError: there is no such file.
        """
        found = self.entry(path)
        if found is None:
            raise not_there(path)
        return io.BufferedReader(RangeReader(path, found.size, self.read), RangeReader.LEAST)

    def copy(self, source: str, destination: str) -> None:
        """Copies a file inside the store, as `write` writes it.

        Raises:
          FileNotFoundError: there is no such file.
        """
        with self.open(source) as content:
            self.write(destination, content)

    def names(self, folder: str) -> list[str]:
        """Names of the files and folders directly in a folder, sorted; none where there is no such folder."""
        start = folder.rstrip("/") + "/"
        return sorted({entry.path.removeprefix(start).partition("/")[0] for entry in self.below(folder)} - {""})


def not_there(path: str) -> FileNotFoundError:
    """The error for a file that is missing, in the operating system's words."""
    return FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
