"""Makes the figures of reports: their theme, colours, legends and tooltips, and the scripts of a page.

Colours are Paul Tol's "bright" scheme, which colour-blind people can distinguish; a marker or dash distinguishes series
when there are more of them than colours (P. Tol, "Colour Schemes", SRON/EPS/TN/09-002, 2021).

Strings of the corpus may only become ticks of a categorical axis, legend entries, `PlainText` or columns of a data
source, all of which are plain text to Bokeh: a title or an axis label would be typeset as mathematics wherever it
holds `$$`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from transforms.report.formatting import short

if TYPE_CHECKING:
    from bokeh.models.ui import UIElement
    from bokeh.plotting import figure
    from markupsafe import Markup

COLOURS = ("#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#555555")
MARKERS = ("circle", "triangle", "square")
DASHES = ("solid", "dashed", "dotted")
INK, FAINT, RULE = "#1f2933", "#6b7785", "#d9dee4"
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


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


def canvas(**settings: Any) -> figure:
    """A figure as wide as its place in the page, and without tools unless they are given."""
    from bokeh.plotting import figure

    common: dict[str, Any] = {"sizing_mode": "stretch_width", "min_width": 260, "tools": "", "toolbar_location": None}
    return figure(**(common | settings))


def add_legend(plot: figure, entries: Sequence[tuple[str, list[Any]]], *, place: Literal["below", "right"]) -> None:
    """Adds a legend beside the plot, never over it; a click on an entry hides what it stands for."""
    from bokeh.core.properties import value
    from bokeh.models.annotations import Legend, LegendItem

    items = [LegendItem(label=value(short(name)), renderers=drawn) for name, drawn in entries]
    below = place == "below"
    # The width of a label is what keeps the columns apart.
    legend = Legend(items=items, click_policy="hide", ncols=2 if below else 1, label_width=150 if below else 20)
    legend.location = "top_left"
    plot.add_layout(legend, place)


def tooltip(*lines: str) -> str:
    """The HTML template of a tooltip."""
    rows = "".join(f"<div>{line}</div>" for line in lines)
    return f'<div style="font:13px {FONT};color:{INK};max-width:320px;overflow-wrap:anywhere">{rows}</div>'


def distinct(names: Iterable[str]) -> list[str]:
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


_THEME: dict[str, Any] = {
    "attrs": {
        "Plot": {"outline_line_color": RULE, "background_fill_color": None, "border_fill_color": None},
        "Axis": {
            "axis_line_color": RULE,
            "major_tick_line_color": RULE,
            "minor_tick_line_color": None,
            "major_label_text_font": FONT,
            "major_label_text_font_size": "12px",
            "major_label_text_color": INK,
            "axis_label_text_font": FONT,
            "axis_label_text_font_size": "13px",
            "axis_label_text_font_style": "normal",
            "axis_label_text_color": INK,
        },
        "Grid": {"grid_line_color": "#eceff2"},
        "Legend": {
            "label_text_font": FONT,
            "label_text_font_size": "12px",
            "label_text_color": INK,
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
