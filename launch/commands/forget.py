"""`vectormill forget`: takes items out of a table and all that was made of it, and certifies that."""

from __future__ import annotations

from typing import Any

import click

from launch.jobs.forget import forget as run_job
from launch.options import print_result
from launch.terminal.text import counted, printable


@click.command(short_help="Take items out of a table and all that was made of it.")
@click.argument("table")
@click.argument("items", nargs=-1, metavar="[ID]...")
@click.option("--ids", metavar="FILE", help="An id on each line.")
@click.option(
    "--made-of-it",
    multiple=True,
    metavar="PATH",
    help="A model, an index, results or an export of the table, or a folder above them; repeatable.",
)
@click.option("--job", metavar="JOB.yaml", help="A job file: all that it makes of the table.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON line.")
def forget(as_json: bool, **given: Any) -> None:
    """Forget the items of TABLE with these ids: in its newest version, in older ones, and in what was made of it.

    Older versions that have one are deleted. The corpus is yours: delete the items there, too; until then runs leave them out. A
    certificate says what was done, and that a search of every file finds nothing.
    """
    result = run_job(**given)

    def lines() -> None:
        items, removed = counted(result["items"], "item"), ", ".join(map(str, result["removed"]))
        deleted = f", older versions deleted: {removed}" if removed else ""
        click.echo(printable(f"{result['table']}: {items} forgotten, version {result['version']}{deleted}"))
        for place, did in result["places"].items():
            click.echo(printable(f"  {place}: {did}"))
        if result["sources_there"]:
            there = counted(result["sources_there"], "source")
            click.echo(f"still in the corpus: {there} of {result['sources']:,}; runs leave the items out")
        click.echo(printable(f"{result['files']:,} files searched, nothing found: {result['certificate']}"))

    print_result(result, as_json=as_json, lines=lines)
