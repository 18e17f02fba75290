"""Fuses several rankings for one query into one by weighted reciprocal rank fusion.

    score(id) = sum over rankings of weight / (constant + place), places from 1

after Cormack, Clarke and Buettcher, "Reciprocal rank fusion outperforms Condorcet and individual rank learning
methods", SIGIR 2009, who give every ranking the same weight, and 60 for the constant. That serves parts of about equal
worth, and drags the better of two unequal ones down. `hybrid` therefore weights a text that was found by its words with
the share of the query that it holds, against a fixed weight of the vectors: where words match, they lead; where the
query has other words than the texts, or another language, vectors do.

Equal scores come in the order of ids, so an answer depends on nothing but the rankings.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import repeat

Hits = Sequence[tuple[str, float]]
"""(id, score), best first."""

# Chosen on scifact's train queries: nDCG@10 is flat (0.697 to 0.707) for weights of 0.1 to 0.15 and constants of 1 to 30.
VECTOR_WEIGHT = 0.15
CONSTANT = 10.0

DEPTH = 100
"""Hits that each ranking needs for ten or so good ones; more for more."""


def fuse(
    rankings: Sequence[Sequence[str]], *, weights: Sequence[float | Sequence[float]], constant: float = CONSTANT
) -> list[tuple[str, float]]:
    """Scores all ids of the rankings together, best first.

    Args:
      rankings: ids, best first. One that a ranking repeats counts there where it comes first.
      weights: one for each ranking, or for each of its ids; at least 0.
      constant: at least 0; the smaller, the more the first places count.
    """
    scores: dict[str, float] = {}
    for ranking, weight in zip(rankings, weights, strict=True):
        votes = repeat(float(weight), len(ranking)) if isinstance(weight, int | float) else weight
        seen: set[str] = set()
        for place, (name, vote) in enumerate(zip(ranking, votes, strict=True), 1):
            if name not in seen:
                seen.add(name)
                scores[name] = scores.get(name, 0.0) + vote / (constant + place)
    return sorted(scores.items(), key=lambda hit: (-hit[1], hit[0]))


def hybrid(words: Hits, vectors: Hits) -> list[tuple[str, float]]:
    """The hits of `LexicalIndex.search` (scores: shares of the query, 0 to 1) and of a vector search (scores unused), fused."""
    names = [[name for name, _ in hits] for hits in (words, vectors)]
    return fuse(names, weights=[[share for _, share in words], VECTOR_WEIGHT])


def led_by_words(words: Hits, vectors: Hits) -> set[str]:
    """The ids to whose score in `hybrid` the words add more than the vectors do."""
    by_vectors = {name: VECTOR_WEIGHT / (CONSTANT + place) for place, (name, _) in enumerate(vectors, 1)}
    by_words = {name: share / (CONSTANT + place) for place, (name, share) in enumerate(words, 1)}
    return {name for name, score in by_words.items() if score > by_vectors.get(name, 0.0)}
