"""Finds the nearest labelled rows of each labelled row: near-duplicates that disagree, and the labels round about.

All pairs are compared (exact, by FAISS). Memory: the unit vectors once, 30 neighbours of each row.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from transforms.annotation.out_of_fold import Folds, Scores
from transforms.common.arrays import RowIndices, Vectors
from transforms.similarity.components import UnionFind
from transforms.table.unit_vectors import normalize_rows

NEAREST = 20
_FOUND = 31
_TOLERANCE = 1e-6


@dataclass(frozen=True, eq=False)
class Neighbors:
    """The nearest rows of each row but itself: positions int64 [n, k], -1 where there are fewer, and cosines float32 [n, k]."""

    rows: RowIndices
    cosines: npt.NDArray[np.float32]

    @staticmethod
    def of(vectors: Vectors) -> Neighbors:
        """Those of rows with these vectors [n, d]; rows without direction are near none."""
        import faiss

        unit, good = normalize_rows(vectors)
        unit[~good] = 0.0
        count = min(_FOUND, len(unit))
        cosines, rows = faiss.knn(unit, unit, count, metric=faiss.METRIC_INNER_PRODUCT)
        rows = rows.astype(np.int64)
        cosines[~good] = 0.0
        cosines[(rows == np.arange(len(unit))[:, None]) | ~good[rows]] = -2.0
        order = np.argsort(-cosines, axis=1, kind="stable")[:, : count - 1]
        cosines = np.take_along_axis(cosines, order, axis=1)
        rows = np.where(cosines < -1.5, -1, np.take_along_axis(rows, order, axis=1))
        return Neighbors(rows, cosines)

    def groups(self, threshold: float) -> RowIndices:
        """The first position of each row's group, int64 [n]: near-duplicates are linked by cosines of `threshold` and more."""
        union_find = UnionFind(len(self.rows))
        left, place = np.nonzero((self.cosines >= threshold - _TOLERANCE) & (self.rows >= 0))
        union_find.join(left, self.rows[left, place])
        return union_find.roots(np.arange(len(self.rows)))

    def label_shares(self, membership: npt.NDArray[np.bool_], fold: Folds) -> Scores:
        """Shares float32 [n, K] of each label among a row's 20 nearest of other folds; all 0 where it has none.

        Args:
          membership: bool [n, K], the labels of each row.
          fold: of each row, [n].
        """
        usable = (self.rows >= 0) & (fold[self.rows] != fold[:, None])
        usable &= np.cumsum(usable, axis=1) <= NEAREST
        shares = np.zeros(membership.shape, np.float32)
        for place in range(self.rows.shape[1]):
            here = usable[:, place]
            shares[here] += membership[self.rows[here, place]]
        return shares / np.maximum(usable.sum(axis=1, keepdims=True), 1)


@dataclass(frozen=True, kw_only=True)
class Disagreement:
    """A row whose label is another than that of the rows that are nearly the same.

    Attributes:
      row: its position.
      twin: the nearest of its group that has another label.
      cosine: of the two.
      size: rows of the group.
    """

    row: int
    twin: int
    cosine: float
    size: int


def disagreements(
    neighbors: Neighbors,
    groups: RowIndices,
    labels: npt.NDArray[np.int64],
    quality: npt.NDArray[np.float32],
) -> list[Disagreement]:
    """Rows of groups of near-duplicates that have several labels: those without the group's most frequent one.

    Where labels are as frequent as each other, the one whose row has the highest quality is taken to be right.

    Args:
      groups: of each row, as `Neighbors.groups`.
      labels: of each row, a number for each label or set of labels, [n].
      quality: how sure each row's label is, [n].
    """
    found: list[Disagreement] = []
    order = np.argsort(groups, kind="stable")
    bounds = np.flatnonzero(np.diff(groups[order], prepend=-1, append=-1))
    for begin, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        members = order[begin:end]
        counts = Counter(labels[members].tolist())
        if len(counts) < 2:
            continue
        best = {label: float(quality[members[labels[members] == label]].max()) for label in counts}
        usual = max(counts, key=lambda label: (counts[label], best[label], -label))
        for row in members[labels[members] != usual].tolist():
            near = neighbors.rows[row]
            others = np.flatnonzero((near >= 0) & np.isin(near, members) & (labels[near] != labels[row]))
            if len(others):  # in a long chain the nearest may all have the same label
                twin = int(others[0])
                cosine = min(float(neighbors.cosines[row, twin]), 1.0)
                found.append(Disagreement(row=row, twin=int(near[twin]), cosine=cosine, size=len(members)))
    return sorted(found, key=lambda one: (-one.cosine, one.row))
