"""Renders what a version changed as one HTML file that opens anywhere, offline.

A report is what `compare_tables`, `compare_models` or `compare_indexes` returns. What keeps its page safe to open is in
`transforms.report`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from transforms.common.errors import RequestError
from transforms.report import check, page, safe_pictures

_FORMATS = {name: f"vectormill-{name}-diff-1" for name in ("table", "model", "index")}


def render(report: Mapping[str, Any]) -> str:
    """Returns the page, about 20 kB plus the thumbnails.

    Raises:
      RequestError: the report is of another format.
    """
    kind = str(report.get("kind"))
    if kind not in _FORMATS:
        raise RequestError(f"a report of kind {kind!r} cannot be rendered, only of a table, a model or an index")
    check(report, _FORMATS[kind], remedy="compare the versions again")
    return page(Path(__file__).with_name(f"{kind}.html.j2"), _with_safe_pictures(report), figures={}, settings={})


def _with_safe_pictures(report: Mapping[str, Any]) -> dict[str, Any]:
    found = report.get("examples")
    if not isinstance(found, list):
        return dict(report)
    shown = safe_pictures(found)
    sides = ("before", "after")
    return {
        **report,
        "examples": [
            {**row, **{side: safe_pictures(row[side]) for side in sides if isinstance(row.get(side), list)}}
            for row in shown
        ],
    }
