"""Cuts a text with known sections and paragraphs into chunks, in any of the ways that `--chunk` names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from transforms.corpus.chunks.chunking import Chunking
from transforms.corpus.chunks.packing import packed
from transforms.corpus.chunks.units import Span, paragraphs, sentences_of, units_of
from transforms.encoders.tokenizers import Tokenizer, open_tokenizer

SHORT_PARAGRAPH = 40
"""Tokens: a shorter one (a title, a caption, an item of a list) is joined to the next."""


def cut_text(text: str, chunking: Chunking) -> list[Span]:
    """Where the chunks of a text without headings are; none where it is blank."""
    found = paragraphs(text)
    return cut_sections(text, [found] if found else [], chunking)


def cut_sections(text: str, sections: Sequence[Sequence[Span]], chunking: Chunking) -> list[Span]:
    """Where the chunks of a text are, in order.

    Args:
      sections: the paragraphs of each, at least one; nothing but blanks stands outside of them. No chunk crosses their ends.

    Returns:
      Spans with no blank at either end. Every character that is no blank is in one; in several only where chunks overlap.
    """
    return [span for section in sections for span in _chunks(text, section, chunking)]


def _chunks(text: str, section: Sequence[Span], chunking: Chunking) -> Iterator[Span]:
    whole = section[0][0], section[-1][1]
    size = chunking.size
    if chunking.unit == "headings" or size is None:
        yield whole
    elif chunking.unit == "sentences":
        found = sentences_of(text, whole)
        groups = (found[first : first + size] for first in range(0, len(found), size))
        yield from ((group[0][0], group[-1][1]) for group in groups)
    elif chunking.unit == "paragraphs":
        yield from _by_paragraph(text, section, size, open_tokenizer(chunking.tokenizer))
    else:
        tokenizer = open_tokenizer(chunking.tokenizer)
        units = units_of(text, section, limit=size - chunking.overlap, tokenizer=tokenizer)
        yield from packed(text, units, size=size, overlap=chunking.overlap)


def _by_paragraph(text: str, section: Sequence[Span], size: int, tokenizer: Tokenizer) -> Iterator[Span]:
    """Each paragraph, but a short one with the next and a short last one with that before; in pieces of `size` tokens at most."""
    groups: list[list[Span]] = []
    tokens = SHORT_PARAGRAPH
    for span, count in zip(section, tokenizer.counts([text[start:stop] for start, stop in section]), strict=True):
        if tokens < SHORT_PARAGRAPH:
            groups[-1].append(span)
            tokens += count
        else:
            groups.append([span])
            tokens = count
    if tokens < SHORT_PARAGRAPH and len(groups) > 1:
        last = groups.pop()
        groups[-1] += last
    for group in groups:
        yield from packed(text, units_of(text, group, limit=size, tokenizer=tokenizer), size=size)
