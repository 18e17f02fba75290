"""Formats figures and texts for reports: the filters of templates, and the tooltips of plots.

A figure may be null, not finite or not there at all; it is then a dash. Nothing here raises.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeGuard

if TYPE_CHECKING:
    from markupsafe import Markup

MISSING = "–"

_TEXT_CHARACTERS = 400
_SHORT_CHARACTERS = 24
_UNITS = ("B", "kB", "MB", "GB", "TB")


def known(value: object) -> TypeGuard[float]:
    """True for a finite number: a figure that can be shown."""
    return isinstance(value, int | float) and math.isfinite(value)


def number(value: object, *, digits: int = 3, signed: bool = False) -> str:
    """A figure with so many digits. The typographic minus is as wide as the plus, so that signed columns line up."""
    if not known(value):
        return MISSING
    return f"{value:{'+' if signed else ''},.{digits}f}".replace("-", "−")


def count(value: object) -> str:
    """A figure without digits after the point: `1,234`."""
    return number(value, digits=0)


def compact(value: object) -> str:
    """A figure whose scale is not known (a strength, a temperature): four significant digits."""
    return f"{value:.4g}" if known(value) else MISSING


def bounds(interval: Mapping[str, Any] | None, *, signed: bool = False) -> str:
    """The ends of `{"value", "low", "high"}`, in brackets; empty where one of them is not known."""
    low, high = (number((interval or {}).get(side), signed=signed) for side in ("low", "high"))
    return "" if MISSING in (low, high) else f"[{low}, {high}]"


def interval(measured: Mapping[str, Any] | None, *, signed: bool = False) -> Markup:
    """The value of `{"value", "low", "high"}` and its bounds."""
    from markupsafe import Markup

    value, ends = number((measured or {}).get("value"), signed=signed), bounds(measured, signed=signed)
    return Markup(f'{value} <span class="bounds">{ends}</span>' if ends else value)


def duration(seconds: object) -> str:
    """Seconds in the units that fit: `0.25 s`, `3 min 20 s`, `2 h 1 min`."""
    if not known(seconds):
        return MISSING
    if seconds < 60:
        return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def latency(milliseconds: object) -> str:
    """Three significant digits, or all of those before the point."""
    if not known(milliseconds):
        return MISSING
    size = abs(milliseconds)
    return f"{number(milliseconds, digits=3 if size < 1 else 2 if size < 10 else 1 if size < 100 else 0)} ms"


def memory(size: object) -> str:
    """A number of bytes in decimal units: `843 B`, `1.5 kB`, `27 MB`."""
    if not known(size):
        return MISSING
    unit = 0
    while abs(size) >= 999.5 and unit + 1 < len(_UNITS):
        size, unit = size / 1000, unit + 1
    return f"{number(size, digits=1 if unit and abs(size) < 9.95 else 0)} {_UNITS[unit]}"


def clipped(text: str | None, length: int) -> str:
    """`text` on one line, of at most `length` characters."""
    line = " ".join((text or "").split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def clip(text: str | None, length: int = _TEXT_CHARACTERS) -> str:
    """The start of a document, as far as a table has room for it."""
    return clipped(text, length)


def short(label: str) -> str:
    """A label or an id where there is little room: cut in its middle, since long ones are often alike at one end."""
    line = clipped(label, len(label))
    half = _SHORT_CHARACTERS // 2
    return line if len(line) <= _SHORT_CHARACTERS else f"{line[:half].rstrip()}…{line[1 - half :].lstrip()}"
