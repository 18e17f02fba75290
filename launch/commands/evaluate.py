"""`vectormill evaluate`: evaluates a published model or an index from the command line, and prints its figures."""

from __future__ import annotations

from typing import Any

import click

from launch.jobs.evaluate import evaluate as run_job
from launch.options import defaults_of, print_result
from launch.terminal.text import counted, printable

_LOST, _SHOWN, _WIDTH = 5, 3, 90
"""Queries that are shown, documents of each, and characters of its text."""


@defaults_of(run_job)
@click.command(short_help="Evaluate a model on a feature table, or an index on judged queries.")
@click.argument("model", metavar="MODEL|INDEX")
@click.argument("table", required=False)
@click.option("--version", type=click.IntRange(0), help="Model: version of the table. Default: the newest.")
@click.option("--label-column", metavar="NAME", help="Model: default: the one that it was trained on.")
@click.option(
    "--labels",
    metavar="FILE",
    help="Model: CSV, TSV, JSON lines or Parquet with the column id and the labels'.",
)
@click.option("--skip-unknown", is_flag=True, help="Model: pass over ids of --labels that the table lacks.")
@click.option(
    "--all-rows", is_flag=True, help="Model: of the table that it was trained on, use all rows, not the test rows."
)
@click.option("--queries", metavar="FILE", help="Index: JSON lines (_id, text), or lines of an id, a tab and a text.")
@click.option("--qrels", metavar="FILE", help="Index: which documents answer them, as BEIR or TREC write it.")
@click.option(
    "--against", metavar="VERSION|INDEX", help="Index: is asked the same. Default: the version before, if there is one."
)
@click.option("--rerank", metavar="hf:FOLDER", help="Index: also as this cross-encoder orders the first answers anew.")
@click.option("--rerank-top", type=click.IntRange(1), help="Index: how many of them. Default: 50.")
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

    Or evaluate INDEXES/NAME or INDEXES/NAME/VERSION on --queries and --qrels: nDCG@10, MRR@10 and recall@100 of each mode of
    search, also against the version before, and the queries that lost.
    """
    result = run_job(**given)
    show = _print if given["table"] is not None else _print_index
    print_result(result, as_json=as_json, lines=lambda: show(given["table"], given["to"], result.outcome))


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


def _print_index(_: None, out: str | None, report: dict[str, Any]) -> None:
    from transforms.storage import files

    judged, index, against = report["queries"]["judged"], report["index"], report["against"]
    click.echo(printable(f"{index['path']} on {judged:,} {'query' if judged == 1 else 'queries'} with judgements"))
    names = list(report["modes"][0]["figures"])
    click.echo(
        "  " + " " * 18 + "".join(f"{name.replace('ndcg', 'nDCG').replace('mrr', 'MRR'):26}" for name in names).rstrip()
    )
    for mode in report["modes"]:
        named = mode["name"] + (" (default)" if mode["is_default"] else "")
        click.echo(f"  {named:18}" + "".join(f"{_figure(mode['figures'][name]):26}" for name in names).rstrip())
        if mode["gains"] is not None:
            cells = "".join(f"{_figure(mode['gains'][name], signed=True):26}" for name in names)
            click.echo(f"    {'gain':16}{cells}{mode['won']:,} queries better, {mode['lost']:,} worse")
    if against is not None:
        click.echo(printable(f"gain: over {against['path']}, on the same queries"))
    for note in report["notes"]:
        click.echo(printable(f"note: {note}"))
    _print_lost(report)
    if out is not None:
        click.echo(printable(f"report: {files.join(out, 'report.html')}"))


def _print_lost(report: dict[str, Any]) -> None:
    """The queries that lost most, what should have come and what came."""
    if not report["lost"]:
        return
    click.echo("queries that lost most:" if report["against"] is not None else "queries with the lowest nDCG@10:")
    for query in report["lost"][:_LOST]:
        before = "" if query["before"] is None else f", {query['before']:.3f} before"
        click.echo(printable(f"  {query['text'][:_WIDTH]} ({query['id']}: {query['ndcg@10']:.3f}{before})"))
        wanted = [
            f"{one['id']} ({'not in the index' if one['is_missing'] else one['place'] or 'not found'})"
            for one in query["wanted"][:_SHOWN]
        ]
        came = [answer["id"] for answer in query["answers"][:_SHOWN]]
        click.echo(
            printable(f"    should come (place): {', '.join(wanted) or 'nothing'}; first came: {', '.join(came)}")
        )


def _figure(figure: dict[str, Any], *, signed: bool = False) -> str:
    sign = "+" if signed else ""
    return f"{figure['value']:{sign}.3f} [{figure['low']:{sign}.3f}, {figure['high']:{sign}.3f}]"
