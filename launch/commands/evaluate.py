"""`vectormill evaluate`: a published model on the labels of a feature table."""

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
@click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON line.")
def evaluate(model: str, table: str, out: str | None, as_json: bool, **asked: Any) -> None:
    """Evaluate MODELS/NAME (its newest version) or MODELS/NAME/VERSION on the labelled rows of TABLE.

    Of the table that the model was trained on these are the rows of its test side, which it has never seen.
    """
    from transforms.heads import model_folder
    from transforms.heads.evaluate_published import judge
    from transforms.heads.evaluation import report
    from transforms.heads.evaluation.evaluate import words
    from transforms.heads.serve.served_model import ServedModel
    from transforms.storage import files
    from transforms.storage.write_errors import writing

    if out is not None and os.path.isfile(out):
        raise RequestError(f"{out} is a file: --to takes the folder of a report, new or existing")
    place, number = model_folder.located(folder(model))
    scorer = ServedModel(files.join(place, str(number)))
    told = judge(
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
            files.write(files.join(out, model_folder.REPORT), json.dumps(told, indent=1).encode())
            files.write(files.join(out, model_folder.PAGE), report.render(told).encode())
    if as_json:
        click.echo(json.dumps(told))
        return
    rows = counted(told["data"]["split"]["test"]["rows"], "row")
    click.echo(printable(f"{scorer.folder} on {rows} of {table} ({told['data']['split_by']})"))
    for name, figure in told["metrics"].items():
        click.echo(f"  {name.replace('_', ' '):24} {words(figure)}")
    for row in told["comparison"][1:]:
        click.echo(f"  {row['name'] + ', accuracy':24} {words(row['metrics']['accuracy'])}")
    if out is not None:
        click.echo(printable(f"report: {files.join(out, model_folder.PAGE)}"))
