"""Reads notebooks of Jupyter: the text of their cells; what cells put out is left out."""

from __future__ import annotations

import json
from typing import Any

from transforms.common.errors import ItemError
from transforms.corpus.documents import markdown
from transforms.corpus.documents.building import Builder
from transforms.corpus.documents.document import Document
from transforms.corpus.documents.letters import decode


def read(data: bytes) -> Document:
    """The document of a notebook, of format 3 or later.

    Raises:
      ItemError: it is no JSON, or JSON of something else.
    """
    try:
        book = json.loads(decode(data))
    except (ValueError, RecursionError) as error:
        raise ItemError("BadJson", f"it is no notebook, whose content is JSON: {error}") from error
    cells = _cells(book)
    if cells is None:
        raise ItemError("WrongFormat", "it is JSON, but no notebook: it has no list of cells")
    builder = Builder()
    metadata = book.get("metadata")
    title = metadata.get("title") if isinstance(metadata, dict) else None
    builder.title = title if isinstance(title, str) else None
    for cell in cells:
        if not isinstance(cell, dict):
            continue
        kind, text = cell.get("cell_type"), _text(cell.get("source", cell.get("input")))
        if kind == "markdown":
            markdown.add(builder, text)
        elif kind == "heading":
            level = cell.get("level")
            builder.heading(level if isinstance(level, int) else 1, text)
        else:
            builder.add(text)
    return builder.document()


def _cells(book: Any) -> list[Any] | None:
    if not isinstance(book, dict):
        return None
    if isinstance(book.get("cells"), list):
        return list(book["cells"])
    sheets = book.get("worksheets")
    if not isinstance(sheets, list):
        return None
    return [cell for sheet in sheets if isinstance(sheet, dict) for cell in sheet.get("cells") or ()]


def _text(source: Any) -> str:
    if isinstance(source, list):
        return "".join(line for line in source if isinstance(line, str))
    return source if isinstance(source, str) else ""
