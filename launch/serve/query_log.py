"""Keeps the queries that people ask, a JSON line each: in words, or only as a hash."""

from __future__ import annotations

import json
import threading
import time
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any, Literal

from transforms.common.errors import RequestError

LogForm = Literal["plain", "hashed"]


class QueryLog:
    """A file that queries are appended to.

    Args:
      form: "plain": the words; "hashed": 128 bits of BLAKE2b of them, by which equal queries are counted and not read.

    Attributes:
      problem: why the last query was not written; "" where it was.

    Raises:
      RequestError: it cannot be written.
    """

    def __init__(self, path: str, form: LogForm) -> None:
        try:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            self._file = Path(path).open("a", encoding="utf-8")  # noqa: SIM115  (open as long as the service runs)
        except OSError as error:
            raise RequestError(f"--log-queries {path} cannot be written: {error.strerror}") from error
        self._form = form
        self.problem = ""
        self._writing = threading.Lock()

    def add(self, text: str, **facts: Any) -> None:
        """Appends a query with what was asked of it. A full disk costs the line, and no answer."""
        words = (
            {"query": text} if self._form == "plain" else {"hash": blake2b(text.encode(), digest_size=16).hexdigest()}
        )
        line = json.dumps({"time": round(time.time(), 3), **words, **facts}, ensure_ascii=False)
        with self._writing:
            try:
                self._file.write(line + "\n")
                self._file.flush()
                self.problem = ""
            except OSError as error:
                # /health says it to everybody: without the path.
                self.problem = f"queries are not logged: {error.strerror}"

    def close(self) -> None:
        with suppress(OSError):
            self._file.close()
