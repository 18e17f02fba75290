"""Reads plain text and source code: blocks are what stands between blank lines."""

from __future__ import annotations

import re

from transforms.corpus.documents.building import Builder
from transforms.corpus.documents.document import Document
from transforms.corpus.documents.letters import words

_UNDERLINE = re.compile(r"(?P<mark>[=\-~^*#])(?P=mark){2,}[ \t]*\Z")
_LONGEST_TITLE = 120
_DEFINITION = re.compile(
    r"(?P<indent>[ \t]*)(?:(?:export|default|public|private|protected|internal|static|abstract|final|sealed|async"
    r"|pub(?:\([^)]*\))?|unsafe|extern|inline|virtual|override|partial|open|data|declare|local)\s+){0,5}"
    r"(?:class|interface|struct|enum|trait|impl|def|func|function|fn|fun|sub|module|namespace|package|defmodule|defp?|record"
    r"|object|type|CREATE\s+(?:OR\s+REPLACE\s+)?(?:TABLE|VIEW|FUNCTION|PROCEDURE|TRIGGER|INDEX))\b\*?\s+"
    r"(?:\([^()]{0,80}\)\s*)?(?P<name>[\w.:$<>~\"`-]{1,120})",
    re.IGNORECASE,
)
_SHELL = re.compile(r"(?P<indent>)(?P<name>[\w-]{1,80})\s*\(\)\s*\{?\s*\Z")
_ASSIGNED = re.compile(
    r"(?P<indent>[ \t]*)(?:export\s+)?(?:const|let|var)\s+(?P<name>[\w$]{1,120})\s*="
    r"\s*(?:async\s*)?(?:function\b|\([^()]*\)\s*=>|\w+\s*=>)"
)
_LONGEST_LINE = 400
_NO_DEFINITION = frozenset(("is", "of", "the", "a", "an", "to", "for", "in", "and", "that", "name", "from", "with"))


def read(text: str) -> Document:
    """The document of paragraphs that a text is. Form feeds end pages; a line that is underlined is a heading."""
    builder = Builder()
    pages = text.rstrip("\f\n ").split("\f")
    levels: list[str] = []
    for number, page in enumerate(pages, 1):
        builder.page = number if len(pages) > 1 else None
        for lines in _runs(page):
            _add(builder, lines, levels)
    return builder.document()


def _add(builder: Builder, lines: list[str], levels: list[str]) -> None:
    place = 1
    while place < len(lines):
        line, under = lines[place - 1].strip(), _UNDERLINE.match(lines[place])
        if under is None or not line or len(line) > _LONGEST_TITLE or _UNDERLINE.match(line) or place > 2:
            place += 1
            continue
        if place == 2 and not _UNDERLINE.match(lines[0]):
            break
        if under["mark"] not in levels:
            levels.append(under["mark"])
        builder.heading(levels.index(under["mark"]) + 1, line)
        lines, place = lines[place + 1 :], 1
    builder.add("\n".join(lines))


def _runs(text: str) -> list[list[str]]:
    runs: list[list[str]] = [[]]
    for line in text.split("\n"):
        if not line or line.isspace():
            if runs[-1]:
                runs.append([])
        else:
            runs[-1].append(line)
    return runs if runs[-1] else runs[:-1]


def read_code(text: str) -> Document:
    """The document of a program: blocks between blank lines, under the classes and functions that they stand in."""
    builder = Builder()
    for lines in _runs(text):
        waiting: list[str] = []
        for line in lines:
            found = _definition(line)
            if found is not None:
                depth, name = found
                if waiting and not _belongs_below(waiting):
                    builder.add("\n".join(waiting))
                    waiting = []
                builder.heading(depth + 1, name, shown="")
            elif not waiting and line[0] not in " \t})];#/*-@\"'" and builder.headings:
                builder.leave()
            waiting.append(line)
        builder.add("\n".join(waiting))
    found_blocks = builder.document()
    return Document(title=None, blocks=found_blocks.blocks)


def _definition(line: str) -> tuple[int, str] | None:
    """Depth of indentation and name of the class or function that begins on a line."""
    if len(line) > _LONGEST_LINE:
        return None
    found = _DEFINITION.match(line) or _ASSIGNED.match(line) or _SHELL.match(line)
    if found is None or found["name"].lower() in _NO_DEFINITION:
        return None
    name = words(found["name"]).strip('"`:<')
    return (len(found["indent"].expandtabs(4)), name) if name else None


def _belongs_below(lines: list[str]) -> bool:
    """Whether lines are comments, decorators or attributes of what follows them."""
    return all(line.lstrip()[:1] in ("#", "@", "/", "*", "[", "-", ";") for line in lines)
