"""Computes recall on the queries that people asked, each weighted by how often it was asked.

recall@k = sum over distinct queries of (times asked * share of the k exact nearest that were found) / sum of times asked
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from transforms.common.intervals import Interval, bootstrap_interval, item_draws

_RESAMPLES = 1_000

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class LoggedHits:
    """What one value of the search parameter finds.

    Attributes:
      hits: by k, each query's share of its k nearest that were found, float64 [q].
      times: how often each query was asked, float64 [q].
    """

    hits: Mapping[int, Floats]
    times: Floats

    def recall(self, k: int = 10) -> float:
        """Recall@k, each query weighted by how often it was asked."""
        return float(self.hits[k] @ self.times / self.times.sum())

    def interval(self, k: int = 10) -> Interval:
        """Recall@k with its interval over the distinct queries, of which Kish's effective number counts."""
        weights = item_draws(len(self.times), _RESAMPLES, seed=0) * self.times
        totals = weights.sum(axis=1)
        means = np.divide(weights @ self.hits[k], totals, out=np.full(len(totals), np.nan), where=totals > 0)
        effective = self.times.sum() ** 2 / (self.times**2).sum()
        return bootstrap_interval(self.recall(k), means, items=effective, ends=(0.0, 1.0))

    def to_json(self) -> dict[str, Any]:
        """Recall@1, @10, @100 with intervals."""
        return {str(k): self.interval(k).to_json() for k in self.hits}
