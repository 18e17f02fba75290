"""Compares the answers of a written site with those of its index, on texts or rows that the index has held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from transforms.common.arrays import RowIndices, Vectors
from transforms.corpus.chunks.units import sentences_of
from transforms.search.ask.hit import Hit, Mode
from transforms.search.ask.searcher import Searcher
from transforms.search.store.segment import HOLDOUT, Found, nearest
from transforms.table.unit_vectors import normalize_rows
from transforms.web.site.replica import SiteReplica

QUERIES, K = 200, 10
_TIE = 1e-5
"""Cosines that differ by less are equal: single precision adds them up in another order."""
_FIRST_WORDS, _LONGEST_SENTENCE = 12, 40


class ExactSearcher(Searcher):
    """A Searcher that reads all vectors, as a site does: an approximate structure leaves some of the nearest out."""

    def nearest(self, vectors: Vectors, k: int, *, where: str | None = None) -> Found:
        """As `OpenIndex.nearest`, of all rows."""
        assert where is None, "a site is compared without conditions"
        unit, _ = normalize_rows(np.ascontiguousarray(vectors, np.float32))
        found = None
        for segment, start in zip(self.segments, self.starts[:-1], strict=True):
            found = nearest(unit, ((rows + start, block) for rows, block in segment.blocks()), k, found)
        assert found is not None, "an index has a segment"
        return found


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """How far the answers of a site are those of its index.

    Attributes:
      queries: that were asked.
      recall: the share of the site's first ten that are among the index's, or equal to its tenth, in each way of searching.
      difference: the largest difference of two scores of a document.
    """

    queries: int
    recall: dict[str, float]
    difference: float

    @property
    def least_recall(self) -> float:
        """That of the worst way of searching."""
        return min(self.recall.values(), default=1.0)

    def to_json(self) -> dict[str, Any]:
        """As the site states it."""
        recall = {mode: round(value, 4) for mode, value in self.recall.items()}
        return {"queries": self.queries, "recall": recall, "difference": round(self.difference, 6)}


def agreement(searcher: Searcher, site: SiteReplica, *, modes: Sequence[Mode], rows: RowIndices) -> Agreement:
    """Asks both the beginnings of texts that were held out; where no text can be asked, for what is like such rows.

    Args:
      rows: the positions of the site's rows in the index.
    """
    drawn = _drawn(searcher, rows)
    k = min(2 * K, searcher.rows)  # the second ten tell what is equal to the tenth
    recall, differences = {}, [0.0]
    texts = _texts(searcher, rows[drawn]) if modes else []
    if not texts:
        names = searcher.values_of(rows[drawn], "id")
        expected = [searcher.search(id=name, k=k) for name in names]
        found = [site.like(int(row), K) for row in drawn]
        recall["like"] = _recall(site, expected, found, differences)
        return Agreement(queries=len(names), recall=recall, difference=max(differences))
    vectors = normalize_rows(np.array(searcher.encode(texts)))[0] if modes != ["words"] else None
    for mode in modes:
        expected = searcher.search_texts(texts, k=k, mode=mode)
        found = [
            site.search(text, None if vectors is None else vectors[at], K, mode=mode) for at, text in enumerate(texts)
        ]
        recall[mode] = _recall(site, expected, found, differences)
    return Agreement(queries=len(texts), recall=recall, difference=max(differences))


def _drawn(searcher: Searcher, rows: RowIndices) -> RowIndices:
    """Places of rows in the site: 200 that were held out, and where there are fewer, others all over it."""
    owner = np.searchsorted(searcher.starts, rows, side="right") - 1
    numbers = [number for number, segment in enumerate(searcher.segments) if segment.name == HOLDOUT]
    are_held = np.isin(owner, numbers)
    held = np.flatnonzero(are_held)
    if len(held) >= QUERIES:
        return held[_spread(len(held), QUERIES)]
    others = np.flatnonzero(~are_held)
    return np.concatenate([held, others[_spread(len(others), min(QUERIES - len(held), len(others)))]])


def _spread(count: int, wanted: int) -> RowIndices:
    return np.linspace(0, count - 1, wanted).astype(np.int64) if wanted else np.empty(0, np.int64)


def _texts(searcher: Searcher, rows: RowIndices) -> list[str]:
    """The first sentence of each text, or its first words where that is long; each once. None where the index keeps no texts."""
    if "text" not in searcher.schema.names:
        return []
    found: dict[str, None] = {}
    for text in searcher.values_of(rows, "text"):
        spans = sentences_of(text or "", (0, len(text or "")))
        first = text[slice(*spans[0])].split() if spans else []
        if first:
            found[" ".join(first if len(first) <= _LONGEST_SENTENCE else first[:_FIRST_WORDS])] = None
    return list(found)


def _recall(
    site: SiteReplica,
    expected: Sequence[Sequence[Hit]],
    found: Sequence[Sequence[tuple[int, float]]],
    differences: list[float],
) -> float:
    shares = []
    for hits, answers in zip(expected, found, strict=True):
        first = hits[:K]
        good = {hit.id: hit.score for hit in hits if hit.score >= first[-1].score - _TIE}
        own = {site.name_of(document): score for document, score in answers}
        both = good.keys() & own.keys()
        differences.extend(abs(good[name] - own[name]) for name in both)
        shares.append(min(len(both) / len(first), 1.0) if first else float(not own))
    return float(np.mean(shares)) if shares else 1.0
