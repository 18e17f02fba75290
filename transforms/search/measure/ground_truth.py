"""Finds and stores the exact neighbours of the holdout rows in each segment: the ground truth that recall is measured against.

They are found by reading every float32 vector while shards are encoded, and are kept with the version: an update searches
only the rows that were added, and repeats the search for queries that lost neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from transforms.common.arrays import RowIndices, Vectors
from transforms.search.store.segment import Found, Segment, merged, nearest
from transforms.storage import files

DEPTH = 100
"""The largest k of recall@k."""
STORED_NEIGHBORS = 150
"""Neighbours stored for a query: more than are asked for, so that deletions seldom make it necessary to search again."""


@dataclass(frozen=True, eq=False)
class GroundTruth:
    """Rows int64 [q, STORED_NEIGHBORS] of one segment and their cosines float32, best first; -1 where there are fewer."""

    rows: RowIndices
    scores: Vectors

    def save(self, path: str) -> None:
        """Writes the rows and scores as .npz."""
        with files.publish(path) as temporary, files.open_write(temporary) as stream:
            np.savez(stream, rows=self.rows, scores=self.scores)

    @staticmethod
    def load(path: str) -> GroundTruth:
        """Reads what `save` wrote."""
        with files.open_read(path) as stream, np.load(stream, allow_pickle=False) as archive:
            return GroundTruth(archive["rows"], archive["scores"])


def padded(found: Found) -> GroundTruth:
    """An answer of up to STORED_NEIGHBORS columns, filled up with rows of -1 and cosines of -inf."""
    rows, scores = found
    missing = ((0, 0), (0, STORED_NEIGHBORS - rows.shape[1]))
    return GroundTruth(
        np.pad(rows, missing, constant_values=-1), np.pad(scores, missing, constant_values=np.float32(-np.inf))
    )


class NeighborAccumulator:
    """The nearest neighbours of the queries [q, dim] among all vectors added so far."""

    def __init__(self, queries: Vectors) -> None:
        self._queries = queries
        self._found: Found = (np.empty((len(queries), 0), np.int64), np.empty((len(queries), 0), np.float32))

    def add(self, rows: RowIndices, vectors: Vectors) -> None:
        """Adds rows [n], higher than those before, and their unit vectors [n, dim]."""
        if len(self._queries) and len(rows):
            self._found = nearest(self._queries, [(rows, vectors)], STORED_NEIGHBORS, self._found)

    @property
    def truth(self) -> GroundTruth:
        """The neighbours found so far."""
        return padded(self._found)


def concatenated(pieces: list[tuple[GroundTruth, int]]) -> GroundTruth:
    """The ground truth of a segment from those of its pieces, each with the position of the piece's first row."""
    moved = [(np.where(truth.rows < 0, -1, truth.rows + start), truth.scores) for truth, start in pieces]
    return padded(merged(moved, STORED_NEIGHBORS))


def exact_truth(segment: Segment, queries: Vectors) -> GroundTruth:
    """The ground truth of a segment, by reading the stored vectors of all rows that are not deleted."""
    return padded(nearest(queries, segment.blocks(), STORED_NEIGHBORS))


def updated_truth(old: GroundTruth, kept: npt.NDArray[np.int64], segment: Segment, queries: Vectors) -> GroundTruth:
    """The ground truth of a segment of which more rows are deleted now, for the queries that remain and the new ones.

    Args:
      old: for the queries of the version before.
      kept: positions of those queries that remain, in order.
      queries: vectors of all queries, the remaining ones first.
    """
    before = old.rows[kept]
    deleted = np.isin(before, segment.deleted)
    truth = padded((np.full((len(queries), 0), -1), np.empty((len(queries), 0), np.float32)))
    remaining = merged([(np.where(deleted, -1, before), old.scores[kept])], STORED_NEIGHBORS)
    truth.rows[: len(kept)], truth.scores[: len(kept)] = remaining
    short = np.flatnonzero((truth.rows >= 0).sum(axis=1) < min(DEPTH, segment.rows))
    if len(short):
        found = exact_truth(segment, queries[short])
        truth.rows[short], truth.scores[short] = found.rows, found.scores
    return truth
