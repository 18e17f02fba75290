"""Reads documents of Word: paragraphs, lists, tables and text boxes of the body, and notes."""

from __future__ import annotations

import re
from typing import Any

from transforms.common.errors import ItemError
from transforms.corpus.documents.archives import Archive
from transforms.corpus.documents.building import Builder
from transforms.corpus.documents.document import Document
from transforms.corpus.documents.office import core_properties, strict_as_usual

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_HEADING = re.compile(r"heading\s*(?P<level>[1-9])\Z", re.IGNORECASE)
_NOTES = ("word/footnotes.xml", "word/endnotes.xml")
_NO_NOTES = frozenset(("separator", "continuationSeparator", "continuationNotice"))


def read(archive: Archive, main: str = "word/document.xml") -> Document:
    """The document of an archive with this main part.

    Raises:
      ItemError: a part of it is missing or damaged.
    """
    builder = Builder()
    builder.title, modified = core_properties(archive)
    root = strict_as_usual(archive.tree(main))
    body = root.find(f"{_W}body")
    if body is None:
        raise ItemError("Damaged", f"{main} has no body")
    _Body(builder, _heading_styles(archive)).add(body)
    builder.leave()
    for name in _NOTES:
        if name in archive.names:
            for note in strict_as_usual(archive.tree(name)):
                if note.get(f"{_W}type") not in _NO_NOTES:
                    builder.add("\n".join(filter(None, (_text(one) for one in note.iter(f"{_W}p")))))
    return builder.document(modified=modified)


def _heading_styles(archive: Archive) -> dict[str, int]:
    """The level of headings of each style that has one, by itself or by what it is based on; 0 is the title's."""
    if "word/styles.xml" not in archive.names:
        return {}
    levels: dict[str, int] = {}
    based: dict[str, str] = {}
    for style in strict_as_usual(archive.tree("word/styles.xml")).iter(f"{_W}style"):
        key = style.get(f"{_W}styleId", "")
        name = style.find(f"{_W}name")
        words = name.get(f"{_W}val", "") if name is not None else ""
        found = _HEADING.match(words)
        outline = style.find(f"{_W}pPr/{_W}outlineLvl")
        base = style.find(f"{_W}basedOn")
        if base is not None:
            based[key] = base.get(f"{_W}val", "")
        if words.lower() == "title":
            levels[key] = 0
        elif found is not None:
            levels[key] = int(found["level"])
        elif outline is not None and outline.get(f"{_W}val", "9") < "9":
            levels[key] = int(outline.get(f"{_W}val")) + 1
    for key in based:
        ancestor, seen = key, set[str]()
        while ancestor not in levels and ancestor in based and ancestor not in seen:
            seen.add(ancestor)
            ancestor = based[ancestor]
        if ancestor in levels:
            levels.setdefault(key, levels[ancestor])
    return levels


class _Body:
    def __init__(self, builder: Builder, styles: dict[str, int]) -> None:
        self._builder = builder
        self._styles = styles

    def add(self, container: Any) -> None:
        """Adds the paragraphs and tables of a body, of a content control or of a text box."""
        waiting = [iter(container)]
        while waiting:
            element = next(waiting[-1], None)
            if element is None:
                waiting.pop()
            elif element.tag == f"{_W}p":
                self._paragraph(element)
                waiting.append(iter(_boxes(element)))
            elif element.tag == f"{_W}tbl":
                rows = (
                    " | ".join(_cell(cell) for cell in row.iter(f"{_W}tc") if _owner(cell, f"{_W}tbl") is element)
                    for row in element.iter(f"{_W}tr")
                    if _owner(row, f"{_W}tbl") is element
                )
                self._builder.add("\n".join(row for row in rows if row.strip(" |")))
            elif element.tag not in (f"{_W}sectPr", f"{_W}del", f"{_W}moveFrom"):
                waiting.append(iter(element))

    def _paragraph(self, paragraph: Any) -> None:
        text = _text(paragraph)
        if not text.strip():
            return
        style = paragraph.find(f"{_W}pPr/{_W}pStyle")
        level = self._styles.get(style.get(f"{_W}val", "")) if style is not None else None
        outline = paragraph.find(f"{_W}pPr/{_W}outlineLvl")
        if level is None and outline is not None and outline.get(f"{_W}val", "9") < "9":
            level = int(outline.get(f"{_W}val")) + 1
        if level == 0:
            self._builder.title = self._builder.title or text
            self._builder.add(text)
        elif level is not None:
            self._builder.heading(level, text)
        else:
            self._builder.add(text)


_SIGNS = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-", f"{_W}ptab": "\t"}
_UNSEEN = frozenset((f"{_W}txbxContent", f"{_W}del", f"{_W}moveFrom", f"{_W}instrText", f"{_W}pPr", f"{_MC}Fallback"))


def _text(paragraph: Any) -> str:
    """The text of a paragraph without that of text boxes in it, and without what is deleted."""
    parts: list[str] = []
    waiting = [iter(paragraph)]
    while waiting:
        element = next(waiting[-1], None)
        if element is None:
            waiting.pop()
        elif element.tag == f"{_W}t":
            parts.append(element.text or "")
        elif element.tag in _SIGNS:
            parts.append(_SIGNS[element.tag])
        elif element.tag not in _UNSEEN:
            waiting.append(iter(element))
    return "".join(parts)


def _boxes(paragraph: Any) -> list[Any]:
    """The text boxes of a paragraph, each once: a second version of it is for old programs."""
    return [
        box
        for box in paragraph.iter(f"{_W}txbxContent")
        if _owner(box, f"{_MC}Fallback") is None and _owner(box, f"{_W}p") is paragraph
    ]


def _owner(element: Any, tag: str) -> Any:
    return next(element.iterancestors(tag), None)


def _cell(cell: Any) -> str:
    return " ".join(" ".join(text.split()) for one in cell.iter(f"{_W}p") if (text := _text(one)).strip())
