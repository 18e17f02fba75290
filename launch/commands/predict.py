"""`vectormill predict`: scores a corpus or a feature table from the command line."""

from __future__ import annotations

from typing import Any

import click

from launch.jobs.predict import predict as run_job
from launch.options import defaults_of, print_result, reading, running
from launch.terminal.text import counted, folder, printable


@defaults_of(run_job)
@click.command(short_help="Score a corpus or a feature table with a published model.")
@click.argument("model")
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option("--to", required=True, metavar="OUT", help="Folder of the predictions, new or existing.")
@click.option("--version", type=click.IntRange(0), help="Of the feature table. Default: the newest.")
@reading
@click.option("--max-dead-fraction", type=click.FloatRange(0, 1), show_default=True)
@click.option("--retry-dead", is_flag=True, help="Read sources with dead letters again, though unchanged.")
@running
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON line.")
def predict(as_json: bool, **given: Any) -> None:
    """Score INPUT... with MODELS/NAME (its newest version) or MODELS/NAME/VERSION.

    INPUT is one feature table, whose vectors are scored as they are, or a corpus as `vectormill embed` takes it. A corpus's
    vectors are kept in OUT/_vectors, so that a rerun encodes and scores only what changed.
    """
    result = run_job(**given)
    print_result(result, as_json=as_json, lines=lambda: _print(folder(given["to"]), result, result.seconds))


def _print(out: str, facts: dict[str, Any], seconds: float) -> None:
    from transforms.heads.serve.predict import VECTORS

    dead = f", {counted(facts['dead'], 'dead letter')} in {out}/{VECTORS}/_dead" if facts["dead"] else ""
    said = f"{out}: version {facts['version']}, {counted(facts['rows'], 'row')}, {facts['scored']:,} of them scored"
    click.echo(printable(f"{said} by {facts['model']}{dead} ({seconds:.1f} s)"))
