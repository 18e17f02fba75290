"""The exact neighbours of the held-out rows in each segment: what a structure's answers are judged by.

They are found by reading every vector, float32, while shards are encoded, and kept with the version, so that an update needs to
look only at what came, and again for a query whose neighbours went.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from transforms.search.store.segment import Found, Positions, Segment, merged, nearest
from transforms.search.store.vector_file import Vectors
from transforms.storage import files

DEPTH = 100
KEPT = 150
"""Neighbours that are kept: more than are asked for, so that a deletion seldom costs a search."""


@dataclass(frozen=True, eq=False)
class Truth:
    """Rows int64 [q, KEPT] of one segment and their cosines float32, best first; -1 beyond what there is."""

    rows: Positions
    scores: Vectors

    def save(self, path: str) -> None:
        with files.publish(path) as temporary, files.open_write(temporary) as stream:
            np.savez(stream, rows=self.rows, scores=self.scores)

    @staticmethod
    def load(path: str) -> Truth:
        with np.load(path, allow_pickle=False) as held:
            return Truth(held["rows"], held["scores"])


def padded(found: Found) -> Truth:
    rows, scores = found
    missing = ((0, 0), (0, KEPT - rows.shape[1]))
    return Truth(
        np.pad(rows, missing, constant_values=-1), np.pad(scores, missing, constant_values=np.float32(-np.inf))
    )


class Running:
    """The neighbours of the queries among all vectors that were shown so far."""

    def __init__(self, queries: Vectors) -> None:
        self._queries = queries
        self._found: Found = (np.empty((len(queries), 0), np.int64), np.empty((len(queries), 0), np.float32))

    def show(self, rows: Positions, vectors: Vectors) -> None:
        if len(self._queries) and len(rows):
            self._found = nearest(self._queries, [(rows, vectors)], KEPT, self._found)

    @property
    def truth(self) -> Truth:
        return padded(self._found)


def joined(pieces: list[tuple[Truth, int]]) -> Truth:
    """The truth of a segment from those of its pieces and where their rows begin."""
    moved = [(np.where(truth.rows < 0, -1, truth.rows + start), truth.scores) for truth, start in pieces]
    return padded(merged(moved, KEPT))


def of_segment(segment: Segment, queries: Vectors) -> Truth:
    """By reading the stored vectors of all rows that are there."""
    return padded(nearest(queries, segment.blocks(), KEPT))


def followed(old: Truth, kept: npt.NDArray[np.int64], segment: Segment, queries: Vectors) -> Truth:
    """The truth of a segment that has lost rows, for the queries that stayed and those that are new.

    Args:
      old: for the queries of the version before.
      kept: which of these stay, in order.
      queries: vectors of all, those that stay first.
    """
    there = old.rows[kept]
    gone = np.isin(there, segment.gone)
    truth = padded((np.full((len(queries), 0), -1), np.empty((len(queries), 0), np.float32)))
    truth.rows[: len(kept)], truth.scores[: len(kept)] = merged([(np.where(gone, -1, there), old.scores[kept])], KEPT)
    short = np.flatnonzero((truth.rows >= 0).sum(axis=1) < min(DEPTH, segment.rows))
    if len(short):
        found = of_segment(segment, queries[short])
        truth.rows[short], truth.scores[short] = found.rows, found.scores
    return truth
