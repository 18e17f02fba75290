"""Reads an SQL condition as an expression of polars, with the few parts mended that polars understands otherwise.

| SQL | polars |
|---|---|
| `x IS TRUE`, `IS FALSE`, `IS NOT TRUE`, `IS NOT FALSE` are true or false, whatever x is | null where x is null |
| `x IS UNKNOWN`, `IS NOT UNKNOWN` | not supported |
| `x IS DISTINCT FROM y AND z` is `(x IS DISTINCT FROM y) AND z` | `x IS DISTINCT FROM (y AND z)` |
| `TIMESTAMP '2020-01-31 12:00:00+02:00'` is a point of time | 12 o'clock, without a zone |
| `STRPOS(x, 'a.b')`, `POSITION('a.b' IN x)` look for a text; null where x is null | for a regular expression; 0 where x is null |

What stands before an IS stays as it is: the comparison that is written in place of the IS binds to the same operand.
"""

from __future__ import annotations

import io
import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars

QUOTED = r"""'[^']*'|"[^"]*"|`[^`]*`|\$\$(?s:.*?)\$\$"""
"""A text or a name in quotes, as a pattern; doubled quotes within make it two texts side by side."""

_OPAQUE = rf"{QUOTED}|--[^\n]*|/\*(?s:.*?)\*/"
_PHRASE = re.compile(
    rf"{_OPAQUE}|\bIS\s+(?P<no>NOT\s+)?(?P<value>TRUE|FALSE|UNKNOWN)\b"
    r"|\b(?P<time>TIMESTAMP)(?=\s*'[^':]+:[^'+-]+(?:Z|[+-]\d\d(?::?\d\d)?)')",
    re.IGNORECASE,
)
_DISTINCT = re.compile(rf"{_OPAQUE}|\b(?P<distinct>IS\s+(?P<no>NOT\s+)?DISTINCT\s+FROM)\b", re.IGNORECASE)
_BOUNDARY = re.compile(
    rf"{_OPAQUE}|(?P<opens>[(\[]|\bCASE\b)|(?P<closes>[)\]]|\bEND\b)|(?P<ends>,|\b(?:THEN|WHEN|ELSE)\b)"
    r"|(?P<joins>\b(?:AND|OR|XOR|IS)\b)",
    re.IGNORECASE,
)


def parsed(condition: str) -> polars.Expr:
    """The expression that SQL means.

    Raises:
      PolarsError: the condition cannot be read.
    """
    import polars as pl

    found = pl.sql_expr(_standard(condition))
    plan = json.loads(found.meta.serialize(format="json"))
    return pl.Expr.deserialize(io.StringIO(json.dumps(plan)), format="json") if _mend_positions(plan) else found


def _mend_positions(plan: Any) -> bool:
    """Makes positions in texts exact, and null of a null column, in place; whether there were any."""
    is_mended = False
    waiting = [plan]
    while waiting:
        part = waiting.pop()
        match part:
            case {
                "function": "FillNull",
                "input": [
                    {"BinaryExpr": {"left": {"Function": {"function": {"StringExpr": {"Find": how}}} as find}}},
                    _,
                ],
            }:
                how["literal"] = is_mended = True
                if "Column" in find["input"][0]:
                    # The place of nothing in a text is 0, and in a null it is null.
                    nothing = {"Literal": {"Scalar": {"String": ""}}}
                    part["input"][1] = {"Function": {**find, "input": [find["input"][0], nothing]}}
        waiting += part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    return is_mended


def _standard(condition: str) -> str:
    """The condition, written so that polars reads what SQL means."""
    text = _PHRASE.sub(_standard_phrase, condition)
    at = 0
    while found := _DISTINCT.search(text, at):
        at = found.end()
        stop, is_joined = _end_of_operand(text, at)
        if found["distinct"] and is_joined:
            comparison = f"<=> ({text[at:stop]}{')' if found['no'] else ') = FALSE'} "
            text = text[: found.start()] + comparison + text[stop:]
            at = found.start()
    return text


def _standard_phrase(found: re.Match[str]) -> str:
    if found["time"]:
        return "TIMESTAMPTZ"
    if not found["value"]:
        return found[0]
    if found["value"].upper() == "UNKNOWN":
        return "IS NOT NULL" if found["no"] else "IS NULL"
    # `<=>` is the equality that knows null.
    return f"IS {found['value']} <=> TRUE{' = FALSE' if found['no'] else ''}"


def _end_of_operand(text: str, start: int) -> tuple[int, bool]:
    """Where the operand that begins at `start` ends, and whether another condition follows, joined to it."""
    depth = 0
    for found in _BOUNDARY.finditer(text, start):
        if found["opens"]:
            depth += 1
        elif found["closes"] and depth:
            depth -= 1
        elif not depth and (found["closes"] or found["ends"] or found["joins"]):
            return found.start(), bool(found["joins"])
    return len(text), False
