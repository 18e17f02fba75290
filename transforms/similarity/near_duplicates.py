"""Finds near-duplicate rows of a feature table: links between rows, found one stripe of rows at a time.

Two rows are near-duplicates if the cosine of their vectors is at least the threshold, less 1e-6 (so that copies are found at a
threshold of 1). Matrix products in single precision find the candidates; those too close to the threshold for it are decided
in double precision, so that the answer depends neither on threads nor on the shapes of blocks.

Either every pair is compared, or (above `AFFORDABLE`, where that would take too long) each row with those that share one of its
nearest few cells; cells are the centres of spherical k-means over a sample. The second way may miss pairs, and reports no
false ones.

Memory: a stripe of 64 MiB or a gathering of 128 MiB, one block of products, and some 30 bytes a row of the table (positions,
cells and roots), whatever the number of pairs: a step keeps at most one link a row.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from transforms.common.arrays import Mask, RowIndices, Vectors
from transforms.similarity.components import UnionFind
from transforms.similarity.kmeans import nearest_few, sample_of, train
from transforms.storage import files
from transforms.table.unit_vectors import BLOCK, UnitVectors, gathered, unit_vector_blocks
from transforms.table.vectors import TableVectors

AFFORDABLE = 2.5e13
"""Multiplications and additions that comparing every pair may take: 220,000 rows of 512, two to four minutes on two cores."""
FEW = 3

_STRIPE_BYTES = 1 << 26
_GATHERING_BYTES = 1 << 27
_CELL_ROWS = 1_000
_MOST_CELLS = 16_384
_PIECE = 512
_TOLERANCE = 1e-6
_DECIDED = 8_192
_MANY = 65_536

Cells = npt.NDArray[np.int32]
Progress = Callable[[int], None]


@dataclass(frozen=True)
class Links:
    """The fewest links that make the same groups: positions int64 [2, n]; and how many of the rows are zero vectors."""

    pairs: RowIndices
    zeros: int

    def save(self, path: str) -> None:
        """Writes the links as .npz."""
        stream = io.BytesIO()
        np.savez(stream, pairs=self.pairs, zeros=self.zeros)
        files.write(path, stream.getvalue())

    @staticmethod
    def load(path: str) -> Links:
        """Reads what `save` wrote."""
        with np.load(io.BytesIO(files.read(path))) as archive:
            return Links(archive["pairs"], int(archive["zeros"]))


def every_pair_is_affordable(rows: int, dim: int) -> bool:
    """Whether comparing every pair of so many rows takes no more than `AFFORDABLE`."""
    return float(rows) * rows * dim <= AFFORDABLE


# ---- every pair -------------------------------------------------------------------------------------------


def stripes(rows: int, dim: int) -> list[tuple[int, int]]:
    """Cuts the table into stripes of whole blocks: the first position of each, and the one after the last."""
    step = BLOCK * max(_STRIPE_BYTES // (4 * dim * BLOCK), 1)
    return [(start, min(start + step, rows)) for start in range(0, rows, step)]


def link_stripe(vectors: TableVectors, start: int, stop: int, *, threshold: float, progress: Progress) -> Links:
    """Compares the rows from `start` to `stop` with each other and with all that follow. `progress` gets numbers of pairs."""
    union_find, zeros = UnionFind(vectors.rows), 0
    following = np.arange(vectors.rows) >= start
    stripe: list[UnitVectors] = []
    at = start
    for block in unit_vector_blocks(vectors, following):
        if at < stop:
            stripe.append(block)
            zeros += block.zeros
        for earlier in stripe:
            _link(earlier, block, union_find, threshold)
        progress(sum(len(earlier.rows) for earlier in stripe) * len(block.rows))
        at += BLOCK
    return Links(union_find.links(), zeros)


def pairs_of(rows: int, dim: int) -> int:
    """About how many pairs `link_stripe` reports as progress, over all stripes."""
    return sum((stop - start) * (rows - start) for start, stop in stripes(rows, dim))


# ---- pairs that share a cell ------------------------------------------------------------------------------


def train_cells(vectors: TableVectors, *, seed: int) -> Vectors:
    """Trains the centres of cells, float32 [cells, dim]; a sample of zero vectors alone gives one cell of all rows."""
    cells = max(1, min(vectors.rows // _CELL_ROWS, _MOST_CELLS))
    centres = train(sample_of(vectors, cells, seed=seed), cells, seed=seed)
    return centres if len(centres) else np.eye(1, vectors.dim, dtype=np.float32)


def cells_of(vectors: TableVectors, centres: Vectors) -> Cells:
    """Finds the nearest few cells of each row, int32 [rows, few]; -1 for those of zero vectors."""
    few = min(FEW, len(centres))
    cells: Cells = np.full((vectors.rows, few), -1, np.int32)
    for block in unit_vector_blocks(vectors):
        cells[block.rows] = nearest_few(block.vectors, centres, few)[0]
    return cells


def gatherings(cells: Cells, dim: int) -> list[tuple[int, int]]:
    """Groups consecutive cells (the first, and the one after the last) whose rows fit into memory together, where possible."""
    most = max(_GATHERING_BYTES // (4 * dim), BLOCK)
    sizes = np.bincount(cells[cells >= 0])
    found, start, count = [], 0, 0
    for cell, size in enumerate(sizes.tolist()):
        if count and count + size > most:
            found.append((start, cell))
            start, count = cell, 0
        count += size
    return [*found, (start, len(sizes))] if count else found


def link_cells(
    vectors: TableVectors, cells: Cells, first: int, last: int, *, threshold: float, progress: Progress
) -> Links:
    """Compares rows that share a cell, for the cells from `first` to before `last`. `progress` gets numbers of rows."""
    union_find = UnionFind(vectors.rows)
    wanted: Mask = np.any((cells >= first) & (cells < last), axis=1)
    if 4 * vectors.dim * int(wanted.sum()) > max(_GATHERING_BYTES, 4 * vectors.dim * BLOCK):
        _link_large(vectors, wanted, union_find, threshold)
    else:
        rows, _ = gathered(vectors, wanted)
        ours = cells[rows.rows]
        place = np.flatnonzero((ours >= first) & (ours < last))
        # The members of each cell stand together, each cell's in the order of positions.
        place = place[np.argsort(ours.reshape(-1)[place], kind="stable")]
        bounds = np.searchsorted(ours.reshape(-1)[place], np.arange(first, last + 1))
        for begin, end in pairwise(bounds.tolist()):
            members = place[begin:end] // ours.shape[1]
            blocks = [
                UnitVectors(rows.rows[some], rows.vectors[some], 0)
                for some in (members[at : at + BLOCK] for at in range(0, len(members), BLOCK))
            ]
            for position, block in enumerate(blocks):
                for earlier in blocks[: position + 1]:
                    _link(earlier, block, union_find, threshold)
    progress(int(wanted.sum()))
    return Links(union_find.links(), 0)


def _link_large(vectors: TableVectors, wanted: Mask, union_find: UnionFind, threshold: float) -> None:
    """Compares the rows of a cell that is too large for memory in stripes, as the whole table would be."""
    members = np.flatnonzero(wanted)
    for start, stop in stripes(len(members), vectors.dim):
        following = wanted.copy()
        following[: members[start]] = False
        stripe: list[UnitVectors] = []
        for number, block in enumerate(unit_vector_blocks(vectors, following)):
            if start + number * BLOCK < stop:
                stripe.append(block)
            for earlier in stripe:
                _link(earlier, block, union_find, threshold)


# ---- products ---------------------------------------------------------------------------------------------


def _link(left: UnitVectors, right: UnitVectors, union_find: UnionFind, threshold: float) -> None:
    """Joins the near pairs of two blocks, of which `right` is the same as `left` or a later one."""
    least = threshold - _TOLERANCE
    # The bound of a dot product's rounding error, dim * 2^-24 for unit vectors, and that of their lengths.
    doubt = left.vectors.shape[1] * 2.0**-24 + _TOLERANCE
    for ours, theirs, products in _candidates(left, right, union_find, least - doubt):
        later = left.rows[ours] < right.rows[theirs]
        ours, theirs, products = ours[later], theirs[later], products[later]
        sure = products >= least + doubt
        union_find.join(left.rows[ours[sure]], right.rows[theirs[sure]])
        _decide(left, right, ours[~sure], theirs[~sure], union_find=union_find, least=least)


def _candidates(
    left: UnitVectors, right: UnitVectors, union_find: UnionFind, least: float
) -> Iterator[tuple[RowIndices, RowIndices, Vectors]]:
    for start in range(0, len(left.rows), _PIECE):
        here = slice(start, start + _PIECE)
        products = left.vectors[here] @ right.vectors.T
        near = products >= least
        if np.count_nonzero(near) > _MANY:
            # Among many copies nearly all pairs are joined already.
            near &= union_find.roots(left.rows[here])[:, None] != union_find.roots(right.rows)
        found = np.flatnonzero(near)
        if len(found):
            ours, theirs = np.divmod(found, products.shape[1])
            yield start + ours, theirs, products.reshape(-1)[found]


def _decide(
    left: UnitVectors, right: UnitVectors, ours: RowIndices, theirs: RowIndices, *, union_find: UnionFind, least: float
) -> None:
    """Joins those pairs whose cosine in double precision is `least` or more; pairs that are joined already are skipped."""
    while True:
        apart = union_find.apart(left.rows[ours], right.rows[theirs])
        ours, theirs = ours[apart], theirs[apart]
        if not len(ours):
            return
        # Spread over all pairs, so that of many copies the first few thousand pairs join nearly all; odd, so that they
        # are not always those of the same columns.
        step = -(-len(ours) // _DECIDED) | 1
        some, others = left.vectors[ours[::step]], right.vectors[theirs[::step]]
        near = np.einsum("ij,ij->i", some, others, dtype=np.float64) >= least
        union_find.join(left.rows[ours[::step][near]], right.rows[theirs[::step][near]])
        rest = np.arange(len(ours)) % step != 0
        ours, theirs = ours[rest], theirs[rest]


def joined(rows: int, found: Sequence[Links] | Iterator[Links]) -> tuple[UnionFind, int]:
    """Joins all links, and counts the zero vectors that were left out."""
    union_find, zeros = UnionFind(rows), 0
    for links in found:
        union_find.join(*links.pairs)
        zeros += links.zeros
    return union_find, zeros
