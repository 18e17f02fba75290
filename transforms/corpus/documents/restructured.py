"""Reads reStructuredText as it is written, Sphinx's own roles and directives with it. Nothing is included, run or looked up."""

from __future__ import annotations

import re
from textwrap import dedent

from transforms.corpus.documents.building import Builder
from transforms.corpus.documents.document import Document
from transforms.corpus.documents.letters import names

_ADORNED = re.compile(r"(?P<mark>[!-/:-@\[-`{-~])(?P=mark)*\s*\Z")
_DIRECTIVE = re.compile(
    r"\.\.[ ]+(?:\|(?P<substitution>[^|]+)\|[ ]+)?(?P<name>[\w:.+-]+?)[ ]?::(?:[ ]+(?P<arguments>.*))?\Z"
)
_NOTE = re.compile(r"\.\.[ ]+\[(?P<label>[^\]]+)\](?:[ ]+(?P<text>.*))?\Z")
_COMMENT = re.compile(r"\.\.(?:[ ]|\Z)|__[ ]")
_ITEM = re.compile(r"(?P<mark>[-*+•][ ]+|(?:\(?(?:\d{1,4}|[a-zA-Z]|[ivxlcIVXLC]{1,6}|#)[.)])[ ]+)(?=\S)")
_OPTION = re.compile(r":[\w -]+:(?:[ ]|\Z)")
_BORDER = re.compile(r"[=+][=+\-\s]*[=+]\s*\Z")

_VERBATIM = names("code code-block sourcecode parsed-literal literal math doctest productionlist prompt console")
_LEFT_OUT = names(
    "toctree image raw index highlight include literalinclude contents meta module currentmodule default-domain default-role"
    " role sectnum tabularcolumns testsetup testcleanup automodule autoclass autofunction automethod figure-md"
    " class-diagram graphviz digraph graph highlightlang unicode date target-notes header footer title csv-table-file"
)
_PLAIN_ROLE = re.compile(r"(?::[\w.+:-]+:)?`(?P<text>[^`]+)`(?::[\w.+-]+:)?_{0,2}")
_CODE = re.compile(r"``(?P<text>.+?)``(?!`)", re.DOTALL)
_STRONG = re.compile(r"(?<![\w*])(?P<mark>\*\*?)(?=\S)(?P<text>[^*]+?)(?<=\S)(?P=mark)(?![\w*])")
_LINK = re.compile(r"(?<=\w)__?(?![\w.])")
_TARGET = re.compile(r"\s*<[^<>]*>\s*\Z", re.DOTALL)
_SUBSTITUTED = re.compile(r"\|(?P<name>[^|\s][^|\n]{0,80})\|_{0,2}")
_DEEPEST = 30
_LONGEST_SHORT = 4


def read(text: str) -> Document:
    """The document that a text of reStructuredText is."""
    builder = Builder()
    _Reader(builder, text.expandtabs(8)).read()
    return builder.document()


