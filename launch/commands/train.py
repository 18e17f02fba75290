"""`vectormill train`: runs a `TrainJob` from the command line, and prints its outcomes."""

from __future__ import annotations

import json
import math
import shlex
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from launch.heads_file import are_folders, heads_of_file
from launch.options import names_in, running
from launch.terminal.text import counted, folder, printable
from transforms.common.errors import NotPublishedError, RequestError

if TYPE_CHECKING:
    from transforms.heads.job import HeadOptions, TrainJob
    from transforms.heads.train import Outcome


@click.command(short_help="Train, evaluate and publish classifiers on a feature table.")
@click.argument("table")
@click.option(
    "--to", "model", required=True, metavar="MODELS/NAME", help="Folder of the model's versions, new or existing."
)
@click.option("--version", type=click.IntRange(0), help="Version of the table. Default: the newest.")
@click.option("--label-column", default="label", show_default=True, metavar="NAME")
@click.option("--label-columns", metavar="A,B", help="A head for each of these columns, in a folder each.")
@click.option(
    "--labels",
    "labels_file",
    metavar="FILE",
    help="CSV, TSV, JSON lines or Parquet with the column id and the labels'.",
)
@click.option("--skip-unknown", is_flag=True, help="Pass over ids of --labels that the table lacks.")
@click.option("--multi-label", "separator", metavar="SEPARATOR", help="An item has several labels, separated by this.")
@click.option(
    "--drop-rare", type=click.IntRange(0), default=0, metavar="N", help="Leave out labels of fewer than N items."
)
@click.option(
    "--heads", "heads_file", metavar="FILE", help="YAML with a list of heads: name, label, and options of their own."
)
@click.option("--head", "kind", type=click.Choice(["linear", "mlp"]), default="linear", show_default=True)
@click.option("--one-vs-rest", is_flag=True, help="Learn each label against the rest, not all against each other.")
@click.option("--balanced", is_flag=True, help="Weigh rows as if all labels were equally frequent.")
@click.option(
    "--inverse-regularization",
    metavar="C,C,…",
    help="Values of C to try for a linear head, the inverse of regularisation strength: the higher, the weaker."
    " Default: 0.1 to 10,000. (Once called --strengths, which still works.)",
)
@click.option("--strengths", hidden=True)
@click.option("--hidden", default="256", show_default=True, metavar="N,N", help="Units of an MLP's layers.")
@click.option("--epochs", type=click.IntRange(1), help="Most epochs of an MLP (50) or of fine-tuning (5).")
@click.option("--learning-rate", type=click.FloatRange(0, min_open=True))
@click.option("--mixed-precision", is_flag=True, help="Train an MLP in mixed precision; needs a GPU.")
@click.option("--fine-tune", is_flag=True, help="After the head, train encoder and head together from the raw items.")
@click.option("--batch-norms", is_flag=True, help="While fine-tuning, let batch norms adapt, too.")
@click.option("--eager", is_flag=True, help="Train an MLP, or fine-tune, without graphs, for debugging.")
@click.option(
    "--normalize", "normalise", default="none", show_default=True, metavar="none|zscore|pca:N", help="Of the vector."
)
@click.option("--features", default="", metavar="A,B", help="Kept columns that the head sees beside the vector.")
@click.option(
    "--eval-fraction", type=click.FloatRange(0, 1, min_open=True, max_open=True), default=0.1, show_default=True
)
@click.option(
    "--test-fraction", type=click.FloatRange(0, 1, min_open=True, max_open=True), default=0.1, show_default=True
)
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
    default=0.98,
    show_default=True,
    help="Cosine of near-duplicates.",
)
@click.option("--no-leakage-check", is_flag=True, help="Do not look for near-duplicates across the split.")
@click.option("--fix-leakage", is_flag=True, help="Move near-duplicates across the split to the training side.")
@click.option(
    "--min-gain", type=float, default=0.0, show_default=True, help="Accuracy over the published version to ask for."
)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option(
    "--memory",
    type=click.IntRange(1),
    default=2048,
    show_default=True,
    metavar="MB",
    help="Vectors in memory at a time.",
)
@running
@click.option("--json", "as_json", is_flag=True, help="Print the outcome of each head as one JSON line.")
def train(table: str, model: str, **asked: Any) -> None:
    """Train a classifier on the vectors and labels of TABLE, evaluate it, and publish it to MODELS/NAME/VERSION.

    Run it again whenever the table changed: the new model is published only if it beats the one in use on the same test
    items; else it is kept as a candidate, and the exit code is 3.
    """
    from launch.runners import run_shown
    from pipelines.train import run

    job = job_of(folder(table), folder(model), asked)
    started = time.monotonic()
    outcomes = run_shown(run, job, asked)
    for outcome in outcomes:
        if asked["as_json"]:
            click.echo(json.dumps({**outcome.to_dict(), "seconds": round(outcome.seconds, 2)}))
        else:
            _print(outcome, time.monotonic() - started)
    candidates = [outcome for outcome in outcomes if outcome.version is None]
    if candidates:
        names = ", ".join(outcome.folder for outcome in candidates)
        raise NotPublishedError(
            f"{counted(len(candidates), 'model')} not published, kept as {names}: {candidates[0].verdict}"
        )


