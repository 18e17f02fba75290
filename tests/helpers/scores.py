"""Scores of a classifier that is right as often as it says."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def calibrated(items: int, classes: int, seed: int = 0) -> tuple[NDArray[np.float32], NDArray[Any]]:
    """Scores that are the true chances of the truth."""
    generator = np.random.default_rng(seed)
    scores = generator.dirichlet(np.ones(classes), size=items).astype(np.float32)
    truth = (scores.cumsum(axis=1) < generator.random((items, 1))).sum(axis=1)
    return scores, np.minimum(truth, classes - 1)
