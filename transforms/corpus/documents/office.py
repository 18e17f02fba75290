"""Reads what documents of all Office programs have in common: their properties."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from lxml import etree

from transforms.common.errors import ItemError
from transforms.corpus.documents.archives import Archive, xml

_CORE = "docProps/core.xml"
_STRICT = b"http://purl.oclc.org/ooxml/"
_USUAL = {
    b"http://purl.oclc.org/ooxml/wordprocessingml/main": b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    b"http://purl.oclc.org/ooxml/drawingml/main": b"http://schemas.openxmlformats.org/drawingml/2006/main",
    b"http://purl.oclc.org/ooxml/presentationml/main": b"http://schemas.openxmlformats.org/presentationml/2006/main",
    b"http://purl.oclc.org/ooxml/officeDocument/relationships": b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
}


def main_part(archive: Archive) -> str:
    """The name of an archive's main part, as its relations say; "" where it has none."""
    if "_rels/.rels" not in archive.names:
        return ""
    for relation in archive.tree("_rels/.rels"):
        if relation.get("Type", "").endswith("/officeDocument"):
            return str(relation.get("Target", "")).lstrip("/")
    return ""


def core_properties(archive: Archive) -> tuple[str | None, datetime | None]:
    """Title and time of change, where the document says them."""
    if _CORE not in archive.names:
        return None, None
    try:
        root = archive.tree(_CORE)
    except ItemError:
        return None, None
    title = root.findtext("{http://purl.org/dc/elements/1.1/}title")
    return (title or "").strip() or None, moment(root.findtext("{http://purl.org/dc/terms/}modified"))


def moment(text: str | None) -> datetime | None:
    """A time as XML writes it; one without a zone is of UTC."""
    try:
        found = datetime.fromisoformat((text or "").strip().replace("Z", "+00:00")[:32])
        return found.replace(tzinfo=timezone.utc) if found.tzinfo is None else found.astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None


def strict_as_usual(root: Any) -> Any:
    """A part of a document of "Strict Open XML" in the namespaces of all others."""
    if not str(root.tag).startswith("{" + _STRICT.decode()):
        return root
    data = etree.tostring(root)
    for strict, usual in _USUAL.items():
        data = data.replace(strict, usual)
    return xml(data, "a part")
