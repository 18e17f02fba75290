"""`vectormill import`: imports vectors that exist from the command line, and prints what came of it."""

from __future__ import annotations

from typing import Any

import click

from launch.jobs.import_vectors import import_vectors as run_job
from launch.options import defaults_of, print_result, running
from launch.terminal.text import counted, folder, printable


@defaults_of(run_job)
@click.command(name="import", short_help="Make a feature table of vectors that exist.")
@click.argument("vectors", nargs=-1, required=True, metavar="VECTORS...")
@click.option("--to", required=True, metavar="TABLE", help="Folder of the feature table, new or existing.")
@click.option(
    "--ids",
    multiple=True,
    metavar="FILE",
    help="Ids and columns of the vectors' rows, in their order: Parquet, CSV, JSON lines, .npy, lines. Repeatable.",
)
@click.option(
    "--encoder", metavar="NAME", help="That made them; with --text-column a few texts are encoded and compared."
)
@click.option("--encoder-name", metavar="NAME", help="Of an encoder that is not here, to tell its vectors from others.")
@click.option("--trust", is_flag=True, help="Load an encoder of a publisher that is not on the allow-list.")
@click.option("--vector-column", metavar="NAME", help="Column of the vectors. Default: the only one of lists.")
@click.option("--id-column", metavar="NAME", help="Column of ids. Default: `id`, or the only one.")
@click.option("--text-column", metavar="NAME", help="Column of the texts to store.")
@click.option("--label-column", metavar="NAME", help="Column of labels.")
@click.option("--keep", metavar="A,B", help="Further columns to carry along.")
@click.option("--no-header/--header", "no_header", help="Whether CSV and TSV files have no header line, or one.")
@click.option("--delimiter", metavar="C", help="Separates values in CSV and TSV. Default: as the file's head tells.")
@click.option("--quote", metavar="C", help="Quotes values in CSV and TSV; '' for none. Default: as the head tells.")
@click.option("--encoding", metavar="NAME", help="Of text files, such as cp1252. Default: UTF-8, or by the head.")
@click.option("--format", type=click.Choice(["parquet", "tfrecord"]), show_default=True)
@click.option(
    "--max-dead-fraction",
    type=click.FloatRange(0, 1),
    show_default=True,
    help="Fail if more of all rows than this cannot be taken.",
)
@click.option("--retry-dead", is_flag=True, help="Read files with dead letters again, though unchanged.")
@click.option("--keep-missing", is_flag=True, help="Keep the rows of files that are no longer there.")
@click.option("--replace", is_flag=True, help="Allow files that drop all that the table has.")
@running
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON line.")
def import_vectors(as_json: bool, **given: Any) -> None:
    """Make the feature table TABLE of vectors that were made elsewhere: of .npy files, tables, FAISS indexes, word vectors.

    Run it again whenever they changed: only new and changed files are read. docs/inputs.md says how ids are found.
    """
    result = run_job(**given)
    print_result(result, as_json=as_json, lines=lambda: _print(folder(given["to"]), result))


def _print(table: str, result: Any) -> None:
    summary = result.outcome
    for note in summary["notes"]:
        click.echo(f"note: {printable(note)}")
    table = printable(table)
    rows = counted(summary["rows"], "row")
    if not summary["committed"]:
        click.echo(f"{table}: nothing to do, version {summary['version']} is up to date ({rows})")
        return
    files = ", ".join(f"{summary[key]:,} {key}" for key in ("new", "changed", "deleted", "unchanged") if summary[key])
    dead = f", {counted(summary['dead'], 'dead letter')} in {table}/_dead" if summary["dead"] else ""
    spec = result.job.encoder.spec
    click.echo(f"{table}: version {summary['version']}, {rows} of {spec.dim} values (files: {files}){dead}")
    rate = summary["written"] / result.seconds
    click.echo(
        f"encoder {printable(spec.name)}; {summary['written']:,} vectors in {result.seconds:.1f} s ({rate:,.0f} a second)"
    )
