"""Renders reports of every kind: one HTML file that opens anywhere, offline.

A report is a mapping (its `report.json`), a template that extends `page.html.j2`, and Bokeh figures. `check` refuses
a mapping of another format, `safe_pictures` drops thumbnails that are no images, `page` renders.

Everything that comes from the corpus (labels, ids, texts, thumbnails) is treated as hostile. Jinja2 and
Bokeh escape it; a thumbnail that is not a data URI of an image is left out; and the page's own content security policy
forbids every request and every script that was not written here, should one of these measures fail.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from transforms.common.errors import RequestError
from transforms.report import formatting
from transforms.report.plots import scripts

if TYPE_CHECKING:
    from bokeh.models.ui import UIElement
    from jinja2 import Environment

_IMAGE_URI = re.compile(r"data:image/(?:png|jpeg|webp|gif);base64,[A-Za-z0-9+/]+={0,2}")


def check(report: Mapping[str, Any], format_: str, *, remedy: str) -> None:
    """Raises `RequestError`, which ends in `remedy`, where the report is not of `format_`."""
    if report.get("format") != format_:
        raise RequestError(
            f"a report of format {report.get('format')!r} cannot be rendered, only {format_!r}: {remedy}"
        )


def safe_pictures(rows: Iterable[Mapping[str, Any]] | None) -> list[dict[str, Any]]:
    """The rows without the thumbnails that a browser would take for anything but an image in the page itself."""
    return [
        {**row, "thumbnail": uri if _IMAGE_URI.fullmatch(uri := row.get("thumbnail") or "") else None}
        for row in rows or ()
    ]


def page(
    template: Path, report: Mapping[str, Any], *, figures: Mapping[str, UIElement], settings: Mapping[str, Any]
) -> str:
    """Returns the page, 1.3 MB of BokehJS (none without figures) and what the report holds.

    Args:
      template: the file that extends `page.html.j2`. It sees `report`, `figures` (their elements) and `settings`.
      report: what `report.json` holds.
      figures: by name; those without content are not there.
      settings: what else the template needs, by name.
    """
    drawn, script = scripts(figures)
    html = (
        _environment(template.parent)
        .get_template(template.name)
        .render({**settings, "report": report, "figures": drawn, "scripts": script, "nonce": secrets.token_urlsafe(16)})
    )
    # A lone surrogate (a file name that is not UTF-8) would make the page impossible to write.
    return html.encode("utf-8", "replace").decode("utf-8")


@cache
def _environment(folder: Path) -> Environment:
    from jinja2 import ChainableUndefined, Environment, FileSystemLoader

    environment = Environment(
        loader=FileSystemLoader([folder, Path(__file__).parent]),
        autoescape=True,
        undefined=ChainableUndefined,
        finalize=lambda value: formatting.MISSING if value is None else value,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters = (
        formatting.number,
        formatting.count,
        formatting.compact,
        formatting.bounds,
        formatting.interval,
        formatting.duration,
        formatting.latency,
        formatting.memory,
        formatting.clip,
        formatting.short,
    )
    environment.tests["known"] = formatting.known
    environment.filters.update({made.__name__: made for made in filters})
    return environment
