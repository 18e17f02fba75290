"""Which rows hang together: a union-find over positions that takes whole arrays of links at a time.

The root of a component is its first position, so that neither the order nor the grouping of links shows in the result.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Positions = npt.NDArray[np.int64]


class Forest:
    """Components of the positions 0 to size - 1; at first each is one of its own. 8 bytes a position."""

    def __init__(self, size: int) -> None:
        self._parent: Positions = np.arange(size)

    def roots(self, nodes: Positions) -> Positions:
        """The first position of each one's component, int64 of the same shape."""
        found = self._parent[nodes]
        while not np.array_equal(above := self._parent[found], found):
            found = above
        self._parent[nodes] = found
        return found

    def apart(self, left: Positions, right: Positions) -> npt.NDArray[np.bool_]:
        """Where the components of `left` and `right`, both [n], are not the same."""
        return self.roots(left) != self.roots(right)

    def join(self, left: Positions, right: Positions) -> None:
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

    def links(self) -> Positions:
        """As few links as make the same components: int64 [2, n], each position that is no root, and its root."""
        nodes = np.flatnonzero(self._parent != np.arange(len(self._parent)))
        return np.stack([nodes, self.roots(nodes)])

    def _flatten(self, nodes: Positions) -> None:
        """Halves the ways up from all the nodes at once: a chain of a million links takes twenty steps."""
        while not np.array_equal(above := self._parent[self._parent[nodes]], self._parent[nodes]):
            self._parent[nodes] = above
