"""Finds connected components: a union-find over positions that takes whole arrays of links at a time.

The root of a component is its first position, so that the result does not depend on the order or the grouping of links.
"""

from __future__ import annotations

import numpy as np

from transforms.common.arrays import Mask, RowIndices


class UnionFind:
    """The components of the positions 0 to size - 1, at first each by itself. 8 bytes a position."""

    def __init__(self, size: int) -> None:
        self._parent: RowIndices = np.arange(size)

    def roots(self, nodes: RowIndices) -> RowIndices:
        """The first position of each one's component, int64 of the same shape."""
        found = self._parent[nodes]
        while not np.array_equal(above := self._parent[found], found):
            found = above
        self._parent[nodes] = found
        return found

    def apart(self, left: RowIndices, right: RowIndices) -> Mask:
        """Where `left` and `right`, both [n], are in different components."""
        return self.roots(left) != self.roots(right)

    def join(self, left: RowIndices, right: RowIndices) -> None:
        """Links left[i] with right[i]; both [n]."""
        while True:
            ours, theirs = self.roots(left), self.roots(right)
            apart = ours != theirs
            if not apart.any():
                return
            left, right = ours[apart], theirs[apart]
            high = np.maximum(left, right)
            # A parent is always before its child, so there are no rings; of several parents the first wins.
            np.minimum.at(self._parent, high, np.minimum(left, right))
            self._flatten(high)

    def links(self) -> RowIndices:
        """The fewest links that make the same components: int64 [2, n], each position that is no root, and its root."""
        nodes = np.flatnonzero(self._parent != np.arange(len(self._parent)))
        return np.stack([nodes, self.roots(nodes)])

    def _flatten(self, nodes: RowIndices) -> None:
        """Halves the paths to the roots of all the nodes at once: a chain of a million links takes twenty steps."""
        while not np.array_equal(above := self._parent[self._parent[nodes]], self._parent[nodes]):
            self._parent[nodes] = above
