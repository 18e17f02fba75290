"""Shows search hits: as values for JSON, as a table on a terminal."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from launch.terminal.text import counted, printable

if TYPE_CHECKING:
    from transforms.search.ask.searcher import Hit, Searcher

_LEAST_WIDTH = 20
_WIDTH_OF_A_FILE = 120
_GAP = 2
_NOTHING = "–"


def described(searcher: Searcher, hits: Sequence[Hit]) -> list[dict[str, Any]]:
    """Describes each hit: id, score, cosine, words, label, text (source, where there are no texts), chunk, the kept columns.

    A kept column that is named like another one of these is called `kept_NAME`, as in results that are written.
    """
    from transforms.table.result_table import free_names
    from transforms.table.schema import kept_columns

    content = _content_column(searcher)
    own = ("id", "score", "cosine", "words", "label", content, "chunk")
    kept = free_names(kept_columns(searcher.schema).names, taken=own)
    rows = searcher.rows_of([hit.row for hit in hits], ["label", content, *kept]).to_pylist()
    return [
        {
            "id": hit.id,
            "score": _rounded(hit.score),
            "cosine": _rounded(hit.cosine),
            "words": _rounded(hit.words),
            "label": row["label"],
            content: row[content],
            "chunk": hit.chunk,
            **{free: _plain(row[name]) for name, free in kept.items()},
        }
        for hit, row in zip(hits, rows, strict=True)
    ]


def _content_column(searcher: Searcher) -> str:
    return "text" if "text" in searcher.schema.names else "source"


def _rounded(score: float | None) -> float | None:
    return None if score is None else round(float(score), 6)


def _plain(value: Any) -> Any:
    """The value as JSON can hold it: dates, decimals and bytes as text, NaN and infinity as null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    return value if value is None or isinstance(value, str | int) else str(value)


def show(searcher: Searcher, hits: Sequence[Hit], *, query: str | None, took: str) -> None:
    """Prints a line a hit within the width of the terminal, under the query (None: it is known), and how long it took.

    Hits of a hybrid search are ordered by a sum of reciprocal ranks, which means little to a reader: beside it stand the
    cosine and the word score.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    # What comes out of a corpus is neither markup nor emoji codes.
    width = None if sys.stdout.isatty() or "COLUMNS" in os.environ else _WIDTH_OF_A_FILE
    console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True, width=width)
    if query is not None:
        console.print(Text(_line(query), style="bold"))
    if hits:
        content = _content_column(searcher)
        rows = searcher.rows_of([hit.row for hit in hits], ["label", content]).to_pylist()
        is_hybrid = any(hit.score not in (hit.cosine, hit.words) for hit in hits)
        scores: dict[str, list[float | None]] = {"score": [hit.score for hit in hits]}
        if is_hybrid:
            scores |= {"cosine": [hit.cosine for hit in hits], "words": [hit.words for hit in hits]}
        figures = {name: [_figure(value) for value in values] for name, values in scores.items()}
        # On a terminal an id is cut, too; where the lines are read by a program, it stays whole.
        ids = _cut([hit.id for hit in hits], console.width // (5 if is_hybrid else 3) if console.is_terminal else None)
        labels = _cut([row["label"] or "" for row in rows], console.width // (8 if is_hybrid else 5))
        columns = {**figures, "id": ids, "label": labels}
        taken = sum(max(len(name), *map(_width, values)) + _GAP for name, values in columns.items())
        # What is left after the gap behind the last column.
        texts = _cut([row[content] or "" for row in rows], max(console.width - taken - _GAP, _LEAST_WIDTH))
        columns["text" if content == "text" else "path"] = texts
        table = Table(*columns, box=None, header_style="bold")
        for cells in zip(*columns.values(), strict=True):
            table.add_row(*cells)
        console.print(table)
    console.print(Text(f"{counted(len(hits), 'hit')} of {counted(searcher.rows, 'row')} in {took}", style="dim"))


def _figure(value: float | None) -> str:
    return _NOTHING if value is None else f"{value:.3f}"


def _width(cell: Any) -> int:
    return len(cell) if isinstance(cell, str) else int(cell.cell_len)


def _cut(values: list[str], width: int | None) -> list[Any]:
    from rich.text import Text

    lines = [Text(_line(value[: 4 * width] if width else value)) for value in values]
    for line in lines:
        if width is not None:
            line.truncate(width, overflow="ellipsis")
    return lines


def _line(text: str) -> str:
    return printable(" ".join(text.split()))


def duration(seconds: float) -> str:
    """`1.2 s`, `3.4 ms`."""
    return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:.1f} ms"
