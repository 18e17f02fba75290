"""Splits rows into train, eval and test by a hash of their group's key, so that no item ever changes side.

A group (an item, unless a column or a pattern says that items belong together) gets a number in [0, 1) from the hash of
its key and of a salt: below `test` it is a test row, below `test + eval` an eval row, else it trains. The number knows nothing of
the other rows: a table may grow, shrink and be sorted anew, and every row that stays keeps its side.
The one exception: of a label whose rows would all be held out, the row with the highest number trains (with its group), until a
row of that label comes with a training row's number, or a higher one.

Stratified as far as that allows: the salt is the one of `_TRIES` under which the labels' shares of the three sides are nearest
to those of the whole. It is chosen once, with the first training on a table, and kept (`split_salt`).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from transforms.common.hashes import Hashes
from transforms.heads.job import Fractions

TRAIN, EVAL, TEST, UNUSED = 0, 1, 2, 3
NAMES = ("train", "eval", "test")

Sides = npt.NDArray[np.uint8]

_TRIES = 256
_TRIED_ROWS = 2_000_000
_WORDS = {
    **dict.fromkeys(("train", "training"), TRAIN),
    **dict.fromkeys(("eval", "evaluation", "val", "valid", "validation", "dev"), EVAL),
    **dict.fromkeys(("test", "testing", "held-out", "heldout"), TEST),
}


def sides(hashes: Hashes, *, salt: int, fractions: Fractions) -> Sides:
    """The side of each row from its group's hash."""
    place = mixed(hashes, salt).astype(np.float64) / 2.0**64
    holdout = np.where(place < fractions.test, TEST, EVAL)
    return np.where(place < fractions.test + fractions.eval, holdout, TRAIN).astype(np.uint8)


def moved_to_train(sides: Sides, groups: Hashes, moved: npt.NDArray[np.bool_]) -> Sides:
    """The sides with every held-out row of the groups of some rows, bool [n], on the training side: no group straddles."""
    holdout = (sides == EVAL) | (sides == TEST)
    return np.where(holdout & np.isin(groups, groups[moved]), TRAIN, sides).astype(np.uint8)


def choose_salt(hashes: Hashes, membership: npt.NDArray[np.bool_], fractions: Fractions) -> int:
    """The salt whose sides have the labels in the most equal shares.

    Args:
      hashes: of the groups' keys, one a row.
      membership: bool [n, K], which labels each row has.
    """
    totals = membership.sum(axis=0).astype(np.float64)
    wanted = np.stack(
        [totals * (1 - fractions.eval - fractions.test), totals * fractions.eval, totals * fractions.test]
    )
    tries = max(1, min(_TRIES, _TRIED_ROWS // max(len(hashes), 1)))
    badness = [_badness(sides(hashes, salt=salt, fractions=fractions), membership, wanted) for salt in range(tries)]
    return int(np.argmin(badness))


def named_side(value: str) -> int | None:
    """The side that a value of a split column names; None for a word that names none."""
    return _WORDS.get(value.strip().lower())


def _badness(rows: Sides, membership: npt.NDArray[np.bool_], wanted: npt.NDArray[np.float64]) -> float:
    """Chi-square distance of the label counts of the sides to those wanted; a label that a side lacks weighs most."""
    counts = np.stack([membership[rows == side].sum(axis=0) for side in (TRAIN, EVAL, TEST)]).astype(np.float64)
    distance = ((counts - wanted) ** 2 / np.maximum(wanted, 1e-9))[wanted > 0].sum()
    lacking = np.count_nonzero((counts == 0) & (wanted > 0) & (membership.sum(axis=0) >= 3))
    return float(distance + 1e6 * lacking)


def mixed(hashes: Hashes, salt: int) -> Hashes:
    """The finaliser of SplitMix64 (Steele et al., 2014) over hash and salt: 64 well-mixed bits."""
    with np.errstate(over="ignore"):
        z = hashes + np.uint64(salt + 1) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))
