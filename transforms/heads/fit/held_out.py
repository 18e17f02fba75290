"""Chooses settings by rows that were not fitted: folds of rows, errors on them, and the setting of the fewest."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from transforms.common.arrays import Mask
from transforms.common.hashes import Hashes
from transforms.heads.evaluation.scores import log_losses
from transforms.heads.rows.split import mixed

FOLDS = 5
FEW_EVAL_ROWS = 5_000
MOST_FOLDED_ROWS = 60_000

Figures = npt.NDArray[np.float64]


def by_folds(train: Mask, evaluation: Mask) -> bool:
    """Whether all rows choose in folds: an eval side of 50 rows would choose by luck."""
    return bool(evaluation.sum() < FEW_EVAL_ROWS and (train | evaluation).sum() <= MOST_FOLDED_ROWS)


def folds_of(groups: Hashes, codes: npt.NDArray[np.int32] | Mask, *, repeat: int = 0) -> npt.NDArray[np.int64]:
    """A fold of FOLDS for each row: groups in the order of their hashes, dealt out label by label.

    Args:
      codes: int32 [n], or bool [n, K]; of several labels the first counts.
      repeat: each has an order of its own.
    """
    key = codes if codes.ndim == 1 else codes.argmax(axis=1)
    distinct, first, member = np.unique(groups, return_index=True, return_inverse=True)
    order = np.lexsort((distinct if repeat == 0 else mixed(distinct, repeat), key[first]))
    of_group = np.empty(len(distinct), np.int64)
    of_group[order] = np.arange(len(distinct)) % FOLDS
    return of_group[member]


def errors_of(
    logits: npt.NDArray[np.float32], truth: npt.NDArray[np.int32] | npt.NDArray[np.float32], weight: Iterable[float]
) -> tuple[float, float]:
    """Summed log loss and summed weight of the wrong rows."""
    wrong = logits.argmax(axis=1) != (truth if truth.ndim == 1 else truth.argmax(axis=1))
    weights = np.asarray(weight)
    return float(log_losses(logits, truth) @ weights), float(wrong @ weights)


def best_setting(losses: Figures, errors: Figures, *, several: bool) -> int:
    """The position of the setting of the fewest errors, and of these the least loss; of several labels of the least loss."""
    if several:
        return int(np.argmin(losses))
    least = np.flatnonzero(errors <= errors.min() + 1e-9)
    return int(least[np.argmin(losses[least])])
