"""Reads presentations of PowerPoint: titles, texts, tables and notes, slide by slide."""

from __future__ import annotations

import posixpath
import re
from typing import Any

from transforms.corpus.documents.archives import Archive
from transforms.corpus.documents.building import Builder
from transforms.corpus.documents.document import Document
from transforms.corpus.documents.office import core_properties, strict_as_usual

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_DIAGRAM = re.compile(r"ppt/diagrams/data\d+\.xml")
_TITLES = frozenset(("title", "ctrTitle"))
_FURNITURE = frozenset(("sldNum", "dt", "ftr", "hdr", "sldImg"))


def read(archive: Archive) -> Document:
    """The document of an archive. Its pages are the slides, its headings their titles.

    Raises:
      ItemError: a part of it is missing or damaged.
    """
    builder = Builder()
    builder.title, modified = core_properties(archive)
    if builder.title and builder.title.lower() in ("powerpoint presentation", "presentation", "slide 1"):
        builder.title = None
    for number, name in enumerate(_slides(archive), 1):
        builder.page = number
        builder.leave()
        _slide(builder, archive, name)
    return builder.document(modified=modified)


def _slides(archive: Archive) -> list[str]:
    root = strict_as_usual(archive.tree("ppt/presentation.xml"))
    targets = _relations(archive, "ppt/presentation.xml")
    names = [targets.get(slide.get(f"{_R}id", ""), ("", ""))[1] for slide in root.iter(f"{_P}sldId")]
    return [name for name in names if name in archive.names]


def _relations(archive: Archive, part: str) -> dict[str, tuple[str, str]]:
    """Kind and name of the parts that a part refers to, by their ids."""
    folder, base = posixpath.split(part)
    name = f"{folder}/_rels/{base}.rels"
    if name not in archive.names:
        return {}
    found = {}
    for relation in archive.tree(name):
        if relation.get("TargetMode") != "External":
            target = relation.get("Target", "")
            path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{folder}/{target}")
            found[relation.get("Id", "")] = (relation.get("Type", "").rpartition("/")[2], path)
    return found


def _slide(builder: Builder, archive: Archive, name: str) -> None:
    root = strict_as_usual(archive.tree(name))
    shapes = [shape for shape in root.iter(f"{_P}sp") if next(shape.iterancestors(f"{_MC}Fallback"), None) is None]
    title = next((shape for shape in shapes if _placeholder(shape) in _TITLES), None)
    if title is not None:
        builder.heading(1, " ".join(_paragraphs(title)))
    for shape in root.iter(f"{_P}sp", f"{_P}graphicFrame"):
        if (
            shape is title
            or _placeholder(shape) in _FURNITURE
            or next(shape.iterancestors(f"{_MC}Fallback"), None) is not None
        ):
            continue
        tables = list(shape.iter(f"{_A}tbl"))
        for table in tables:
            rows = (
                " | ".join(" ".join(_paragraphs(cell)) for cell in row.iter(f"{_A}tc")) for row in table.iter(f"{_A}tr")
            )
            builder.add("\n".join(row for row in rows if row.strip(" |")))
        if not tables:
            builder.add("\n".join(_paragraphs(shape)))
    for kind, part in _relations(archive, name).values():
        if part not in archive.names:
            continue
        if kind == "diagramData" and _DIAGRAM.fullmatch(part):
            builder.add("\n".join(_paragraphs(archive.tree(part))))
        elif kind == "notesSlide":
            for shape in strict_as_usual(archive.tree(part)).iter(f"{_P}sp"):
                if _placeholder(shape) == "body":
                    builder.add("\n".join(_paragraphs(shape)))


def _placeholder(shape: Any) -> str | None:
    found = shape.find(f"{_P}nvSpPr/{_P}nvPr/{_P}ph")
    return None if found is None else found.get("type", "obj")


def _paragraphs(element: Any) -> list[str]:
    texts = []
    for paragraph in element.iter(f"{_A}p"):
        parts = []
        for piece in paragraph.iter(f"{_A}t", f"{_A}br"):
            parts.append((piece.text or "") if piece.tag == f"{_A}t" else "\n")
        text = "".join(parts).strip()
        if text:
            texts.append(text)
    return texts
