"""Evaluates a published model on the labels of a feature table, or an index on queries with judgements."""

from __future__ import annotations

import json
import os
import time
from typing import Any

from launch.jobs.evaluate_index import evaluate_index, is_index, summary_of
from launch.jobs.given import AtLeastOne, AtLeastZero, Path, checked, path_of
from launch.jobs.result import Result
from transforms.common.errors import RequestError

_OF_MODELS = ("table", "version", "label_column", "labels", "skip_unknown", "all_rows")
_OF_INDEXES = ("queries", "qrels", "against", "rerank", "rerank_top")
"""Whose options they are."""


@checked
def evaluate(
    model: Path,
    table: Path | None = None,
    *,
    version: AtLeastZero | None = None,
    label_column: str | None = None,
    labels: Path | None = None,
    skip_unknown: bool = False,
    all_rows: bool = False,
    queries: Path | None = None,
    qrels: Path | None = None,
    against: Path | None = None,
    rerank: str | None = None,
    rerank_top: AtLeastOne | None = None,
    to: Path | None = None,
    report_data: Path | None = None,
) -> Result[dict[str, Any]]:
    """Evaluates a model on the labelled rows of a table, or an index on queries with judgements.

    Of the table that the model was trained on, the test rows alone count.

    Args:
      model: MODELS/NAME or INDEXES/NAME (its newest version), or either with /VERSION.
      table: of a model: whose rows are scored.
      labels: of a model: CSV, TSV, JSON lines or Parquet with the column id and the labels'; None: the table's own.
      all_rows: of a model: of its own table, too, all labelled rows count.
      queries, qrels: of an index: the files of the queries and of their judgements, as BEIR or TREC write them.
      against: of an index: one of its versions, or another index, that is asked the same; None: the version before, if any.
      rerank: of an index: a cross-encoder, hf:FOLDER or onnx:PATH, by which the default search is also evaluated.
      rerank_top: of an index: how many of the first answers it orders anew; None: 50.
      to: folder to write report.html and report.json to.
      report_data: file to write all that the report is made of to, as JSON.

    Returns:
      The figures with their intervals; of a model those of `transforms.heads.evaluate_published.summary_of`, of an index
      `index`, `against`, `queries`, `default`, `modes`, `notes` and `lost`. The `outcome` is the whole report.

    Raises:
      RequestError: there is no such model, table or index, or they do not go together.
    """
    started = time.monotonic()
    from transforms.heads import model_folder
    from transforms.storage import files
    from transforms.storage.write_errors import writing

    out = None if to is None else str(to)
    data_file = None if report_data is None else str(report_data)
    if out is not None and os.path.isfile(out):
        raise RequestError(f"{out} is a file: --to takes the folder of a report, new or existing")
    if data_file is not None and os.path.isdir(data_file):
        raise RequestError(f"{data_file} is a folder: --report-data takes a file, new or existing")
    place = path_of(model)
    is_asked = queries is not None and table is None
    of_index = is_index(place) or (is_asked and model_folder.MODELS.located(place) is None)
    _require_options(place, locals(), of_index=of_index)
    if of_index:
        from transforms.search.evaluate.report import render

        asked, judged = (path_of(given or "") for given in (queries, qrels))
        found = evaluate_index(
            place,
            queries=asked,
            qrels=judged,
            against=None if against is None else path_of(against),
            rerank=rerank,
            rerank_top=rerank_top,
        )
        facts = summary_of(found)
    else:
        from transforms.heads.evaluate_published import evaluate_published
        from transforms.heads.evaluate_published import summary_of as summary_of_model
        from transforms.heads.evaluation.report import render
        from transforms.heads.serve.served_model import ServedModel

        folder, number = model_folder.located(place)
        found = evaluate_published(
            ServedModel(files.join(folder, str(number))),
            path_of(table or ""),
            version=version,
            label=label_column,
            labels_file=None if labels is None else str(labels),
            skip_unknown=skip_unknown,
            all_rows=all_rows,
        )
        facts = summary_of_model(found)
    if out is not None:
        with writing(out):
            files.write(files.join(out, model_folder.REPORT), json.dumps(found, indent=1).encode())
            files.write(files.join(out, model_folder.PAGE), render(found).encode())
    if data_file is not None:
        with writing(data_file):
            files.write(data_file, json.dumps(found, indent=1).encode())
    return Result(facts, outcome=found, seconds=time.monotonic() - started)


def _require_options(place: str, given: dict[str, Any], *, of_index: bool) -> None:
    """Refuses options that are for the other of the two, and asks for those that it needs."""
    mine, other = ("an index", "a model") if of_index else ("a model", "an index")
    for name in _OF_MODELS if of_index else _OF_INDEXES:
        if given[name] not in (None, False):
            called = "a table" if name == "table" else f"--{name.replace('_', '-')}"
            raise RequestError(f"{called} is for {other}, and {place} is {mine}: leave it out")
    if of_index and (given["queries"] is None or given["qrels"] is None):
        raise RequestError(
            f"{place} is an index: give --queries FILE and --qrels FILE, its queries and their judgements"
        )
    if given["rerank"] is None and given["rerank_top"] is not None:
        raise RequestError("--rerank-top is for --rerank: give both, or leave it out")
    if not of_index and given["table"] is None:
        from transforms.heads import model_folder

        model_folder.located(place)
        raise RequestError(f"{place} is a model: name the table whose labels it is evaluated on")
