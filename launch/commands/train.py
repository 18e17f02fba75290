"""`vectormill train`: trains classifiers from the command line, and prints what became of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from launch.jobs.given import numbers_of
from launch.jobs.train import train as run_job
from launch.options import defaults_of, running
from launch.terminal.text import printable
from transforms.common.errors import NotPublishedError, RequestError

if TYPE_CHECKING:
    from launch.jobs.result import Result
    from transforms.heads.train import Outcome


@defaults_of(run_job)
@click.command(short_help="Train, evaluate and publish classifiers on a feature table.")
@click.argument("table")
@click.option("--to", required=True, metavar="MODELS/NAME", help="Folder of the model's versions, new or existing.")
@click.option("--version", type=click.IntRange(0), help="Version of the table. Default: the newest.")
@click.option("--label-column", show_default=True, metavar="NAME")
@click.option("--label-columns", metavar="A,B", help="A head for each of these columns, in a folder each.")
@click.option(
    "--labels",
    multiple=True,
    metavar="FILE",
    help="CSV, TSV, JSON lines or Parquet with the column id and the labels', in place of the table's; or answers of people,"
    " laid over them: docs/label.md. Repeatable, the last counts.",
)
@click.option("--skip-unknown", is_flag=True, help="Pass over ids of --labels that the table lacks.")
@click.option("--multi-label", metavar="SEPARATOR", help="An item has several labels, separated by this.")
@click.option("--drop-rare", type=click.IntRange(0), metavar="N", help="Leave out labels of fewer than N items.")
@click.option("--heads", metavar="FILE", help="YAML with a list of heads: name, label, and options of their own.")
@click.option(
    "--head",
    type=click.Choice(["auto", "linear", "knn", "mlp"]),
    show_default=True,
    help="auto: the smallest of the others that held-out rows do not show to be worse.",
)
@click.option("--one-vs-rest", is_flag=True, help="Learn each label against the rest, not all against each other.")
@click.option("--balanced", is_flag=True, help="Weigh rows as if all labels were equally frequent.")
@click.option(
    "--inverse-regularization",
    metavar="C,C,…",
    help="Values of C to try for a linear head, the inverse of regularisation strength: the higher, the weaker."
    " Default: 0.1 to 10,000. (Once called --strengths, which still works.)",
)
@click.option("--strengths", hidden=True)
@click.option("--hidden", metavar="N,N", help="Units of an MLP's layers. Default: 256.")
@click.option("--epochs", type=click.IntRange(1), help="Most epochs of an MLP (50) or of fine-tuning (5).")
@click.option("--learning-rate", type=click.FloatRange(0, min_open=True))
@click.option(
    "--mixed-precision/--no-mixed-precision",
    default=None,
    help="Train an MLP, and fine-tune, in mixed precision, which needs a GPU. Default: where there is one and it is safe.",
)
@click.option("--weights", metavar="FILE", help="A head that a page has learnt, head.json: evaluated, not fitted.")
@click.option("--fine-tune", is_flag=True, help="After the head, train encoder and head together from the raw items.")
@click.option("--batch-norms", is_flag=True, help="While fine-tuning, let batch norms adapt, too.")
@click.option("--eager", is_flag=True, help="Train an MLP, or fine-tune, without graphs, for debugging.")
@click.option("--normalize", show_default=True, metavar="none|zscore|pca:N", help="Of the vector.")
@click.option("--features", metavar="A,B", help="Kept columns that the head sees beside the vector.")
@click.option("--eval-fraction", type=click.FloatRange(0, 1, min_open=True, max_open=True), show_default=True)
@click.option("--test-fraction", type=click.FloatRange(0, 1, min_open=True, max_open=True), show_default=True)
@click.option(
    "--group-column", metavar="NAME", help="Rows of one value stay on one side of the split. Default: the id."
)
@click.option("--group-pattern", metavar="REGEX", help="The same, by what this matches of the id.")
@click.option("--split-column", metavar="NAME", help="A column that says train, eval or test.")
@click.option("--test-sources", multiple=True, metavar="GLOB", help="Rows of these sources test; repeatable.")
@click.option("--eval-sources", multiple=True, metavar="GLOB", help="Rows of these sources choose; repeatable.")
@click.option(
    "--leakage-threshold",
    type=click.FloatRange(0, 1),
    show_default=True,
    help="Cosine of near-duplicates.",
)
@click.option("--no-leakage-check", is_flag=True, help="Do not look for near-duplicates across the split.")
@click.option("--fix-leakage", is_flag=True, help="Move near-duplicates across the split to the training side.")
@click.option("--min-gain", type=float, show_default=True, help="Accuracy over the published version to ask for.")
@click.option("--seed", type=int, show_default=True)
@click.option("--memory", type=click.IntRange(1), show_default=True, metavar="MB", help="Vectors in memory at a time.")
@running
@click.option("--json", "as_json", is_flag=True, help="Print the outcome of each head as one JSON line.")
def train(as_json: bool, **given: Any) -> None:
    """Train a classifier on the vectors and labels of TABLE, evaluate it, and publish it to MODELS/NAME/VERSION.

    Run it again whenever the table changed: the new model is published only if it beats the one in use on the same test
    items; else it is kept as a candidate, and the exit code is 3.
    """
    try:
        results = run_job(**current_names(given))
    except NotPublishedError as error:
        print_results(error.results, as_json=as_json)
        raise
    print_results(results, as_json=as_json)


def current_names(given: dict[str, Any]) -> dict[str, Any]:
    """The options with `--strengths` under its present name, `--inverse-regularization`.

    Raises:
      RequestError: both are given.
    """
    options = dict(given)
    old = options.pop("strengths")
    if old is None:
        return options
    if options["inverse_regularization"] is not None:
        raise RequestError("--strengths is an old name of --inverse-regularization: give one of them")
    return {**options, "inverse_regularization": numbers_of("--strengths", old, float)}


def print_results(results: Sequence[Result[Any]], *, as_json: bool) -> None:
    """Prints the outcome of each head: a JSON line, or lines for a person."""
    for result in results:
        if as_json:
            click.echo(json.dumps(result))
        else:
            _print(result.outcome, result.seconds)


def _print(outcome: Outcome, seconds: float) -> None:
    from transforms.heads.train import selection_line, summary_line

    if outcome.version is not None:
        click.echo(printable(f"{outcome.folder}: {outcome.verdict}"))
    click.echo(summary_line(outcome))
    if line := selection_line(outcome):
        click.echo(line)
    sides = ", ".join(f"{rows:,} {side}" for side, rows in outcome.rows.items())
    leaks = ""
    if outcome.leaks:
        leaks = f"; {outcome.leaks:,} held-out have a near-duplicate among those trained on (--fix-leakage moves them)"
    click.echo(f"items: {sides}{leaks}")
    for note in outcome.notes:
        click.echo(printable(f"note: {note}"))
    click.echo(printable(f"report: {outcome.folder}/assets.extra/report.html ({seconds:.1f} s)"))
