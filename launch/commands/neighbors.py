"""`vectormill neighbors`: every row of a feature table with its nearest in an index."""

from __future__ import annotations

import json
import time
from typing import Any

import click

from launch.options import running
from launch.terminal.text import counted, folder, printable


@click.command(short_help="Join every row of a table with its nearest in an index.")
@click.argument("index")
@click.argument("table")
@click.option("--to", "out", required=True, metavar="OUT", help="Folder of the neighbours, new or existing.")
@click.option("-k", "k", type=int, default=10, show_default=True, help="How many neighbours of each row.")
@click.option("--where", metavar="CONDITION", help="On the rows of the index: \"label = 'x' AND year > 2010\".")
@click.option("--exclude-self", is_flag=True, help="Leave out the row of the index that has the row's own id.")
@click.option("--version", type=click.IntRange(0), help="Of the feature table. Default: the newest.")
@running
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON line.")
def neighbors(index: str, table: str, out: str, **asked: Any) -> None:
    """Find the nearest rows of INDEX for every row of TABLE, and write them to OUT, a Delta table.

    INDEX is INDEXES/NAME (its newest version) or INDEXES/NAME/VERSION, of the encoder that made the vectors of TABLE. A row has
    its neighbours' ids, cosines and labels, the nearest first. A rerun joins only parts of the table that are new.
    """
    started = time.monotonic()
    from launch.runners import run_shown
    from pipelines.neighbors import NeighborsJob, run
    from transforms.search.ask.neighbours import Wanted
    from transforms.search.ask.searcher import Searcher
    from transforms.table.open import existing

    table, out = folder(table), folder(out)
    job = NeighborsJob(
        index=Searcher(folder(index)).folder,
        table=table,
        version=existing(table, asked["version"]).version,
        out=out,
        wanted=Wanted(k=asked["k"], where=asked["where"], exclude_self=asked["exclude_self"]),
    )
    summary = run_shown(run, job, asked)
    seconds = time.monotonic() - started
    if asked["as_json"]:
        click.echo(json.dumps({**summary, "seconds": round(seconds, 2)}))
        return
    did = "" if summary["changed"] else "nothing changed, "
    click.echo(
        printable(
            f"{out}: {did}version {summary['version']}, {counted(summary['rows'], 'row')}, {summary['joined']:,} of them"
            f" joined with their nearest {summary['k']:,} of {summary['index']} ({seconds:.1f} s)"
        )
    )
