"""Evaluates a published model on the labels of a feature table."""

from __future__ import annotations

import json
import os
import time
from typing import Any

from launch.jobs.given import AtLeastZero, Path, checked, path_of
from launch.jobs.result import Result
from transforms.common.errors import RequestError


@checked
def evaluate(
    model: Path,
    table: Path,
    *,
    version: AtLeastZero | None = None,
    label_column: str | None = None,
    labels: Path | None = None,
    skip_unknown: bool = False,
    all_rows: bool = False,
    to: Path | None = None,
    report_data: Path | None = None,
) -> Result[dict[str, Any]]:
    """Evaluates a model on the labelled rows of a table; of the table that it was trained on, on the test rows alone.

    Args:
      model: MODELS/NAME (its newest version) or MODELS/NAME/VERSION.
      labels: CSV, TSV, JSON lines or Parquet with the column id and the labels'; None: the table's own.
      all_rows: of the model's own table, too, all labelled rows count.
      to: folder to write report.html and report.json to.
      report_data: file to write all that the report is made of to, as JSON.

    Returns:
      The figures with their intervals (`transforms.heads.evaluate_published.summary_of`); the `outcome` is the whole report.

    Raises:
      RequestError: there is no such model or table, or they do not go together.
    """
    started = time.monotonic()
    from transforms.heads import model_folder
    from transforms.heads.evaluate_published import evaluate_published, summary_of
    from transforms.heads.evaluation import report
    from transforms.heads.serve.served_model import ServedModel
    from transforms.storage import files
    from transforms.storage.write_errors import writing

    out = None if to is None else str(to)
    data_file = None if report_data is None else str(report_data)
    if out is not None and os.path.isfile(out):
        raise RequestError(f"{out} is a file: --to takes the folder of a report, new or existing")
    if data_file is not None and os.path.isdir(data_file):
        raise RequestError(f"{data_file} is a folder: --report-data takes a file, new or existing")
    place, number = model_folder.located(path_of(model))
    found = evaluate_published(
        ServedModel(files.join(place, str(number))),
        path_of(table),
        version=version,
        label=label_column,
        labels_file=None if labels is None else str(labels),
        skip_unknown=skip_unknown,
        all_rows=all_rows,
    )
    if out is not None:
        with writing(out):
            files.write(files.join(out, model_folder.REPORT), json.dumps(found, indent=1).encode())
            files.write(files.join(out, model_folder.PAGE), report.render(found).encode())
    if data_file is not None:
        with writing(data_file):
            files.write(data_file, json.dumps(found, indent=1).encode())
    return Result(summary_of(found), outcome=found, seconds=time.monotonic() - started)
