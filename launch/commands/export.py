"""`vectormill export`: writes a table's version in another format."""

from __future__ import annotations

import time
from typing import Any

import click

from launch.options import running


@click.command(short_help="Write a table's version in another format.")
@click.argument("table")
@click.option("--to", "out", required=True, metavar="FOLDER", help="New or empty folder.")
@click.option("--format", "export_format", type=click.Choice(["tfrecord", "npy", "parquet"]), required=True)
@click.option("--version", type=click.IntRange(0), help="Default: the newest.")
@running
def export(
    table: str, out: str, export_format: Any, version: int | None, runner: str, beam_flags: tuple[str, ...]
) -> None:
    """Write a version of TABLE as TFRecord, as plain Parquet, or as embeddings.npy and items.parquet."""
    started = time.monotonic()
    from launch.runners import beam_options, beam_runner
    from launch.terminal.text import counted, folder, printable
    from pipelines.export import ExportJob, run

    job = ExportJob(table=folder(table), out=folder(out), export_format=export_format, version=version)
    snapshot = run(job, beam_options(runner, beam_flags), runner=beam_runner(runner))
    seconds = time.monotonic() - started
    said = f"{out}: version {snapshot.version} of {table}, {counted(snapshot.rows, 'row')} as {export_format}, in {seconds:.1f} s"
    click.echo(printable(said))
