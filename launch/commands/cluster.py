"""`vectormill cluster`: puts the rows of a feature table into k clusters."""

from __future__ import annotations

from typing import Any

import click

from launch.jobs.cluster import cluster as run_job
from launch.options import defaults_of, print_result, running
from launch.terminal.text import counted, folder, printable

_SHOWN = 3
_WIDTH = 56


@defaults_of(run_job)
@click.command(short_help="Put the rows of a feature table into clusters.")
@click.argument("table")
@click.option("-k", "k", type=int, required=True, help="How many clusters.")
@click.option("--to", required=True, metavar="OUT", help="Folder of the clusters, new or existing.")
@click.option("--seed", type=click.IntRange(0), show_default=True, help="Another one, other clusters.")
@click.option("--version", type=click.IntRange(0), help="Of the feature table. Default: the newest.")
@running
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON line.")
def cluster(as_json: bool, **given: Any) -> None:
    """Put every row of TABLE into one of K clusters, by spherical k-means, and write them to OUT, a Delta table.

    Beside it stand OUT/centres.npy and OUT/central.csv, the most central items of each cluster.
    """
    result = run_job(**given)
    print_result(result, as_json=as_json, lines=lambda: _print(folder(given["to"]), result, result.seconds))


def _print(out: str, summary: dict[str, Any], seconds: float) -> None:
    from rich.console import Console
    from rich.table import Table

    did = "" if summary["changed"] else "nothing changed, "
    zeros = f", {counted(summary['zeros'], 'zero vector')} in none (-1)" if summary["zeros"] else ""
    empty = f", {summary['empty']:,} of them empty" if summary["empty"] else ""
    click.echo(
        printable(
            f"{out}: {did}version {summary['version']}, {counted(summary['rows'], 'row')} in"
            f" {counted(summary['k'], 'cluster')}{empty}{zeros} ({seconds:.1f} s)"
        )
    )
    # What comes out of a corpus is neither markup nor emoji codes.
    console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    shown = Table("cluster", "size", "share", "most central", box=None, header_style="bold")
    for found in summary["clusters"]:
        items = [item["id"] if item["text"] is None else item["text"] for item in found["central"][:_SHOWN]]
        said = "\n".join(printable(item)[:_WIDTH] for item in items)
        shown.add_row(str(found["cluster"]), f"{found['size']:,}", f"{found['share']:.1%}", said)
    console.print(shown)
