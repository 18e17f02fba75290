"""Builds the blocks of a document in reading order, and knows the headings that they stand under."""

from __future__ import annotations

from datetime import datetime

from transforms.corpus.documents.document import Block, Document
from transforms.corpus.documents.letters import tidy, words

_LONGEST_HEADING = 300


class Builder:
    """Collects blocks. `page` is that of the blocks to come, `title` the document's own where it has one."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.page: int | None = None
        self.title: str | None = None
        self._path: list[tuple[int, str]] = []
        self._first: str | None = None

    @property
    def headings(self) -> tuple[str, ...]:
        """The titles of the sections that the next block stands in."""
        return tuple(text for _, text in self._path)

    def heading(self, level: int, text: str, *, shown: str | None = None) -> None:
        """Begins a section. Its heading is a block of the section.

        Args:
          level: 1 is the outermost.
          text: the section's title.
          shown: the block's text, where it is more than the title; "" for no block.
        """
        text = words(text)
        if not text:
            return
        while self._path and self._path[-1][0] >= level:
            self._path.pop()
        self._path.append((level, text[:_LONGEST_HEADING]))
        self._first = self._first or text[:_LONGEST_HEADING]
        self.add(text if shown is None else shown)

    def leave(self) -> None:
        """Ends all sections."""
        self._path.clear()

    def add(self, text: str) -> None:
        """A block of text, if it is not blank; blank lines around it and blanks at line ends go."""
        text = tidy(text)
        if text:
            self.blocks.append(Block(text=text, headings=self.headings, page=self.page))

    def document(self, *, modified: datetime | None = None, key: str | None = None) -> Document:
        """The document so far."""
        title = words(self.title or "")[:_LONGEST_HEADING] or self._first
        return Document(title=title, blocks=tuple(self.blocks), modified=modified, key=key)
