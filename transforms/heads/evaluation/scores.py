"""Turns a head's logits into scores: probabilities, calibrated by a temperature."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from transforms.heads.job import Activation

THRESHOLD = 0.5
"""From which score on an item is said to have a label, where it may have several."""


def scores_of(
    logits: npt.NDArray[np.float32], *, activation: Activation, temperature: float
) -> npt.NDArray[np.float32]:
    """Scores float32 [n, K] of logits [n, K], divided by the temperature (Guo et al., 2017)."""
    scaled: npt.NDArray[Any] = logits.astype(np.float32) / np.float32(temperature)
    if activation == "softmax":
        raised = np.exp(scaled - scaled.max(axis=1, keepdims=True))
        return raised / raised.sum(axis=1, keepdims=True)
    each: npt.NDArray[Any] = (np.tanh(scaled / 2) + 1) / 2
    if activation == "sigmoid":
        return each
    each = np.maximum(each, np.float32(1e-12))
    return each / each.sum(axis=1, keepdims=True)


def log_losses(
    logits: npt.NDArray[np.float32], truth: npt.NDArray[np.int32] | npt.NDArray[np.float32]
) -> npt.NDArray[np.float64]:
    """Log loss of each row, float64 [n], of a softmax (truth int [n]) or of sigmoids, summed (truth float [n, K])."""
    z = logits.astype(np.float64)
    if truth.ndim == 1:
        top = z.max(axis=1)
        return top + np.log(np.exp(z - top[:, None]).sum(axis=1)) - z[np.arange(len(z)), truth.astype(np.int64)]
    return (np.maximum(z, 0) - z * truth + np.log1p(np.exp(-np.abs(z)))).sum(axis=1)
