"""`vectormill evaluate`: evaluates a published model on the labels of a feature table."""

from __future__ import annotations

import json
import os
from typing import Any

import click

from launch.terminal.text import counted, folder, printable
from transforms.common.errors import RequestError


@click.command(short_help="Evaluate a published model on a feature table.")
@click.argument("model")
@click.argument("table")
@click.option("--version", type=click.IntRange(0), help="Version of the table. Default: the newest.")
@click.option("--label-column", metavar="NAME", help="Default: the one that the model was trained on.")
@click.option(
    "--labels",
    "labels_file",
    metavar="FILE",
    help="CSV, TSV, JSON lines or Parquet with the column id and the labels'.",
)
@click.option("--skip-unknown", is_flag=True, help="Pass over ids of --labels that the table lacks.")
@click.option(
    "--all-rows", is_flag=True, help="Of the table that it was trained on, use all rows, not the test rows alone."
)
@click.option("--to", "out", metavar="FOLDER", help="Write report.html and report.json there.")
@click.option(
    "--report-data",
    "data_file",
    metavar="FILE",
    help="Write all that the report is made of there, as JSON: curves, slices, mistakes, the map.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the figures with their intervals as one JSON line.")
def evaluate(model: str, table: str, out: str | None, data_file: str | None, as_json: bool, **asked: Any) -> None:
    """Evaluate MODELS/NAME (its newest version) or MODELS/NAME/VERSION on the labelled rows of TABLE.

    Of the table that the model was trained on these are the rows of its test side, which it has never seen; so they are of a
    copy of that table, wherever it lies, and of a table made anew of the same items.
    """
    from transforms.heads import model_folder
    from transforms.heads.evaluate_published import evaluate_published, summary_of
    from transforms.heads.evaluation import report
    from transforms.heads.evaluation.evaluate import figure_text
    from transforms.heads.serve.served_model import ServedModel
    from transforms.storage import files
    from transforms.storage.write_errors import writing

    if out is not None and os.path.isfile(out):
        raise RequestError(f"{out} is a file: --to takes the folder of a report, new or existing")
    if data_file is not None and os.path.isdir(data_file):
        raise RequestError(f"{data_file} is a folder: --report-data takes a file, new or existing")
    place, number = model_folder.located(folder(model))
    scorer = ServedModel(files.join(place, str(number)))
    found = evaluate_published(
        scorer,
        folder(table),
        version=asked["version"],
        label=asked["label_column"],
        labels_file=asked["labels_file"],
        skip_unknown=asked["skip_unknown"],
        all_rows=asked["all_rows"],
    )
    if out is not None:
        with writing(out):
            files.write(files.join(out, model_folder.REPORT), json.dumps(found, indent=1).encode())
            files.write(files.join(out, model_folder.PAGE), report.render(found).encode())
    if data_file is not None:
        with writing(data_file):
            files.write(data_file, json.dumps(found, indent=1).encode())
    if as_json:
        click.echo(json.dumps(summary_of(found)))
        return
    rows = counted(found["data"]["split"]["test"]["rows"], "row")
    click.echo(printable(f"{scorer.folder} on {rows} of {table} ({found['data']['split_by']})"))
    for name, figure in found["metrics"].items():
        click.echo(f"  {name.replace('_', ' '):24} {figure_text(figure)}")
    for row in found["comparison"][1:]:
        click.echo(f"  {row['name'] + ', accuracy':24} {figure_text(row['metrics']['accuracy'])}")
    if out is not None:
        click.echo(printable(f"report: {files.join(out, model_folder.PAGE)}"))
