"""Measures how well one class's scores order the items: ROC-AUC, average precision, the precision-recall curve.

Ties are treated as scikit-learn treats them: a tied pair counts half in ROC-AUC; for average precision items of equal
score enter together. All of it is computed from counts per item, so that a resample costs a pass over the items and no
second sort. Undefined, hence NaN: ROC-AUC without a positive or without a negative, average precision without a
positive.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_BLOCK = 1 << 22  # numbers per block of resamples


@dataclass(frozen=True)
class Ranking:
    """The items in falling order of one class's score, with the groups of equal scores that hold a positive.

    Attributes:
      order: [n], positions of the items.
      positives: [m], positions of the positive items, in that order.
      first: [G], where in `positives` each group begins.
      starts, ends: [G], where in `order` each group begins and ends (exclusive).
    """

    order: NDArray[np.int64]
    positives: NDArray[np.int64]
    first: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]

    @classmethod
    def of(cls, scores: NDArray[np.floating], positive: NDArray[np.bool_]) -> Ranking:
        """The ranking of `scores` [n] for the items that are `positive` [n]."""
        order = np.argsort(-scores)
        falling = scores[order]
        begins = np.flatnonzero(np.r_[True, falling[1:] != falling[:-1]])  # of every group of equal scores
        at = np.flatnonzero(positive[order])
        group = np.searchsorted(begins, at, side="right") - 1
        first = np.flatnonzero(np.r_[True, group[1:] != group[:-1]]) if len(at) else at
        group = group[first]
        return cls(order, order[at], first, begins[group], np.r_[begins[1:], len(order)][group])

    def measure(self, counts: NDArray[np.integer]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """ROC-AUC [R] and average precision [R] where item i occurs `counts[r, i]` times; `counts` is [R, n]."""
        auc = np.full(len(counts), np.nan)
        precision = np.full(len(counts), np.nan)
        if not len(self.positives):
            return auc, precision
        rows = max(1, _BLOCK // len(self.order))
        for low in range(0, len(counts), rows):
            block = slice(low, low + rows)
            auc[block], precision[block] = self._measure(counts[block])
        return auc, precision

    def curve(self, most: int) -> tuple[list[float], list[float]]:
        """Precision and rising recall at each score of a positive, at most `most` points, from recall 0 on.

        The area of the steps that end in the points is the average precision; where points are left out, those that
        remain are evenly spread over the groups of equal scores. Empty without a positive.
        """
        if not len(self.positives):
            return [], []
        found = np.r_[self.first[1:], len(self.positives)]
        chosen = np.linspace(0, len(found) - 1, min(most - 1, len(found))).round().astype(np.int64)
        precision = found[chosen] / self.ends[chosen]
        recall = found[chosen] / len(self.positives)
        return [float(precision[0]), *precision.tolist()], [0.0, *recall.tolist()]

    def _measure(self, counts: NDArray[np.integer]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        before = np.empty((len(counts), len(self.starts)), np.int64)  # occurrences of items of a higher score
        through = np.empty_like(before)  # of items of a score as high, too
        here = np.empty_like(before)  # of positive items of that very score
        total = np.empty(len(counts), np.int64)
        passed = np.zeros(len(self.order) + 1, np.int32)
        for row, count in enumerate(counts):  # a row fits the cache: half the time of gathering all rows at once
            np.cumsum(np.take(count, self.order), dtype=np.int32, out=passed[1:])
            before[row] = passed[self.starts]
            through[row] = passed[self.ends]
            here[row] = np.add.reduceat(np.take(count, self.positives), self.first, dtype=np.int64)
            total[row] = passed[-1]
        found = np.cumsum(here, axis=1)
        positives = found[:, -1]
        negatives = total - positives
        precision = (here * found / np.maximum(through, 1)).sum(axis=1)
        wrong = (here * (before + through - 2 * found + here)).sum(axis=1) / 2  # pairs out of order; a tie is half one
        with np.errstate(invalid="ignore", divide="ignore"):
            auc = 1 - wrong / (positives.astype(np.float64) * negatives)
            return auc, precision / positives
