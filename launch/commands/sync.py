"""`vectormill sync`: keeps the rows of a feature table where other programs serve them."""

from __future__ import annotations

from typing import Any

import click

from launch.jobs.sync import sync as run_job
from launch.options import defaults_of, print_result
from launch.terminal.text import counted, printable


@defaults_of(run_job)
@click.command(short_help="Keep a feature table's rows in pgvector or Lance.")
@click.argument("table")
@click.option("--to", required=True, metavar="TARGET", help="postgresql://user@host/database/TABLE or FOLDER.lance.")
@click.option("--credentials", metavar="FILE", help="Of a database: lines such as user=... and password=...")
@click.option("--check", is_flag=True, help="Change nothing: compare every row, and fail if one differs.")
@click.option("--replace", is_flag=True, help="Write all rows anew, whatever the target holds.")
@click.option("--json", "as_json", is_flag=True, help="Print what was done as one JSON line.")
def sync(as_json: bool, **given: Any) -> None:
    """Bring TARGET to the newest version of TABLE: what changed since the version that it holds is written and deleted.

    Readers see the old version or the new one in PostgreSQL. The version is stored beside the rows.
    """
    result = run_job(**given)

    def lines() -> None:
        to, rows = result["to"], counted(result["rows"], "row")
        if given["check"]:
            said = f"{to}: equal to version {result['version']} of {result['table']}, {rows}"
        elif not result.outcome.changed:
            said = f"{to}: nothing to do, it holds version {result['version']} ({rows})"
        else:
            work = f"{result['written']:,} written, {result['deleted']:,} deleted"
            said = f"{to}: version {result['version']}, {rows} ({work}), in {result.seconds:.1f} s"
        click.echo(printable(said))

    print_result(result, as_json=as_json, lines=lines)
