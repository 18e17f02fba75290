"""Trains, evaluates and publishes classifiers on a feature table."""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from launch.heads_file import are_folders, heads_of_file
from launch.jobs.given import (
    AtLeastOne,
    AtLeastZero,
    InnerShare,
    Names,
    Numbers,
    Path,
    Positive,
    Share,
    checked,
    names_of,
    numbers_of,
    path_of,
    paths_of,
)
from launch.jobs.result import Result
from launch.profiles import Profile
from launch.runners import run_shown
from launch.terminal.text import counted
from transforms.common.errors import NotPublishedError, RequestError

if TYPE_CHECKING:
    from transforms.heads.job import GivenHead, HeadOptions, TrainJob

_COMMANDS = (["train"], ["import-head"])
"""Whose command lines say how a model is made again."""


@checked
def train(
    table: Path,
    *,
    to: Path,
    version: AtLeastZero | None = None,
    label_column: str = "label",
    label_columns: Names = (),
    labels: Path | Sequence[Path] | None = (),
    skip_unknown: bool = False,
    multi_label: str | None = None,
    drop_rare: AtLeastZero = 0,
    heads: Path | None = None,
    head: Literal["auto", "linear", "knn", "mlp"] = "auto",
    one_vs_rest: bool = False,
    balanced: bool = False,
    inverse_regularization: Numbers | None = None,
    hidden: Numbers | None = None,
    epochs: AtLeastOne | None = None,
    learning_rate: Positive | None = None,
    mixed_precision: bool | None = None,
    weights: Path | None = None,
    fine_tune: bool = False,
    batch_norms: bool = False,
    eager: bool = False,
    normalize: str = "none",
    features: Names = (),
    eval_fraction: InnerShare = 0.1,
    test_fraction: InnerShare = 0.1,
    group_column: str | None = None,
    group_pattern: str | None = None,
    split_column: str | None = None,
    test_sources: Sequence[str] = (),
    eval_sources: Sequence[str] = (),
    leakage_threshold: Share = 0.98,
    no_leakage_check: bool = False,
    fix_leakage: bool = False,
    min_gain: float = 0.0,
    seed: int = 0,
    memory: AtLeastOne = 2048,
    runner: str | Profile = "direct",
    beam: Sequence[str] = (),
) -> list[Result[Any]]:
    """Trains a classifier on the vectors and labels of a table, evaluates it, and publishes it as the next version of `to`.

    Options are those of `vectormill train --help`.

    Returns:
      A result for each head: `name`, `folder`, `version`, `verdict`, `metrics` (each with its interval), `gain`, `rows`, `leaks`,
      `seconds`, `head`, `selection` (why this kind). Its `outcome` is a `transforms.heads.train.Outcome`.

    Raises:
      RequestError: there is no such table, no labels, or a wrong option.
      RunError: the run failed.
      NotPublishedError: a model is not better than the one in use; `results` has the facts of all heads.
    """
    from pipelines.train import run

    job = job_of(
        table,
        to=to,
        version=version,
        label_column=label_column,
        label_columns=label_columns,
        labels=labels,
        skip_unknown=skip_unknown,
        multi_label=multi_label,
        drop_rare=drop_rare,
        heads=heads,
        head=head,
        one_vs_rest=one_vs_rest,
        balanced=balanced,
        inverse_regularization=inverse_regularization,
        hidden=hidden,
        epochs=epochs,
        learning_rate=learning_rate,
        mixed_precision=mixed_precision,
        weights=weights,
        fine_tune=fine_tune,
        batch_norms=batch_norms,
        eager=eager,
        normalize=normalize,
        features=features,
        eval_fraction=eval_fraction,
        test_fraction=test_fraction,
        group_column=group_column,
        group_pattern=group_pattern,
        split_column=split_column,
        test_sources=test_sources,
        eval_sources=eval_sources,
        leakage_threshold=leakage_threshold,
        no_leakage_check=no_leakage_check,
        fix_leakage=fix_leakage,
        min_gain=min_gain,
        seed=seed,
        memory=memory,
    )
    started = time.monotonic()
    outcomes = run_shown(run, job, runner=runner, beam=beam)
    seconds = time.monotonic() - started
    results = [
        Result({**found.to_dict(), "seconds": round(found.seconds, 2)}, outcome=found, seconds=seconds)
        for found in outcomes
    ]
    kept = [found for found in outcomes if found.version is None]
    if kept:
        names = ", ".join(found.folder for found in kept)
        message = f"{counted(len(kept), 'model')} not published, kept as {names}: {kept[0].verdict}"
        raise NotPublishedError(message, results=results)
    return results


