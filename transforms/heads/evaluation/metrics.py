"""Computes every figure of a head's report on items that it has not seen, each with its 95 % interval.

Single label: scores are probabilities [n, K], truth is int [n]; the highest score decides. Several labels: truth is
bool [n, K]; a label is given at the threshold and above. A figure that is undefined (the recall of a class that does
not occur) is NaN here and null in `report.json`; macro means are over the classes where the figure is defined (see
`confusion` and `ranking` for the corners).

Intervals (see `intervals`): accuracy, and the recall, precision and F1 of a class, are shares or follow from one, and
have the exact interval; a gain is the mean of -1, 0 or 1 over the items. The other figures are bootstrapped over items,
with one unseen item that is as bad, or as good, as can be. Log loss, ECE and the ranking figures need a pass over all
items for each resample: they get fewer resamples, but 100 at least, where items x resamples is above 2e8 or items x
classes x resamples is above 4e9. The ECE of a resample is on average above the ECE itself, as any sum of absolute gaps is:
read its interval as an upper bound.

Wrong shapes and classes raise ValueError; scores that are not finite raise RequestError.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from transforms.common.errors import RequestError
from transforms.common.intervals import (
    Interval,
    affordable,
    bootstrap_interval,
    draws,
    effective_items,
    item_draws,
    mean_interval,
    share,
)
from transforms.heads.evaluation import calibration
from transforms.heads.evaluation.confusion import MultiCells, SingleCells, Tally, mean_defined
from transforms.heads.evaluation.figures import ClassFigures, EvaluationFigures
from transforms.heads.evaluation.ranking import Ranking

__all__ = ["EvaluationFigures", "Interval", "gain", "majority", "measure", "measure_multi", "quick_metrics", "slices"]

MOST_POINTS = 200  # of a precision-recall curve
MISSING = "(none)"  # the slice of the items whose column is null

_LEAST_SCORE = float(np.finfo(np.float32).eps)  # the log loss of one decision ends at -log of this, 15.9
_MOST_RANKED = 4_000_000_000  # items x classes x resamples: about 20 s on one core (measured)
_BLOCK = 1 << 22

Floats = NDArray[np.float64]


def measure(
    scores: NDArray[np.floating], truth: NDArray[Any], names: Sequence[str], *, resamples: int = 500, seed: int = 0
) -> EvaluationFigures:
    """All figures of a single-label head.

    Args:
      scores: probabilities, float32 [n, K]; [K] stands for the same row for each item.
      truth: class of each item, int [n].
      names: the K labels.
      resamples: of the bootstrap.
      seed: of the bootstrap.
    """
    scores, truth = _checked(scores, truth, multi_label=False)
    cells = SingleCells.of(scores, truth)
    return _measure(scores, truth, names, cells=cells, threshold=0.5, resamples=resamples, seed=seed)


def measure_multi(
    scores: NDArray[np.floating],
    truth: NDArray[Any],
    names: Sequence[str],
    *,
    threshold: float = 0.5,
    resamples: int = 500,
    seed: int = 0,
) -> EvaluationFigures:
    """All figures of a multi-label head; truth is bool [n, K], the rest as in `measure`."""
    scores, truth = _checked(scores, truth, multi_label=True)
    cells = MultiCells.of(scores, truth, threshold=threshold)
    return _measure(scores, truth, names, cells=cells, threshold=threshold, resamples=resamples, seed=seed)


def quick_metrics(
    scores: NDArray[np.floating],
    truth: NDArray[Any],
    *,
    multi_label: bool,
    threshold: float = 0.5,
    resamples: int = 500,
    seed: int = 0,
) -> dict[str, Interval]:
    """`accuracy`, `macro_f1` and `log_loss`, equal to those of `measure`: for rows that are only compared."""
    scores, truth = _checked(scores, truth, multi_label=multi_label)
    figures = _accuracy_and_f1(scores, truth, threshold=threshold, resamples=resamples, seed=seed)
    losses = _losses(scores, truth)
    ones = np.ones(len(losses), np.int64)
    means = [block @ losses / len(losses) for block in draws(ones, affordable(len(losses), resamples), seed=seed)]
    return {**figures, "log_loss": _log_loss(losses, np.concatenate(means), scores.shape[1], seed)}


def gain(
    scores_a: NDArray[np.floating],
    scores_b: NDArray[np.floating],
    truth: NDArray[Any],
    *,
    multi_label: bool,
    threshold: float = 0.5,
    seed: int = 0,
) -> Interval:
    """Accuracy of a minus accuracy of b on the very same items, in pairs.

    Each item is worth 1 (only a is right), -1 (only b) or 0, so what both get right or wrong adds no width: the interval
    of the mean worth is far narrower than the difference of two separate ones. Where no item of n differs it still is as wide as
    n items can tell: 0 of 100 allow a gain, or a loss, of 3.6 points. Arguments as in `quick_metrics`.
    """
    right_a = _right(*_checked(scores_a, truth, multi_label=multi_label), threshold)
    right_b = _right(*_checked(scores_b, truth, multi_label=multi_label), threshold)
    return mean_interval(right_a.astype(np.int64) - right_b, ends=(-1.0, 1.0), seed=seed)


def slices(
    scores: NDArray[np.floating],
    truth: NDArray[Any],
    column_name: str,
    values: Sequence[str | None],
    *,
    multi_label: bool,
    threshold: float = 0.5,
    most: int = 20,
    resamples: int = 500,
    seed: int = 0,
) -> list[dict[str, Any]]:
    """The rows of `slices` of `report.json` for one column: accuracy and macro F1 per value, largest slice first.

    Args:
      column_name: what the rows are called.
      values: the column, one per item; null items are a slice of their own, "(none)".
      most: slices that are listed, the rest is left out; equally large ones are in the order of their values.
    The other arguments are as in `quick_metrics`.
    """
    scores, truth = _checked(scores, truth, multi_label=multi_label)
    if len(values) != len(truth):
        raise ValueError(f"column {column_name} has {len(values)} values for {len(truth)} items")
    members: dict[str, list[int]] = defaultdict(list)
    for at, value in enumerate(values):
        members[MISSING if value is None else value].append(at)
    rows = []
    for value, chosen in sorted(members.items(), key=lambda member: (-len(member[1]), member[0]))[:most]:
        figures = _accuracy_and_f1(scores[chosen], truth[chosen], threshold=threshold, resamples=resamples, seed=seed)
        intervals = {name: figure.to_json() for name, figure in figures.items()}
        rows.append({"column": column_name, "value": value, "rows": len(chosen), **intervals})
    return rows


def majority(truth_train: NDArray[Any], classes: int) -> NDArray[np.float32]:
    """Class frequencies of the train split, float32 [K]: what a head that ignores its input scores for every item.

    `truth_train` is int [n] for a single label, bool [n, K] for several. Zeros without rows.
    """
    ones = truth_train.sum(axis=0) if truth_train.ndim == 2 else np.bincount(truth_train, minlength=classes)
    return (ones / max(len(truth_train), 1)).astype(np.float32)


def _measure(
    scores: NDArray[np.floating],
    truth: NDArray[Any],
    names: Sequence[str],
    *,
    cells: SingleCells | MultiCells,
    threshold: float,
    resamples: int,
    seed: int,
) -> EvaluationFigures:
    items, classes = scores.shape
    if len(names) != classes:
        raise ValueError(f"{len(names)} labels for scores of {classes} classes")
    value, spread = _tallies(cells, resamples=resamples, seed=seed)
    counts = item_draws(items, _ranked(items, classes, resamples), seed=seed)
    area, average, curves = _rankings(scores, truth, counts)
    positives = value.true[0].astype(np.int64)
    rarer = np.minimum(positives, items - positives)
    metrics = {
        "accuracy": share(value.right[0], items),
        "macro_precision": _macro(value.precision(), spread.precision(), value.predicted, seed),
        "macro_recall": _macro(value.recall(), spread.recall(), value.true, seed),
        "macro_f1": _macro(value.f1(), spread.f1(), value.involved(), seed),
        "macro_roc_auc": _macro(*area, rarer, seed),
        "macro_average_precision": _macro(*average, positives, seed),
        **_losses_and_gaps(scores, truth, counts, threshold=threshold, seed=seed),
    }
    if isinstance(cells, MultiCells):
        metrics["micro_f1"] = bootstrap_interval(
            value.micro_f1()[0], spread.micro_f1(), items=items, ends=(0.0, 1.0), seed=seed
        )
    return EvaluationFigures(
        metrics=metrics,
        per_class=tuple(
            ClassFigures(
                label=name,
                support=int(positives[at]),
                precision=share(value.hits[0, at], value.predicted[0, at], undefined=value.precision()[0, at]),
                recall=share(value.hits[0, at], value.true[0, at]),
                f1=_f1(value.hits[0, at], value.involved()[0, at]),
                roc_auc=_of_class(area, at, rarer[at], seed),
                average_precision=_of_class(average, at, positives[at], seed),
            )
            for at, name in enumerate(names)
        ),
        confusion=cells.confusion() if isinstance(cells, SingleCells) else None,
        bins=tuple(calibration.reliability(scores, truth, threshold=threshold)),
        curves=tuple(
            {"label": name, "precision": precision, "recall": recall}
            for name, (precision, recall) in zip(names, curves, strict=True)
        ),
    )


def _accuracy_and_f1(
    scores: NDArray[np.floating], truth: NDArray[Any], *, threshold: float, resamples: int, seed: int
) -> dict[str, Interval]:
    cells = MultiCells.of(scores, truth, threshold=threshold) if truth.ndim == 2 else SingleCells.of(scores, truth)
    value, spread = _tallies(cells, resamples=resamples, seed=seed)
    return {
        "accuracy": share(value.right[0], len(truth)),
        "macro_f1": _macro(value.f1(), spread.f1(), value.involved(), seed),
    }


def _tallies(cells: SingleCells | MultiCells, *, resamples: int, seed: int) -> tuple[Tally, Tally]:
    """The tally of the items as they are (one row), and of the resamples."""
    spread = Tally.joined(cells.tally(block) for block in draws(cells.counts, resamples, seed=seed))
    return cells.tally(cells.counts[None]), spread


def _rankings(
    scores: NDArray[np.floating], truth: NDArray[Any], counts: NDArray[np.uint8]
) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats], list[tuple[list[float], list[float]]]]:
    """ROC-AUC and average precision, each as [1, K] and resampled [R, K], and the precision-recall curves."""
    classes = scores.shape[1]
    value = np.full((2, 1, classes), np.nan)
    spread = np.full((2, len(counts), classes), np.nan)
    once = np.ones((1, len(scores)), np.uint8)
    curves = []
    for at in range(classes):
        ranking = Ranking.of(scores[:, at], truth[:, at] if truth.ndim == 2 else truth == at)
        value[:, :, at] = ranking.measure(once)
        spread[:, :, at] = ranking.measure(counts)
        curves.append(ranking.curve(MOST_POINTS))
    return (value[0], spread[0]), (value[1], spread[1]), curves


def _losses_and_gaps(
    scores: NDArray[np.floating], truth: NDArray[Any], counts: NDArray[np.uint8], *, threshold: float, seed: int
) -> dict[str, Interval]:
    """Log loss and ECE: both come from sums over the items, so one product per block of resamples gives both."""
    losses = _losses(scores, truth)
    parts = np.column_stack([losses, calibration.gaps(scores, truth, threshold=threshold)])
    rows = max(1, _BLOCK // max(len(parts), 1))
    sums = np.empty((len(counts), parts.shape[1]))
    for low in range(0, len(counts), rows):
        sums[low : low + rows] = counts[low : low + rows].astype(np.float64) @ parts
    error = calibration.ece_of(parts[:, 1:].sum(axis=0)[None], decisions=truth.size)[0]
    return {
        "log_loss": _log_loss(losses, sums[:, 0] / max(len(parts), 1), scores.shape[1], seed),
        "ece": bootstrap_interval(
            error,
            calibration.ece_of(sums[:, 1:], decisions=truth.size),
            items=len(losses),
            ends=(0.0, 1.0),
            seed=seed,
        ),
    }


def _log_loss(losses: Floats, resampled: Floats, classes: int, seed: int) -> Interval:
    """The mean loss. It has no upper end: an unseen item costs what the worst one does, and no less than a blind guess."""
    worst = max(float(losses.max()), math.log(classes)) if len(losses) else math.nan
    value = float(losses.mean()) if len(losses) else math.nan
    return bootstrap_interval(value, resampled, items=len(losses), ends=(0.0, worst), seed=seed)


def _losses(scores: NDArray[np.floating], truth: NDArray[Any]) -> Floats:
    """Each item's log loss in nats, [n]; of several labels the mean over its K decisions."""
    if truth.ndim == 1:
        return -np.log(np.maximum(scores[np.arange(len(truth)), truth].astype(np.float64), _LEAST_SCORE))
    of_truth = np.where(truth, scores.astype(np.float64), 1 - scores.astype(np.float64))
    return -np.log(np.maximum(of_truth, _LEAST_SCORE)).mean(axis=1)


