"""`vectormill evaluate`: evaluates a published model from the command line, and prints its figures."""

from __future__ import annotations

from typing import Any

import click

from launch.jobs.evaluate import evaluate as run_job
from launch.options import defaults_of, print_result
from launch.terminal.text import counted, printable


@defaults_of(run_job)
@click.command(short_help="Evaluate a published model on a feature table.")
@click.argument("model")
@click.argument("table")
@click.option("--version", type=click.IntRange(0), help="Version of the table. Default: the newest.")
@click.option("--label-column", metavar="NAME", help="Default: the one that the model was trained on.")
@click.option(
    "--labels",
    metavar="FILE",
    help="CSV, TSV, JSON lines or Parquet with the column id and the labels'.",
)
@click.option("--skip-unknown", is_flag=True, help="Pass over ids of --labels that the table lacks.")
@click.option(
    "--all-rows", is_flag=True, help="Of the table that it was trained on, use all rows, not the test rows alone."
)
@click.option("--to", metavar="FOLDER", help="Write report.html and report.json there.")
@click.option(
    "--report-data",
    metavar="FILE",
    help="Write all that the report is made of there, as JSON: curves, slices, mistakes, the map.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the figures with their intervals as one JSON line.")
def evaluate(as_json: bool, **given: Any) -> None:
    """Evaluate MODELS/NAME (its newest version) or MODELS/NAME/VERSION on the labelled rows of TABLE.

    Of the table that the model was trained on these are the rows of its test side, which it has never seen; so they are of a
    copy of that table, wherever it lies, and of a table made anew of the same items.
    """
    result = run_job(**given)
    print_result(result, as_json=as_json, lines=lambda: _print(given["table"], given["to"], result.outcome))


def _print(table: str, out: str | None, report: dict[str, Any]) -> None:
    from transforms.heads import model_folder
    from transforms.heads.evaluation.evaluate import figure_text
    from transforms.storage import files

    model, test = report["model"], report["data"]["split"]["test"]
    rows = counted(test["rows"], "row")
    scorer = files.join(model["path"], str(model["version"]))
    click.echo(printable(f"{scorer} on {rows} of {table} ({report['data']['split_by']})"))
    for name, figure in report["metrics"].items():
        click.echo(f"  {name.replace('_', ' '):24} {figure_text(figure)}")
    for row in report["comparison"][1:]:
        click.echo(f"  {row['name'] + ', accuracy':24} {figure_text(row['metrics']['accuracy'])}")
    for note in report["data"]["notes"]:
        click.echo(printable(f"note: {note}"))
    if out is not None:
        click.echo(printable(f"report: {files.join(out, model_folder.PAGE)}"))
