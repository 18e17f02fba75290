"""Cuts documents into chunks, each with where it stands."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate, groupby

from transforms.corpus.chunks.cutting import cut_sections
from transforms.corpus.chunks.units import stripped
from transforms.corpus.documents.document import Chunk, Document
from transforms.corpus.options import ReadOptions

BETWEEN_BLOCKS = "\n\n"


def document_text(document: Document) -> str:
    """The whole text of a document, which the positions of its chunks are counted in."""
    return BETWEEN_BLOCKS.join(block.text for block in document.blocks)


def cut_document(document: Document, options: ReadOptions) -> list[Chunk]:
    """The chunks of a document in reading order; without `options.chunk` all of its text is one. None of them crosses a heading.

    A chunk is a stretch of the document's text: `document_text(d)[c.position : c.position + len(c.text)] == c.text`.

    Returns:
      None where no block holds anything but blanks.
    """
    text = document_text(document)
    blocks = document.blocks
    starts = [0, *accumulate(len(block.text) + len(BETWEEN_BLOCKS) for block in blocks)][: len(blocks)]
    spans = [(start, start + len(block.text)) for start, block in zip(starts, blocks, strict=True)]
    if options.chunk is None:
        found = list(stripped(text, [(0, len(text))]))
    else:
        of_section = groupby(range(len(blocks)), key=lambda number: blocks[number].headings)
        sections = [list(stripped(text, [spans[number] for number in numbers])) for _, numbers in of_section]
        found = cut_sections(text, [section for section in sections if section], options.chunk)
    chunks = []
    for start, stop in found:
        block = blocks[bisect_right(starts, start) - 1]
        chunks.append(Chunk(text=text[start:stop], headings=block.headings, page=block.page, position=start))
    return chunks
