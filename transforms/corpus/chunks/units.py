"""Cuts stretches of a text into units that chunks are packed of: paragraphs, sentences, lines, words.

A unit is the largest of these that holds few enough tokens, so that a chunk ends inside of a sentence only where the sentence
alone is too long, and inside of a word only where the word is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from transforms.corpus.chunks.sentences import sentences
from transforms.encoders.tokenizers import Tokenizer

Span = tuple[int, int]
"""Where a stretch of a text begins and ends, in characters."""

LONG_LINE = 160
"""Characters: a longer line was not wrapped, so that a paragraph ends with it."""
_LINE_END = re.compile(r"\r\n|[\n\r\u2029]")
_LINE = re.compile(r"[^\r\n]+")
_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Unit:
    """A stretch of a text that is not cut any further.

    Attributes:
      start, stop: in characters; no blank stands at either end.
      tokens: that it has.
      end: what ends with it: a paragraph (0), a sentence (1), a line (2), a word (3), or less (4).
    """

    start: int
    stop: int
    tokens: int
    end: int


def stripped(text: str, spans: Iterator[Span] | Sequence[Span]) -> Iterator[Span]:
    """The spans without the blanks at their ends, and without those that hold nothing else."""
    for start, stop in spans:
        piece = text[start:stop]
        left = piece.lstrip()
        if left:
            start = stop - len(left)
            yield start, start + len(left.rstrip())


def paragraphs(text: str) -> list[Span]:
    """Where the paragraphs of a text are: each ends with a blank line, or with a line that is too long to have been wrapped."""
    spans = []
    start = line = 0
    for found in _LINE_END.finditer(text):
        end = found.start()
        is_blank = line == end or text[line:end].isspace()
        if is_blank or end - line > LONG_LINE or found[0] == "\u2029":
            spans.append((start, end))
            start = found.end()
        line = found.end()
    return list(stripped(text, [*spans, (start, len(text))]))


def sentences_of(text: str, span: Span) -> list[Span]:
    """Where the sentences of a stretch are."""
    start, stop = span
    return list(stripped(text, [(start + a, start + b) for a, b in sentences(text[start:stop])]))


def units_of(text: str, spans: Sequence[Span], *, limit: int, tokenizer: Tokenizer) -> list[Unit]:
    """Cuts paragraphs into units of at most `limit` tokens; a paragraph of more than half as many into its sentences."""
    return list(_units(text, spans, 0, limit, tokenizer))


def _units(text: str, spans: Sequence[Span], level: int, limit: int, tokenizer: Tokenizer) -> Iterator[Unit]:
    counts = tokenizer.counts([text[start:stop] for start, stop in spans])
    for span, tokens in zip(spans, counts, strict=True):
        if tokens <= (limit if level else limit // 2) or level == len(_CUTS):
            yield Unit(*span, tokens, level)
            continue
        inner = _CUTS[level](text, span, limit, tokenizer)
        units = list(_units(text, inner, level + 1, limit, tokenizer))
        yield from units[:-1]
        yield replace(units[-1], end=level)


def _lines(text: str, span: Span, limit: int, tokenizer: Tokenizer) -> list[Span]:
    return _found(_LINE, text, span)


def _words(text: str, span: Span, limit: int, tokenizer: Tokenizer) -> list[Span]:
    return _found(_WORD, text, span)


def _found(pattern: re.Pattern[str], text: str, span: Span) -> list[Span]:
    return list(stripped(text, [found.span() for found in pattern.finditer(text, *span)]))


def _pieces(text: str, span: Span, limit: int, tokenizer: Tokenizer) -> list[Span]:
    """Pieces of a word, each of `limit` of its tokens."""
    start, stop = span
    firsts = [start + first for first, _ in tokenizer.spans(text[start:stop])][limit::limit]
    return [(a, b) for a, b in zip([start, *firsts], [*firsts, stop], strict=True) if a < b]


_CUTS: tuple[Callable[[str, Span, int, Tokenizer], list[Span]], ...] = (
    lambda text, span, limit, tokenizer: sentences_of(text, span),
    _lines,
    _words,
    _pieces,
)
