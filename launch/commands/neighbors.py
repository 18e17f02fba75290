"""`vectormill neighbors`: joins every row of a feature table with its nearest in an index."""

from __future__ import annotations

from typing import Any

import click

from launch.jobs.neighbors import neighbors as run_job
from launch.options import defaults_of, print_result, running
from launch.terminal.text import counted, folder, printable


@defaults_of(run_job)
@click.command(short_help="Join every row of a table with its nearest in an index.")
@click.argument("index")
@click.argument("table")
@click.option("--to", required=True, metavar="OUT", help="Folder of the neighbours, new or existing.")
@click.option("-k", "k", type=int, show_default=True, help="How many neighbours of each row.")
@click.option("--where", metavar="CONDITION", help="On the rows of the index: \"label = 'x' AND year > 2010\".")
@click.option("--exclude-self", is_flag=True, help="Leave out the row of the index that has the row's own id.")
@click.option("--version", type=click.IntRange(0), help="Of the feature table. Default: the newest.")
@running
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON line.")
def neighbors(as_json: bool, **given: Any) -> None:
    """Find the nearest rows of INDEX for every row of TABLE, and write them to OUT, a Delta table.

    INDEX is INDEXES/NAME (its newest version) or INDEXES/NAME/VERSION, of the encoder that made the vectors of TABLE. A row has
    its neighbours' ids, cosines and labels, the nearest first. A rerun joins only parts of the table that are new.
    """
    result = run_job(**given)
    print_result(result, as_json=as_json, lines=lambda: _print(folder(given["to"]), result, result.seconds))


def _print(out: str, summary: dict[str, Any], seconds: float) -> None:
    did = "" if summary["changed"] else "nothing changed, "
    click.echo(
        printable(
            f"{out}: {did}version {summary['version']}, {counted(summary['rows'], 'row')}, {summary['joined']:,} of them"
            f" joined with their nearest {summary['k']:,} of {summary['index']} ({seconds:.1f} s)"
        )
    )
