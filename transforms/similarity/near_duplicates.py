"""Which rows of a feature table are nearly the same: links between them, found one stripe of rows at a time.

Two rows are near duplicates where the cosine of their vectors is the threshold or more, give or take 1e-6 (so that copies are
found at a threshold of 1). Products of matrices in single precision find the candidates; those too close to the threshold for it
are decided in double precision, so that the answer depends neither on threads nor on the shapes of blocks.

Compared is either every pair, or (above `AFFORDABLE`, where that would take too long) each row with those that share one of
its nearest few cells; cells are the centres of spherical k-means over a sample. The second way may miss pairs, and finds none
that are not there.

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

from transforms.similarity.components import Forest, Positions
from transforms.similarity.kmeans import Vectors, nearest_few, sample_of, train
from transforms.storage import files
from transforms.table.unit_vectors import BLOCK, Units, gathered, unit_blocks
from transforms.table.vectors import Mask, TableVectors

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
    """As few links as make the same groups: positions int64 [2, n]; and zero vectors among the rows that were compared."""

    pairs: Positions
    zeros: int

    def save(self, path: str) -> None:
        stream = io.BytesIO()
        np.savez(stream, pairs=self.pairs, zeros=self.zeros)
        files.write(path, stream.getvalue())

    @staticmethod
    def load(path: str) -> Links:
        with np.load(io.BytesIO(files.read(path))) as held:
            return Links(held["pairs"], int(held["zeros"]))


def every_pair_is_affordable(rows: int, dim: int) -> bool:
    return float(rows) * rows * dim <= AFFORDABLE


# ---- every pair -------------------------------------------------------------------------------------------


def stripes(rows: int, dim: int) -> list[tuple[int, int]]:
    """The table in stripes of whole blocks: first position, and the one after the last."""
    step = BLOCK * max(_STRIPE_BYTES // (4 * dim * BLOCK), 1)
    return [(start, min(start + step, rows)) for start in range(0, rows, step)]


def link_stripe(vectors: TableVectors, start: int, stop: int, *, threshold: float, progress: Progress) -> Links:
    """Compares the rows from `start` to `stop` with each other and with all that follow. `progress` gets numbers of pairs."""
    forest, zeros = Forest(vectors.rows), 0
    following = np.arange(vectors.rows) >= start
    stripe: list[Units] = []
    at = start
    for block in unit_blocks(vectors, following):
        if at < stop:
            stripe.append(block)
            zeros += block.zeros
        for held in stripe:
            _link(held, block, forest, threshold)
        progress(sum(len(held.rows) for held in stripe) * len(block.rows))
        at += BLOCK
    return Links(forest.links(), zeros)


def pairs_of(rows: int, dim: int) -> int:
    """About how many pairs `link_stripe` tells of, over all stripes."""
    return sum((stop - start) * (rows - start) for start, stop in stripes(rows, dim))


# ---- pairs that share a cell ------------------------------------------------------------------------------


def train_cells(vectors: TableVectors, *, seed: int) -> Vectors:
    """The centres of cells, float32 [cells, dim]; a sample without any direction makes one cell of all rows."""
    cells = max(1, min(vectors.rows // _CELL_ROWS, _MOST_CELLS))
    centres = train(sample_of(vectors, cells, seed=seed), cells, seed=seed)
    return centres if len(centres) else np.eye(1, vectors.dim, dtype=np.float32)


def cells_of(vectors: TableVectors, centres: Vectors) -> Cells:
    """The nearest few cells of each row, int32 [rows, few]; -1 for those of zero vectors."""
    few = min(FEW, len(centres))
    cells: Cells = np.full((vectors.rows, few), -1, np.int32)
    for block in unit_blocks(vectors):
        cells[block.rows] = nearest_few(block.vectors, centres, few)[0]
    return cells


def gatherings(cells: Cells, dim: int) -> list[tuple[int, int]]:
    """Runs of cells (the first, and the one after the last) whose rows together are held in memory, where possible."""
    most = max(_GATHERING_BYTES // (4 * dim), BLOCK)
    sizes = np.bincount(cells[cells >= 0])
    found, start, held = [], 0, 0
    for cell, size in enumerate(sizes.tolist()):
        if held and held + size > most:
            found.append((start, cell))
            start, held = cell, 0
        held += size
    return [*found, (start, len(sizes))] if held else found


def link_cells(
    vectors: TableVectors, cells: Cells, first: int, last: int, *, threshold: float, progress: Progress
) -> Links:
    """Compares rows that share a cell from `first` to before `last`. `progress` gets numbers of rows."""
    forest = Forest(vectors.rows)
    wanted: Mask = np.any((cells >= first) & (cells < last), axis=1)
    if 4 * vectors.dim * int(wanted.sum()) > max(_GATHERING_BYTES, 4 * vectors.dim * BLOCK):
        _link_large(vectors, wanted, forest, threshold)
    else:
        held, _ = gathered(vectors, wanted)
        ours = cells[held.rows]
        place = np.flatnonzero((ours >= first) & (ours < last))
        # The members of each cell stand together, each cell's in the order of positions.
        place = place[np.argsort(ours.reshape(-1)[place], kind="stable")]
        bounds = np.searchsorted(ours.reshape(-1)[place], np.arange(first, last + 1))
        for begin, end in pairwise(bounds.tolist()):
            members = place[begin:end] // ours.shape[1]
            blocks = [
                Units(held.rows[some], held.vectors[some], 0)
                for some in (members[at : at + BLOCK] for at in range(0, len(members), BLOCK))
            ]
            for position, block in enumerate(blocks):
                for earlier in blocks[: position + 1]:
                    _link(earlier, block, forest, threshold)
    progress(int(wanted.sum()))
    return Links(forest.links(), 0)


def _link_large(vectors: TableVectors, wanted: Mask, forest: Forest, threshold: float) -> None:
    """A cell that is too large to be held: in stripes, as the whole table would be."""
    members = np.flatnonzero(wanted)
    for start, stop in stripes(len(members), vectors.dim):
        following = wanted.copy()
        following[: members[start]] = False
        stripe: list[Units] = []
        for number, block in enumerate(unit_blocks(vectors, following)):
            if start + number * BLOCK < stop:
                stripe.append(block)
            for held in stripe:
                _link(held, block, forest, threshold)


# ---- products ---------------------------------------------------------------------------------------------


def _link(left: Units, right: Units, forest: Forest, threshold: float) -> None:
    """Joins what is near: of two blocks of which `right` is the same or a later one."""
    least = threshold - _TOLERANCE
    # The bound of a dot product's rounding error, dim * 2^-24 for unit vectors, and that of their lengths.
    doubt = left.vectors.shape[1] * 2.0**-24 + _TOLERANCE
    for ours, theirs, products in _candidates(left, right, forest, least - doubt):
        later = left.rows[ours] < right.rows[theirs]
        ours, theirs, products = ours[later], theirs[later], products[later]
        sure = products >= least + doubt
        forest.join(left.rows[ours[sure]], right.rows[theirs[sure]])
        _decide(left, right, ours[~sure], theirs[~sure], forest=forest, least=least)


def _candidates(
    left: Units, right: Units, forest: Forest, least: float
) -> Iterator[tuple[Positions, Positions, Vectors]]:
    for start in range(0, len(left.rows), _PIECE):
        here = slice(start, start + _PIECE)
        products = left.vectors[here] @ right.vectors.T
        near = products >= least
        if np.count_nonzero(near) > _MANY:
            # Among many copies nearly all pairs are joined already.
            near &= forest.roots(left.rows[here])[:, None] != forest.roots(right.rows)
        found = np.flatnonzero(near)
        if len(found):
            ours, theirs = np.divmod(found, products.shape[1])
            yield start + ours, theirs, products.reshape(-1)[found]


def _decide(left: Units, right: Units, ours: Positions, theirs: Positions, *, forest: Forest, least: float) -> None:
    """Joins those pairs whose cosine in double precision is `least` or more, passing over what is joined already."""
    while True:
        apart = forest.apart(left.rows[ours], right.rows[theirs])
        ours, theirs = ours[apart], theirs[apart]
        if not len(ours):
            return
        # Spread over all pairs, so that of many copies the first few thousand pairs join nearly all; odd, so that they
        # are not always those of the same columns.
        step = -(-len(ours) // _DECIDED) | 1
        some, others = left.vectors[ours[::step]], right.vectors[theirs[::step]]
        near = np.einsum("ij,ij->i", some, others, dtype=np.float64) >= least
        forest.join(left.rows[ours[::step][near]], right.rows[theirs[::step][near]])
        rest = np.arange(len(ours)) % step != 0
        ours, theirs = ours[rest], theirs[rest]


def joined(rows: int, found: Sequence[Links] | Iterator[Links]) -> tuple[Forest, int]:
    """All links as one forest, and how many zero vectors were passed over."""
    forest, zeros = Forest(rows), 0
    for links in found:
        forest.join(*links.pairs)
        zeros += links.zeros
    return forest, zeros
