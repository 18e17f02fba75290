"""Cuts a text with known sections and paragraphs into chunks, in any of the ways that `--chunk` names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from transforms.corpus.chunks.chunking import Chunking
from transforms.corpus.chunks.packing import packed
from transforms.corpus.chunks.units import Span, paragraphs, sentences_of, units_of
from transforms.encoders.tokenizers import Tokenizer, open_tokenizer

SHORT_PARAGRAPH = 20
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
    """Each paragraph, but short ones with the next (the last with the one before), as far as both hold `size` tokens."""
    joined: list[tuple[int, int, int]] = []
    counts = tokenizer.counts([text[start:stop] for start, stop in section])
    for number, ((start, stop), tokens) in enumerate(zip(section, counts, strict=True)):
        if joined:
            first, _, before = joined[-1]
            is_last = number == len(section) - 1
            if before + tokens <= size and (before < SHORT_PARAGRAPH or (is_last and tokens < SHORT_PARAGRAPH)):
                joined[-1] = first, stop, before + tokens
                continue
        joined.append((start, stop, tokens))
    for start, stop, tokens in joined:
        if tokens <= size:
            yield start, stop
        else:
            yield from packed(text, units_of(text, [(start, stop)], limit=size, tokenizer=tokenizer), size=size)
