"""The report of one index as one HTML file that opens anywhere, offline.

`render` turns the mapping of the index's `report.json` (format `vectormill-index-report-1`) into a page: the verdict, what
was measured, what it costs, and sample queries with their answers. Whatever has no content (no curve of an exact index,
no history of a first version) has no section. What keeps it safe to open is in `transforms.report`.

Fails with `RequestError` on a mapping of another format.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from transforms.report import check, page, safe_pictures
from transforms.report.words import known
from transforms.search.measure.report.plots import figures

FORMAT = "vectormill-index-report-1"

_TEMPLATE = Path(__file__).with_name("report.html.j2")


def render(report: Mapping[str, Any]) -> str:
    """Returns the page, about 1.3 MB plus the thumbnails (20 kB plus those where there is nothing to plot).

    Args:
      report: what `report.json` holds. Any list may be empty, any mapping in it null, any figure null or not finite.

    Raises:
      RequestError: it is of another format.
    """
    check(report, FORMAT, remedy="build the index again")
    queries = [
        {**query, "answers": safe_pictures(query.get("answers"))} for query in safe_pictures(report.get("queries"))
    ]
    report = {**report, "queries": queries}
    index, sizes = report.get("index") or {}, report.get("sizes") or ()
    latency = report.get("latency") or {}
    settings = {
        "memory": _total(size for size in sizes if size.get("resident")),
        "mapped": _total(size for size in sizes if not size.get("resident")),
        "largest": max((size["bytes"] for size in sizes if known(size.get("bytes"))), default=0),
        "speed": _ratio(latency.get("exact_p50"), latency.get("p50")),
        "ratio": _ratio,
        "rows": index.get("rows"),
    }
    return page(_TEMPLATE, report, figures=figures(report), settings=settings)


def _total(sizes: Iterable[Mapping[str, Any]]) -> int | None:
    """The bytes of those whose size is known; None where there are none."""
    found = [size["bytes"] for size in sizes if known(size.get("bytes"))]
    return sum(found) if found else None


def _ratio(part: object, whole: object) -> float | None:
    return part / whole if known(part) and known(whole) and whole > 0 else None
