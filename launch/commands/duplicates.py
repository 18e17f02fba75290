"""`vectormill duplicates`: groups of near duplicates in a feature table."""

from __future__ import annotations

import json
import time
from typing import Any

import click

from launch.options import running
from launch.terminal.text import counted, folder, printable

_WIDTH = 80


@click.command(short_help="Write groups of near duplicates in a feature table.")
@click.argument("table")
@click.option("--to", "out", required=True, metavar="OUT", help="Folder of the groups, new or existing.")
@click.option(
    "--threshold", type=float, default=0.97, show_default=True, help="Least cosine, above 0 and up to 1 (copies)."
)
@click.option("--exact", is_flag=True, help="Compare every pair, also where that takes long.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the cells of a large table.")
@click.option("--version", type=click.IntRange(0), help="Of the feature table. Default: the newest.")
@running
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON line.")
def duplicates(table: str, out: str, **asked: Any) -> None:
    """Find rows of TABLE whose vectors are nearly the same, and write them to OUT by group, a Delta table.

    What is near by a chain of others is in the same group. Of each group one row is its representative: without the rows where
    `representative` is false, one of each is left.
    """
    started = time.monotonic()
    from launch.runners import run_shown
    from pipelines.duplicates import DuplicatesJob, run
    from transforms.table.open import existing

    table, out = folder(table), folder(out)
    job = DuplicatesJob(
        table=table,
        version=existing(table, asked["version"]).version,
        out=out,
        threshold=asked["threshold"],
        exact=asked["exact"],
        seed=asked["seed"],
    )
    summary = run_shown(run, job, asked)
    seconds = time.monotonic() - started
    if asked["as_json"]:
        click.echo(json.dumps({**summary, "seconds": round(seconds, 2)}))
        return
    _print(out, summary, seconds)


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
