"""Reads documents by programs and libraries that share no code with ours, and compares the words of both."""

from __future__ import annotations

import email
import email.header
import email.policy
import importlib.util
import io
import json
import re
import shutil
import subprocess
import unicodedata
from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path

_WORD = re.compile(r"\w+")
_SECONDS = 60
_CODE = frozenset((".py", ".go", ".rb", ".js"))

Reader = Callable[[Path], str | None]


def suffix_of(path: Path) -> str:
    """The suffix, `.code` for source code, `.rst` for what Sphinx keeps as `.rst.txt`."""
    if path.name.endswith(".rst.txt"):
        return ".rst"
    return ".code" if path.suffix in _CODE else path.suffix


def ours(path: Path) -> str | None:
    """The text of a document as it is embedded; None where it is a dead letter."""
    from transforms.corpus.documents.document import Document
    from transforms.corpus.documents.processes import DocumentProcesses, Limits, Request
    from transforms.corpus.documents.suffixes import kind_of_document

    request = Request(data=path.read_bytes(), kind=kind_of_document(path.name))
    outcome = DocumentProcesses.shared(Limits()).read_one(request)
    return "\n".join(block.text for block in outcome.blocks) if isinstance(outcome, Document) else None


def overlap(ours: str, theirs: str) -> tuple[float, float, float]:
    """F1 of the multisets of words, the share of theirs that ours has, and of ours that theirs has."""
    a, b = _words(ours), _words(theirs)
    common = sum((a & b).values())
    if not common:
        return 0.0, 0.0, 0.0
    found, right = common / b.total(), common / a.total()
    return 2 * found * right / (found + right), found, right


def _words(text: str) -> Counter[str]:
    # A soft hyphen, and one at a line's end, may or may not be joined by either reader: neither splits a word here.
    text = unicodedata.normalize("NFKC", text).replace("\u00ad", "")
    return Counter(_WORD.findall(re.sub(r"-\n\s*", "", text).lower()))


def second_reader(suffix: str) -> Reader | None:
    """The second reader of a format; None where it is not installed, or there is none."""
    if suffix not in SECOND:
        return None
    name, reader = SECOND[suffix]
    if name in _LIBRARIES:
        return reader if importlib.util.find_spec(_LIBRARIES[name]) is not None else None
    return reader if name == "Python" or shutil.which(name) is not None else None


def _program(*command: str) -> Reader:
    def read(path: Path) -> str | None:
        try:
            done = subprocess.run(
                [part.replace("{}", str(path)) for part in command], capture_output=True, timeout=_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            return None
        return None if done.returncode else done.stdout.decode("utf-8", "replace")

    return read


def _pandoc(form: str) -> Reader:
    return _program("pandoc", "--from", form, "--to", "plain", "--wrap", "none", "{}")


def _mail(path: Path) -> str:
    """What a mail program shows of the header, and the parts that are text, by the old interface of Python's email."""
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.compat32)
    shown = [(name, message[name]) for name in ("Subject", "From", "To", "Cc", "Date") if name in message]
    texts = [f"{name}: {email.header.make_header(email.header.decode_header(value))}" for name, value in shown]
    parts = [part for part in message.walk() if part.get_content_maintype() == "text"]
    plain = [part for part in parts if part.get_content_subtype() == "plain"]
    for part in plain or parts:
        payload = part.get_payload(decode=True)
        text = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
        texts.append(_without_tags(text) if part.get_content_subtype() == "html" else text)
    return "\n".join(texts)


def _notebook(path: Path) -> str:
    """All sources of a notebook, without outputs."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells)


def _slides(path: Path) -> str:
    from pptx import Presentation

    texts: list[str] = []
    for slide in Presentation(io.BytesIO(path.read_bytes())).slides:
        for shape in slide.shapes:
            if shape.has_text_frame:
                texts.append(shape.text_frame.text)
            if getattr(shape, "has_table", False):
                texts += [cell.text for row in shape.table.rows for cell in row.cells]
        if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
            texts.append(slide.notes_slide.notes_text_frame.text)
    return "\n".join(texts)


class _Page(HTMLParser):
    """The text of a page, without scripts, styles, and what surrounds the article."""

    _OUT = frozenset(("script", "style", "noscript", "template", "title", "nav", "header", "footer", "aside"))

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._outside = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._outside += tag in self._OUT

    def handle_endtag(self, tag: str) -> None:
        self._outside -= tag in self._OUT and self._outside > 0

    def handle_data(self, data: str) -> None:
        if not self._outside:
            self.texts.append(data)


@lru_cache(maxsize=1)
def _without_tags(text: str) -> str:
    page = _Page()
    page.feed(text)
    return "".join(page.texts)


def _plain(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace")


_LIBRARIES = {"python-pptx": "pptx"}
SECOND: dict[str, tuple[str, Reader]] = {
    ".html": ("w3m", _program("w3m", "-dump", "-cols", "500", "-T", "text/html", "-I", "utf-8", "-O", "utf-8", "{}")),
    ".pdf": ("pdftotext", _program("pdftotext", "-nopgbrk", "{}", "-")),
    ".docx": ("docx2txt", _program("docx2txt", "{}", "-")),
    ".odt": ("odt2txt", _program("odt2txt", "--width=-1", "{}")),
    ".pptx": ("python-pptx", _slides),
    ".epub": ("pandoc", _pandoc("epub")),
    ".md": ("pandoc", _pandoc("gfm")),
    ".rst": ("pandoc", _pandoc("rst")),
    ".ipynb": ("Python", _notebook),
    ".eml": ("Python", _mail),
    ".code": ("Python", _plain),
    ".txt": ("Python", _plain),
}
