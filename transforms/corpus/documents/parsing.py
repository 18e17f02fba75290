"""Reads the bytes of one file as documents: by what they are, where that is not what its name says.

Kinds of `ItemError`: Encrypted, Damaged, WrongFormat, TooLarge, ScannedPages, BadJson.
"""

from __future__ import annotations

import re

from transforms.common.errors import ItemError
from transforms.corpus.documents.document import Document
from transforms.corpus.documents.suffixes import DocumentKind

_PAGE = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.{0,2000}?-->\s*)*<(?:!doctype\s+html|html)\b", re.I | re.DOTALL
)
_OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEAD = 8192
_MOST_LETTERS = 64 << 20
_SIGNATURES = (
    (b"\x1f\x8b\x08", "it is packed by gzip: add .gz to its name"),
    (b"\x89PNG", "it is an image"),
    (b"\xff\xd8\xff", "it is an image"),
    (b"GIF8", "it is an image"),
    (b"\x7fELF", "it is a program"),
    (b"%!PS", "it is PostScript: convert it to PDF"),
    (b"{\\rtf", "it is rich text (RTF): save it as .docx or .odt"),
    (b"SQLite format 3\x00", "it is a database of SQLite"),
    (b"version https://git-lfs", "it is a pointer of Git LFS and not the file, which `git lfs pull` fetches"),
)  # fmt: skip
_ARCHIVED: frozenset[DocumentKind] = frozenset(("docx", "odt", "pptx", "epub"))


def parse(data: bytes, kind: DocumentKind, *, encoding: str | None = None) -> Document:
    """The document of a file.

    Args:
      kind: as its name says.
      encoding: of its text, where a person says it.

    Raises:
      ItemError: it cannot be read; why.
    """
    document = _parse(data, kind, encoding)
    size = sum(len(block.text) for block in document.blocks)
    if size > _MOST_LETTERS:
        raise ItemError(
            "TooLarge", f"its text has {size:,} characters: {_MOST_LETTERS:,} at most are read of one document"
        )
    return document


def _parse(data: bytes, kind: DocumentKind, encoding: str | None) -> Document:
    head = data[:_HEAD]
    if kind != "mail":
        if b"%PDF-" in head[:1024] and (kind == "pdf" or head.lstrip().startswith(b"%PDF-")):
            from transforms.corpus.documents import pdf

            return pdf.read(data)
        if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
            return _archived(data)
        if head.startswith(_OLD):
            raise _old_office(data)
        found = next((words for signature, words in _SIGNATURES if head.startswith(signature)), None)
        if found is not None:
            raise ItemError("WrongFormat", found)
    if kind in ("html", "markdown", "rst", "text", "pdf", *_ARCHIVED) and _PAGE.match(head):
        from transforms.corpus.documents import html

        return html.read(data, charset=encoding)
    if kind == "pdf":
        raise ItemError("WrongFormat" if data.strip(b"\0") else "Damaged", "it is no PDF: it does not begin with %PDF")
    if kind == "odt" and head.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"<?xml"):
        from transforms.corpus.documents import odt

        return odt.read_flat(data)
    if kind in _ARCHIVED:
        raise ItemError(
            "Damaged" if not data.strip(b"\0") else "WrongFormat", "it is no zip archive, which such documents are"
        )
    return _text(data, kind, encoding)


def _text(data: bytes, kind: DocumentKind, encoding: str | None) -> Document:
    """The document of a file that is text."""
    if kind == "mail":
        from transforms.corpus.documents import mail

        return mail.read(data)
    if kind == "notebook":
        from transforms.corpus.documents import notebook

        return notebook.read(data)
    if kind == "html":
        from transforms.corpus.documents import html

        return html.read(data, charset=encoding)
    from transforms.corpus.documents import markdown, plain, restructured
    from transforms.corpus.documents.letters import decode, require_text

    text = require_text(decode(data, encoding))
    if kind == "markdown":
        return markdown.read(text)
    if kind == "rst":
        return restructured.read(text)
    return plain.read_code(text) if kind == "code" else plain.read(text)


def _archived(data: bytes) -> Document:
    from transforms.corpus.documents import docx, epub, odt, pptx
    from transforms.corpus.documents.archives import Archive
    from transforms.corpus.documents.office import main_part

    archive = Archive(data)
    names = archive.names
    if "word/document.xml" in names:
        return docx.read(archive)
    if (main := main_part(archive)).startswith("word/"):  # SharePoint calls it document2.xml
        return docx.read(archive, main)
    if "ppt/presentation.xml" in names:
        return pptx.read(archive)
    if "META-INF/container.xml" in names:
        return epub.read(archive)
    if "content.xml" in names:
        return odt.read(archive)
    if "xl/workbook.xml" in names:
        raise ItemError("WrongFormat", "it is a workbook: name it .xlsx")
    raise ItemError("WrongFormat", "it is a zip archive of something else: unpack it")


def _old_office(data: bytes) -> ItemError:
    if "EncryptedPackage".encode("utf-16-le") in data:
        return ItemError("Encrypted", "is encrypted: save it without a password")
    return ItemError("WrongFormat", "it is a document of Office 97 to 2003: save it as .docx or .pptx")
