"""Whether a score of 0.8 is right eight times in ten: reliability bins, their error, and the temperature that mends it.

15 bins of equal width over the confidence; the expected calibration error (ECE) is the mean gap between confidence and
accuracy in a bin, weighted by its items. The temperature is one number that divides all logits, fitted on items that
the head was not trained on. (Guo et al., On Calibration of Modern Neural Networks, ICML 2017.)

A single-label item is one decision: its highest score is the confidence. A multi-label item is K decisions: the
confidence of each is the score if the label is given, else 1 - score.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from transforms.common.errors import RequestError

BINS = 15
COLDEST, HOTTEST = 0.05, 20.0  # the temperatures that are considered

_PRECISION = 1e-7  # of the temperature, relative
_STEPS = 100  # of the search; bisection alone needs 25
_BLOCK = 1 << 18  # logits at once: the copies in float64 stay small at any number of rows


def fit_temperature(logits: NDArray[np.floating], truth: NDArray[Any]) -> float:
    """The temperature T in [0.05, 20] with the least log loss of softmax(logits / T), or of the sigmoid.

    The loss is convex in 1 / T, so its slope is followed to zero by Newton's steps, with bisection where a step would
    leave the bracket. Logits that every temperature serves alike (no rows, all equal, so far apart that the loss is 0) give 1.
    Logits that are right on every row otherwise have no optimum: they get the coldest, 0.05.

    Args:
      logits: [n, K].
      truth: int [n] for a single label (softmax), bool [n, K] for several (sigmoid).

    Raises:
      RequestError: a logit is not finite.
    """
    if bad := int((~np.isfinite(logits)).sum()):
        raise RequestError(
            f"cannot fit a temperature: {bad} logits of the eval split are not finite; check its vectors"
        )
    slope = _softmax_slope if truth.ndim == 1 else _sigmoid_slope
    low, high, inverse = 1 / HOTTEST, 1 / COLDEST, 1.0
    for _ in range(_STEPS):
        first, second = _summed(slope, logits, truth, inverse)
        if first == 0.0:
            break
        low, high = (low, inverse) if first > 0 else (inverse, high)
        step = inverse - first / second if second > 0 else np.inf
        nearer = float(step) if low < step < high else float(np.sqrt(low * high))
        done = abs(nearer - inverse) <= _PRECISION * inverse
        inverse = nearer
        if done:
            break
    return float(np.clip(1 / inverse, COLDEST, HOTTEST))


def ece(scores: NDArray[np.floating], truth: NDArray[Any], *, threshold: float = 0.5) -> float:
    """The expected calibration error of `scores` [n, K]; NaN without items. Truth as in `gaps`."""
    return float(ece_of(gaps(scores, truth, threshold=threshold).sum(axis=0)[None], decisions=truth.size)[0])


def ece_of(binned: NDArray[np.float64], *, decisions: int) -> NDArray[np.float64]:
    """The ECE [R] from the gaps summed per bin, [R, 15], over `decisions` decisions."""
    total = np.abs(binned).sum(axis=1)
    return total / decisions if decisions else np.full_like(total, np.nan)


def gaps(scores: NDArray[np.floating], truth: NDArray[Any], *, threshold: float = 0.5) -> NDArray[np.float64]:
    """What each item adds to each bin, float64 [n, 15]: right (1 or 0) minus confidence, summed over its decisions.

    Args:
      scores: probabilities [n, K].
      truth: int [n] for a single label, bool [n, K] for several.
      threshold: at which a label is given (several labels only).
    """
    confidence, right = _decisions(scores, truth, threshold)
    slot = _bin_of(confidence) + np.arange(len(confidence))[:, None] * BINS
    summed = np.bincount(slot.ravel(), weights=(right - confidence).ravel(), minlength=len(confidence) * BINS)
    return summed.astype(np.float64).reshape(len(confidence), BINS)


def reliability(
    scores: NDArray[np.floating], truth: NDArray[Any], *, threshold: float = 0.5
) -> list[dict[str, float | int | None]]:
    """The 15 bins as `report.json` has them: bounds, decisions, mean confidence, accuracy (None in an empty bin).

    A bin holds its lower bound and not its upper one; the last one holds 1. Arguments as in `gaps`.
    """
    confidence, right = _decisions(scores, truth, threshold)
    slot = _bin_of(confidence).ravel()
    count = np.bincount(slot, minlength=BINS)
    sure = np.bincount(slot, weights=confidence.ravel(), minlength=BINS)
    hits = np.bincount(slot, weights=right.ravel(), minlength=BINS)
    return [
        {
            "low": at / BINS,
            "high": (at + 1) / BINS,
            "count": int(count[at]),
            "confidence": float(sure[at] / count[at]) if count[at] else None,
            "accuracy": float(hits[at] / count[at]) if count[at] else None,
        }
        for at in range(BINS)
    ]


Slope = Callable[[NDArray[np.float64], NDArray[Any], float], tuple[float, float]]


def _summed(slope: Slope, logits: NDArray[np.floating], truth: NDArray[Any], inverse: float) -> tuple[float, float]:
    """First and second derivative of the summed log loss by 1 / T."""
    first = second = 0.0
    rows = max(1, _BLOCK // logits.shape[1])
    for low in range(0, len(logits), rows):
        part = slope(logits[low : low + rows].astype(np.float64), truth[low : low + rows], inverse)
        first, second = first + part[0], second + part[1]
    return first, second


def _softmax_slope(logits: NDArray[np.float64], truth: NDArray[Any], inverse: float) -> tuple[float, float]:
    logits -= logits.max(axis=1, keepdims=True)
    weights = np.exp(inverse * logits)
    weights /= weights.sum(axis=1, keepdims=True)
    mean = (weights * logits).sum(axis=1)
    square = (weights * logits**2).sum(axis=1)
    return float((mean - logits[np.arange(len(logits)), truth]).sum()), float((square - mean**2).sum())


def _sigmoid_slope(logits: NDArray[np.float64], truth: NDArray[Any], inverse: float) -> tuple[float, float]:
    chance = (1 + np.tanh(inverse * logits / 2)) / 2  # the sigmoid, without overflow
    return float(((chance - truth) * logits).sum()), float((chance * (1 - chance) * logits**2).sum())


def _decisions(
    scores: NDArray[np.floating], truth: NDArray[Any], threshold: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Confidence and right (1.0 or 0.0) of each item's decisions, both [n, 1] or [n, K]."""
    if truth.ndim == 1:
        confidence = scores.max(axis=1, keepdims=True).astype(np.float64)
        return confidence, (scores.argmax(axis=1) == truth)[:, None].astype(np.float64)
    given = scores >= threshold
    sure = scores.astype(np.float64)
    return np.where(given, sure, 1 - sure), (given == truth).astype(np.float64)


def _bin_of(confidence: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.clip((confidence * BINS).astype(np.int64), 0, BINS - 1)