class _Reader:
    def __init__(self, builder: Builder, text: str) -> None:
        self._builder = builder
        self._lines = [line.rstrip() for line in text.split("\n")]
        self._levels: list[str] = []
        self._substitutions = {
            found["substitution"]: found["arguments"] or ""
            for line in self._lines
            if line.startswith(".. |") and (found := _DIRECTIVE.match(line)) and found["name"] == "replace"
        }

    def read(self) -> None:
        self._body(self._lines, depth=0)

    def _body(self, lines: list[str], *, depth: int) -> None:
        place = 0
        while place < len(lines):
            line = lines[place]
            if not line.strip():
                place += 1
            elif not depth and (title := self._heading(lines, place)):
                place += title
            elif line.startswith("..") and _COMMENT.match(line):
                stop = _end_of_body(lines, place + 1, indent=1)
                self._explicit(line, lines[place + 1 : stop], depth)
                place = stop
            elif line.startswith("__ "):
                place += 1
            else:
                place = self._paragraph(lines, place, depth)

    def _heading(self, lines: list[str], place: int) -> int:
        """How many lines a heading takes that begins here; 0 where none does."""
        first = lines[place]
        over = _ADORNED.match(first) if len(first) > 1 else None
        if over is not None:
            if place + 2 < len(lines) and lines[place + 1].strip() and lines[place + 2] == first:
                return self._begin(first[0] * 2, lines[place + 1], 3)
            # A line of its own between paragraphs is a transition.
            return 1 if len(first) >= _LONGEST_SHORT and (place + 1 == len(lines) or not lines[place + 1]) else 0
        if place + 1 == len(lines) or first[0] == " ":
            return 0
        under = lines[place + 1]
        if not _ADORNED.match(under) or len(under) < min(len(first), _LONGEST_SHORT) or first.startswith(".. "):
            return 0
        if under in ("::", "..") or (place and lines[place - 1].strip() and not _ADORNED.match(lines[place - 1])):
            return 0
        return self._begin(under[0], first, 2)

    def _begin(self, style: str, title: str, lines: int) -> int:
        if style not in self._levels:
            self._levels.append(style)
        self._builder.heading(self._levels.index(style) + 1, self._plain(title))
        return lines

    def _explicit(self, line: str, body: list[str], depth: int) -> None:
        """A directive, a footnote, or what is not shown: comments, targets, definitions of substitutions."""
        note = _NOTE.match(line)
        if note is not None:
            inside = dedent("\n".join(body)).split("\n")
            self._inner([f"[{note['label']}] {note['text'] or ''}".rstrip(), *inside], depth)
            return
        found = _DIRECTIVE.match(line)
        if found is None or found["substitution"]:
            return
        name = found["name"].rpartition(":")[2].lower()
        arguments = found["arguments"] or ""
        if name in _LEFT_OUT:
            return
        inside = dedent("\n".join(body)).split("\n")
        while inside and _OPTION.match(inside[0]):
            inside.pop(0)
            while inside and inside[0].startswith(" "):
                inside.pop(0)
        if name in _VERBATIM:
            self._builder.add("\n".join(inside) if inside and any(inside) else arguments)
            return
        if name in (
            "figure",
            "list-table",
            "csv-table",
            "only",
            "ifconfig",
            "container",
            "rst-class",
            "rubric",
            "tab",
            "class",
        ):
            arguments = (
                arguments if name in ("list-table", "csv-table", "rubric") or (name == "class" and ":" in line) else ""
            )
        if name == "csv-table":
            inside = [" | ".join(cell.strip(' "') for cell in row.split(",")) for row in inside]
        if inside and inside[0] and arguments and name not in ("list-table", "csv-table"):
            # What a directive says begins on its own line.
            inside[0] = f"{arguments} {inside[0]}"
        elif arguments:
            self._builder.add(self._plain(arguments))
        self._inner(inside, depth)

    def _inner(self, lines: list[str], depth: int) -> None:
        if depth < _DEEPEST:
            self._body(lines, depth=depth + 1)
        else:
            self._builder.add(self._plain("\n".join(lines)))

    def _paragraph(self, lines: list[str], place: int, depth: int) -> int:
        """Adds what stands until the next blank line, or a list item with all that is indented below it."""
        first = lines[place]
        indent = len(first) - len(first.lstrip())
        if indent:
            stop = _end_of_body(lines, place, indent=indent)
            self._inner([line[indent:] for line in lines[place:stop]], depth)
            return stop
        item = _ITEM.match(first)
        stop = place + 1
        if item is not None:
            stop = _end_of_body(lines, stop, indent=1)
            width = len(item["mark"])
            rest = dedent("\n".join(lines[place + 1 : stop])).split("\n")
            self._inner([first[width:], *rest], depth)
            return stop
        if _BORDER.match(first):
            return self._table(lines, place)
        while stop < len(lines) and lines[stop].strip() and not _ITEM.match(lines[stop]):
            # The definition of a term.
            if lines[stop].startswith(" ") and stop == place + 1 and not first.startswith(">>>"):
                break
            stop += 1
        text = "\n".join(line.strip() for line in lines[place:stop])
        if text.startswith((">>>", "$ ")):
            self._builder.add("\n".join(lines[place:stop]))
            return stop
        literal = text.endswith("::")
        if literal:
            text = text.removesuffix("::").rstrip() + ("" if text[:-2].endswith((" ", "\n")) or text == "::" else ":")
        text = self._plain(text)
        if stop < len(lines) and lines[stop].startswith(" ") and not literal:
            end = _end_of_body(lines, stop, indent=1)
            before = len(self._builder.blocks)
            self._builder.add(text)
            self._inner(dedent("\n".join(lines[stop:end])).split("\n"), depth)
            return end if len(self._builder.blocks) > before else max(end, stop)
        self._builder.add(text)
        if literal:
            while stop < len(lines) and not lines[stop].strip():
                stop += 1
            end = _end_of_body(lines, stop, indent=1)
            self._builder.add(dedent("\n".join(lines[stop:end])))
            return end
        return stop

    def _table(self, lines: list[str], place: int) -> int:
        """Adds a table of either kind."""
        grid = lines[place].startswith("+")
        stop = place + 1
        borders = 1
        while stop < len(lines) and (lines[stop].strip() if grid else borders < 3 or lines[stop].strip()):
            if not grid and _BORDER.match(lines[stop]):
                borders += 1
                if borders >= 2 and (stop + 1 == len(lines) or not lines[stop + 1].strip()):
                    stop += 1
                    break
            stop += 1
        rows = []
        for line in lines[place:stop]:
            if _BORDER.match(line) or not line.strip(" +-=|"):
                continue
            cells = line.strip().strip("|").split("|") if grid else re.split(r"\s{2,}", line.strip())
            rows.append(" | ".join(self._plain(cell.strip()) for cell in cells))
        self._builder.add("\n".join(rows))
        return stop

    def _plain(self, text: str) -> str:
        """The text without its markup."""
        if not re.search(r"[`*|_\\]", text):
            return text
        kept: list[str] = []

        def keep(found: re.Match[str]) -> str:
            kept.append(found["text"])
            return f"\0{len(kept) - 1}\0"

        def role(found: re.Match[str]) -> str:
            kept.append(_TARGET.sub("", found["text"]).lstrip("!~") or found["text"])
            return f"\0{len(kept) - 1}\0"

        text = _CODE.sub(keep, text)
        text = _PLAIN_ROLE.sub(role, text)
        text = _STRONG.sub(lambda found: found["text"], text)
        text = _SUBSTITUTED.sub(lambda found: self._substitutions.get(found["name"], found["name"]), text)
        text = re.sub(r"\\([^\s\w])", r"\1", _LINK.sub("", text)).replace("\\ ", "")
        return re.sub("\0(\\d+)\0", lambda found: kept[int(found[1])], text)


def _end_of_body(lines: list[str], start: int, *, indent: int) -> int:
    """The first line from `start` on that is neither blank nor indented; blank lines before it do not count."""
    place = stop = start
    while place < len(lines):
        line = lines[place]
        if line.strip():
            if len(line) - len(line.lstrip()) < indent:
                break
            stop = place + 1
        place += 1
    return stop
