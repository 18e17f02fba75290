"""Reads Markdown (CommonMark with tables) by markdown-it-py."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from transforms.corpus.documents.building import Builder
from transforms.corpus.documents.document import Document

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_DEEPEST = 60
_FRONT = re.compile(r"\A(---|\+\+\+)[ \t]*\n(?P<inside>(?:.*\n){0,200}?)(?:\1|\.\.\.)[ \t]*(?:\n|\Z)")
_TITLE = re.compile(r"^title[ \t]*[:=][ \t]*(?P<title>\S.*)$", re.MULTILINE | re.IGNORECASE)
_KEY = re.compile(r"^[\w.-]+[ \t]*[:=]", re.MULTILINE)
_TAG = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style)\b.*?(?:</\1\s*>|\Z)|</?[a-zA-Z][^>]*>|<[!?][^>]*>", re.DOTALL | re.I
)


_BREAK = re.compile(r"<br\s*/?>|</(?:p|div|li|tr|h[1-6])\s*>", re.IGNORECASE)


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"maxNesting": _DEEPEST}).enable(["table", "strikethrough"])


def read(text: str) -> Document:
    """The document that a text of Markdown is."""
    builder = Builder()
    front = _FRONT.match(text)
    if front is not None and _KEY.search(front["inside"]):
        title = _TITLE.search(front["inside"])
        builder.title = title["title"].strip().strip("\"'") if title else None
        text = text[front.end() :]
    add(builder, text)
    return builder.document()


def add(builder: Builder, text: str) -> None:
    """Adds the blocks of a text of Markdown."""
    rows: list[str] = []
    cells: list[str] = []
    level = in_table = 0
    for token in _parser().parse(text):
        kind = token.type
        if kind == "heading_open":
            level = int(token.tag[1:])
        elif kind == "inline":
            shown = _plain(token.children or ())
            if level:
                builder.heading(level, shown)
                level = 0
            elif in_table:
                cells.append(" ".join(shown.split()))
            else:
                builder.add(shown)
        elif kind in ("fence", "code_block"):
            builder.add(token.content)
        elif kind == "html_block":
            builder.add(_without_tags(token.content))
        elif kind == "table_open":
            in_table, rows = 1, []
        elif kind == "tr_close":
            rows.append(" | ".join(cells))
            cells = []
        elif kind == "table_close":
            in_table = 0
            builder.add("\n".join(rows))


def _without_tags(text: str) -> str:
    return html.unescape(_TAG.sub("", _BREAK.sub("\n", text)))


def _plain(tokens: Sequence[Token]) -> str:
    parts: list[str] = []
    for token in tokens:
        if token.type in ("softbreak", "hardbreak"):
            parts.append("\n")
        elif token.type == "html_inline":
            parts.append(_without_tags(token.content))
        else:
            parts.append(token.content)
    return "".join(parts)
