"""Evaluates a head that a page has learnt, and publishes it through the gate of every training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from launch.jobs.given import AtLeastZero, Path, checked, path_of
from launch.jobs.result import Result
from launch.jobs.train import train
from transforms.common.errors import RequestError


@checked
def import_head(
    head: Path,
    *,
    to: Path,
    table: Path | None = None,
    version: AtLeastZero | None = None,
    label_column: str | None = None,
    labels: Path | Sequence[Path] | None = None,
    min_gain: float | None = None,
) -> Result[Any]:
    """Evaluates a head on the test rows of a table, and publishes it as the next version of `to` if it beats the one there.

    Options that are not given are those with which the published version of `to` was trained: its table (in the newest
    version) and its labels' files, label column, split and gate.

    Args:
      head: `head.json`, as the page of `export-model --format web` gives it to download.
      to: folder of the model's versions; where it has none yet, the table must be given.

    Returns:
      What `train` gives for one head.

    Raises:
      RequestError: the file is no head, or of another encoder or other labels than the table; there is no such table.
      NotPublishedError: it is not better than the version in use; `results` has the facts.
    """
    from transforms.heads import model_folder
    from transforms.heads.evaluate_published import split_options
    from transforms.heads.fit.given_head import read_weights
    from transforms.heads.job import SplitOptions
    from transforms.table.open import existing

    read_weights(path_of(head))
    model = path_of(to)
    lineage = model_folder.lineage(model) or {}
    if table is None and not lineage:
        raise RequestError(f"{model} has no version whose table could be taken: give --table TABLE")
    _require_comparable(model, lineage)
    options, settings = lineage.get("head", {}), lineage.get("settings", {})
    if table is None:
        table = lineage["table"]["path"]
        labels = settings.get("labels_files", ()) if labels is None else labels
        try:
            existing(path_of(table), version)
        except RequestError as error:
            raise RequestError(f"{error}; {model} was trained on it: give another --table") from error
    split = split_options(lineage["split"], where=model) if lineage else SplitOptions()
    threshold = settings.get("leakage_threshold", 0.98)
    (result,) = train(
        table,
        to=to,
        version=version,
        label_column=label_column or options.get("label", "label"),
        labels=labels,
        skip_unknown=settings.get("skip_unknown", False),
        drop_rare=options.get("drop_rare", 0),
        weights=head,
        eval_fraction=split.fractions.eval,
        test_fraction=split.fractions.test,
        group_column=split.group_column,
        group_pattern=split.group_pattern,
        split_column=split.column,
        test_sources=split.test_sources,
        eval_sources=split.eval_sources,
        leakage_threshold=0.98 if threshold is None else threshold,
        no_leakage_check=threshold is None,
        fix_leakage=settings.get("fix_leakage", False),
        min_gain=settings.get("min_gain", 0.0) if min_gain is None else min_gain,
    )
    return result


def _require_comparable(model: str, lineage: dict[str, Any]) -> None:
    """Refuses a published version of another task than heads of a page have: one label an item, by the vector alone."""
    inputs = lineage.get("inputs", {})
    seen = [*inputs.get("numeric", ()), *inputs.get("categorical", ())]
    if lineage.get("head", {}).get("separator") is not None:
        raise RequestError(
            f"{model} gives an item several labels, a head that a page has learnt one: give another --to"
        )
    if seen:
        raise RequestError(
            f"{model} sees the column {seen[0]!r} beside the vector, a head that a page has learnt does not: give another --to"
        )
