"""Finds near-duplicates across the split, held-out rows whose vector all but equals a training row's, and moves them.

A photograph saved twice, a review posted under two ids: on both sides of the split they make a head look better than
it is. Every eval and test row is compared with every training row (exact, one blocked matrix product); where that would
be more than `most_pairs` pairs, or more held-out vectors than 512 MiB, a fair sample of the held-out rows is, and
`checked` says how many.

An eval row next to a test row is not looked for: it may flatter the choice of the regularisation a little, never the weights.
Vectors of zeros, and vectors that are not finite, have no direction and match nothing.

Memory: the compared held-out vectors, a tile of 16 MiB of products, a block of training vectors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from transforms.common.arrays import Vectors
from transforms.common.errors import RequestError
from transforms.common.hashes import Hashes
from transforms.heads.rows.split import Sides, mixed, moved_to_train
from transforms.table.unit_vectors import normalize_rows

Rows = npt.NDArray[np.int64]
Blocks = Iterable[tuple[Rows, Vectors]]
"""Row numbers int64 [b] and their vectors float32 [b, d]."""

_TILE = 2048  # rows a side of a product; 1024 to 4096 take the same time (190 GFLOP/s on two cores, TensorFlow half of that)
_MOST_HOLDOUT_BYTES = 512 << 20
_ROUNDING = 1e-6  # of a cosine in single precision: two equal vectors may come out as 0.9999999


@dataclass(frozen=True, kw_only=True)
class Leak:
    """A held-out row and the training row nearest to it; both are positions in the table."""

    holdout_row: int
    train_row: int
    cosine: float


@dataclass(kw_only=True)
class Leakage:
    """The outcome of a search for near-duplicates.

    Attributes:
      threshold: the cosine from which two vectors count as near-duplicates.
      checked: held-out rows that were compared with every training row.
      holdout: held-out rows there are.
      leaks: one for each compared row with a training row at or above the threshold, highest cosine first.
    """

    threshold: float
    checked: int
    holdout: int
    leaks: list[Leak] = field(default_factory=list)


def find_leaks(
    holdout: Blocks,
    train: Blocks,
    *,
    holdout_rows: int,
    train_rows: int,
    threshold: float = 0.98,
    most_pairs: int = 4_000_000_000,
) -> Leakage:
    """Compares held-out rows with training rows, each iterated once.

    Args:
      holdout: the rows of eval and test.
      train: the training rows.
      holdout_rows: how many `holdout` has; decides with `train_rows` how many of them are compared.
      train_rows: how many `train` has.
      threshold: of the cosine, in (0, 1]; a margin of 1e-6 makes up for single precision, so that 1 finds equal vectors.
      most_pairs: beyond which a sample of the held-out rows is compared, at least one.

    Raises:
      RequestError: a threshold outside (0, 1].
    """
    if not 0 < threshold <= 1:
        raise RequestError(
            f"a leakage threshold of {threshold} is no cosine above 0 and at most 1; 0.98 is the default"
        )
    rows, vectors, seen = _sample(holdout, max(1, min(holdout_rows, most_pairs // max(train_rows, 1))))
    best = np.full(len(rows), -np.inf, np.float32)
    nearest = np.zeros(len(rows), np.int64)
    product = np.empty((_TILE, _TILE), np.float32)
    for numbers, block in _tiles(train):
        for low in range(0, len(rows), _TILE):
            part = slice(low, low + _TILE)
            cosines = product[: len(rows[part]), : len(block)]
            np.matmul(vectors[part], block.T, out=cosines)
            at = cosines.argmax(axis=1)
            top = cosines[np.arange(len(at)), at]
            nearer = top > best[part]
            best[part][nearer] = top[nearer]
            nearest[part][nearer] = numbers[at[nearer]]
    found = np.flatnonzero(best >= threshold - _ROUNDING)
    found = found[np.lexsort((rows[found], -best[found]))]
    leaks = [Leak(holdout_row=int(rows[i]), train_row=int(nearest[i]), cosine=min(float(best[i]), 1.0)) for i in found]
    return Leakage(threshold=threshold, checked=int(np.count_nonzero(rows >= 0)), holdout=seen, leaks=leaks)


def resolve_leaks(leaks: Iterable[Leak], groups: Hashes, sides: Sides) -> Sides:
    """The sides, uint8 [n], with every held-out row of a group that leaks moved to train: no group straddles.

    Args:
      leaks: of these sides.
      groups: the hash of each row's group, uint64 [n].
      sides: uint8 [n]; is left as it is.
    """
    leaking = np.zeros(len(sides), np.bool_)
    leaking[[leak.holdout_row for leak in leaks]] = True
    return moved_to_train(sides, groups, leaking)


def without_leaks(
    sides: Sides, find: Callable[[Sides], Leakage], groups: Hashes, *, most_rounds: int = 10
) -> tuple[Sides, npt.NDArray[np.int64], Leakage]:
    """Moves leaking groups to train until `find` finds nothing: a group that moved may be near a row that is still held out.

    Returns:
      The new sides, the rows that moved in all rounds, int64 [m], and what the first round found.

    Raises:
      RequestError: rows still leak after `most_rounds` rounds, as in a chain of video frames.
    """
    first = found = find(sides)
    start = sides
    for _ in range(most_rounds):
        if not found.leaks:
            break
        sides = resolve_leaks(found.leaks, groups, sides)
        found = find(sides)
    if found.leaks:
        raise RequestError(
            f"after {most_rounds} rounds of moving near-duplicates to train, {len(found.leaks)} held-out rows still have a "
            f"cosine of at least {found.threshold} to a training row; raise the threshold or split by a group column"
        )
    return sides, np.flatnonzero(sides != start), first


def _sample(holdout: Blocks, most: int) -> tuple[Rows, Vectors, int]:
    """The `most` rows whose numbers hash lowest, and how many rows there were; row -1, vector zero in a place left free."""
    rows, ranks, vectors, seen = np.empty(0, np.int64), np.empty(0, np.uint64), np.empty((0, 0), np.float32), 0
    for numbers, block in _tiles(holdout):
        if not seen:
            most = min(most, max(1, _MOST_HOLDOUT_BYTES // (4 * block.shape[1])))
            rows, ranks = np.full(most, -1), np.full(most, np.iinfo(np.uint64).max)
            vectors = np.zeros((most, block.shape[1]), np.float32)
        seen += len(numbers)
        hashed = mixed(numbers.astype(np.uint64), 0)
        stays = np.zeros(most + len(numbers), np.bool_)
        stays[np.argpartition(np.concatenate([ranks, hashed]), most - 1)[:most]] = True
        leaves, enters = ~stays[:most], stays[most:]
        rows[leaves], ranks[leaves], vectors[leaves] = numbers[enters], hashed[enters], block[enters]
    return rows, vectors, seen


def _tiles(blocks: Blocks) -> Iterator[tuple[Rows, Vectors]]:
    """The blocks with vectors of length 1, at most a tile's rows each; of length 0 where there is no direction."""
    for numbers, block in blocks:
        for low in range(0, len(numbers), _TILE):
            unit, good = normalize_rows(block[low : low + _TILE])
            unit[~good] = 0.0
            yield numbers[low : low + _TILE], unit
