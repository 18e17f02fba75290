"""Resampling with replacement: how far a measured figure would move on another test set of the same size.

Every figure of an evaluation is a function of how often each item occurs, so a resample is a row of counts. Items that
a figure cannot tell apart are put into one cell first: drawing the cells' counts from a multinomial is then the very
same bootstrap, at the cost of the cells and not of the items. (Efron and Tibshirani, An Introduction to the
Bootstrap, 1993: percentile intervals.)

What it cannot do: where nothing varies in the sample, nothing varies in its resamples. All of 20 items right gives the
interval 1.0 to 1.0, which says more about the 20 than about the model.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_BLOCK = 1 << 18  # numbers drawn at once: the counts of a block stay in the second-level cache
_BINOMIAL = 30  # one binomial draw of a multinomial costs about as much as drawing this many items (measured)
_MOST_COUNTS = 200_000_000  # counts of single items that are kept, one byte each
_LEAST_RESAMPLES = 100  # fewer leave two or three resamples beyond each end of the interval


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


def interval(value: float, resampled: NDArray[np.float64]) -> Interval:
    """The 2.5th to the 97.5th percentile of `resampled` [R], widened to hold `value` where it lies outside.

    Resamples in which the figure is undefined (NaN: a rare class that was not drawn) are left out.
    """
    defined = resampled[~np.isnan(resampled)]
    if math.isnan(value) or not len(defined):
        return Interval(float(value))
    low, high = np.percentile(defined, [2.5, 97.5])
    return Interval(float(value), min(float(low), float(value)), max(float(high), float(value)))


def draws(cells: NDArray[np.int64], resamples: int, *, seed: int) -> Iterator[NDArray[np.int64]]:
    """Yields blocks of resampled cell counts, int64 [B, C], `resamples` rows in all; the same for the same seed.

    Without items there is nothing to draw from: one block of no rows.

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
