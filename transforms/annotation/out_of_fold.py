"""Scores labelled rows by linear heads that were not fitted to them: five folds, in which near-duplicates stand together.

A group of rows (those of one group of the split, and what is nearly the same) goes to one fold, groups in the order of their
hashes, dealt out label by label. C is the value of the least log loss over all folds: of rows whose labels may be wrong, the most
accurate would follow them. Where there are many rows, heads are fitted to a sample of them.

Memory: the vectors of at most 60,000 rows, twice; the scores.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from transforms.common.arrays import Mask, Vectors
from transforms.common.hashes import Hashes
from transforms.heads.evaluation.scores import log_losses, scores_of
from transforms.heads.fit import linear
from transforms.heads.fit.linear import Geometry, LinearHeads
from transforms.heads.fit.training_data import blocks_of
from transforms.heads.job import Loss
from transforms.table.vectors import TableVectors

CANDIDATES = tuple(float(c) for c in np.logspace(-1, 1.5, 6))
FOLDS = 5

_MOST_ROWS = 60_000
_BLOCK_LOGITS = 1 << 24
_MOST_BLOCK_ROWS = 16_384

Scores = npt.NDArray[np.float32]
Folds = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False, kw_only=True)
class LinearScorer:
    """Linear heads of one C, as many as there are folds: weights float32 [f, d, K], bias float32 [f, K]."""

    weights: npt.NDArray[np.float32]
    bias: npt.NDArray[np.float32]
    several: bool

    def scores(self, vectors: Vectors, fold: int = 0) -> Scores:
        """Scores float32 [b, K] of vectors [b, d] by the head that this fold was held out of."""
        logits = vectors @ self.weights[fold] + self.bias[fold]
        return scores_of(logits, activation="sigmoid" if self.several else "softmax", temperature=1.0)


def folds_of(groups: Hashes, key: npt.NDArray[np.int64], count: int = FOLDS) -> Folds:
    """A fold for each row: groups in the order of their hashes, dealt out label by label.

    Args:
      groups: uint64 [n], rows of one group go to one fold.
      key: [n], a label of each row.
    """
    distinct, first, member = np.unique(groups, return_index=True, return_inverse=True)
    order = np.lexsort((distinct, key[first]))
    fold = np.empty(len(distinct), np.int64)
    fold[order] = np.arange(len(distinct)) % count
    return fold[member]


def gathered_vectors(vectors: TableVectors, wanted: Mask) -> Vectors:
    """The vectors of some rows in one piece, float32 [m, d]."""
    found = np.empty((int(wanted.sum()), vectors.dim), np.float32)
    start = 0
    for chunk in vectors.chunks(wanted):
        found[start : start + len(chunk.rows)] = chunk.vectors
        start += len(chunk.rows)
    return found


def fit_scorer(
    x: Vectors,
    truth: npt.NDArray[np.int32] | npt.NDArray[np.float32],
    fold: Folds,
    *,
    classes: int,
    after: Callable[[str], None] = lambda words: None,
) -> tuple[LinearScorer, Scores, float]:
    """Fits a head for each fold, at the C of the least held-out log loss.

    Args:
      x: [n, d].
      truth: int32 [n], or float32 [n, K] of several labels an item.
      fold: [n], from 0.

    Returns:
      The heads, the held-out scores float32 [n, K], and C.
    """
    several = truth.ndim == 2
    heads: list[LinearHeads] = []
    losses = np.zeros(len(CANDIDATES))
    numbers = range(int(fold.max()) + 1)
    for number in numbers:
        after(f"scoring, fold {number + 1} of {len(numbers)}")
        rest, out = fold != number, fold == number
        heads.append(_fit(x[rest], truth[rest], CANDIDATES, classes, "sigmoid" if several else "softmax"))
        for position in range(len(CANDIDATES)):
            losses[position] += log_losses(
                x[out] @ heads[-1].weights[position] + heads[-1].bias[position], truth[out]
            ).sum()
    best = int(losses.argmin())
    scorer = LinearScorer(
        weights=np.stack([head.weights[best] for head in heads]),
        bias=np.stack([head.bias[best] for head in heads]),
        several=several,
    )
    scores = np.empty((len(x), classes), np.float32)
    for number in numbers:
        scores[fold == number] = scorer.scores(x[fold == number], number)
    return scorer, scores, CANDIDATES[best]


def fit_one(
    x: Vectors, truth: npt.NDArray[np.int32] | npt.NDArray[np.float32], c: float, *, classes: int
) -> LinearScorer:
    """Fits one head to all rows, at one C."""
    several = truth.ndim == 2
    head = _fit(x, truth, (c,), classes, "sigmoid" if several else "softmax")
    return LinearScorer(weights=head.weights, bias=head.bias, several=several)


def _fit(
    x: Vectors,
    truth: npt.NDArray[np.int32] | npt.NDArray[np.float32],
    candidates: tuple[float, ...],
    classes: int,
    loss: Loss,
) -> LinearHeads:
    size = int(np.clip(_BLOCK_LOGITS // (len(candidates) * classes), 64, _MOST_BLOCK_ROWS))
    weight = np.ones(len(x), np.float32)
    blocks = blocks_of((x, truth, weight), size)
    geometry = Geometry.of_few(x, weight) if len(x) < x.shape[1] else Geometry.of(blocks)
    return linear.fit(
        blocks, classes=classes, loss=loss, geometry=geometry, inverse_regularization=candidates, rows=float(len(x))
    )
