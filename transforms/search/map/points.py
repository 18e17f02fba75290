"""Chooses the rows that a map shows, lays them out, and places rows that came later among those that were laid out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from transforms.common.arrays import RowIndices, Vectors
from transforms.common.hashes import hashes_of
from transforms.search.map.layout import Clusters, clustered, laid_out, projected
from transforms.search.map.map_file import VectorMap
from transforms.search.store.segment import Segment, merged
from transforms.search.store.vector_file import blocks_of

POINTS = 200_000
"""Points of a map at most."""
_NEAREST = 5
_QUERIES = 1_024
_LEAST_GAP = 1e-4
"""1 - cos of copies, as stored vectors of 16 bits tell it."""


def sampled_rows(segments: Sequence[Segment], *, most: int = POINTS) -> RowIndices:
    """The positions, rising, of the rows that a map shows: all that are not deleted, or those whose ids have the lowest hashes.

    So a row that is shown stays so in later versions, but for rows at the brim.
    """
    alive = np.concatenate([segment.alive for segment in segments])
    rows = np.flatnonzero(alive)
    if len(rows) <= most:
        return rows
    columns = [segment.columns.column("id") for segment in segments]
    hashes = np.concatenate([hashes_of(chunk.to_pylist()) for column in columns for chunk in column.chunks])[rows]
    # Equal hashes in the order of rows: exactly `most` are taken.
    return np.sort(rows[np.argsort(hashes, kind="stable")[:most]])


def new_map(segments: Sequence[Segment], rows: RowIndices, dim: int, *, seed: int) -> VectorMap:
    """Lays out and clusters rows of an index.

    Args:
      rows: positions, rising.

    Raises:
      RequestError: openTSNE is not installed.
    """
    points = projected(lambda: _vectors_of(segments, rows), dim)
    return VectorMap(
        rows=rows,
        places=laid_out(points, seed=seed),
        clusters=clustered(points, seed=seed),
        placed=np.zeros(len(rows), np.bool_),
    )


def extended_map(
    segments: Sequence[Segment], known: VectorMap, rows: RowIndices, *, search_parameter: int
) -> VectorMap:
    """A map of the same rows and of new ones, each at the weighted mean of its nearest rows that were laid out.

    A row's weight is one over its distance 1 - cos; a new row is in the cluster of its nearest.

    Args:
      known: points of rows that the index still has.
      rows: positions, rising, of the new rows.
      search_parameter: as of `Segment.search`.
    """
    places, clusters = _placed(segments, known, rows, search_parameter)
    both = np.concatenate([known.rows, rows])
    order = np.argsort(both, kind="stable")
    return VectorMap(
        rows=both[order],
        places=np.concatenate([known.places, places])[order],
        clusters=np.concatenate([known.clusters, clusters])[order],
        placed=np.concatenate([known.placed, np.ones(len(rows), np.bool_)])[order],
    )


def _placed(
    segments: Sequence[Segment], known: VectorMap, rows: RowIndices, search_parameter: int
) -> tuple[Vectors, Clusters]:
    """Where new rows go, float32 [n, 2], and their clusters."""
    starts = np.cumsum([0, *(segment.size for segment in segments)])
    laid = known.only(~known.placed)
    wanted = np.zeros(starts[-1], np.bool_)
    wanted[laid.rows] = True
    places, clusters = np.empty((len(rows), 2), np.float32), np.empty(len(rows), np.int16)
    start = 0
    for vectors in _vectors_of(segments, rows):
        found = []
        for segment, first, end in zip(segments, starts[:-1], starts[1:], strict=True):
            at, cosines = segment.search(vectors, _NEAREST, search_parameter=search_parameter, wanted=wanted[first:end])
            found.append((np.where(at < 0, -1, at + first), cosines))
        nearest, cosines = merged(found, _NEAREST)
        at = np.searchsorted(laid.rows, np.maximum(nearest, laid.rows[0]))
        weights = np.where(nearest < 0, 0, 1 / np.maximum(1 - cosines, _LEAST_GAP))
        weights /= weights.sum(axis=1, keepdims=True)
        here = slice(start, start + len(vectors))
        places[here] = (laid.places[at] * weights[:, :, None]).sum(axis=1)
        clusters[here] = laid.clusters[at[:, 0]]
        start += len(vectors)
    return places, clusters


def _vectors_of(segments: Sequence[Segment], rows: RowIndices) -> Iterator[Vectors]:
    """The vectors of rows, by rising positions, block by block."""
    first = 0
    for segment in segments:
        here = rows[(rows >= first) & (rows < first + segment.size)] - first
        first += segment.size
        for _, vectors in blocks_of(segment.stored, here):
            yield from np.split(vectors, range(_QUERIES, len(vectors), _QUERIES))