def job_of(table: str, model: str, asked: dict[str, Any]) -> TrainJob:
    """The job that was asked for."""
    from transforms.heads.job import (
        INVERSE_REGULARIZATION,
        FineTuneOptions,
        Fractions,
        HeadOptions,
        MlpOptions,
        SplitOptions,
        TrainJob,
    )
    from transforms.table.open import existing

    if asked["eval_fraction"] + asked["test_fraction"] >= 1:
        raise RequestError("--eval-fraction and --test-fraction leave nothing to train on")
    if asked["group_column"] and asked["group_pattern"]:
        raise RequestError("groups come from a column or from a pattern, not both")
    if asked["balanced"] and asked["separator"]:
        raise RequestError("--balanced is for one label an item: with --multi-label an item belongs to several")
    sources = asked["test_sources"] or asked["eval_sources"]
    if asked["split_column"] and sources:
        raise RequestError("the split comes from a column or from sources, not both")
    mlp = MlpOptions(hidden=_numbers("--hidden", asked["hidden"], int), seed=asked["seed"], eager=asked["eager"])
    mlp = replace(mlp, mixed_precision=asked["mixed_precision"])
    tuning = None
    if asked["fine_tune"]:
        tuning = FineTuneOptions(batch_norms=asked["batch_norms"], eager=asked["eager"], seed=asked["seed"])
        tuning = replace(tuning, epochs=asked["epochs"] or tuning.epochs)
        tuning = replace(tuning, learning_rate=asked["learning_rate"] or tuning.learning_rate)
    else:
        mlp = replace(mlp, epochs=asked["epochs"] or mlp.epochs)
        mlp = replace(mlp, learning_rate=asked["learning_rate"] or mlp.learning_rate)
    head = HeadOptions(
        label=asked["label_column"],
        separator=asked["separator"],
        kind=asked["kind"],
        one_vs_rest=asked["one_vs_rest"],
        inverse_regularization=_values_of_c(asked) or INVERSE_REGULARIZATION,
        balanced=asked["balanced"],
        drop_rare=asked["drop_rare"],
        seed=asked["seed"],
        mlp=mlp,
        fine_tune=tuning,
    )
    return TrainJob(
        table=table,
        version=existing(table, asked["version"]).version,
        to=model,
        heads=_heads(head, asked),
        split=SplitOptions(
            fractions=Fractions(eval=asked["eval_fraction"], test=asked["test_fraction"]),
            group_column=asked["group_column"],
            group_pattern=asked["group_pattern"],
            column=asked["split_column"],
            eval_sources=asked["eval_sources"],
            test_sources=asked["test_sources"],
        ),
        labels_file=asked["labels_file"],
        skip_unknown=asked["skip_unknown"],
        features=names_in(asked["features"]),
        normalise=asked["normalise"],
        leakage_threshold=None if asked["no_leakage_check"] else asked["leakage_threshold"],
        fix_leakage=asked["fix_leakage"],
        min_gain=asked["min_gain"],
        memory=asked["memory"] << 20,
        command=shlex.join(["vectormill", *_command_line()]),
    )


def _values_of_c(asked: dict[str, Any]) -> tuple[float, ...]:
    """What was asked for under the option's name, or under its old one; empty where nothing was."""
    if asked["inverse_regularization"] is not None and asked["strengths"] is not None:
        raise RequestError("--strengths is an old name of --inverse-regularization: give one of them")
    given = {"--inverse-regularization": asked["inverse_regularization"], "--strengths": asked["strengths"]}
    return next((_numbers(option, values, float) for option, values in given.items() if values is not None), ())


def _heads(head: HeadOptions, asked: dict[str, Any]) -> tuple[HeadOptions, ...]:
    if asked["label_columns"] and asked["heads_file"]:
        raise RequestError("heads come from --label-columns or from --heads, not both")
    if asked["label_columns"]:
        names = names_in(asked["label_columns"])
        if len(set(names)) < len(names):
            raise RequestError("--label-columns names a column twice")
        if not are_folders(names):
            raise RequestError("--label-columns: a column whose name is no folder's needs a name in a file for --heads")
        return tuple(replace(head, name=name, label=name) for name in names)
    if asked["heads_file"]:
        return heads_of_file(asked["heads_file"], head)
    return (head,)


def _numbers(option: str, given: str, kind: Any) -> tuple[Any, ...]:
    try:
        numbers = tuple(kind(piece) for piece in given.split(",") if piece.strip())
    except ValueError as error:
        raise RequestError(f"{option} {given}: write numbers with commas between them") from error
    if not numbers or not all(0 < number < math.inf for number in numbers):
        raise RequestError(f"{option} {given}: numbers above 0 are wanted")
    return numbers


def _command_line() -> list[str]:
    return sys.argv[1:] if len(sys.argv) > 1 and sys.argv[1] == "train" else ["train"]


def _print(outcome: Outcome, seconds: float) -> None:
    from transforms.heads.train import summary_line

    if outcome.version is not None:
        click.echo(printable(f"{outcome.folder}: {outcome.verdict}"))
    click.echo(summary_line(outcome))
    sides = ", ".join(f"{rows:,} {side}" for side, rows in outcome.rows.items())
    leaks = ""
    if outcome.leaks:
        leaks = f"; {outcome.leaks:,} held-out have a near-duplicate among those trained on (--fix-leakage moves them)"
    click.echo(f"items: {sides}{leaks}")
    click.echo(printable(f"report: {outcome.folder}/assets.extra/report.html ({seconds:.1f} s)"))
