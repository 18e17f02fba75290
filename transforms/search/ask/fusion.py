"""Fuses the evidence of words and of vectors for the answers to a query into one score.

    score = share + weight * (cosine - mean) / deviation

The share is a document's BM25 over the highest that any text could have for the query, 0 to 1 (`LexicalIndex`). Mean and
deviation are those of the query's cosines with rows all over the table, so that any encoder's cosines count alike. Both terms say
how sure their side is of this very query: words that no text holds give small shares, and vectors decide; a cosine that hardly
stands out among the others adds little, and words decide.

A sum of normalised scores rather than of reciprocal ranks: Bruch, Gai and Ingber, "An analysis of fusion functions for hybrid
retrieval", TOIS 2023. Normalised by limits that do not depend on which candidates were found (there: theoretical minimum and
maximum), so that a document's score does not depend on others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

WEIGHTS = (0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.06, 0.09, 0.15, 0.25)
"""Weights of the vectors that are tried for a table."""
WEIGHT = 0.03
"""The weight where nothing is known of a table: on collections with judgements nDCG@10 is flat around it, for encoders good and
weak (`benchmarks.retrieval`)."""

DEPTH = 100
"""Documents that each side finds for ten or so good ones; more for more."""

_LEAST_DEVIATION = 1e-6
"""Below it all cosines are one: none stands out."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Evidence:
    """The documents that words or vectors find for one query, with the scores of both.

    Attributes:
      names: ids, each once.
      shares: the share of the query that the words of each hold, float64 [n]; 0 where they hold none.
      cosines: of the query and each, float64 [n].
      mean, deviation: of the cosines of the query and rows all over the table.
    """

    names: Sequence[str]
    shares: Floats
    cosines: Floats
    mean: float
    deviation: float

    @property
    def standing_out(self) -> Floats:
        """By how many deviations each cosine is above the mean, float64 [n]."""
        if self.deviation < _LEAST_DEVIATION:
            return np.zeros(len(self.cosines))
        return (self.cosines - self.mean) / self.deviation

    def scores(self, weight: float) -> Floats:
        """The fused score of each, float64 [n].

        Args:
          weight: of the vectors, at least 0.
        """
        return self.shares + weight * self.standing_out


def best(names: Sequence[str], scores: Floats, k: int) -> list[int]:
    """The positions of the k highest scores, the highest first, equal ones in the order of their ids."""
    found = np.arange(len(scores))
    if k < len(scores):
        # All that tie with the k-th stay in.
        found = np.flatnonzero(scores >= np.partition(scores, -k)[-k])
    return sorted(found.tolist(), key=lambda at: (-scores[at], names[at]))[:k]
