"""Reads a remote file as a stream, by requests for ranges of it."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any


class RangeReader(io.RawIOBase):
    """A seekable stream of a file's bytes; who reads on gets longer and longer ranges, who jumps gets short ones.

    Args:
      size: of the file, in bytes.
      read: `Store.read` of its store.
    """

    LEAST = 1 << 18
    MOST = 16 << 20

    def __init__(self, path: str, size: int, read: Callable[[str, int, int], bytes]) -> None:
        super().__init__()
        self._path = path
        self._size = size
        self._read = read
        self._position = 0
        self._start, self._block = 0, b""
        self._length = self.LEAST

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(origin + offset, 0)
        return self._position

    def readinto(self, buffer: Any, /) -> int:
        wanted = memoryview(buffer).cast("B")
        if self._position >= self._size or not len(wanted):
            return 0
        if not self._start <= self._position < self._start + len(self._block):
            goes_on = self._position == self._start + len(self._block)
            self._length = min(self._length * 2, self.MOST) if goes_on else self.LEAST
            self._start = self._position
            self._block = self._read(self._path, self._start, max(self._length, len(wanted)))
            if not self._block:
                raise OSError(f"{self._path}: has become shorter while it was read")
        offset = self._position - self._start
        count = min(len(wanted), len(self._block) - offset)
        wanted[:count] = self._block[offset : offset + count]
        self._position += count
        return count

    def readall(self) -> bytes:
        parts = []
        while self._position < self._size:
            part = bytearray(min(self.MOST, self._size - self._position))
            count = self.readinto(part)
            parts.append(bytes(part[:count]))
        return b"".join(parts)
