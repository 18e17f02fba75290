"""Computes confidence intervals: of shares, of means of bounded values, and of other figures by the bootstrap.

    share_interval       k of n right: Clopper and Pearson's exact interval
    mean_interval        the mean of values between two ends, such as the recall of each query, or a gain of -1, 0 or 1
    bootstrap_interval   whatever else is computed from items: macro F1, ROC-AUC, log loss, calibration error

A percentile bootstrap collapses where it matters most: 23 of 23 right are right in every resample, hence
"1.000 [1.000, 1.000]", although a model that is right 86 times in 100 passes such a test now and then. The cure is the
same for all three: towards each end of its range, a figure is computed as if one more item had been seen, as bad (or as
good) as can be. For shares that is the interval of Clopper and Pearson; for means of bounded values that of
Learned-Miller and Thomas; for the rest a bootstrap that is as wide as theirs where nothing varies, and hardly wider than
before where much does.

Sources:
  Clopper and Pearson, The use of confidence or fiducial limits illustrated in the case of the binomial, Biometrika 1934.
  Brown, Cai and DasGupta, Interval estimation for a binomial proportion, Statistical Science 2001.
  Learned-Miller and Thomas, A new confidence interval for the mean of a bounded random variable, arXiv 1905.06208, 2019.
  Rubin, The Bayesian bootstrap, Annals of Statistics 1981.
  Efron and Tibshirani, An Introduction to the Bootstrap, 1993.
  Kish, Survey Sampling, 1965: the effective number of items behind a weighted mean.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

CONFIDENCE = 0.95

_BLOCK = 1 << 18  # numbers drawn at once: the counts of a block stay in the second-level cache
_BINOMIAL = 30  # one binomial draw of a multinomial costs about as much as drawing this many items (measured)
_MOST_COUNTS = 200_000_000  # counts of single items in memory, one byte each
_LEAST_RESAMPLES = 100  # fewer leave two or three resamples beyond each end of the interval
_MEAN_RESAMPLES = 4000

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """A figure and the interval that holds it with 95 % confidence; NaN where undefined."""

    value: float
    low: float = math.nan
    high: float = math.nan

    def to_json(self) -> dict[str, float | None]:
        """The interval as `report.json` has it: None for what is undefined."""
        parts = {"value": self.value, "low": self.low, "high": self.high}
        return {name: None if math.isnan(part) else part for name, part in parts.items()}


def share_interval(successes: float, total: float, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The exact interval of Clopper and Pearson for the share behind `successes` of `total` independent items.

    23 of 23 give (0.852, 1.0). It holds the true share at least as often as it says, for every share and every total.
    Wilson's is narrower, and right on average only: near 1, where good models are, 95 % can mean 84 % (Brown, Cai and
    DasGupta, 2001).

    Args:
      successes: from 0 to `total`; need not be whole, as of an effective number of items.
      total: of the items. Without any, nothing is known: (0.0, 1.0).
      confidence: above 0 and below 1.
    """
    from scipy.special import betaincinv

    tail, failures = (1 - confidence) / 2, total - successes
    low = float(betaincinv(successes, failures + 1, tail)) if successes > 0 else 0.0
    high = float(betaincinv(successes + 1, failures, 1 - tail)) if failures > 0 else 1.0
    return low, high


def share(successes: float, total: float, *, undefined: float = math.nan) -> Interval:
    """The share with its interval; without items `undefined`, of which nothing is known if it is a number."""
    if total > 0:
        return Interval(float(successes / total), *share_interval(successes, total))
    return Interval(math.nan) if math.isnan(undefined) else Interval(float(undefined), 0.0, 1.0)


def mean_interval(values: ArrayLike, *, ends: tuple[float, float] = (0.0, 1.0), seed: int = 0) -> Interval:
    """The mean of `values` [n] with the interval of Learned-Miller and Thomas (2019); undefined without values.

    Its lower end is the 2.5th percentile of the mean under random weights, uniform over all that sum to 1 (the Bayesian
    bootstrap), of the values and of one more, which lies at the lower end of the range; its upper end likewise. Of n
    values that are all 1 it is [0.025 ** (1 / n), 1]; of values that are 0 or 1 it is `share_interval`. Its authors
    conjecture that it holds the mean as often as it says, whatever the distribution and n.

    Args:
      values: between the two ends.
      ends: of the range of values that are possible.
      seed: of the random weights; used only where some values lie between the ends.
    """
    numbers = np.asarray(values, np.float64)
    if not numbers.size:
        return Interval(math.nan)
    bottom, top = ends
    distinct, counts = np.unique((numbers - bottom) / (top - bottom), return_counts=True)
    if np.isin(distinct, (0.0, 1.0)).all():
        low, high = share_interval(float(counts @ distinct), numbers.size)
    else:
        # Gamma variates over their sum are uniform weights (a Dirichlet distribution); the last one is of the added value.
        weights = np.random.default_rng(seed).standard_gamma(np.append(counts, 1.0), (_MEAN_RESAMPLES, len(counts) + 1))
        weights /= weights.sum(axis=1, keepdims=True)
        seen = weights[:, :-1] @ distinct
        low, high = _percentiles(seen, seen + weights[:, -1])
    mean = float(numbers.mean())
    return Interval(mean, min(bottom + (top - bottom) * low, mean), max(bottom + (top - bottom) * high, mean))


