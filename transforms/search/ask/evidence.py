"""Collects what words and vectors say of a query's candidates: every document that one of them finds gets the scores of both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from transforms.common.arrays import RowIndices, Vectors
from transforms.search.ask.fusion import Evidence
from transforms.search.store.lexical import LexicalIndex

if TYPE_CHECKING:
    from transforms.search.ask.hit import Hit
    from transforms.search.ask.open_index import OpenIndex

RowsOfHit = Callable[["Hit"], Sequence[int]]

_BACKGROUND = 256
"""Rows whose cosines say how much another stands out: the order follows from their deviation alone, here within 5 %."""


def background_of(index: OpenIndex) -> Vectors:
    """The unit vectors of rows all over an index, float32 [n, dim]."""
    alive: RowIndices = np.flatnonzero(np.concatenate([segment.alive for segment in index.segments]))
    drawn = np.linspace(0, len(alive) - 1, min(len(alive), _BACKGROUND)).round().astype(np.int64)
    return index.vectors_of(alive[drawn])


def evidence_of(
    texts: Sequence[str],
    vectors: Vectors,
    *,
    by_words: Sequence[Sequence[Hit]],
    by_vector: Sequence[Sequence[Hit]],
    index: OpenIndex,
    lexical: LexicalIndex,
    background: Vectors,
    rows_of: RowsOfHit,
) -> list[Evidence]:
    """The evidence for each query's candidates: those found by words first, then those found by vectors alone.

    Args:
      vectors: unit vectors of the queries, float32 [n, dim].
      rows_of: the rows of the document of a hit that was found by words: its cosine is that of the nearest of them.
    """
    usual = vectors @ background.T
    means, deviations = usual.mean(axis=1).tolist(), usual.std(axis=1).tolist()
    near = [{hit.id: hit.score for hit in hits} for hits in by_vector]
    unknown = [[hit for hit in hits if hit.id not in known] for hits, known in zip(by_words, near, strict=True)]
    cosines = iter(_nearest(vectors, [[rows_of(hit) for hit in hits] for hits in unknown], index))
    found = []
    for at, text in enumerate(texts):
        shares = {hit.id: hit.score for hit in by_words[at]}
        others = [name for name in near[at] if name not in shares]
        names = [*shares, *others]
        near[at].update(zip((hit.id for hit in unknown[at]), islice(cosines, len(unknown[at])), strict=True))
        shares.update(lexical.scores(text, others))
        found.append(
            Evidence(
                names=names,
                shares=np.array([shares.get(name, 0.0) for name in names]),
                cosines=np.array([near[at][name] for name in names]),
                mean=means[at],
                deviation=deviations[at],
            )
        )
    return found


def _nearest(vectors: Vectors, rows: Sequence[Sequence[Sequence[int]]], index: OpenIndex) -> list[float]:
    """The highest cosine of each query and the rows of each of its documents, one after the other."""
    groups = [group for documents in rows for group in documents]
    if not groups:
        return []
    flat = np.array([row for group in groups for row in group], np.int64)
    queries = np.repeat(np.arange(len(rows)), [sum(map(len, documents)) for documents in rows])
    cosines = np.einsum("nd,nd->n", index.vectors_of(flat), vectors[queries], optimize=False)
    starts = np.cumsum([0, *map(len, groups)])[:-1]
    highest: list[float] = np.maximum.reduceat(cosines, starts).tolist()
    return highest