def _right(scores: NDArray[np.floating], truth: NDArray[Any], threshold: float) -> NDArray[np.bool_]:
    if truth.ndim == 1:
        return scores.argmax(axis=1) == truth
    return ((scores >= threshold) == truth).all(axis=1)


def _macro(value: Floats, resampled: Floats, items: NDArray[Any], seed: int) -> Interval:
    """The mean over the classes of figures [1, K], resampled [R, K], that rest on `items` [K] (or [1, K])."""
    return bootstrap_interval(
        mean_defined(value)[0],
        mean_defined(resampled),
        items=effective_items(items),
        ends=(0.0, 1.0),
        seed=seed,
    )


def _of_class(figures: tuple[Floats, Floats], at: int, items: int, seed: int) -> Interval:
    value, resampled = figures
    return bootstrap_interval(value[0, at], resampled[:, at], items=items, ends=(0.0, 1.0), seed=seed)


def _f1(hits: float, involved: float) -> Interval:
    """F1 of a class from the share J of hits among the items that are the class's by truth or prediction: 2 J / (1 + J)."""
    jaccard = share(hits, involved)
    return Interval(*(2 * part / (1 + part) for part in (jaccard.value, jaccard.low, jaccard.high)))


def _ranked(items: int, classes: int, resamples: int) -> int:
    """Resamples of single items, as the time of the ranking figures allows."""
    return affordable(items, min(resamples, max(100, _MOST_RANKED // max(items * classes, 1))))


def _checked(
    scores: NDArray[np.floating], truth: NDArray[Any], *, multi_label: bool
) -> tuple[NDArray[np.floating], NDArray[Any]]:
    truth = np.asarray(truth, bool) if multi_label else np.asarray(truth)
    scores = np.broadcast_to(scores, (len(truth), np.shape(scores)[-1]))
    if truth.ndim != 1 + multi_label or (multi_label and truth.shape != scores.shape):
        raise ValueError(f"truth of shape {truth.shape} does not fit scores of shape {scores.shape}")
    if not multi_label and len(truth) and not 0 <= truth.min() <= truth.max() < scores.shape[1]:
        raise ValueError(f"truth holds classes outside 0 to {scores.shape[1] - 1}")
    if bad := int((~np.isfinite(scores)).any(axis=1).sum()):
        raise RequestError(f"the head scores {bad} of {len(truth)} items as NaN or infinite; check its vectors")
    return scores, truth
