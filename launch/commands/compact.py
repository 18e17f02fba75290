"""`vectormill compact`: writes the small parts of a table together."""

from __future__ import annotations

import click

from launch.jobs.compact import compact as run_job
from launch.options import print_result
from launch.terminal.text import counted, printable


@click.command(short_help="Write the many small parts of a table together.")
@click.argument("table")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON line.")
def compact(table: str, as_json: bool) -> None:
    """Make few large parts of the many small ones that nightly runs left in TABLE. The rows stay the same.

    Nothing is encoded again, and what was made of the table sees no change. `vectormill vacuum` deletes the small parts once no
    version that is kept needs them.
    """
    result = run_job(table)

    def lines() -> None:
        parts, before = counted(result["parts"], "part"), counted(result["parts_before"], "part")
        did = f"{parts} of {before}" if result["changed"] else f"nothing to do, {parts}"
        rows = counted(result["rows"], "row")
        click.echo(
            printable(f"{result['table']}: {did}, version {result['version']}, {rows} ({result['seconds']:.1f} s)")
        )

    print_result(result, as_json=as_json, lines=lines)
