"""Measures what answers gained: two linear heads, fitted without and with them, on the same test rows.

Both learn from the training and eval rows, at the same C, and are measured against the labels as they are now, so that the
difference is in pairs and owes nothing to test rows whose labels were mended.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from transforms.annotation.out_of_fold import LinearScorer, fit_one, gathered_vectors
from transforms.common.arrays import Mask
from transforms.heads.evaluation import metrics
from transforms.heads.evaluation.evaluate import majority_scores
from transforms.heads.rows.labels import Labels
from transforms.heads.rows.split import EVAL, TEST, TRAIN, Sides
from transforms.table.vectors import TableVectors

MOST_ROWS = 60_000

Scores = npt.NDArray[np.float32]


def gain_of_answers(
    vectors: TableVectors, before: Labels, after: Labels, sides: Sides, *, c: float, seed: int
) -> dict[str, Any] | None:
    """Accuracy with and without the answers, the gain with its interval, and test rows; None where no labelled row tests.

    Args:
      before: the labels without the answers, in the order of names of `after`.
      after: the labels with them.
      sides: of all rows.
      c: of both heads.
    """
    test = _some((sides == TEST) & after.known, seed)
    if not test.any() or not after.known[sides != TEST].any():
        return None
    x = gathered_vectors(vectors, test)
    truth = after.codes[test]
    learning = np.isin(sides, (TRAIN, EVAL))
    old, new = (_scores(vectors, labels, _some(learning & labels.known, seed), x, c) for labels in (before, after))
    several = after.several
    return {
        "before": metrics.quick_metrics(old, truth, multi_label=several)["accuracy"].to_json(),
        "after": metrics.quick_metrics(new, truth, multi_label=several)["accuracy"].to_json(),
        "gain": metrics.gain(new, old, truth, multi_label=several).to_json(),
        "test_rows": int(test.sum()),
        "test_rows_answered": int((test & _differs(before, after)).sum()),
    }


def truth_of(labels: Labels, rows: Mask) -> npt.NDArray[np.int32] | npt.NDArray[np.float32]:
    """What a linear head learns of some rows: int32 [m], or float32 [m, K] of several labels an item."""
    codes = labels.codes[rows]
    return codes.astype(np.float32) if labels.several else codes.astype(np.int32)


def _scores(vectors: TableVectors, labels: Labels, rows: Mask, x: Scores, c: float) -> Scores:
    """Scores of the rows x [m, d] by a head of the labelled `rows`; the majority's where there is nothing to learn."""
    classes = len(labels.names)
    present = sum(count > 0 for count in labels.counts(rows).values())
    if present < (1 if labels.several else 2):
        uniform = np.full((len(x), classes), 1 / max(classes, 1), np.float32)
        return majority_scores(labels, rows, len(x)) if present else uniform
    scorer: LinearScorer = fit_one(gathered_vectors(vectors, rows), truth_of(labels, rows), c, classes=classes)
    return scorer.scores(x)


def _some(rows: Mask, seed: int) -> Mask:
    """At most about 60,000 of the rows, by chance."""
    count = int(rows.sum())
    if count <= MOST_ROWS:
        return rows
    return rows & (np.random.default_rng(seed).random(len(rows)) < MOST_ROWS / count)


def _differs(before: Labels, after: Labels) -> Mask:
    unequal = before.codes != after.codes
    changed: Mask = np.logical_or.reduce(unequal, axis=1) if after.several else np.asarray(unequal, np.bool_)
    return changed | (before.known != after.known)
