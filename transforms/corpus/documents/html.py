"""Reads HTML by lxml: what a reader of the page sees of its main part, without menus, scripts and forms."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

from transforms.common.errors import ItemError
from transforms.corpus.documents.building import Builder
from transforms.corpus.documents.document import Document
from transforms.corpus.documents.letters import decode, names, words

_META = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]+)|<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([\w.:-]+)", re.I
)
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")
_META_BYTES = 4096
_LEAST_SHARE = 0.5
"""Of a page's text that its only article holds, if it is the page."""

_LEFT_OUT = names(
    "script style noscript template nav svg math-annotation button select textarea input iframe object embed applet canvas"
    " audio video map head dialog datalist"
)
_BLOCKS = names(
    "address article aside blockquote body caption center dd details div dl dt fieldset figcaption figure footer form header"
    " hgroup hr html legend li main menu ol p section summary table tbody td tfoot th thead tr ul"
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_ROLES = frozenset(("navigation", "search", "banner", "contentinfo", "menu", "menubar"))
_MARKS_OF_HEADINGS = frozenset(("headerlink", "anchor", "anchorjs-link", "permalink", "hash-link", "anchor-link"))
_MENUS = names(
    "sphinxsidebar related navheader navfooter breadcrumb breadcrumbs navbar topnav bottomnav subnav"
    " wy-nav-side rst-footer-buttons skip-nav"
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_BLANKS = re.compile(r"[ \t\n\r\f\xa0]+")


def read(data: bytes, *, charset: str | None = None) -> Document:
    """The document that a page is.

    Args:
      charset: as the mail or the person says; a byte order mark counts more, the page's own word less.

    Raises:
      ItemError: it cannot be parsed.
    """
    return read_text(decode(data, charset or declared(data)))


def read_text(text: str) -> Document:
    """The document that the text of a page is."""
    builder = Builder()
    root = _parsed(text)
    if root is None:
        return builder.document()
    title = root.find(".//title")
    if title is not None:
        builder.title = words("".join(title.itertext()))
    walk(_main(root), builder)
    if not builder.blocks:
        walk(root, builder)
    return builder.document()


def declared(data: bytes) -> str | None:
    found = _META.search(data[:_META_BYTES])
    return (found[1] or found[2]).decode("ascii", "replace") if found else None


def _parsed(text: str) -> Any:
    # The parser takes bytes: of a str it would look for a declaration of its encoding, and believe it.
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, huge_tree=True, remove_comments=True, remove_pis=True)
    content = _DECLARATION.sub("", text).replace("\0", "").encode("utf-8", "replace")
    if not content.strip():
        return None
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        if "empty" in str(error):
            return None
        raise ItemError("Damaged", f"the page cannot be parsed: {error}") from error


def _main(root: Any) -> Any:
    """The element that holds the page's own content: the only one of its kind, if it is not a small part; else the whole."""
    for path in (".//main", ".//*[@role='main']", ".//div[@class='body']", ".//article"):
        found = root.findall(path)
        if len(found) == 1 and _letters(found[0]) > (_LEAST_SHARE * _letters(root) if path == ".//article" else 0):
            return found[0]
    return root


def _letters(element: Any) -> int:
    """How much text an element has, but for programs."""
    return sum(
        len(one.text or "") + len(one.tail or "") for one in element.iter() if one.tag not in ("script", "style")
    )


def walk(root: Any, builder: Builder) -> None:
    """Adds the blocks of an element."""
    run = _Run(builder)
    events = etree.iterwalk(root, events=("start", "end"))
    heading: int | None = None
    pre = 0
    for event, element in events:
        tag = element.tag if isinstance(element.tag, str) else ""
        tag = tag.rpartition("}")[2].lower()
        if event == "end":
            if tag in _HEADINGS and heading == _HEADINGS[tag]:
                builder.heading(heading, run.taken())
                heading = None
            elif tag == "pre" and pre:
                pre -= 1
                run.flush(keep=True)
            elif tag in _BLOCKS and heading is None and not pre:
                run.flush()
            if element is not root:
                run.add(element.tail, keep=bool(pre))
            continue
        if element is not root and (tag in _LEFT_OUT or _is_left_out(element, tag)):
            if tag in _BLOCKS and heading is None and not pre:
                run.flush()
            events.skip_subtree()
            # Its end still comes, and its tail with it.
            continue
        if tag == "table" and heading is None and not pre and _is_data(element):
            run.flush()
            builder.add("\n".join(_rows(element)))
            events.skip_subtree()
            continue
        if tag in _HEADINGS and heading is None and not pre:
            run.flush()
            heading = _HEADINGS[tag]
        elif tag == "pre" and heading is None:
            if not pre:
                run.flush()
            pre += 1
        elif tag == "br":
            run.line()
        elif tag in _BLOCKS:
            if heading is None and not pre:
                run.flush()
            else:
                run.add(" ", keep=False)
        run.add(element.text, keep=bool(pre))
    run.flush()


class _Run:
    """The text of a block as far as it has come."""

    def __init__(self, builder: Builder) -> None:
        self._builder = builder
        self._parts: list[str] = []

    def add(self, text: str | None, *, keep: bool) -> None:
        if text:
            self._parts.append(text if keep else _BLANKS.sub(" ", text))

    def line(self) -> None:
        self._parts.append("\n")

    def taken(self) -> str:
        text = "".join(self._parts)
        self._parts = []
        return text

    def flush(self, *, keep: bool = False) -> None:
        text = self.taken()
        if not keep:
            text = "\n".join(re.sub(" +", " ", line).strip() for line in text.split("\n"))
        # Old pages part paragraphs by two ends of lines.
        for paragraph in [text] if keep else re.split(r"\n{2,}", text):
            self._builder.add(paragraph)


def _is_left_out(element: Any, tag: str) -> bool:
    attributes = element.attrib
    if not attributes:
        return False
    if attributes.get("role") in _ROLES or "hidden" in attributes or attributes.get("aria-hidden") == "true":
        return True
    style = attributes.get("style")
    if style and _HIDDEN.search(style):
        return True
    names = attributes.get("class", "").lower().split()
    if tag == "a":
        return not _MARKS_OF_HEADINGS.isdisjoint(names)
    return tag in ("div", "ul", "ol", "aside", "table", "section") and not _MENUS.isdisjoint(names)


_NOT_IN_CELLS = names("table h1 h2 h3 h4 h5 h6 pre ul ol dl div p blockquote form")
_MOST_IN_CELL = 2


def _is_data(table: Any) -> bool:
    """Whether a table's cells hold values, and not the parts of a page."""
    rows = 0
    for element in table.iter():
        tag = element.tag
        if tag == "tr":
            rows += 1
        elif tag in _NOT_IN_CELLS and element is not table:
            if tag not in ("p", "div"):
                return False
            cell = element.getparent()
            if cell.tag not in ("td", "th") or len(cell) > _MOST_IN_CELL:
                return False
    return rows > 0


def _rows(table: Any) -> list[str]:
    rows = []
    for row in table.iter("tr", "caption"):
        if row.tag == "caption":
            rows.append(words(_seen(row)))
            continue
        cells = [words(_seen(cell)) for cell in row if cell.tag in ("td", "th")]
        if any(cells):
            rows.append(" | ".join(cells).strip())
    return rows


def _seen(element: Any) -> str:
    """The text of an element, in order."""
    parts: list[str] = []
    for event, piece in etree.iterwalk(element, events=("start", "end")):
        if event == "start":
            if piece.tag == "br":
                parts.append(" ")
            if piece.text and piece.tag not in ("script", "style"):
                parts.append(piece.text)
        elif piece is not element and piece.tail:
            parts.append(piece.tail)
    return "".join(parts)
