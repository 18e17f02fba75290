"""Requires that a text is one query, and takes it apart from what cannot stand inside another query."""

from __future__ import annotations

import re

from transforms.common.errors import RequestError

_TOKEN = re.compile(
    r"(?P<comment>--[^\n]*|/\*.*?\*/)|(?P<space>\s+)|(?P<end>;)"
    r"|(?P<other>[eE]'(?:\\.|''|[^'\\])*'|'(?:''|[^'])*'|\"(?:\"\"|[^\"])*\"|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$|.)",
    re.DOTALL,
)
_BEGINS = re.compile(r"[\s(]*(?P<word>\w+)")
_QUERIES = frozenset(("select", "with", "values", "table"))


def one_query(sql: str) -> str:
    """The query without a semicolon at its end, fit to stand inside parentheses with a line break before the closing one.

    Raises:
      RequestError: there is none, there are several, or it is another statement.
    """
    stop = 0
    ended = False
    begins = ""
    for token in _TOKEN.finditer(sql):
        if token["end"]:
            ended = True
        elif token["other"] is not None:
            if ended:
                raise RequestError("--sql holds several statements: it takes one SELECT")
            begins += token["other"] if len(begins) < 20 else ""
            stop = token.end()
        elif token["space"]:
            begins += " "
    first = _BEGINS.match(begins)
    if first is None:
        raise RequestError("--sql holds no statement: give a SELECT of the rows to embed")
    if first["word"].lower() not in _QUERIES:
        raise RequestError(
            f"--sql begins with {first['word'].upper()[:20]}: it takes one SELECT, which changes nothing"
        )
    return sql[:stop]


def quoted(name: str) -> str:
    """A column's name as SQL writes it, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'
