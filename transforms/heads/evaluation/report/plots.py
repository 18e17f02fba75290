"""Draws the figures of a head's report with Bokeh.

`figures` makes those that have something to show. What they share with the figures of other reports, and the rule for
strings of the corpus, is in `transforms.report.plots`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from transforms.report.formatting import clipped, known, short
from transforms.report.plots import (
    COLOURS,
    DASHES,
    FAINT,
    FONT,
    INK,
    MARKERS,
    add_legend,
    canvas,
    distinct,
    tooltip,
)

if TYPE_CHECKING:
    from bokeh.models.ui import UIElement

CONFUSION_LABELS = 60
CURVES = 12
LEGEND_LABELS = 20

_COUNTED_LABELS = 25
_TOOLTIP_CHARACTERS = 240
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


def _confusion(confusion: Mapping[str, Any]) -> UIElement | None:
    from bokeh.models import ColumnDataSource, FactorRange, HoverTool
    from bokeh.palettes import Blues256
    from bokeh.transform import linear_cmap

    labels = list(confusion.get("labels") or ())
    if not labels:
        return None
    counts = np.asarray(confusion["counts"], np.int64)
    totals = np.maximum(counts.sum(1, keepdims=True), 1)
    # By falling support, and of equals as the labels are: the order of the table of classes.
    largest = np.argsort(-counts.sum(1), kind="stable")[:CONFUSION_LABELS]
    ticks = distinct([short(labels[index]) for index in largest])
    shown, share = (
        counts[np.ix_(largest, largest)].ravel(),
        (counts / totals)[np.ix_(largest, largest)].ravel(),
    )
    size = len(largest)
    source = ColumnDataSource(
        {
            "x": ticks * size,
            "y": [tick for tick in ticks for _ in range(size)],
            "truth": [labels[index] for index in largest for _ in range(size)],
            "predicted": [labels[index] for index in largest] * size,
            "count": shown,
            "share": share,
            "text": [f"{count:,}" if count else "" for count in shown],
            "ink": ["#ffffff" if part > 0.5 else INK for part in share],
        }
    )
    side = min(max(size * 36, 260), 720)
    longest = max(map(len, ticks))
    margin = 40 + 7 * longest
    upright = size * longest * 8 > side
    plot = canvas(
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
            text_font={"value": FONT},
            text_font_size=font,
            text_align="center",
            text_baseline="middle",
        )
    plot.add_tools(
        HoverTool(
            renderers=[cells],
            tooltips=tooltip(
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
    measured = [row for row in bins if known(row["confidence"]) and known(row["accuracy"])]
    largest = max(row["count"] for row in bins)
    unit = Range1d(start=-0.05, end=1.05)
    above = canvas(
        height=300,
        x_range=unit,
        y_range=Range1d(start=-0.05, end=1.05),
        y_axis_label="Accuracy",
        min_border_left=64,
    )
    above.line([0, 1], [0, 1], line_color=FAINT, line_dash="dashed")
    source = ColumnDataSource(
        {
            **{key: [row[key] for row in measured] for key in ("low", "high", "count", "confidence", "accuracy")},
            "size": [6 + 14 * math.sqrt(row["count"] / largest) for row in measured],
        }
    )
    above.line("confidence", "accuracy", source=source, line_color=COLOURS[0], line_width=1.5)
    dots = above.scatter("confidence", "accuracy", size="size", source=source, color=COLOURS[0], alpha=0.8)
    tips = tooltip(
        "Confidence @low{0.00} to @high{0.00}: @count{0,0} items",
        "accuracy @accuracy{0.000}, mean confidence @confidence{0.000}",
    )
    above.add_tools(HoverTool(renderers=[dots], tooltips=tips))
    below = canvas(
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
    quads = below.quad("low", "high", "count", 0, source=bars, color=COLOURS[0], alpha=0.6, line_color="#ffffff")
    below.add_tools(HoverTool(renderers=[quads], tooltips=tooltip("@low{0.00} to @high{0.00}: @count{0,0} items")))
    return column(above, below, sizing_mode="stretch_width")


def _precision_recall(curves: Sequence[Mapping[str, Any]], per_class: Sequence[Mapping[str, Any]]) -> UIElement | None:
    from bokeh.models import HoverTool, Range1d

    support = {row["label"]: row["support"] for row in per_class}
    curves = sorted((curve for curve in curves if curve["recall"]), key=lambda curve: -support.get(curve["label"], 0))
    if not curves:
        return None
    plot = canvas(
        height=430,
        x_range=Range1d(start=-0.05, end=1.05),
        y_range=Range1d(start=-0.05, end=1.05),
        x_axis_label="Recall",
        y_axis_label="Precision",
    )
    legend = []
    for index, curve in enumerate(curves[:CURVES]):
        colour, dash = COLOURS[index % len(COLOURS)], DASHES[index // len(COLOURS)]
        data = {"x": curve["recall"], "y": curve["precision"], "label": [curve["label"]] * len(curve["recall"])}
        line = plot.line("x", "y", source=data, line_color=colour, line_dash=dash, line_width=2)
        # A curve of one point has no line.
        drawn = [line] if len(curve["recall"]) > 1 else [plot.scatter("x", "y", source=data, color=colour, size=7)]
        legend.append((curve["label"], drawn))
    plot.add_tools(
        HoverTool(tooltips=tooltip("<b>@label</b>", "precision @y{0.000} at recall @x{0.000}"), line_policy="nearest")
    )
    add_legend(plot, legend, place="below")
    return plot


def _learning_curve(curve: Mapping[str, Any]) -> UIElement | None:
    from bokeh.models import HoverTool, PlainText
    from bokeh.models.annotations import Span

    xs = list(curve.get("x") or ())
    logarithmic, chosen = bool(curve.get("x_log")), curve.get("chosen")
    series = {
        name: [(x, y) for x, y in zip(xs, ys, strict=False) if known(y) and (x > 0 or not logarithmic)]
        for name, ys in (curve.get("series") or {}).items()
    }
    series = {name: points for name, points in series.items() if points}
    if not series:
        return None
    plot = canvas(
        height=380,
        x_axis_type="log" if logarithmic else "linear",
        x_axis_label=PlainText(text=curve.get("x_name") or ""),
    )
    legend: list[tuple[str, list[Any]]] = []
    marked: list[Any] = []
    for index, (name, points) in enumerate(series.items()):
        colour, dash = COLOURS[index % len(COLOURS)], DASHES[index // len(COLOURS) % len(DASHES)]
        data = {"x": [x for x, _ in points], "y": [y for _, y in points], "name": [name] * len(points)}
        line = plot.line("x", "y", source=data, line_color=colour, line_dash=dash, line_width=2)
        dots = plot.scatter("x", "y", source=data, color=colour, size=6 if len(points) <= 50 else 3)
        legend.append((name, [line, dots]))
        marked.append(dots)
    tips = tooltip("<b>@name</b>", "@y{0.0000} at @x{%.4g}")
    plot.add_tools(HoverTool(renderers=marked, tooltips=tips, formatters={"@x": "printf"}))
    if known(chosen) and (chosen > 0 or not logarithmic):
        plot.add_layout(Span(location=chosen, dimension="height", line_color=INK, line_dash="dashed"))
    add_legend(plot, legend, place="below")
    return plot


def _map(points: Sequence[Mapping[str, Any]], labels: Sequence[str]) -> UIElement | None:
    from bokeh.models import HoverTool
    from bokeh.palettes import Turbo256

    points = [point for point in points if known(point["x"]) and known(point["y"])]
    if not points:
        return None
    present = Counter(point["label"] for point in points)
    order = [label for label in dict.fromkeys((*labels, *present)) if label in present]
    few = len(order) <= LEGEND_LABELS
    plot = canvas(height=620, match_aspect=True, tools="pan,wheel_zoom,box_zoom,reset,save", toolbar_location="above")
    plot.axis.visible = False
    plot.grid.visible = False
    size = 8 if len(points) <= 500 else 6 if len(points) <= 4000 else 4
    members: dict[str, list[Mapping[str, Any]]] = {label: [] for label in order}
    for point in points:
        members[point["label"]].append(point)
    pictures = any(point.get("thumbnail") for point in points)
    legend = []
    for index, (label, group) in enumerate(members.items()):
        colour = COLOURS[index % len(COLOURS)] if few else Turbo256[10 + 235 * index // len(order)]
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
        marker = MARKERS[index // len(COLOURS) % len(MARKERS)]
        dots = plot.scatter(
            "x", "y", source=data, marker=marker, size=size, fill_color=colour, fill_alpha=0.75, line_color=None
        )
        legend.append((label or "(no label)", [dots]))
    # Bokeh escapes what it puts for `@name`, and `render` has let only images in as thumbnails.
    body = (
        '<img src="@thumbnail" alt="" style="max-width:160px;max-height:160px;display:block">' if pictures else "@text"
    )
    plot.add_tools(
        HoverTool(tooltips=tooltip("<b>@label</b>", body, f'<span style="color:{FAINT}">@id</span>'), limit=3)
    )
    if few:
        add_legend(plot, legend, place="right")
    return plot
