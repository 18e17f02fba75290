"""`vectormill site`: writes an index as a folder that any static server serves, whose page searches it in the browser."""

from __future__ import annotations

from importlib.resources import files as resources
from typing import Any

import click

from launch.terminal.text import counted, folder, printable

_MAP = ("map.css", "map.js", "map_drawing.js", "map_points.js", "map_view.js")
_SHARED = ("elements.js", "results.js", "search.js", "style.css", *_MAP)
"""Files of the search page of `vectormill serve` that the page of a site is made of, too."""


@click.command(short_help="Write an index as a folder of static files that is searched in the browser.")
@click.argument("index")
@click.option("--to", "out", required=True, metavar="FOLDER", help="New folder.")
@click.option(
    "--mode", type=click.Choice(["hybrid", "vector", "words"]), help="One way to search. Default: the index's, and all."
)
@click.option(
    "--recall",
    type=click.FloatRange(0, 1),
    default=0.99,
    show_default=True,
    help="Of the index's first ten answers to held-out queries, those that the site must give.",
)
@click.option("--max-mb", type=click.IntRange(1), metavar="MB", help="Default: 300, and 500,000 rows.")
def site(index: str, out: str, mode: Any, recall: float, max_mb: int | None) -> None:
    """Write INDEXES/NAME (its newest version) or INDEXES/NAME/VERSION as a folder of a page and its data.

    Any static server serves it, and nothing that is asked leaves the browser. Texts are searched by words and use-multilingual,
    photographs by photographs. It is written only if its answers are those of the index.
    """
    from transforms.search.store.index_folder import located
    from transforms.storage import files
    from transforms.storage.write_errors import writing
    from transforms.web.site.export import export_site

    place = located(folder(index))
    number = files.basename(place)
    name = files.basename(files.parent(place)) if number.isdigit() else number
    shared = resources("launch.serve").joinpath("page")
    with writing(out):
        facts = export_site(
            place,
            folder(out),
            name=name,
            version=int(number) if number.isdigit() else None,
            page={file: shared.joinpath(file).read_bytes() for file in _SHARED},
            mode=mode,
            min_recall=recall,
            max_mb=max_mb,
        )
    megabytes = sum(size for size, _ in facts["files"].values()) / 1e6
    recalls = ", ".join(f"{value:g} by {way}" for way, value in facts["agreement"]["recall"].items())
    click.echo(
        printable(
            f"{out}: {counted(facts['rows'], 'row')} of {place}, {len(facts['files']) + 1} files of {megabytes:.1f} MB; of the"
            f" index's answers to {facts['agreement']['queries']} queries it gives {recalls}; serve it over http"
        )
    )
    missing = facts.get("pictures", {}).get("missing", 0)
    if missing:
        click.echo(
            f"{counted(missing, 'row')} without a picture: the corpus of the table cannot be read there any more"
        )
