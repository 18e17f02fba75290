"""Keeps files in this process's memory: the definition of what a store does, and a fast stand-in for one in tests."""

from __future__ import annotations

import threading
from itertools import count
from typing import IO

from transforms.storage.store import Entry, not_there

SCHEME = "mem"


class MemoryStore:
    """Files by path, as `store.Store` has it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._files: dict[str, tuple[bytes, int]] = {}
        self._numbers = count(1)

    def entry(self, path: str) -> Entry | None:
        with self._lock:
            found = self._files.get(path)
        return None if found is None else Entry(path=path, size=len(found[0]), state=str(found[1]))

    def read(self, path: str, start: int = 0, size: int | None = None) -> bytes:
        with self._lock:
            if path not in self._files:
                raise not_there(path)
            content = self._files[path][0]
        return content[start:] if size is None else content[start : start + size]

    def write(self, path: str, content: bytes | IO[bytes]) -> None:
        whole = content if isinstance(content, bytes) else content.read()
        with self._lock:
            self._files[path] = whole, next(self._numbers)

    def create(self, path: str, content: bytes) -> None:
        with self._lock:
            if path in self._files:
                raise FileExistsError(path)
            self._files[path] = content, next(self._numbers)

    def copy(self, source: str, destination: str) -> None:
        self.write(destination, self.read(source))

    def delete(self, path: str) -> None:
        with self._lock:
            self._files.pop(path, None)

    def below(self, folder: str) -> list[Entry]:
        start = folder.rstrip("/") + "/"
        with self._lock:
            found = sorted((path, value) for path, value in self._files.items() if path.startswith(start))
        return [Entry(path=path, size=len(content), state=str(number)) for path, (content, number) in found]

    def names(self, folder: str) -> list[str]:
        start = folder.rstrip("/") + "/"
        return sorted({entry.path.removeprefix(start).partition("/")[0] for entry in self.below(folder)})
