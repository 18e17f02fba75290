"""Finds out why an answer of a search is new or gone: by what became of the rows, the encoder, and the search itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.common.arrays import Vectors
from transforms.search.ask.hit import Hit
from transforms.search.ask.searcher import Searcher
from transforms.search.build.base_version import BaseVersion
from transforms.search.store.documents import document_ids
from transforms.table.unit_vectors import normalize_rows

REASONS = {
    "row new": "the row was not in the earlier version",
    "row gone": "the row is not in the later version, or another one that answered before is not",
    "row encoded anew": "the item has changed, and so has its vector; or another one's that answers, or the query's own",
    "encoder": "the vectors are of another encoder",
    "words": "the ranking by words has changed: other rows hold the words, or the index of words is another one",
    "parameter": "approximate search found it in one version alone, by its parameter or by how the rows are stored",
}
"""Why an answer changed."""

_NEAR = 1e-4
"""Cosines of the same vectors that were computed in two ways differ by less."""


@dataclass(frozen=True, eq=False)
class Change:
    """An answer that one version gives and the other does not."""

    query: int
    id: str
    is_new: bool
    rank: int
    score: float
    row: int
    reason: str


class Side:
    """A version of an index, opened to be searched and to be asked for rows by their ids."""

    def __init__(self, index: str, number: int) -> None:
        self.number = number
        self.base = BaseVersion.open(index, number)
        self.searcher = Searcher(self.base.published)
        self._starts = np.cumsum([0, *(segment.size for segment in self.base.segments)])
        self._known: dict[str, tuple[str, ...]] = {}
        self._rows: dict[str, list[int]] = {}

    @property
    def metadata(self) -> dict[str, Any]:
        return self.base.metadata

    def look_up(self, names: Iterable[str]) -> None:
        """Reads where the rows of documents are, and what they hold, all at once: each is a pass over the columns."""
        wanted = [name for name in dict.fromkeys(names) if name not in self._known]
        self._known.update((name, ()) for name in wanted)
        value_set = pa.array(wanted, pa.string())
        for segment, start in zip(self.base.segments, self._starts[:-1], strict=True):
            ids = document_ids(segment.columns)
            found = pc.is_in(ids, value_set=value_set).to_numpy(zero_copy_only=False).astype(np.bool_) & segment.alive
            at = np.flatnonzero(found)
            contents = segment.columns.column("content").take(pa.array(at)).to_pylist()
            for name, content, row in zip(ids.take(pa.array(at)).to_pylist(), contents, at.tolist(), strict=True):
                self._known[name] = tuple(sorted((*self._known[name], content)))
                self._rows.setdefault(name, []).append(int(start) + row)

    def contents(self, name: str) -> tuple[str, ...]:
        """Hashes of what a document's rows hold; empty where there is none. It was looked up."""
        return self._known[name]

    def best_cosine(self, name: str, query: Vectors) -> float:
        """The highest cosine of a document's rows with a unit vector [dim]; NaN where there is none."""
        rows = self._rows.get(name)
        return float((self.searcher.vectors_of(rows) @ query).max()) if rows else float("nan")

    def unit_queries(self, vectors: Vectors) -> Vectors:
        return normalize_rows(vectors)[0]


@dataclass(frozen=True, eq=False)
class Answered:
    """The answers of one version to all queries: hits, and the unit vectors [n, dim] of the queries (None: words alone)."""

    side: Side
    hits: list[list[Hit]]
    vectors: Vectors | None


def changes(before: Answered, after: Answered, *, own: Sequence[str | None]) -> list[Change]:
    """The answers that one of the versions alone gives, each with its reason.

    Args:
      own: the document that each query is, None for a text of somebody's.
    """
    names = {hit.id for answered in (before, after) for hits in answered.hits for hit in hits}
    names |= {name for name in own if name is not None}
    before.side.look_up(names)
    after.side.look_up(names)
    found = []
    for query, (old, new) in enumerate(zip(before.hits, after.hits, strict=True)):
        was, now = {hit.id for hit in old}, {hit.id for hit in new}
        if was == now:
            continue
        explain = _Explainer(before, after, query, own[query])
        for hits, others, is_new in ((old, now, False), (new, was, True)):
            for rank, hit in enumerate(hits, 1):
                if hit.id not in others:
                    reason = explain.entered(hit.id) if is_new else explain.left(hit.id)
                    found.append(Change(query, hit.id, is_new, rank, hit.score, hit.row, reason))
    return found


class _Explainer:
    """Reasons for the changed answers to one query."""

    def __init__(self, before: Answered, after: Answered, query: int, own: str | None) -> None:
        self._before, self._after, self._query = before, after, query
        old, new = before.side, after.side
        self._was = [hit.id for hit in before.hits[query]]
        self._now = [hit.id for hit in after.hits[query]]
        self._other_encoder = old.metadata["encoder"]["fingerprint"] != new.metadata["encoder"]["fingerprint"]
        self._other_query = own is not None and old.contents(own) != new.contents(own)

    def entered(self, name: str) -> str:
        """Why a document answers that did not."""
        if not self._old(name):
            return "row new"
        if (reason := self._of_vectors(name)) is not None:
            return reason
        if self._was_missed(self._before, name):
            return "parameter"
        if any(not self._new(other) for other in self._was):
            return "row gone"
        if any(self._is_other(other) for other in self._was):
            return "row encoded anew"
        return self._rest(name)

    def left(self, name: str) -> str:
        """Why a document no longer answers."""
        if not self._new(name):
            return "row gone"
        if (reason := self._of_vectors(name)) is not None:
            return reason
        if self._was_missed(self._after, name):
            return "parameter"
        if any(not self._old(other) for other in self._now):
            return "row new"
        if any(self._is_other(other) for other in self._now):
            return "row encoded anew"
        return self._rest(name)

    def _of_vectors(self, name: str) -> str | None:
        if self._other_encoder:
            return "encoder"
        return "row encoded anew" if self._is_other(name) or self._other_query else None

    def _rest(self, name: str) -> str:
        hits = [*self._before.hits[self._query], *self._after.hits[self._query]]
        return "words" if any(hit.words is not None for hit in hits) else "parameter"

    def _is_other(self, name: str) -> bool:
        old, new = self._old(name), self._new(name)
        return bool(old and new and old != new)

    def _old(self, name: str) -> tuple[str, ...]:
        return self._before.side.contents(name)

    def _new(self, name: str) -> tuple[str, ...]:
        return self._after.side.contents(name)

    def _was_missed(self, answered: Answered, name: str) -> bool:
        """Whether a search by vectors passed over a row that is nearer than its last answer."""
        hits = answered.hits[self._query]
        if answered.vectors is None or not hits or any(hit.words is not None for hit in hits):
            return False
        last = hits[-1].cosine
        if last is None:
            return False
        return answered.side.best_cosine(name, answered.vectors[self._query]) > last + _NEAR
