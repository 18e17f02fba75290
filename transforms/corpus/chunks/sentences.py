"""Finds the sentences of a text.

A sentence ends

- after ".", "!", "?" and their kin (several of them, too) with any closing quotes and brackets, where a blank follows;
  but not where the next letter is small, nor at a full stop behind an abbreviation ("Dr.", "e.g.") or behind a single
  capital ("J. Doe");
- after "。", "！" or "？" with any closing quotes and brackets, whatever follows;
- at an empty line.

A single line end is a blank: texts are wrapped more often than they are lists.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

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
