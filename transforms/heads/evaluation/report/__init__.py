"""Renders the report of one evaluation as one HTML file that opens anywhere, offline.

`render` turns the mapping of `report.json` (format `vectormill-report-1`) into a page: the same numbers, as tables and
Bokeh figures. Whatever has no content (no slices, no mistakes, no confusion of a multi-label head) has no section.
What keeps it safe to open is in `transforms.report`.

Fails with `RequestError` on a mapping of another format.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from transforms.heads.evaluation.report.plots import CONFUSION_LABELS, CURVES, LEGEND_LABELS, figures
from transforms.report import check, page, safe_pictures

FORMAT = "vectormill-report-1"

_TEMPLATE = Path(__file__).with_name("report.html.j2")
_MANY_LABELS = 30


def render(report: Mapping[str, Any]) -> str:
    """Returns the page, about 1.3 MB plus the points of the map and the thumbnails.

    Args:
      report: what `report.json` holds. Any list may be empty and any figure null or not finite.

    Raises:
      RequestError: it is of another format.
    """
    check(report, FORMAT, remedy="evaluate the model again")
    vector_map = report.get("map") or {}
    report = {
        **report,
        "mistakes": safe_pictures(report.get("mistakes")),
        "map": {**vector_map, "points": safe_pictures(vector_map.get("points"))},
    }
    settings = {
        "many_labels": _MANY_LABELS,
        "confusion_labels": CONFUSION_LABELS,
        "curves": CURVES,
        "legend_labels": LEGEND_LABELS,
    }
    return page(_TEMPLATE, report, figures=figures(report), settings=settings)
