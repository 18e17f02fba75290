"""Draws the figures of an index's report with Bokeh.

`figures` makes those that have something to show. What they share with the figures of other reports, and the rule for
strings of the corpus, is in `transforms.report.plots`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from transforms.report.formatting import count, known, latency, number
from transforms.report.plots import COLOURS, DASHES, FAINT, INK, MARKERS, add_legend, canvas, tooltip

if TYPE_CHECKING:
    from bokeh.models.ui import UIElement
    from bokeh.plotting import figure

_DEPTHS = ("1", "10", "100")
_LOGARITHMIC = 5  # times the smallest: from here on, even steps would crowd the small values
_MOST_TICKS = 12
_MOST_DECADES = 5
_HEIGHT = 380


def figures(report: Mapping[str, Any]) -> dict[str, UIElement]:
    """The figures that `report` has content for, by name: trade_off, by_parameter, history."""
    index = report.get("index") or {}
    parameter = (index.get("search") or {}).get("name") or "parameter"
    min_recall = index.get("floor")
    curve = sorted(
        (row for row in report.get("curve") or () if known(row.get("value"))), key=lambda row: float(row["value"])
    )
    history = (report.get("drift") or {}).get("history") or ()
    made = {
        "trade_off": _trade_off(
            curve, parameter=parameter, min_recall=min_recall, exact=(report.get("latency") or {}).get("exact_p50")
        ),
        "by_parameter": _by_parameter(curve, parameter=parameter, min_recall=min_recall),
        "history": _history(history, min_recall=min_recall),
    }
    return {name: plot for name, plot in made.items() if plot is not None}


def _trade_off(
    curve: Sequence[Mapping[str, Any]], *, parameter: str, min_recall: float | None, exact: float | None
) -> UIElement | None:
    """Recall@10 against the latency of one query: one point for each value of the search parameter."""
    from bokeh.models import BasicTickFormatter, FixedTicker, HoverTool

    rows = [row for row in curve if known(_recall(row, "10")) and known(row.get("p50")) and row["p50"] > 0]
    if not rows:
        return None
    exact = exact if known(exact) and exact > 0 else None
    plot = canvas(
        height=_HEIGHT,
        x_axis_type="log",
        x_axis_label="Latency of one query (p50, ms)",
        y_axis_label="Recall@10",
    )
    times = [row["p50"] for row in rows] + [exact] * (exact is not None)
    ticks = _steps(times)
    # Within less than a decade, the ticker of Bokeh finds better ones.
    if sum(min(times) <= tick <= max(times) for tick in ticks) > 1:
        plot.xaxis.ticker = FixedTicker(ticks=ticks)
    plot.xaxis.formatter = BasicTickFormatter(use_scientific=False)
    shown = [_described(row, parameter) for row in rows]
    line = plot.line("p50", "recall", source=_columns(shown), line_color=COLOURS[0], line_width=2)
    dots = plot.scatter("p50", "recall", source=_columns(shown), color=COLOURS[0], size=7)
    legend: list[tuple[str, list[Any]]] = [(f"by {parameter}", [line, dots])]
    hovered: list[Any] = [dots]
    if chosen := [_described(row, parameter) for row in rows if row.get("chosen")]:
        hovered.append(
            plot.scatter("p50", "recall", source=_columns(chosen), size=15, fill_color=COLOURS[1], line_color="#ffffff")
        )
        legend.append((f"chosen: {chosen[0]['setting']}", hovered[-1:]))
    if exact is not None:
        truth = {"setting": "exact search", "p50": exact, "recall": 1.0}
        truth |= {"summary": f"recall at 10: 1, {latency(exact)}", "rate": ""}
        hovered.append(plot.scatter("p50", "recall", source=_columns([truth]), marker="diamond", size=13, color=FAINT))
        legend.append(("exact search", hovered[-1:]))
    legend += _recall_axis(
        plot, [_recall(row, "10") for row in rows] + [1.0] * (exact is not None), min_recall=min_recall
    )
    plot.add_tools(HoverTool(renderers=hovered, tooltips=tooltip("<b>@setting</b>", "@summary", "@rate")))
    add_legend(plot, legend, place="below")
    return plot


def _by_parameter(curve: Sequence[Mapping[str, Any]], *, parameter: str, min_recall: float | None) -> UIElement | None:
    """Recall@1, @10 and @100 over the search parameter."""
    from bokeh.models import FixedTicker, HoverTool, NoOverlap, PlainText
    from bokeh.models.annotations import Span

    series = {
        depth: [(row["value"], recall) for row in curve if known(recall := _recall(row, depth))] for depth in _DEPTHS
    }
    series = {depth: points for depth, points in series.items() if points}
    if not series:
        return None
    values = sorted({value for points in series.values() for value, _ in points})
    logarithmic = values[0] > 0 and values[-1] >= _LOGARITHMIC * values[0]
    plot = canvas(
        height=_HEIGHT,
        x_axis_type="log" if logarithmic else "linear",
        x_axis_label=PlainText(text=parameter),
        y_axis_label="Recall",
    )
    # The values that were tried, thinned from the largest down, rather than powers of ten.
    step = -(-len(values) // _MOST_TICKS)
    plot.xaxis.ticker = FixedTicker(ticks=values[::-step][::-1], minor_ticks=[])
    plot.xaxis.major_label_policy = NoOverlap()
    plot.xaxis.major_label_overrides = {value: f"{value:g}" for value in values}
    legend: list[tuple[str, list[Any]]] = []
    hovered: list[Any] = []
    for index, (depth, points) in enumerate(series.items()):
        data = {
            "x": [value for value, _ in points],
            "y": [recall for _, recall in points],
            "setting": [f"{parameter} = {value:g}" for value, _ in points],
            "summary": [f"recall at {depth}: {number(recall)}" for _, recall in points],
        }
        colour = COLOURS[index]
        line = plot.line("x", "y", source=data, line_color=colour, line_dash=DASHES[index], line_width=2)
        hovered.append(plot.scatter("x", "y", source=data, marker=MARKERS[index], color=colour, size=6))
        legend.append((f"recall@{depth}", [line, hovered[-1]]))
    for row in curve:
        if row.get("chosen"):
            plot.add_layout(Span(location=row["value"], dimension="height", line_color=INK, line_dash="dashed"))
    plot.add_tools(HoverTool(renderers=hovered, tooltips=tooltip("<b>@setting</b>", "@summary")))
    legend += _recall_axis(plot, [recall for points in series.values() for _, recall in points], min_recall=min_recall)
    add_legend(plot, legend, place="below")
    return plot


def _history(history: Iterable[Mapping[str, Any]], *, min_recall: float | None) -> UIElement | None:
    """Recall@10 of every version; of one version alone there is nothing to see."""
    from bokeh.models import BasicTicker, HoverTool, NumeralTickFormatter

    rows = [row for row in history if known(row.get("version")) and known(row.get("recall"))]
    if len(rows) < 2:
        return None
    plot = canvas(
        height=260,
        x_axis_label="Version of the index",
        y_axis_label="Recall@10",
    )
    plot.xaxis.ticker = BasicTicker(min_interval=1, num_minor_ticks=0)
    plot.xaxis.formatter = NumeralTickFormatter(format="0")
    data = {
        "x": [row["version"] for row in rows],
        "y": [row["recall"] for row in rows],
        "summary": [f"recall at 10: {number(row['recall'])}, {count(row.get('rows'))} rows" for row in rows],
    }
    line = plot.line("x", "y", source=data, line_color=COLOURS[0], line_width=2)
    dots = plot.scatter("x", "y", source=data, color=COLOURS[0], size=8)
    plot.add_tools(HoverTool(renderers=[dots], tooltips=tooltip("<b>version @x</b>", "@summary")))
    under = _recall_axis(plot, data["y"], min_recall=min_recall)
    add_legend(plot, [("recall@10", [line, dots]), *under], place="below")
    return plot


def _recall_axis(plot: figure, values: Sequence[float], *, min_recall: float | None) -> list[tuple[str, list[Any]]]:
    """Makes room for all of the values and draws the least recall; returns its entries of the legend."""
    from bokeh.models import NumeralTickFormatter, Range1d

    values = [*values, min_recall] if known(min_recall) else values
    span = max(values) - min(values)
    air = 0.06 * span or 0.02
    plot.y_range = Range1d(start=min(values) - air, end=max(values) + air)
    plot.yaxis.formatter = NumeralTickFormatter(format="0.00" if span > 0.1 else "0.000")
    if not known(min_recall):
        return []
    line = plot.hspan(y=[min_recall], line_color=COLOURS[5], line_dash="dashed", line_width=1.5)
    return [(f"minimum: {min_recall:g}", [line])]


def _steps(values: Sequence[float]) -> list[float]:
    """Round values over the decades of `values`: 1, 2, 5, 10, 20, or every power of ten where those are many."""
    decades = range(math.floor(math.log10(min(values))), math.ceil(math.log10(max(values))) + 1)
    return [
        step * 10.0**decade for decade in decades for step in ((1, 2, 5) if len(decades) <= _MOST_DECADES else (1,))
    ]


def _recall(row: Mapping[str, Any], depth: str) -> Any:
    return (row.get("recall") or {}).get(depth)


def _described(row: Mapping[str, Any], parameter: str) -> dict[str, Any]:
    """A point of the trade-off, and its tooltip."""
    qps = row.get("qps")
    return {
        "p50": row["p50"],
        "recall": _recall(row, "10"),
        "setting": f"{parameter} = {row['value']:g}",
        "summary": f"recall at 10: {number(_recall(row, '10'))}, {latency(row['p50'])}",
        "rate": f"{count(qps)} queries per second" if known(qps) else "",
    }


def _columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    return {name: [row[name] for row in rows] for name in rows[0]}
