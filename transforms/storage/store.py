"""Describes a store of files: what every place that holds corpora, tables, models and indexes has to offer.

`MemoryStore` defines the meaning; one suite (`tests/transforms/storage/test_stores.py`) holds all of them to it. Paths are whole:
"gs://bucket/a/b", "/data/a/b". A store knows files alone: folders are there as long as a file is below them.
"""

from __future__ import annotations

import errno
import math
import os
from dataclasses import dataclass, field
from typing import IO, Protocol


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


class Store(Protocol):
    """Files by path. Safe to use from several threads.

    Every method raises OSError for what the store does not do: FileNotFoundError and FileExistsError as said, and of a cloud
    `StoreRefusedError` (credentials, permissions, no such bucket) and `StoreUnavailableError`, whose message is for the person.
    """

    def entry(self, path: str) -> Entry | None:
        """The file of this name; None where there is none."""
        ...

    def read(self, path: str, start: int = 0, size: int | None = None) -> bytes:
        """`size` bytes from `start` on (None: all); fewer at the end of the file.

        Raises:
          FileNotFoundError: there is no such file.
        """
        ...

    def write(self, path: str, content: bytes | IO[bytes]) -> None:
        """Writes a file, in place of one that is there: others see the old one or the new one, never a part of it."""
        ...

    def create(self, path: str, content: bytes) -> None:
        """Writes a small file that is not there yet; of any number of writers at once one succeeds.

        Raises:
          FileExistsError: there is one, which is untouched.
        """
        ...

    def copy(self, source: str, destination: str) -> None:
        """Copies a file inside the store, as `write` writes it.

        Raises:
          FileNotFoundError: there is no such file.
        """
        ...

    def delete(self, path: str) -> None:
        """Deletes a file; one that is gone already is fine."""
        ...

    def below(self, folder: str) -> list[Entry]:
        """All files below a folder, at any depth, by path; none where there is no such folder."""
        ...

    def names(self, folder: str) -> list[str]:
        """Names of the files and folders directly in a folder, sorted; none where there is no such folder."""
        ...


def not_there(path: str) -> FileNotFoundError:
    """The error for a file that is missing, in the operating system's words."""
    return FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
