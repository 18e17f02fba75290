"""Notices values of delimited files that are perhaps meant otherwise than they are read: as missing, or as numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pyarrow as pa

from transforms.corpus.columns.kept import infer

_MISSING = frozenset(("NA", "N/A", "n/a", "#N/A", "<NA>", "nan", "NaN", "NULL", "null", "None"))
_NO_NUMBER = _MISSING | {"-", "--", "?", ".", "\\N", "none"}
_OF_A_COUNTRY = re.compile(
    "[+-]?[$€£¥]? ?(?:[0-9]{1,3}(?:[.,'’ \u00a0\u202f][0-9]{3})+|[0-9]+)(?:[.,][0-9]+)?[ \u00a0]?[%€$£]?"
)
_SIGNS = frozenset(",'’$€£¥% \u00a0\u202f")
_FEWEST = 10
_MOST = 0.9
_THOUSANDS = re.compile(r"-?[1-9]\d{0,2}\.\d{3}\Z", re.ASCII)


def remark(name: str, values: Iterable[str | None], *, is_label: bool) -> str | None:
    """A word about a column of text whose values are perhaps meant otherwise: as missing, or as numbers; None: there is none."""
    given = [value for value in values if value]
    if is_label:
        words = sorted(_MISSING.intersection(given))
        return (
            f"the label {words[0]!r} is a class of its own: leave the value empty where there is no label"
            if words
            else None
        )
    kind = infer(name, given).type
    if pa.types.is_floating(kind):
        decimals = [value for value in given if not value.lstrip("-").isdigit()]
        if len(decimals) < len(given) and all(map(_THOUSANDS.match, decimals)):
            return f"column {name!r}: {decimals[0]} is read as a decimal number, not as thousands"
    if not given or not pa.types.is_string(kind):
        return None
    others = [value for value in given if value not in _NO_NUMBER]
    numbers = [value for value in others if _are_numbers(name, [value])]
    are_most = len(given) >= _FEWEST and len(numbers) >= _MOST * len(given)
    known = frozenset(numbers)
    word = next((value for value in given if value not in known), None)
    if word is not None and numbers and (are_most or numbers == others) and _are_numbers(name, numbers):
        return (
            f"column {name!r} is kept as text, since {word!r} is no number: leave the value empty where there is none"
        )
    if others and all(map(_OF_A_COUNTRY.fullmatch, others)) and any(_SIGNS.intersection(value) for value in others):
        value = next(value for value in others if _SIGNS.intersection(value))
        return f"column {name!r} is kept as text: {value!r} is read as a number only if it is written 1234.5"
    return None


def _are_numbers(name: str, values: list[str]) -> bool:
    return not pa.types.is_string(infer(name, values).type)
