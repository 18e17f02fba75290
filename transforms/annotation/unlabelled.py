"""Chooses unlabelled rows: uncertain ones that are not all alike, and typical ones of regions without a label.

Uncertain: the rows of the least margin between the two best scores (ten times as many as are wanted), in as many clusters as are
wanted, of each the most uncertain (after Citovsky et al., Batch Active Learning at Scale, NeurIPS 2021).

Coverage: as many clusters as there are labels and wanted rows together (at most 500); of those without a labelled row, the
largest first, the row nearest to the centre. With few labels, or none, this is better than asking for what is uncertain
(Hacohen, Dekel and Weinshall, Active Learning on a Budget: Opposite Strategies Suit High and Low Budgets, ICML 2022).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from transforms.common.arrays import RowIndices, Vectors
from transforms.similarity import kmeans

POOL = 10
_MOST_CLUSTERS = 500


@dataclass(frozen=True, eq=False)
class Typical:
    """Rows that stand for a region: indices int64 [m] into what was asked about, and each region's share of it, [m]."""

    rows: RowIndices
    shares: npt.NDArray[np.float64]


def uncertain_rows(unit: Vectors, margins: npt.NDArray[np.float32], count: int, *, seed: int) -> RowIndices:
    """Indices of at most `count` rows, the most uncertain first, from different clusters.

    Args:
      unit: unit vectors [n, d].
      margins: between the two best scores of each row, [n].
    """
    pool = np.argsort(margins, kind="stable")[: POOL * count]
    if len(pool) <= count:
        return pool
    centres = kmeans.train(unit[pool], count, seed=seed)
    cluster, _ = kmeans.nearest(unit[pool], centres)
    # The pool is in the order of margins: the first of a cluster is its most uncertain.
    _, first = np.unique(cluster, return_index=True)
    rest = np.setdiff1d(np.arange(len(pool)), first)[: count - len(first)]
    return pool[np.sort(np.concatenate([first, rest]))]


def typical_rows(unit: Vectors, labelled: Vectors, count: int, *, seed: int) -> Typical:
    """At most `count` rows that stand for the largest regions without a labelled row, those of the largest first.

    Args:
      unit: unit vectors [n, d] of unlabelled rows.
      labelled: unit vectors [m, d] of labelled rows.
    """
    if not len(unit) or not count:
        return Typical(np.empty(0, np.int64), np.empty(0))
    clusters = min(count + len(labelled), max(_MOST_CLUSTERS, 2 * count), len(unit))
    centres = kmeans.train(unit, clusters, seed=seed)
    cluster, cosines = kmeans.nearest(unit, centres)
    sizes = np.bincount(cluster, minlength=len(centres))
    known = np.zeros(len(centres), np.int64)
    if len(labelled):
        known += np.bincount(kmeans.nearest(labelled, centres)[0], minlength=len(centres))
    # Where every region has a label, those with the fewest for their size follow.
    order = np.lexsort((-sizes / (1 + known), known > 0))
    chosen = order[sizes[order] > 0][:count]
    by_cluster = np.lexsort((-cosines, cluster))
    starts = np.searchsorted(cluster[by_cluster], chosen)
    return Typical(by_cluster[starts], sizes[chosen] / len(unit))
