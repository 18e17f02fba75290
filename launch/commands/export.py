"""`vectormill export`: writes a table's version in another format."""

from __future__ import annotations

from typing import Any

import click

from launch.jobs.export import export as run_job
from launch.options import defaults_of, running
from launch.terminal.text import counted, printable


@defaults_of(run_job)
@click.command(short_help="Write a table's version in another format.")
@click.argument("table")
@click.option("--to", required=True, metavar="FOLDER", help="New or empty folder.")
@click.option("--format", type=click.Choice(["tfrecord", "npy", "parquet"]), required=True)
@click.option("--version", type=click.IntRange(0), help="Default: the newest.")
@running
def export(**given: Any) -> None:
    """Write a version of TABLE as TFRecord, as plain Parquet, or as embeddings.npy and items.parquet."""
    result = run_job(**given)
    rows = counted(result["rows"], "row")
    said = f"{given['to']}: version {result['version']} of {given['table']}, {rows} as {result['format']}"
    click.echo(printable(f"{said}, in {result.seconds:.1f} s"))
