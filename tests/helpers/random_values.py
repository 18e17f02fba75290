"""Draws texts and numbers that mean something to some format: quotes, separators, line ends, marks, limits of types."""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random
from typing import Any

# fmt: off
PIECES = (
    "a", "words", "wörter", " ", "  ", "日本語", "\U0001f600", "e\u0301", "שלום", "\0", "\x07", "\x0b", "\x0c", "\x1a", "\x1b$B",
    "\x1c", "\x7f", "\x85", "\xa0", "\u2028", "\u2029", "\u200b", "\ufeff", "\ufffd", "\uffff", "\U0010ffff", "\n", "\r\n",
    "\r", "\t", '"', '""', "'", ",", ";", "|", "\\", "\\n", "\\u0000", "{}", "[", "sep=;", "NA", "nan", "null", "0", "-0", "007",
    "1.0", "1e5", "+1", "12:30", "True", "#", "=", "%",
)
INTEGERS = (0, 1, -1, 7, 2**31, 2**53 + 1, -(2**63), 2**63 - 1)
_LARGE = (2**63, 2**64 - 1, 2**64, -(2**63) - 1, 10**40, 36893488147419103233)
_FLOATS = (
    0.0, -0.0, 0.1, 1e308, -1e308, 5e-324, 2.2250738585072014e-308, 1e16, 1e-5, math.inf, -math.inf, math.nan, 1.5,
)
# fmt: on


def random_text(random: Random, *, without: str = "", most: int = 6) -> str:
    """A text of pieces that mean something to some format."""
    if random.random() < 0.1:
        text = "".join(chr(random.choice((0x7F, 0x7FF, 0xD7FF, 0x10FFFF)) - random.randrange(0x7F)) for _ in range(3))
    else:
        text = "".join(random.choice(PIECES) for _ in range(random.randrange(most)))
    for letter in without:
        text = text.replace(letter, "")
    return text


def random_values(random: Random, count: int, kinds: Sequence[str]) -> list[Any]:
    """Values of one kind: "integer" (64 bits), "large" (more), "float", "text", "boolean" or "nested"."""
    kind = random.choice(kinds)
    if kind == "integer":
        return [random.choice(INTEGERS) for _ in range(count)]
    if kind == "large":
        return [random.choice(INTEGERS + _LARGE) for _ in range(count)]
    if kind == "float":
        return [
            random.choice(_FLOATS)
            if random.random() < 0.5
            else random.uniform(-1, 1) * 10.0 ** random.randrange(-30, 30)
            for _ in range(count)
        ]
    if kind == "nested":
        return [[random.choice((None, 1, 2**70, math.nan, 0.5, {"a": random_text(random)}))] for _ in range(count)]
    if kind == "boolean":
        return [random.random() < 0.5 for _ in range(count)]
    return [random_text(random) for _ in range(count)]
