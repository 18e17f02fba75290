"""Counts right and wrong decisions: accuracy, precision, recall and F1, from counts that can be resampled.

Items with the same truth and the same decision are one cell; everything here is a sum over cells.

Which classes count: recall is undefined for a class with no true item; precision is 0 for a class that is never
predicted; a class that is neither true nor predicted anywhere has no precision and no F1. A macro mean is over the
classes where the figure is defined. Precision and F1 are then scikit-learn's with `average="macro", zero_division=0`,
and macro recall is its `balanced_accuracy_score`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Tally:
    """Sums over the cells for B resamples: `right` [B] items, and per class [B, K] the three counts."""

    right: Floats
    hits: Floats
    predicted: Floats
    true: Floats

    @classmethod
    def joined(cls, blocks: Iterable[Tally]) -> Tally:
        """The tallies of several blocks of resamples as one."""
        parts = zip(*((block.right, block.hits, block.predicted, block.true) for block in blocks), strict=True)
        return cls(*map(np.concatenate, parts))

    def precision(self) -> Floats:
        """float64 [B, K]."""
        return np.where(self.predicted + self.true > 0, self.hits / np.maximum(self.predicted, 1), np.nan)

    def recall(self) -> Floats:
        """float64 [B, K]."""
        return np.where(self.true > 0, self.hits / np.maximum(self.true, 1), np.nan)

    def involved(self) -> Floats:
        """Items that are of a class by truth or by prediction, float64 [B, K]."""
        return self.predicted + self.true - self.hits

    def f1(self) -> Floats:
        """float64 [B, K]."""
        both = self.predicted + self.true
        return np.where(both > 0, 2 * self.hits / np.maximum(both, 1), np.nan)

    def micro_f1(self) -> Floats:
        """float64 [B]: F1 of all classes' decisions in one heap; NaN if nothing is true and nothing predicted."""
        both = (self.predicted + self.true).sum(axis=1)
        return np.where(both > 0, 2 * self.hits.sum(axis=1) / np.maximum(both, 1), np.nan)


def mean_defined(figures: Floats) -> Floats:
    """The mean over the classes, [B, K] to [B], of what is defined; NaN where nothing is."""
    defined = ~np.isnan(figures)
    number = defined.sum(axis=1)
    return np.where(number > 0, np.where(defined, figures, 0.0).sum(axis=1) / np.maximum(number, 1), np.nan)


@dataclass(frozen=True)
class SingleCells:
    """The cells of a single-label task: the entries of the confusion matrix that are not 0.

    Attributes:
      counts: items per cell, int64 [C].
      truth, predicted: the classes of each cell, int64 [C].
      classes: K.
    """

    counts: NDArray[np.int64]
    truth: NDArray[np.int64]
    predicted: NDArray[np.int64]
    classes: int

    @classmethod
    def of(cls, scores: NDArray[np.floating], truth: NDArray[np.integer]) -> SingleCells:
        """From scores [n, K] (the highest decides, the first of equals) and truth [n]."""
        classes = scores.shape[1]
        pair, counts = np.unique(truth.astype(np.int64) * classes + scores.argmax(axis=1), return_counts=True)
        return cls(counts.astype(np.int64), pair // classes, pair % classes, classes)

    def tally(self, counts: NDArray[np.int64]) -> Tally:
        """The sums for resampled cell counts [B, C]."""
        right = self.truth == self.predicted
        hits = self._per_class(counts[:, right], self.truth[right])
        predicted, true = self._per_class(counts, self.predicted), self._per_class(counts, self.truth)
        return Tally(hits.sum(axis=1), hits, predicted, true)

    def confusion(self) -> NDArray[np.int64]:
        """int64 [K, K]: rows are the truth, columns what was predicted."""
        matrix = np.zeros((self.classes, self.classes), np.int64)
        matrix[self.truth, self.predicted] = self.counts
        return matrix

    def _per_class(self, counts: NDArray[np.int64], classes: NDArray[np.int64]) -> Floats:
        sums = np.empty((len(counts), self.classes))
        for row, count in enumerate(counts):
            sums[row] = np.bincount(classes, weights=count, minlength=self.classes)
        return sums


@dataclass(frozen=True)
class MultiCells:
    """The cells of a multi-label task: the distinct pairs of a row of truth and a row of decisions.

    Attributes:
      counts: items per cell, int64 [C].
      truth, predicted: float64 [C, K] of 0 and 1.
    """

    counts: NDArray[np.int64]
    truth: Floats
    predicted: Floats

    @classmethod
    def of(cls, scores: NDArray[np.floating], truth: NDArray[np.bool_], *, threshold: float) -> MultiCells:
        """From scores [n, K] (a label is given at `threshold` and above) and truth [n, K]."""
        predicted = scores >= threshold
        patterns = np.packbits(np.concatenate([truth, predicted], axis=1), axis=1)
        _, example, counts = np.unique(patterns, axis=0, return_index=True, return_counts=True)
        return cls(counts.astype(np.int64), truth[example].astype(np.float64), predicted[example].astype(np.float64))

    def tally(self, counts: NDArray[np.int64]) -> Tally:
        """The sums for resampled cell counts [B, C]."""
        weights = counts.astype(np.float64)
        right = weights @ (self.truth == self.predicted).all(axis=1).astype(np.float64)
        return Tally(right, weights @ (self.truth * self.predicted), weights @ self.predicted, weights @ self.truth)
