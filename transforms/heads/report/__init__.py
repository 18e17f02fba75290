"""The report of one evaluation as one HTML file that opens anywhere, offline.

`render` turns the mapping of `report.json` (format `vectormill-report-1`) into a page: the same numbers, as tables and
Bokeh figures. Whatever has no content (no slices, no mistakes, no confusion of a multi-label head) has no section.

Everything that comes from the corpus (labels, ids, texts, thumbnails) is hostile until shown otherwise. Jinja2 and
Bokeh escape it; a thumbnail that is not a data URI of an image is left out; and the page's own content security policy
forbids every request and every script that was not written here, should one of the former be wrong.

Fails with `RequestError` on a mapping of another format.
"""

from __future__ import annotations

import math
import re
import secrets
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

from transforms.errors import RequestError
from transforms.heads.report.plots import CONFUSION_LABELS, CURVES, LEGEND_LABELS, clipped, figures, scripts

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

FORMAT = "vectormill-report-1"

_MISSING = "–"
_MANY_LABELS = 30
_TEXT_CHARACTERS = 400
_IMAGE_URI = re.compile(r"data:image/(?:png|jpeg|webp|gif);base64,[A-Za-z0-9+/]+={0,2}")


def render(report: Mapping[str, Any]) -> str:
    """Returns the page, about 1.3 MB plus the points of the map and the thumbnails.

    Args:
      report: what `report.json` holds. Any list may be empty and any figure null or not finite.

    Raises:
      RequestError: it is of another format.
    """
    if report.get("format") != FORMAT:
        raise RequestError(
            f"a report of format {report.get('format')!r} cannot be rendered, only {FORMAT!r}: evaluate the model again"
        )
    report = _with_safe_thumbnails(report)
    drawn, script = scripts(figures(report))
    page = (
        _environment()
        .get_template("report.html.j2")
        .render(report=report, figures=drawn, scripts=script, nonce=secrets.token_urlsafe(16))
    )
    # A lone surrogate (a file name that is not UTF-8) would make the page impossible to write.
    return page.encode("utf-8", "replace").decode("utf-8")


def _known(value: object) -> TypeGuard[float]:
    """Whether there is a figure to show: it may be null, not finite, or not in the report at all."""
    return isinstance(value, int | float) and math.isfinite(value)


def _number(value: object, *, digits: int = 3, signed: bool = False) -> str:
    """The typographic minus is as wide as the plus, so that signed columns line up."""
    if not _known(value):
        return _MISSING
    return f"{value:{'+' if signed else ''},.{digits}f}".replace("-", "−")


def _compact(value: object) -> str:
    """A figure whose scale is not known (a strength, a temperature): four significant digits."""
    return f"{value:.4g}" if _known(value) else _MISSING


def _bounds(interval: Mapping[str, Any] | None, *, signed: bool = False) -> str:
    low, high = (_number((interval or {}).get(side), signed=signed) for side in ("low", "high"))
    return "" if _MISSING in (low, high) else f"[{low}, {high}]"


def _interval(interval: Mapping[str, Any] | None, *, signed: bool = False) -> Markup:
    from markupsafe import Markup

    value, bounds = _number((interval or {}).get("value"), signed=signed), _bounds(interval, signed=signed)
    return Markup(f'{value} <span class="bounds">{bounds}</span>' if bounds else value)


def _duration(seconds: object) -> str:
    if not _known(seconds):
        return _MISSING
    if seconds < 60:
        return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def _with_safe_thumbnails(report: Mapping[str, Any]) -> dict[str, Any]:
    """The report without the thumbnails that a browser would take for anything but an image in the page itself."""

    def safe(rows: Iterable[Mapping[str, Any]] | None) -> list[dict[str, Any]]:
        return [
            {**row, "thumbnail": uri if _IMAGE_URI.fullmatch(uri := row.get("thumbnail") or "") else None}
            for row in rows or ()
        ]

    vector_map = report.get("map") or {}
    return {
        **report,
        "mistakes": safe(report.get("mistakes")),
        "map": {**vector_map, "points": safe(vector_map.get("points"))},
    }


@cache
def _environment() -> Environment:
    from jinja2 import ChainableUndefined, Environment, FileSystemLoader

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=ChainableUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        many_labels=_MANY_LABELS, confusion_labels=CONFUSION_LABELS, curves=CURVES, legend_labels=LEGEND_LABELS
    )
    environment.filters.update(
        number=_number,
        compact=_compact,
        bounds=_bounds,
        interval=_interval,
        duration=_duration,
        count=lambda value: _number(value, digits=0),
        clip=lambda text: clipped(text, _TEXT_CHARACTERS),
    )
    return environment