def bootstrap_interval(
    value: float, resampled: Floats, *, items: float, ends: tuple[float, float], seed: int = 0
) -> Interval:
    """The percentile bootstrap of a figure, with one unseen item added to each resample.

    Where all resamples are alike, the interval is as wide as that of a share of `items`. The unseen item has the weight
    that one of n + 1 has under the Bayesian bootstrap, Beta(1, n); mixed in at the figure's lower end it gives the
    interval's lower end, and at its upper end the upper one. For a mean that is `mean_interval` with counts in place of
    weights; for other figures it is an approximation, whose coverage the tests measure.

    Args:
      value: the figure of all items, held by the interval wherever it lies among the resamples.
      resampled: the figure of each resample, [R]; NaN (a rare class that was not drawn) is left out.
      items: how many items the figure rests on, n: of a mean over classes see `effective_items`.
      ends: the least and the greatest value of the figure that one item more could lead to.
      seed: of the weights of the unseen item.
    """
    defined = resampled[~np.isnan(resampled)]
    if math.isnan(value) or not len(defined):
        return Interval(float(value))
    unseen = np.ones(len(defined)) if not items > 0 else np.random.default_rng(seed).beta(1, items, len(defined))
    low, high = _percentiles(*(defined + unseen * (end - defined) for end in ends))
    return Interval(float(value), min(low, float(value)), max(high, float(value)))


def effective_items(counts: ArrayLike) -> float:
    """How many equally weighted items tell as much as a plain mean over K classes of `counts` [K] items: K^2 / sum(1 / count).

    (Kish, 1965.) A rare class weighs as much as a frequent one in such a mean, so its few items decide how sure it is.
    Classes without items are left out; 0.0 where all are.
    """
    found = np.asarray(counts, np.float64)
    found = found[found > 0]
    return float(len(found) ** 2 / (1 / found).sum()) if len(found) else 0.0


def draws(cells: NDArray[np.int64], resamples: int, *, seed: int) -> Iterator[NDArray[np.int64]]:
    """Yields blocks of resampled cell counts, int64 [B, C], `resamples` rows in all; the same for the same seed.

    Items that a figure cannot tell apart are one cell: drawing the cells' counts from a multinomial is the bootstrap over
    items, at the cost of the cells. Without items there is nothing to draw from: one block of no rows.

    Args:
      cells: how many items are in each cell, [C], all above 0. Each row of a block sums to the same total.
      resamples: how many.
      seed: of numpy's generator.
    """
    total, size = int(cells.sum()), len(cells)
    if not (total and resamples):
        yield np.empty((0, size), np.int64)
        return
    rng = np.random.default_rng(seed)
    rows = max(1, _BLOCK // total)
    cell_of = np.repeat(np.arange(size), cells)
    for first in range(0, resamples, rows):
        block = min(rows, resamples - first)
        if size * _BINOMIAL < total:
            yield rng.multinomial(total, cells / total, size=block)
            continue
        drawn = rng.integers(0, total, size=(block, total))
        if size < total:
            drawn = cell_of[drawn]
        drawn += np.arange(block)[:, None] * size
        yield np.bincount(drawn.ravel(), minlength=block * size).reshape(block, size)


def affordable(items: int, resamples: int) -> int:
    """How many resamples of single items are drawn: `resamples`, fewer (but 100) from 400,000 items at 500."""
    return min(resamples, max(_LEAST_RESAMPLES, _MOST_COUNTS // max(items, 1)))


def item_draws(items: int, resamples: int, *, seed: int) -> NDArray[np.uint8]:
    """How often each item occurs in each resample, [R, n]; a byte is enough, a count is about Poisson(1)."""
    drawn = np.empty((resamples if items else 0, items), np.uint8)
    first = 0
    for block in draws(np.ones(items, np.int64), resamples, seed=seed):
        drawn[first : first + len(block)] = block
        first += len(block)
    return drawn


def _percentiles(lower: Floats, upper: Floats) -> tuple[float, float]:
    """The 2.5th percentile of `lower` and the 97.5th of `upper`."""
    tail = 50 * (1 - CONFIDENCE)
    return float(np.percentile(lower, tail)), float(np.percentile(upper, 100 - tail))
