"""The figures of a report, in Bokeh.

`figures` makes those that have something to show; `scripts` makes of them what a page needs, BokehJS included.
Colours are Paul Tol's "bright" scheme, which colour-blind people can tell apart, told apart again by marker or dash
when there are more labels than colours (P. Tol, "Colour Schemes", SRON/EPS/TN/09-002, 2021).

Labels are only ever ticks of a categorical axis, legend entries or columns of a data source, all of which are plain
text to Bokeh: a title or an axis label would be typeset as mathematics wherever it holds `$$`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from bokeh.models.ui import UIElement
    from bokeh.plotting import figure
    from markupsafe import Markup

CONFUSION_LABELS = 60
CURVES = 12
LEGEND_LABELS = 20

_COUNTED_LABELS = 25
_TICK_CHARACTERS = 24
_TOOLTIP_CHARACTERS = 240
_COLOURS = ("#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#555555")
_MARKERS = ("circle", "triangle", "square")
_DASHES = ("solid", "dashed", "dotted")
_INK, _FAINT, _RULE = "#1f2933", "#6b7785", "#d9dee4"
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
_NO_IMAGE = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"


def figures(report: Mapping[str, Any]) -> dict[str, UIElement]:
    """The figures that `report` has content for, by name: confusion, reliability, precision_recall, learning_curve,
    map."""
    made = {
        "confusion": _confusion(report.get("confusion") or {}),
        "reliability": _reliability((report.get("reliability") or {}).get("bins") or ()),
        "precision_recall": _precision_recall(report.get("precision_recall") or (), report.get("per_class") or ()),
        "learning_curve": _learning_curve(report.get("learning_curve") or {}),
        "map": _map((report.get("map") or {}).get("points") or (), (report.get("model") or {}).get("labels") or ()),
    }
    return {name: plot for name, plot in made.items() if plot is not None}


def scripts(plots: Mapping[str, UIElement]) -> tuple[dict[str, Markup], list[Markup]]:
    """The element of each plot, by name, and the bodies of the scripts that fill them (none if there are no plots)."""
    from bokeh.embed import components
    from bokeh.resources import Resources
    from bokeh.themes import Theme
    from markupsafe import Markup

    if not plots:
        return {}, []
    # Only the core of BokehJS: its other bundles (widgets, tables, WebGL, MathJax) are as large again, and not used.
    library = Resources(mode="inline", components=["bokeh"]).js_raw[0]
    script, roots = components(dict(plots), wrap_script=False, wrap_plot_info=False, theme=Theme(json=_THEME))
    elements = {
        name: Markup('<div id="{}" data-root-id="{}"></div>').format(root.elementid, root.id)
        for name, root in roots.items()
    }
    return elements, [Markup(source) for source in (library, script)]


def clipped(text: str | None, length: int) -> str:
    """`text` on one line, of at most `length` characters."""
    line = " ".join((text or "").split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def _confusion(confusion: Mapping[str, Any]) -> UIElement | None:
    from bokeh.models import ColumnDataSource, FactorRange, HoverTool
    from bokeh.palettes import Blues256
    from bokeh.transform import linear_cmap

    labels = list(confusion.get("labels") or ())
    if not labels:
        return None
    counts = np.asarray(confusion["counts"], np.int64)
    totals = np.maximum(counts.sum(1, keepdims=True), 1)
    # Sorted back: the labels keep the order in which the rest of the report has them.
    kept = np.sort(np.argsort(-counts.sum(1), kind="stable")[:CONFUSION_LABELS])
    ticks = _distinct([_short(labels[index]) for index in kept])
    shown, share = counts[np.ix_(kept, kept)].ravel(), (counts / totals)[np.ix_(kept, kept)].ravel()
    size = len(kept)
    source = ColumnDataSource(
        {
            "x": ticks * size,
            "y": [tick for tick in ticks for _ in range(size)],
            "truth": [labels[index] for index in kept for _ in range(size)],
            "predicted": [labels[index] for index in kept] * size,
            "count": shown,
            "share": share,
            "text": [f"{count:,}" if count else "" for count in shown],
            "ink": ["#ffffff" if part > 0.5 else _INK for part in share],
        }
    )
    side = min(max(size * 36, 260), 720)
    longest = max(map(len, ticks))
    margin = 40 + 7 * longest
    upright = size * longest * 8 > side
    plot = _figure(
        height=side + (margin if upright else 60),
        max_width=side + margin,
        x_range=FactorRange(factors=ticks, range_padding=0),
        y_range=FactorRange(factors=ticks[::-1], range_padding=0),
        x_axis_label="Predicted",
        y_axis_label="Truth",
    )
    plot.grid.visible = False
    plot.xaxis.major_label_orientation = math.pi / 2 if upright else 0.0
    plot.axis.major_tick_line_color = None
    small = size > _COUNTED_LABELS
    plot.axis.major_label_text_font_size = "10px" if small else "12px"
    cells = plot.rect(
        "x",
        "y",
        width=1,
        height=1,
        source=source,
        # The dark end is left out, so that the ink of a cell is legible on all of them.
        fill_color=linear_cmap("share", Blues256[:30:-1], 0, 1),
        line_color="#ffffff",
        line_width=0.5 if small else 1,
    )
    if not small:
        font = "12px" if size <= 15 else "9px"
        plot.text(
            "x",
            "y",
            text="text",
            source=source,
            text_color="ink",
            text_font={"value": _FONT},
            text_font_size=font,
            text_align="center",
            text_baseline="middle",
        )
    plot.add_tools(
        HoverTool(
            renderers=[cells],
            tooltips=_card(
                "<b>@truth</b> predicted as <b>@predicted</b>", "@count{0,0}, which is @share{0.0%} of this truth"
            ),
        )
    )
    return plot


def _reliability(bins: Sequence[Mapping[str, Any]]) -> UIElement | None:
    from bokeh.layouts import column
    from bokeh.models import BasicTicker, ColumnDataSource, HoverTool, NumeralTickFormatter, Range1d

    bins = [row for row in bins if row["count"]]
    if not bins:
        return None
    known = [row for row in bins if _finite(row["confidence"]) and _finite(row["accuracy"])]
    largest = max(row["count"] for row in bins)
    unit = Range1d(start=-0.05, end=1.05)
    above = _figure(
        height=300,
        x_range=unit,
        y_range=Range1d(start=-0.05, end=1.05),
        y_axis_label="Accuracy",
        min_border_left=64,
    )
    above.line([0, 1], [0, 1], line_color=_FAINT, line_dash="dashed")
    source = ColumnDataSource(
        {
            **{key: [row[key] for row in known] for key in ("low", "high", "count", "confidence", "accuracy")},
            "size": [6 + 14 * math.sqrt(row["count"] / largest) for row in known],
        }
    )
    above.line("confidence", "accuracy", source=source, line_color=_COLOURS[0], line_width=1.5)
    dots = above.scatter("confidence", "accuracy", size="size", source=source, color=_COLOURS[0], alpha=0.8)
    card = _card(
        "Confidence @low{0.00} to @high{0.00}: @count{0,0} items",
        "accuracy @accuracy{0.000}, mean confidence @confidence{0.000}",
    )
    above.add_tools(HoverTool(renderers=[dots], tooltips=card))
    below = _figure(
        height=130,
        x_range=unit,
        y_range=Range1d(start=0, end=largest * 1.1),
        x_axis_label="Confidence",
        y_axis_label="Items",
        min_border_left=64,
    )
    below.yaxis.ticker = BasicTicker(desired_num_ticks=3)
    below.yaxis.formatter = NumeralTickFormatter(format="0,0")
    bars = ColumnDataSource({key: [row[key] for row in bins] for key in ("low", "high", "count")})
    quads = below.quad("low", "high", "count", 0, source=bars, color=_COLOURS[0], alpha=0.6, line_color="#ffffff")
    below.add_tools(HoverTool(renderers=[quads], tooltips=_card("@low{0.00} to @high{0.00}: @count{0,0} items")))
    return column(above, below, sizing_mode="stretch_width")


def _precision_recall(curves: Sequence[Mapping[str, Any]], per_class: Sequence[Mapping[str, Any]]) -> UIElement | None:
    from bokeh.models import HoverTool, Range1d

    support = {row["label"]: row["support"] for row in per_class}
    curves = sorted((curve for curve in curves if curve["recall"]), key=lambda curve: -support.get(curve["label"], 0))
    if not curves:
        return None
    plot = _figure(
        height=430,
        x_range=Range1d(start=-0.05, end=1.05),
        y_range=Range1d(start=-0.05, end=1.05),
        x_axis_label="Recall",
        y_axis_label="Precision",
    )
    legend = []
    for index, curve in enumerate(curves[:CURVES]):
        colour, dash = _COLOURS[index % len(_COLOURS)], _DASHES[index // len(_COLOURS)]
        data = {"x": curve["recall"], "y": curve["precision"], "label": [curve["label"]] * len(curve["recall"])}
        line = plot.line("x", "y", source=data, line_color=colour, line_dash=dash, line_width=2)
        # A curve of one point has no line.
        drawn = [line] if len(curve["recall"]) > 1 else [plot.scatter("x", "y", source=data, color=colour, size=7)]
        legend.append((curve["label"], drawn))
    plot.add_tools(
        HoverTool(tooltips=_card("<b>@label</b>", "precision @y{0.000} at recall @x{0.000}"), line_policy="nearest")
    )
    _legend(plot, legend, place="below")
    return plot


def _learning_curve(curve: Mapping[str, Any]) -> UIElement | None:
    from bokeh.models import HoverTool, PlainText
    from bokeh.models.annotations import Span

    xs = list(curve.get("x") or ())
    logarithmic, chosen = bool(curve.get("x_log")), curve.get("chosen")
    series = {
        name: [(x, y) for x, y in zip(xs, ys, strict=False) if _finite(y) and (x > 0 or not logarithmic)]
        for name, ys in (curve.get("series") or {}).items()
    }
    series = {name: points for name, points in series.items() if points}
    if not series:
        return None
    plot = _figure(
        height=380,
        x_axis_type="log" if logarithmic else "linear",
        x_axis_label=PlainText(text=curve.get("x_name") or ""),
    )
    legend: list[tuple[str, list[Any]]] = []
    marked: list[Any] = []
    for index, (name, points) in enumerate(series.items()):
        colour, dash = _COLOURS[index % len(_COLOURS)], _DASHES[index // len(_COLOURS) % len(_DASHES)]
        data = {"x": [x for x, _ in points], "y": [y for _, y in points], "name": [name] * len(points)}
        line = plot.line("x", "y", source=data, line_color=colour, line_dash=dash, line_width=2)
        dots = plot.scatter("x", "y", source=data, color=colour, size=6 if len(points) <= 50 else 3)
        legend.append((name, [line, dots]))
        marked.append(dots)
    card = _card("<b>@name</b>", "@y{0.0000} at @x{%.4g}")
    plot.add_tools(HoverTool(renderers=marked, tooltips=card, formatters={"@x": "printf"}))
    if chosen is not None and _finite(chosen) and (chosen > 0 or not logarithmic):
        plot.add_layout(Span(location=chosen, dimension="height", line_color=_INK, line_dash="dashed"))
    _legend(plot, legend, place="below")
    return plot


def _map(points: Sequence[Mapping[str, Any]], labels: Sequence[str]) -> UIElement | None:
    from bokeh.models import HoverTool
    from bokeh.palettes import Turbo256

    points = [point for point in points if _finite(point["x"]) and _finite(point["y"])]
    if not points:
        return None
    present = Counter(point["label"] for point in points)
    order = [label for label in dict.fromkeys((*labels, *present)) if label in present]
    few = len(order) <= LEGEND_LABELS
    plot = _figure(height=620, match_aspect=True, tools="pan,wheel_zoom,box_zoom,reset,save", toolbar_location="above")
    plot.axis.visible = False
    plot.grid.visible = False
    size = 8 if len(points) <= 500 else 6 if len(points) <= 4000 else 4
    members: dict[str, list[Mapping[str, Any]]] = {label: [] for label in order}
    for point in points:
        members[point["label"]].append(point)
    pictures = any(point.get("thumbnail") for point in points)
    legend = []
    for index, (label, group) in enumerate(members.items()):
        colour = _COLOURS[index % len(_COLOURS)] if few else Turbo256[10 + 235 * index // len(order)]
        data = {
            "x": [point["x"] for point in group],
            "y": [point["y"] for point in group],
            "label": [label or "(no label)"] * len(group),
            "id": [clipped(point["id"], _TOOLTIP_CHARACTERS) for point in group],
        }
        if pictures:
            data["thumbnail"] = [point.get("thumbnail") or _NO_IMAGE for point in group]
        else:
            data["text"] = [clipped(point.get("text"), _TOOLTIP_CHARACTERS) for point in group]
        marker = _MARKERS[index // len(_COLOURS) % len(_MARKERS)]
        dots = plot.scatter(
            "x", "y", source=data, marker=marker, size=size, fill_color=colour, fill_alpha=0.75, line_color=None
        )
        legend.append((label or "(no label)", [dots]))
    # Bokeh escapes what it puts for `@name`, and `render` has let only images in as thumbnails.
    body = (
        '<img src="@thumbnail" alt="" style="max-width:160px;max-height:160px;display:block">' if pictures else "@text"
    )
    plot.add_tools(
        HoverTool(tooltips=_card("<b>@label</b>", body, f'<span style="color:{_FAINT}">@id</span>'), limit=3)
    )
    if few:
        _legend(plot, legend, place="right")
    return plot


def _figure(**settings: Any) -> figure:
    """A figure as wide as its place in the page, and without tools unless they are given."""
    from bokeh.plotting import figure

    common: dict[str, Any] = {"sizing_mode": "stretch_width", "min_width": 260, "tools": "", "toolbar_location": None}
    return figure(**(common | settings))


def _legend(plot: figure, entries: Sequence[tuple[str, list[Any]]], *, place: Literal["below", "right"]) -> None:
    """Adds a legend beside the plot, never over it; a click on an entry hides what it stands for."""
    from bokeh.models.annotations import Legend, LegendItem

    items = [LegendItem(label={"value": _short(name)}, renderers=drawn) for name, drawn in entries]
    below = place == "below"
    # The width of a label is what keeps the columns apart.
    legend = Legend(items=items, click_policy="hide", ncols=2 if below else 1, label_width=150 if below else 20)
    legend.location = "top_left"
    plot.add_layout(legend, place)


def _card(*lines: str) -> str:
    """The HTML template of a tooltip."""
    rows = "".join(f"<div>{line}</div>" for line in lines)
    return f'<div style="font:13px {_FONT};color:{_INK};max-width:320px;overflow-wrap:anywhere">{rows}</div>'


def _short(label: str) -> str:
    """A label for a tick or a legend: cut in its middle, since labels that are long are often alike at one end."""
    line = clipped(label, len(label))
    half = _TICK_CHARACTERS // 2
    return line if len(line) <= _TICK_CHARACTERS else f"{line[:half].rstrip()}…{line[1 - half :].lstrip()}"


def _distinct(names: Iterable[str]) -> list[str]:
    """The names, numbered where two have become the same: a categorical axis takes each of its ticks once."""
    taken: set[str] = set()
    out = []
    for name in names:
        tick, number = name, 1
        while tick in taken:
            number += 1
            tick = f"{name} ({number})"
        taken.add(tick)
        out.append(tick)
    return out


def _finite(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


_THEME: dict[str, Any] = {
    "attrs": {
        "Plot": {"outline_line_color": _RULE, "background_fill_color": None, "border_fill_color": None},
        "Axis": {
            "axis_line_color": _RULE,
            "major_tick_line_color": _RULE,
            "minor_tick_line_color": None,
            "major_label_text_font": _FONT,
            "major_label_text_font_size": "12px",
            "major_label_text_color": _INK,
            "axis_label_text_font": _FONT,
            "axis_label_text_font_size": "13px",
            "axis_label_text_font_style": "normal",
            "axis_label_text_color": _INK,
        },
        "Grid": {"grid_line_color": "#eceff2"},
        "Legend": {
            "label_text_font": _FONT,
            "label_text_font_size": "12px",
            "label_text_color": _INK,
            "border_line_color": None,
            "background_fill_alpha": 0.0,
            "spacing": 2,
            "padding": 4,
            "glyph_height": 16,
            "glyph_width": 18,
        },
        "Toolbar": {"logo": None, "autohide": True},
    }
}
