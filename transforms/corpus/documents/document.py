"""Describes a document as all readers give it: blocks of text in reading order, each with where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """A paragraph, a list item, a table or a piece of code of a document.

    Attributes:
      text: not blank; line ends are "\\n".
      headings: the titles of the sections that it stands in, from the outermost to the innermost.
      page: from 1 on, or the slide; None where the format has none.
    """

    text: str
    headings: tuple[str, ...] = ()
    page: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """One document of a file; a mailbox has many.

    Attributes:
      title: as its metadata or its first heading say; None where neither does.
      blocks: in reading order. The document's text is their texts, joined by "\\n\\n".
      modified: when it was last changed, as the document itself says (the date of a mail); None: as the file's listing says.
      key: tells several documents of one file apart (the id of a mail's message); None where the file is the document.
    """

    title: str | None
    blocks: tuple[Block, ...]
    modified: datetime | None = None
    key: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Chunk:
    """A stretch of a document that becomes one item.

    Attributes:
      text: what is embedded.
      headings, page: of its first block.
      position: characters of the document's text in front of it.
    """

    text: str
    headings: tuple[str, ...]
    page: int | None
    position: int
