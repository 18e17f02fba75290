"""How what was found in an index is told: as values for JSON, as lines on a terminal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from launch.terminal.text import counted, printable

if TYPE_CHECKING:
    from transforms.search.ask.searcher import Hit, Searcher

_LEAST_WIDTH = 20
_GAP = 2


def told(searcher: Searcher, hits: list[Hit]) -> list[dict[str, Any]]:
    """Of each hit: id, score, label, text (source, where the index has no texts), chunk, and the kept columns."""
    from transforms.table.schema import kept_columns

    said = "text" if "text" in searcher.schema.names else "source"
    own = ("id", "score", "label", said, "chunk")
    kept = [name for name in kept_columns(searcher.schema).names if name not in own]
    rows = searcher.rows_of([hit.row for hit in hits], ["label", said, *kept]).to_pylist()
    return [
        {
            "id": hit.id,
            "score": round(float(hit.score), 6),
            "label": row["label"],
            said: row[said],
            "chunk": hit.chunk,
            **{name: _plain(row[name]) for name in kept},
        }
        for hit, row in zip(hits, rows, strict=True)
    ]


def _plain(value: Any) -> Any:
    """The value as JSON can say it: dates, decimals and bytes as text, what is no number as null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    return value if value is None or isinstance(value, str | int) else str(value)


def show(rows: list[dict[str, Any]], *, query: str | None, of: int, took: str) -> None:
    """Prints what `told` tells, a line a hit, below the query (None: it is known), and how long it took."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    # What comes out of a corpus is neither markup nor emoji codes.
    console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    if query is not None:
        console.print(Text(_line(query), style="bold"))
    if rows:
        said = "text" if "text" in rows[0] else "source"
        scores = [f"{row['score']:.3f}" for row in rows]
        # On a terminal an id is cut, too; where the lines are read by a program, it stays whole.
        ids = _cut([row["id"] for row in rows], console.width // 3 if console.is_terminal else None)
        labels = _cut([row["label"] or "" for row in rows], console.width // 5)
        taken = sum(max(len("label"), *(line.cell_len for line in column)) for column in (ids, labels))
        left = max(console.width - taken - max(map(len, scores)) - 4 * _GAP, _LEAST_WIDTH)
        texts = _cut([row[said] or "" for row in rows], left)
        table = Table("score", "id", "label", "text" if said == "text" else "path", box=None, header_style="bold")
        for cells in zip(scores, ids, labels, texts, strict=True):
            table.add_row(*cells)
        console.print(table)
    console.print(Text(f"{counted(len(rows), 'hit')} of {counted(of, 'row')} in {took}", style="dim"))


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