def job_of(
    table: Path,
    *,
    to: Path,
    version: int | None,
    label_column: str,
    label_columns: Names,
    labels: Path | Sequence[Path] | None,
    skip_unknown: bool,
    multi_label: str | None,
    drop_rare: int,
    heads: Path | None,
    head: Literal["auto", "linear", "knn", "mlp"],
    one_vs_rest: bool,
    balanced: bool,
    inverse_regularization: Numbers | None,
    hidden: Numbers | None,
    epochs: int | None,
    learning_rate: float | None,
    mixed_precision: bool | None,
    weights: Path | None,
    fine_tune: bool,
    batch_norms: bool,
    eager: bool,
    normalize: str,
    features: Names,
    eval_fraction: float,
    test_fraction: float,
    group_column: str | None,
    group_pattern: str | None,
    split_column: str | None,
    test_sources: Sequence[str],
    eval_sources: Sequence[str],
    leakage_threshold: float,
    no_leakage_check: bool,
    fix_leakage: bool,
    min_gain: float,
    seed: int,
    memory: int,
) -> TrainJob:
    """The job that was asked for.

    Raises:
      RequestError: options do not go together, or there is no such table.
    """
    from transforms.heads.job import (
        INVERSE_REGULARIZATION,
        FineTuneOptions,
        Fractions,
        HeadOptions,
        MlpOptions,
        SplitOptions,
        TrainJob,
        implied_kind,
    )
    from transforms.table.open import existing

    if eval_fraction + test_fraction >= 1:
        raise RequestError("--eval-fraction and --test-fraction leave nothing to train on")
    if group_column and group_pattern:
        raise RequestError("groups come from a column or from a pattern, not both")
    if balanced and multi_label:
        raise RequestError("--balanced is for one label an item: with --multi-label an item belongs to several")
    if split_column and (test_sources or eval_sources):
        raise RequestError("the split comes from a column or from sources, not both")
    mlp = MlpOptions(seed=seed, eager=eager, mixed_precision=mixed_precision)
    if hidden is not None:
        mlp = replace(mlp, hidden=numbers_of("--hidden", hidden, int))
    tuning = None
    if fine_tune:
        tuning = FineTuneOptions(batch_norms=batch_norms, eager=eager, seed=seed)
        tuning = replace(tuning, epochs=epochs or tuning.epochs, learning_rate=learning_rate or tuning.learning_rate)
    else:
        mlp = replace(mlp, epochs=epochs or mlp.epochs, learning_rate=learning_rate or mlp.learning_rate)
    values_of_c = INVERSE_REGULARIZATION
    if inverse_regularization is not None:
        values_of_c = numbers_of("--inverse-regularization", inverse_regularization, float)
    snapshot = existing(path_of(table), version)
    given = None
    if weights is not None:
        if head not in ("auto", "linear") or fine_tune or hidden is not None or heads is not None or label_columns:
            raise RequestError("--weights is one linear head that is not fitted here: leave out the options of others")
        if multi_label is not None:
            raise RequestError("--weights is a head for one label an item, and --multi-label means several")
        given = _given_head(path_of(weights), snapshot.about.encoder_fingerprint)
        head = "linear"
    options = HeadOptions(
        label=label_column,
        separator=multi_label,
        kind=implied_kind(
            head,
            fine_tune=fine_tune,
            of_linear=inverse_regularization is not None,
            of_mlp=hidden is not None or (not fine_tune and (epochs is not None or learning_rate is not None)),
        ),
        one_vs_rest=one_vs_rest,
        inverse_regularization=values_of_c,
        balanced=balanced,
        drop_rare=drop_rare,
        seed=seed,
        mlp=mlp,
        fine_tune=tuning,
        given=given,
    )
    return TrainJob(
        table=path_of(table),
        version=snapshot.version,
        to=path_of(to),
        heads=_heads(options, names_of(label_columns), None if heads is None else str(heads)),
        split=SplitOptions(
            fractions=Fractions(eval=eval_fraction, test=test_fraction),
            group_column=group_column,
            group_pattern=group_pattern,
            column=split_column,
            eval_sources=tuple(eval_sources),
            test_sources=tuple(test_sources),
        ),
        labels_files=() if labels is None else paths_of(labels),
        skip_unknown=skip_unknown,
        features=names_of(features),
        normalise=normalize,
        leakage_threshold=None if no_leakage_check else leakage_threshold,
        fix_leakage=fix_leakage,
        min_gain=min_gain,
        memory=memory << 20,
        command=shlex.join(["vectormill", *(sys.argv[1:] if sys.argv[1:2] in _COMMANDS else ["train"])]),
    )


def _given_head(path: str, fingerprint: str) -> GivenHead:
    """The head whose weights are at `path`.

    Raises:
      RequestError: it is none, or of vectors of another encoder than that of this fingerprint.
    """
    from transforms.heads.fit.given_head import read_weights
    from transforms.heads.job import GivenHead

    found, digest = read_weights(path)
    if found.encoder != fingerprint:
        raise RequestError(
            f"{path} is a head for vectors of another encoder ({found.encoder[:8]}) than the table's"
            f" ({fingerprint[:8]})"
        )
    return GivenHead(path=path, digest=digest)


def _heads(head: HeadOptions, columns: tuple[str, ...], file: str | None) -> tuple[HeadOptions, ...]:
    if columns and file:
        raise RequestError("heads come from --label-columns or from --heads, not both")
    if columns:
        if len(set(columns)) < len(columns):
            raise RequestError("--label-columns names a column twice")
        if not are_folders(columns):
            raise RequestError("--label-columns: a column whose name is no folder's needs a name in a file for --heads")
        return tuple(replace(head, name=name, label=name) for name in columns)
    return heads_of_file(file, head) if file else (head,)
