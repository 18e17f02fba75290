"""Reads documents of OpenDocument, as LibreOffice writes them: paragraphs, lists, tables and notes."""

from __future__ import annotations

from typing import Any

from transforms.common.errors import ItemError
from transforms.corpus.documents.archives import Archive, xml
from transforms.corpus.documents.building import Builder
from transforms.corpus.documents.document import Document
from transforms.corpus.documents.office import moment

_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_ENCRYPTED = b"manifest:encryption-data"
_UNSEEN = frozenset(
    (f"{_TEXT}tracked-changes", f"{_OFFICE}annotation", f"{_TEXT}sequence-decls", f"{_TEXT}variable-decls", f"{_OFFICE}forms",
     f"{_TEXT}table-of-content", f"{_TEXT}note-citation", f"{_TEXT}alphabetical-index-mark-start")
)  # fmt: skip
_MOST_BLANKS = 1000
_MOST_REPEATED = 50


def read(archive: Archive) -> Document:
    """The document of an archive.

    Raises:
      ItemError: a part of it is missing or damaged, or it is encrypted.
    """
    if "META-INF/manifest.xml" in archive.names and _ENCRYPTED in archive.read("META-INF/manifest.xml"):
        raise ItemError("Encrypted", "is encrypted: save it without a password")
    meta = archive.tree("meta.xml") if "meta.xml" in archive.names else None
    return _read(archive.tree("content.xml"), meta)


def read_flat(data: bytes) -> Document:
    """The document of a single file of XML."""
    root = xml(data, "it")
    return _read(root, root)


def _read(root: Any, meta: Any) -> Document:
    builder = Builder()
    modified = None
    if meta is not None:
        builder.title = next((title.text for title in meta.iter(f"{_DC}title")), None)
        modified = moment(next((date.text for date in meta.iter(f"{_DC}date")), None))
    body = next(root.iter(f"{_OFFICE}body"), None)
    if body is None:
        raise ItemError("Damaged", "its content has no body")
    waiting = [iter(body)]
    while waiting:
        element = next(waiting[-1], None)
        if element is None:
            waiting.pop()
        elif element.tag == f"{_TEXT}h":
            builder.heading(_number(element, f"{_TEXT}outline-level", 10), _text(element))
        elif element.tag == f"{_TEXT}p":
            builder.add(_text(element))
            # Frames and notes that hang in a paragraph hold paragraphs of their own.
            waiting.append(iter([box for box in element.iter(f"{_TEXT}p", f"{_TEXT}h") if _outer(box) is element]))
        elif element.tag == f"{_TABLE}table":
            builder.add("\n".join(_rows(element)))
        elif element.tag not in _UNSEEN:
            waiting.append(iter(element))
    return builder.document(modified=modified)


def _outer(paragraph: Any) -> Any:
    return next(paragraph.iterancestors(f"{_TEXT}p", f"{_TEXT}h"), None)


def _number(element: Any, name: str, most: int) -> int:
    try:
        return min(max(int(element.get(name, "1")), 1), most)
    except ValueError:
        return 1


def _rows(table: Any) -> list[str]:
    rows = []
    for row in table.iter(f"{_TABLE}table-row"):
        cells: list[str] = []
        for cell in row.iterchildren(f"{_TABLE}table-cell"):
            text = " ".join(" ".join(_text(one).split()) for one in cell.iter(f"{_TEXT}p", f"{_TEXT}h"))
            repeated = _number(cell, f"{_TABLE}number-columns-repeated", _MOST_REPEATED) if text else 1
            cells += [text] * repeated
        if any(cells):
            rows.append(" | ".join(cells))
    return rows


def _text(paragraph: Any) -> str:
    """The text of a paragraph without that of frames and notes in it."""
    parts = [paragraph.text or ""]
    waiting = [(paragraph, iter(paragraph))]
    while waiting:
        parent, children = waiting[-1]
        element = next(children, None)
        if element is None:
            waiting.pop()
            if waiting:
                parts.append(parent.tail or "")
            continue
        tag = element.tag
        if tag == f"{_TEXT}s":
            parts.append(" " * _number(element, f"{_TEXT}c", _MOST_BLANKS))
        elif tag == f"{_TEXT}tab":
            parts.append("\t")
        elif tag == f"{_TEXT}line-break":
            parts.append("\n")
        if tag in _UNSEEN or tag in (f"{_TEXT}p", f"{_TEXT}h", f"{_TEXT}note"):
            parts.append(element.tail or "")
            continue
        parts.append(element.text or "" if isinstance(tag, str) else "")
        waiting.append((element, iter(element)))
    return "".join(parts)
