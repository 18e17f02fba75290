"""Writes text for a terminal: on one line, with counts and folders as a person names them."""

from __future__ import annotations


def printable(text: str) -> str:
    """The text on one line: what would break the line or move the cursor is written as Python writes it."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def folder(path: str) -> str:
    """A folder as a person names it, the way the rest of the code does: no `file://`, no slash at the end."""
    return path.removeprefix("file://").rstrip("/") or "/"


def counted(number: int, noun: str) -> str:
    """`1 source`, `2,000 sources`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def computed(engine: str, precision: str, cosine: float | None) -> str:
    """`openvino in float32, least cosine 0.99998 to TensorFlow in float32`; without the cosine where there is none."""
    near = "" if cosine is None else f", least cosine {cosine:.5f} to TensorFlow in float32"
    return f"{engine} in {precision}{near}"
