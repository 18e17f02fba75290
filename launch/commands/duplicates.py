"""`vectormill duplicates`: writes groups of near-duplicates in a feature table."""

from __future__ import annotations

from typing import Any

import click

from launch.jobs.duplicates import duplicates as run_job
from launch.options import defaults_of, print_result, running
from launch.terminal.text import counted, folder, printable

_WIDTH = 80


@defaults_of(run_job)
@click.command(short_help="Write groups of near duplicates in a feature table.")
@click.argument("table")
@click.option("--to", required=True, metavar="OUT", help="Folder of the groups, new or existing.")
@click.option("--threshold", type=float, show_default=True, help="Least cosine, above 0 and up to 1 (copies).")
@click.option("--exact", is_flag=True, help="Compare every pair, also where that takes long.")
@click.option("--seed", type=click.IntRange(0), show_default=True, help="Of the cells of a large table.")
@click.option("--version", type=click.IntRange(0), help="Of the feature table. Default: the newest.")
@running
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON line.")
def duplicates(as_json: bool, **given: Any) -> None:
    """Find rows of TABLE whose vectors are nearly the same, and write them to OUT by group, a Delta table.

    What is near by a chain of others is in the same group. Of each group one row is its representative: without the rows where
    `representative` is false, one of each is left.
    """
    result = run_job(**given)
    print_result(result, as_json=as_json, lines=lambda: _print(folder(given["to"]), result, result.seconds))


def _print(out: str, summary: dict[str, Any], seconds: float) -> None:
    did = "" if summary["changed"] else "nothing changed, "
    zeros = f", {counted(summary['zeros'], 'zero vector')} passed over" if summary["zeros"] else ""
    click.echo(
        printable(
            f"{out}: {did}version {summary['version']}, {counted(summary['rows'], 'row')},"
            f" {counted(summary['groups'], 'group')} of {counted(summary['grouped'], 'row')} at cosine"
            f" {summary['threshold']:g} and above, {summary['droppable']:,} could be dropped{zeros} ({seconds:.1f} s)"
        )
    )
    click.echo(f"compared: {summary['compared']}")
    for group in summary["largest"]:
        said = printable(group["id"] if group["text"] is None else group["text"])[:_WIDTH]
        click.echo(f"  group {group['group']}: {counted(group['size'], 'row')} down to {group['cosine']:.3f}, {said}")
