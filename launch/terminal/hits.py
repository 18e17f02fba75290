"""Shows search hits: as values for JSON, as a table on a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from launch.terminal.text import counted, printable
from transforms.common.json_values import plain

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from transforms.corpus.chunks.units import Span
    from transforms.search.ask.hit import Hit
    from transforms.search.ask.searcher import Searcher

_LEAST_WIDTH = 20
_WIDTH_OF_A_FILE = 120
_GAP = 2
_NOTHING = "–"
_INDENT = " " * 8
_LINES = 2
"""Of text that is shown of a hit in a document."""


def described(searcher: Searcher, hits: Sequence[Hit], sentences: Sequence[Span | None]) -> list[dict[str, Any]]:
    """Describes each hit: id, score, cosine, words, label, text (source, without texts), sentence, chunk, the kept columns.

    `sentence` is where the sentence that answers best begins and ends in the text, in characters, or null. A photograph that
    shows what an image shows has `inliers` and `region`, too. A kept column that is named like another one of these is called
    `kept_NAME`, as in results that are written.
    """
    from transforms.table.result_table import free_names
    from transforms.table.schema import kept_columns

    content = _content_column(searcher)
    own = ["id", "score", "cosine", "words", "label", content, "sentence", "chunk"]
    own += ["inliers", "region"] if any(hit.region is not None for hit in hits) else []
    kept = free_names(kept_columns(searcher.schema).names, taken=own)
    positions = [hit.row for hit in hits]
    columns = {name: searcher.values_of(positions, name) for name in ("label", content, *kept)}
    return [
        {
            "id": hit.id,
            "score": _rounded(hit.score),
            "cosine": _rounded(hit.cosine),
            "words": _rounded(hit.words),
            "label": columns["label"][at],
            content: columns[content][at],
            "sentence": None if sentence is None else list(sentence),
            "chunk": hit.chunk,
            **(
                {}
                if hit.region is None
                else {"inliers": hit.inliers, "region": [round(side, 1) for side in hit.region]}
            ),
            **{free: plain(columns[name][at]) for name, free in kept.items()},
        }
        for at, (hit, sentence) in enumerate(zip(hits, sentences, strict=True))
    ]


def _content_column(searcher: Searcher) -> str:
    return "text" if "text" in searcher.schema.names else "source"


def _rounded(score: float | None) -> float | None:
    return None if score is None else round(float(score), 6)


def show(
    searcher: Searcher, hits: Sequence[Hit], sentences: Sequence[Span | None], *, query: str | None, took: str
) -> None:
    """Prints the hits within the width of the terminal, under the query (None: it is known), and how long it took.

    A hit is a line; in a document it is two: where it stands, and the text from the sentence on that answers best, which is
    bold. Hits of a hybrid search are ordered by a sum of reciprocal ranks, which means little to a reader: beside it stand the
    cosine and the word score.
    """
    from rich.console import Console
    from rich.text import Text

    from transforms.table.schema import has_local_features

    # What comes out of a corpus is neither markup nor emoji codes.
    width = None if sys.stdout.isatty() or "COLUMNS" in os.environ else _WIDTH_OF_A_FILE
    console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True, width=width)
    if query is not None:
        console.print(Text(_line(query), style="bold"))
    if hits:
        content = _content_column(searcher)
        rows = searcher.rows_of([hit.row for hit in hits], ["label", content]).to_pylist()
        shown = _Shown(
            figures=_figures(hits),
            labels=[row["label"] or "" for row in rows],
            texts=[row[content] or "" for row in rows],
            sentences=sentences if content == "text" else [None] * len(hits),
            content="text" if content == "text" else "path",
        )
        if any((hit.title, hit.heading, hit.page) != (None, None, None) for hit in hits):
            _show_places(console, [hit.place for hit in hits], shown)
        else:
            _show_table(console, [hit.id for hit in hits], shown)
    elif has_local_features(searcher.schema):
        console.print("no photograph of the index matches it but by chance")
    console.print(Text(f"{counted(len(hits), 'hit')} of {counted(searcher.rows, 'row')} in {took}", style="dim"))


@dataclass(frozen=True, kw_only=True)
class _Shown:
    """What is shown of hits beside their ids, a value for each hit."""

    figures: dict[str, list[str]]
    labels: list[str]
    texts: list[str]
    sentences: Sequence[Span | None]
    content: str


def _figures(hits: Sequence[Hit]) -> dict[str, list[str]]:
    if any(hit.region is not None for hit in hits):
        return {
            "inliers": [f"{hit.inliers}" for hit in hits],
            "region (y, x)": [_corners(hit.region) for hit in hits],
        }
    scores: dict[str, list[float | None]] = {"score": [hit.score for hit in hits]}
    if any(hit.score not in (hit.cosine, hit.words) for hit in hits):
        scores |= {"cosine": [hit.cosine for hit in hits], "words": [hit.words for hit in hits]}
    return {name: [_figure(value) for value in values] for name, values in scores.items()}


def _show_table(console: Console, ids: list[str], shown: _Shown) -> None:
    from rich.table import Table

    is_hybrid = len(shown.figures) > 1
    # On a terminal an id is cut, too; where the lines are read by a program, it stays whole.
    cut = _cut(ids, console.width // (5 if is_hybrid else 3) if console.is_terminal else None)
    labels = _cut(shown.labels, console.width // (8 if is_hybrid else 5))
    columns = {**shown.figures, "id": cut, "label": labels}
    taken = sum(max(len(name), *map(_width, values)) + _GAP for name, values in columns.items())
    # What is left after the gap behind the last column.
    width = max(console.width - taken - _GAP, _LEAST_WIDTH)
    columns[shown.content] = [
        _passage(text, sentence, width) for text, sentence in zip(shown.texts, shown.sentences, strict=True)
    ]
    table = Table(*columns, box=None, header_style="bold")
    for cells in zip(*columns.values(), strict=True):
        table.add_row(*cells)
    console.print(table)


def _show_places(console: Console, places: list[str], shown: _Shown) -> None:
    from rich.text import Text

    console.print(Text("  ".join([*(f"{name:>6}" for name in shown.figures), "document"]), style="bold"))
    for number, place in enumerate(places):
        label = f"  [{_line(shown.labels[number])}]" if shown.labels[number] else ""
        figures = "  ".join(f"{values[number]:>6}" for values in shown.figures.values())
        console.print(Text(f"{figures}  {_line(place)}{label}"))
        width = console.width - len(_INDENT)
        passage = _passage(shown.texts[number], shown.sentences[number], _LINES * width)
        for line in passage.wrap(console, width)[:_LINES]:
            console.print(Text(_INDENT) + line)


def _passage(text: str, sentence: Span | None, width: int) -> Text:
    """The text from where its best sentence begins, which is bold; all of the text where it is short enough."""
    from rich.text import Text

    start, stop = sentence or (0, 0)
    # A text of one sentence has nothing to tell it from.
    style = "bold" if text[start:stop] != text.strip() else ""
    is_whole = not text[:start].strip() or len(text) <= width
    before, best, after = text[: start if is_whole else 0], text[start:stop], text[stop:]
    shown = Text("" if is_whole else "… ")
    shown.append(_line(before) + " " * bool(before.strip() and before[-1].isspace()))
    shown.append(_line(best[: 4 * width]), style=style)
    shown.append(" " * bool(best and after[:1].isspace()) + _line(after[: 4 * width]))
    shown.truncate(width, overflow="ellipsis")
    return shown


def _corners(region: tuple[float, float, float, float] | None) -> str:
    top, left, bottom, right = region or (0, 0, 0, 0)
    return f"{top:.0f}, {left:.0f} to {bottom:.0f}, {right:.0f}"


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
