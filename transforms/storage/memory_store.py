"""Keeps files in this process's memory: the definition of what a store does, and a fast stand-in for one in tests."""

from __future__ import annotations

import threading
import time
from itertools import count
from typing import IO

from transforms.storage.store import Entry, Store, not_there

SCHEME = "mem"


class MemoryStore(Store):
    """Files by path, as `store.Store` has it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._files: dict[str, tuple[bytes, Entry]] = {}
        self._numbers = count(1)

    def entry(self, path: str) -> Entry | None:
        with self._lock:
            found = self._files.get(path)
        return None if found is None else found[1]

    def read(self, path: str, start: int = 0, size: int | None = None) -> bytes:
        with self._lock:
            if path not in self._files:
                raise not_there(path)
            content = self._files[path][0]
        return content[start:] if size is None else content[start : start + size]

    def write(self, path: str, content: bytes | IO[bytes]) -> None:
        whole = content if isinstance(content, bytes) else content.read()
        with self._lock:
            self._files[path] = whole, self._new_entry(path, whole)

    def create(self, path: str, content: bytes) -> None:
        with self._lock:
            if path in self._files:
                raise FileExistsError(path)
            self._files[path] = content, self._new_entry(path, content)

    def _new_entry(self, path: str, content: bytes) -> Entry:
        return Entry(path=path, size=len(content), state=str(next(self._numbers)), modified=time.time())

    def delete(self, path: str) -> None:
        with self._lock:
            self._files.pop(path, None)

    def below(self, folder: str) -> list[Entry]:
        start = folder.rstrip("/") + "/"
        with self._lock:
            return [entry for path, (_, entry) in sorted(self._files.items()) if path.startswith(start)]
