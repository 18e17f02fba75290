"""Computes figures of rankings from judgements, as trec_eval does: nDCG@10, MRR@10 and recall@100.

    nDCG@k     sum of max(grade, 0) / log2(place + 1) over the first k answers, over that sum for the best order there is
    MRR@k      1 / place of the first relevant answer among the first k; 0 without one
    recall@k   the relevant documents among the first k answers, over all that are relevant

Relevant is a grade of 1 or more, and a document that nobody judged has the grade 0. A query without any relevant document has 0
everywhere. Places are those in which answers are shown; trec_eval orders a run by its scores, and of equal scores by falling
id, so that it gives the same figures for a run whose scores fall strictly.

Sources: Jarvelin and Kekalainen, Cumulated gain-based evaluation of IR techniques, TOIS 2002 (with the gain of trec_eval, which
is the grade itself); https://github.com/usnistgov/trec_eval.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from transforms.common.intervals import Interval, mean_interval

NDCG, MRR, RECALL = "ndcg@10", "mrr@10", "recall@100"
FIGURES = (NDCG, MRR, RECALL)
DEPTH = 100
"""The answers to a query that the figures look at."""

_TOP = 10
_RELEVANT = 1

Floats = NDArray[np.float64]


def figures_of(rankings: Sequence[Sequence[str]], judged: Sequence[Mapping[str, int]]) -> dict[str, Floats]:
    """Each figure of each query, [queries].

    Args:
      rankings: ids of documents for each query, best first, each once.
      judged: the grades of documents for each query.
    """
    rows = [
        (ndcg(found, grades, _TOP), reciprocal_rank(found, grades, _TOP), recall(found, grades, DEPTH))
        for found, grades in zip(rankings, judged, strict=True)
    ]
    columns = np.array(rows, np.float64).reshape(-1, len(FIGURES)).T
    return dict(zip(FIGURES, columns, strict=True))


def ndcg(ranking: Sequence[str], grades: Mapping[str, int], k: int) -> float:
    """Normalised discounted cumulative gain of one query's ranking, 0 to 1."""
    ideal = _gain(sorted(grades.values(), reverse=True)[:k])
    return _gain([grades.get(name, 0) for name in ranking[:k]]) / ideal if ideal else 0.0


def reciprocal_rank(ranking: Sequence[str], grades: Mapping[str, int], k: int) -> float:
    """1 / place of the first relevant document of one query's ranking, 0 to 1."""
    places = (place for place, name in enumerate(ranking[:k], 1) if grades.get(name, 0) >= _RELEVANT)
    return 1 / next(places, math.inf)


def recall(ranking: Sequence[str], grades: Mapping[str, int], k: int) -> float:
    """The share of one query's relevant documents that its ranking has, 0 to 1."""
    relevant = {name for name, grade in grades.items() if grade >= _RELEVANT}
    return len(relevant & set(ranking[:k])) / len(relevant) if relevant else 0.0


def means(figures: Mapping[str, Floats]) -> dict[str, Interval]:
    """The mean of each figure over the queries, with its 95 % interval (`transforms.common.intervals.mean_interval`)."""
    return {name: mean_interval(values) for name, values in figures.items()}


def gains(after: Mapping[str, Floats], before: Mapping[str, Floats]) -> dict[str, Interval]:
    """The mean difference of each figure on the same queries, with its 95 % interval: those of pairs."""
    return {name: mean_interval(after[name] - before[name], ends=(-1.0, 1.0)) for name in FIGURES}


def _gain(grades: Sequence[int]) -> float:
    return sum(max(grade, 0) / math.log2(place + 1) for place, grade in enumerate(grades, 1))
