"""Reads electronic books: the pages of an EPUB in the order of its spine."""

from __future__ import annotations

import posixpath
from urllib.parse import unquote

from transforms.common.errors import ItemError
from transforms.corpus.documents import html
from transforms.corpus.documents.archives import Archive
from transforms.corpus.documents.building import Builder
from transforms.corpus.documents.document import Document
from transforms.corpus.documents.office import moment

_CONTAINER = "{urn:oasis:names:tc:opendocument:xmlns:container}"
_OPF = "{http://www.idpf.org/2007/opf}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_PAGES = frozenset(("application/xhtml+xml", "text/html", "application/x-dtbook+xml"))


def read(archive: Archive) -> Document:
    """The document of an archive.

    Raises:
      ItemError: a part of it is missing or damaged, or its pages are encrypted.
    """
    container = archive.tree("META-INF/container.xml")
    package = next((one.get("full-path", "") for one in container.iter(f"{_CONTAINER}rootfile")), "")
    if not package:
        raise ItemError("Damaged", "its container names no book")
    root = archive.tree(package)
    builder = Builder()
    builder.title = next((one.text for one in root.iter(f"{_DC}title")), None)
    modified = None
    for meta in root.iter(f"{_OPF}meta"):
        if meta.get("property") == "dcterms:modified":
            modified = moment(meta.text)
    folder = posixpath.dirname(package)
    items = {item.get("id"): item for item in root.iter(f"{_OPF}item")}
    seen: set[str] = set()
    for reference in root.iter(f"{_OPF}itemref"):
        item = items.get(reference.get("idref"))
        if item is None or item.get("media-type") not in _PAGES or "nav" in (item.get("properties") or "").split():
            continue
        name = posixpath.normpath(posixpath.join(folder, unquote(item.get("href", "").partition("#")[0])))
        if name not in archive.names or name in seen:  # several places of a page may be in the spine
            continue
        seen.add(name)
        content = archive.read(name)
        try:
            page = html.read(content)
        except ItemError as error:
            if "META-INF/encryption.xml" in archive.names:
                raise ItemError("Encrypted", "its pages are encrypted") from error
            raise
        builder.blocks += page.blocks
    return builder.document(modified=modified)
