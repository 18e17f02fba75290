"""Reads the queries of a file, for a search and for the comparison of two versions of an index."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from launch.terminal.text import folder
from transforms.common.errors import RequestError


@dataclass(frozen=True)
class Query:
    """A query, the line of the file that it stands in, and its id there."""

    text: str
    line: int = 0
    name: str | None = None


def queries_in(path: str) -> Iterator[Query]:
    """Reads the queries of a file: lines, or JSON objects with `text` and perhaps `id`. Blank lines are skipped.

    Raises:
      RequestError: it cannot be read, or a line is no query.
    """
    from transforms.corpus.streams.encoding import decode_text
    from transforms.storage import files

    try:
        lines = decode_text(files.read(folder(path)), f"--queries {path}").split("\n")
    except OSError as error:
        raise RequestError(f"--queries {path} cannot be read: {error.strerror or error}") from error
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _json_query(path, number, line) if path.endswith(".jsonl") else Query(line.strip(), number)


def _json_query(path: str, number: int, line: str) -> Query:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise RequestError(f"{path}, line {number}: no JSON object: {error}") from error
    if not isinstance(found, dict) or not isinstance(found.get("text"), str):
        raise RequestError(f'{path}, line {number}: no JSON object with a text: {{"id": "q1", "text": "a query"}}')
    return Query(found["text"], number, None if found.get("id") is None else str(found["id"]))
