"""Reads queries and the judgements of their answers (qrels), as BEIR and TREC write them.

Queries: a `.jsonl` of objects with `_id` (or `id`, `query_id`) and `text` (or `query`), or lines of an id, a tab and the text.
Judgements: lines of query, document and grade (BEIR, with or without its header), or of query, an ignored column, document and
grade (TREC). Columns are divided by tabs where the line has some, else by blanks. A grade above 0 is relevant, the higher the
more; TREC's negative grades are as 0. `.gz` files are read, too.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b

from transforms.common.errors import RequestError
from transforms.corpus.streams.encoding import decode_text
from transforms.storage import files

Qrels = dict[str, dict[str, int]]
"""Query -> document -> grade, at least 0."""

_IDS, _TEXTS = ("_id", "id", "query_id", "qid"), ("text", "query")
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, kw_only=True)
class Judgements:
    """Queries with the grades of their answers.

    Attributes:
      queries: those that have judgements, id -> text, in the order of their file.
      qrels: of these queries.
      unjudged: how many queries of the file have no judgement, and are left out.
      unasked: how many queries that were judged are not in the file of queries, and are left out.
    """

    queries: dict[str, str]
    qrels: Qrels
    unjudged: int
    unasked: int

    @property
    def digest(self) -> str:
        """A hash of the queries and their judgements."""
        return blake2b(json.dumps([self.queries, self.qrels], sort_keys=True).encode(), digest_size=12).hexdigest()


def read_judgements(queries: str, qrels: str) -> Judgements:
    """Reads a file of queries and one of judgements.

    Raises:
      RequestError: one of them cannot be read, a line is none of its format, or they have no query in common.
    """
    texts, grades = read_queries(queries), read_qrels(qrels)
    shared = [name for name in texts if name in grades]
    if not shared:
        raise RequestError(
            f"no query of {queries} (its first id is {next(iter(texts))!r}) is judged in {qrels} (its first is"
            f" {next(iter(grades))!r}): give files whose ids match"
        )
    return Judgements(
        queries={name: texts[name] for name in shared},
        qrels={name: grades[name] for name in shared},
        unjudged=len(texts) - len(shared),
        unasked=len(grades) - len(shared),
    )


def read_queries(path: str) -> dict[str, str]:
    """Reads the queries of a file, id -> text, in their order.

    Raises:
      RequestError: it cannot be read, holds none, a line is no query with an id, or an id stands there twice.
    """
    found: dict[str, str] = {}
    is_json = path.removesuffix(".gz").endswith((".jsonl", ".json", ".ndjson"))
    for number, line in _lines(path):
        where = f"{path}, line {number}"
        name, text = _of_object(line, where) if is_json else _of_columns(line, where)
        if found.setdefault(name, text) != text:
            raise RequestError(f"{where}: there is another query with the id {name!r}: give each its own")
    if not found:
        raise RequestError(f"{path} holds no query")
    return found


def read_qrels(path: str) -> Qrels:
    """Reads the judgements of a file.

    Raises:
      RequestError: it cannot be read, holds none, a line is no judgement, or two lines grade one answer differently.
    """
    found: Qrels = defaultdict(dict)
    is_first = True
    for number, line in _lines(path):
        where = f"{path}, line {number}"
        columns = [column.strip() for column in line.split("\t")] if "\t" in line else line.split()
        if len(columns) not in (3, 4):
            raise RequestError(
                f"{where}: a judgement has three columns (query, document, grade: BEIR) or four (query, 0, document, grade:"
                f" TREC), this line has {len(columns)}"
            )
        query, document, grade = columns[0], columns[-2], _grade(columns[-1])
        if grade is None and not is_first:
            raise RequestError(f"{where}: the grade {columns[-1]!r} is no whole number")
        is_first = False
        if grade is not None and found[query].setdefault(document, grade) != grade:
            raise RequestError(f"{where}: {document!r} is judged twice for the query {query!r}, with different grades")
    if not found:
        raise RequestError(f"{path} holds no judgement")
    return dict(found)


def _grade(text: str) -> int | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return max(int(value), 0) if value.is_integer() else None


def _lines(path: str) -> Iterator[tuple[int, str]]:
    """The lines that are not blank, and their numbers."""
    try:
        content = files.read(path)
        if content.startswith(_GZIP):
            content = gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise RequestError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from error
    for number, line in enumerate(decode_text(content, path).split("\n"), 1):
        if line.strip():
            yield number, line.rstrip("\r")


def _of_object(line: str, where: str) -> tuple[str, str]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise RequestError(f"{where}: no JSON object: {error}") from error
    values = found if isinstance(found, dict) else {}
    name = next((values[key] for key in _IDS if isinstance(values.get(key), str | int)), None)
    text = next((values[key] for key in _TEXTS if isinstance(values.get(key), str)), None)
    if name is None or text is None or not text.strip():
        raise RequestError(f'{where}: no query with an id and a text: {{"_id": "q1", "text": "a query"}}')
    return str(name), text.strip()


def _of_columns(line: str, where: str) -> tuple[str, str]:
    name, tab, text = line.partition("\t")
    if not tab or not name.strip() or not text.strip():
        raise RequestError(f"{where}: no query with an id: write an id, a tab and the text, or a .jsonl")
    return name.strip(), text.strip()
