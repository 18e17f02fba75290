"""Cuts long texts into chunks of a few sentences.

A sentence ends

- after ".", "!", "?" and their kin (several of them, too) with any closing quotes and brackets, where a blank follows;
  but not where the next letter is small, nor at a full stop behind an abbreviation ("Dr.", "e.g.") or behind a single
  capital ("J. Doe");
- after "。", "！" or "？" with any closing quotes and brackets, whatever follows;
- at an empty line.

A single line end is a blank: texts are wrapped more often than they are lists. A chunk is the stretch of the text
from its first sentence's first character to its last one's last, so every character that is not blank is in exactly
one chunk, and what is blank between two sentences of a chunk stays as it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from transforms.corpus.items import ID_HASH_HEX, content_hash

_CLOSING = r"\"'”’»)\]}」』）】》"
# Whole runs, and what follows is looked at outside: a lookahead here would make a million dots a million squared.
_MARKS = re.compile(rf"(?P<marks>[.!?…؟۔।。！？｡]+)[{_CLOSING}]*|\n[^\S\n]*\n")
_WITHOUT_BLANK = frozenset("。！？｡")
_ABBREVIATIONS_TEXT = """
mr mrs ms dr prof st jr sr vs etc fig figs eq no nos vol pp p ca cf al approx dept est gen gov sen rep rev hon inc ltd
co corp jan feb mar apr jun jul aug sep sept oct nov dec e.g i.e a.m p.m u.s u.k d.c ph.d bzw z.b d.h usw nr str
"""
_ABBREVIATIONS = frozenset(_ABBREVIATIONS_TEXT.split())
_LAST_WORD = re.compile(r"[^\s(\[\"'“‘«]*\Z")
_LONGEST_WORD = 24
_NEXT = re.compile(rf"[\s\"'“‘«(\[]{{0,{_LONGEST_WORD}}}")


def chunk_sentences(batch: pa.RecordBatch, n: int, *, seen: dict[str, int] | None = None) -> pa.RecordBatch:
    """The rows of a batch, each text as chunks of `n` sentences.

    Args:
      batch: with the columns of `transforms.corpus.columns.batches.batch_schema`.
      n: sentences of a chunk; a text's last may have fewer.
      seen: how often each parent was met in what came before, and from now on in this batch, too.

    Returns:
      The same columns and `parent` (string) behind `error`. A chunk's id is `parent#1`, `parent#2` and so on; its
      parent is the row's id, or where that is null what an unchunked text is called: `source#hash`, `.2` for a
      repeat. A row that has nothing to cut (an error, no value, blank, not UTF-8) stays as it is, without a parent.
    """
    if n < 1:
        raise ValueError(f"a chunk of {n} sentences")
    seen = {} if seen is None else seen
    sources, ids = batch.column("source"), batch.column("id").to_pylist()
    failed = batch.column("error").is_valid().to_pylist()
    rows: list[int] = []
    payloads: list[bytes | None] = []
    names: list[str | None] = []
    parents: list[str | None] = []
    for row, payload in enumerate(batch.column("payload").to_pylist()):
        pieces = [] if payload is None or failed[row] else _chunks(payload, n)
        if not pieces:
            rows.append(row)
            payloads.append(payload)
            names.append(ids[row])
            parents.append(None)
            continue
        parent = ids[row] or _name(sources[row].as_py(), payload, seen)
        rows += [row] * len(pieces)
        payloads += pieces
        names += [f"{parent}#{number}" for number in range(1, len(pieces) + 1)]
        parents += [parent] * len(pieces)
    # Without the payloads: a long text taken once for each of its chunks would be its length squared.
    taken = batch.drop_columns(["payload", "id"]).take(pa.array(rows, pa.int64()))
    columns: dict[str, Any] = dict(zip(taken.schema.names, taken.columns, strict=True))
    columns["payload"] = pa.array(payloads, pa.binary())
    columns["id"] = pa.array(names, pa.string())
    place = batch.schema.get_field_index("error") + 1
    schema = batch.schema.insert(place, pa.field("parent", pa.string()))
    columns["parent"] = pa.array(parents, pa.string())
    return pa.RecordBatch.from_arrays([columns[name] for name in schema.names], schema=schema)


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Where the sentences of a text begin and end, in order; blanks around them may be included."""
    start = 0
    for found in _MARKS.finditer(text):
        if found["marks"] is None or _ends(text, found, start):
            yield start, found.end()
            start = found.end()
    yield start, len(text)


def _ends(text: str, found: re.Match[str], start: int) -> bool:
    marks, end = found["marks"], found.end()
    if not _WITHOUT_BLANK.isdisjoint(marks):
        return True
    if end == len(text) or not text[end].isspace():
        return False
    opening = _NEXT.match(text, end)
    after = opening.end() if opening else end
    if text[after : after + 1].islower():
        return False
    if marks != ".":
        return True
    word = _LAST_WORD.search(text[max(found.start() - _LONGEST_WORD, start) : found.start()])
    last = word[0] if word else ""
    return not (last.lower() in _ABBREVIATIONS or (len(last) == 1 and last.isupper()))


def _chunks(payload: bytes, n: int) -> list[bytes]:
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        return []
    spans = [(a, b) for a, b in sentences(text) if not text[a:b].isspace() and a < b]
    groups = (spans[first : first + n] for first in range(0, len(spans), n))
    return [text[group[0][0] : group[-1][1]].strip().encode() for group in groups]


def _name(source: str, payload: bytes, seen: dict[str, int]) -> str:
    name = f"{source}#{content_hash(payload, modality='text')[:ID_HASH_HEX]}"
    seen[name] = count = seen.get(name, 0) + 1
    return name if count == 1 else f"{name}.{count}"
