"""Reads the queries that people asked, from the files that `vectormill serve --log-queries FILE --log-as plain` writes.

    {"time": 1790000000.1, "query": "a triumph", "index": "reviews", "version": 3, "k": 10, "mode": null}

Equal queries are counted. Those that were asked by words alone (`mode`) say nothing of the vectors and are left out; so are
hashes (`--log-as hashed`), from which no words come back, and lines of other indexes where the file has several.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from transforms.common.errors import RequestError
from transforms.storage import files

MOST_QUERIES = 1_000
"""Distinct queries that are measured; of more, those with the lowest hashes."""
_LONGEST_LINE = 1 << 20


@dataclass(frozen=True, kw_only=True)
class LoggedQueries:
    """What people asked.

    Attributes:
      times: query -> how often it was asked; at most `MOST_QUERIES` of them.
      distinct: how many different ones the files have.
      asked: how many lines hold them.
      broken: how many lines are no query; they are left out.
      hashed: how many lines hold a hash alone; they are left out.
    """

    times: dict[str, int]
    distinct: int
    asked: int
    broken: int
    hashed: int


@dataclass
class _Lines:
    """What was found in the lines so far; queries by index."""

    by_index: dict[str, Counter[str]] = field(default_factory=dict)
    broken: int = 0
    hashed: int = 0


def read_query_log(paths: Sequence[str], *, index: str) -> LoggedQueries:
    """Reads files of logged queries, plain or gzip.

    Args:
      index: the name of an index. Where the files have queries of several indexes, its own count.

    Raises:
      RequestError: a file cannot be read, or they hold no query that can be asked again.
    """
    found = _Lines()
    for path in paths:
        for line in _lines(path):
            _add(found, line)
    named = ", ".join(paths)
    if not found.by_index and found.hashed:
        raise RequestError(
            f"{named}: queries are logged as hashes, which nobody can ask again: serve with --log-as plain"
        )
    if not found.by_index:
        raise RequestError(f"{named}: no line is a query that `vectormill serve --log-queries` wrote")
    own = found.by_index.get(index)
    if own is None and len(found.by_index) > 1:
        there = ", ".join(sorted(found.by_index))
        raise RequestError(f"{named}: queries are of the indexes {there}, and none is called {index}")
    times = own if own is not None else next(iter(found.by_index.values()))
    chosen = sorted(times, key=lambda text: blake2b(text.encode(), digest_size=8).digest())[:MOST_QUERIES]
    return LoggedQueries(
        times={text: times[text] for text in chosen},
        distinct=len(times),
        asked=times.total(),
        broken=found.broken,
        hashed=found.hashed,
    )


def _lines(path: str) -> Iterator[bytes]:
    """The lines that are not blank; of a very long one the beginning."""
    try:
        with files.open_read(path) as stream:
            is_gzip = stream.read(2) == b"\x1f\x8b"
        with files.open_read(path) as stream:
            content: Any = gzip.GzipFile(fileobj=stream) if is_gzip else stream
            while line := content.readline(_LONGEST_LINE):
                if line.strip():
                    yield line
    except (OSError, EOFError, zlib.error) as error:
        raise RequestError(f"--query-log {path} cannot be read: {getattr(error, 'strerror', None) or error}") from error


def _add(found: _Lines, line: bytes) -> None:
    try:
        values = json.loads(line)
        text = values.get("query")
        if not isinstance(text, str):
            is_hash = isinstance(values.get("hash"), str)
            found.hashed += is_hash
            found.broken += not is_hash
            return
        text.encode()  # a surrogate half is no text
    except (ValueError, AttributeError, RecursionError):
        found.broken += 1
        return
    if not text.strip():
        found.broken += 1
    elif values.get("mode") != "words":
        found.by_index.setdefault(str(values.get("index", "")), Counter())[text.strip()] += 1
