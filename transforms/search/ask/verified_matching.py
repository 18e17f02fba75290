"""Finds the photographs that show what an image shows, by local features whose places fit together.

The nearest rows of an image's features vote for photographs. With each of those the features are matched one to one, and a
similarity (turn, scale, shift) that most of the matches agree on is looked for by RANSAC, then refined to an affine map. The
matches that agree are its inliers; a photograph is an answer only where so many of them cannot be chance.

How many can: the number of false alarms of Moisan and Stival, "A probabilistic criterion to detect rigid point matches between
two images and estimate the fundamental matrix", IJCV 2004. All is deterministic: the same image has the same answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import lgamma, log

import numpy as np
import numpy.typing as npt

from transforms.common.arrays import Vectors

Points = npt.NDArray[np.float64]
"""[n, 2], y and x in pixels."""

_TOLERANCE = 0.02
"""Of the diagonal around a photograph's features: a match agrees where it comes so near."""
_HYPOTHESES = 1_500
_LARGEST_CHANGE = 8.0
"""Times that something may be larger or smaller in the photograph."""
_REFINEMENTS = 4
_LEAST_INLIERS = 6
_FALSE_ALARMS = 1e-3
"""Photographs that a query may match by chance, on average."""


@dataclass(frozen=True, eq=False)
class Verified:
    """Matches of an image and a photograph that fit one map.

    Attributes:
      inliers: how many places of the photograph they reach.
      rows: positions of their features among the photograph's, the most similar first.
      region: (top, left, bottom, right) around them in the photograph, in pixels.
    """

    inliers: int
    rows: npt.NDArray[np.int64]
    region: tuple[float, float, float, float]


def verified(
    query: tuple[Vectors, Points], photograph: tuple[Vectors, Points], *, candidates: int = 1
) -> Verified | None:
    """How an image and a photograph match; None where they do no better than by chance.

    Args:
      query, photograph: unit descriptors [n, dim] and their places.
      candidates: photographs that are compared with this image: the more, the more must agree.
    """
    to = photograph[1]
    extent = to.max(axis=0) - to.min(axis=0) if len(to) else np.zeros(2)
    tolerance = _TOLERANCE * float(np.hypot(*extent))
    if tolerance == 0 or min(len(query[1]), len(to)) < _LEAST_INLIERS:
        return None
    pairs, cosines = _mutual(query[0], photograph[0])
    pairs, cosines = _one_a_place(pairs, cosines, query[1], to, tolerance)
    if len(pairs) < _LEAST_INLIERS:
        return None
    here, there = query[1][pairs[:, 0]], to[pairs[:, 1]]
    agrees = _agreeing(here, there, tolerance)
    inliers = len(np.unique(there[agrees] // tolerance, axis=0))
    by_chance = max(_share_near(to, tolerance), np.pi * tolerance**2 / max(float(np.prod(extent)), tolerance**2))
    if inliers < _LEAST_INLIERS or _is_line(there[agrees], tolerance):
        return None
    if not _is_no_chance(inliers, len(pairs), min(by_chance, 1.0), candidates):
        return None
    top, left = there[agrees].min(axis=0).tolist()
    bottom, right = there[agrees].max(axis=0).tolist()
    best = np.argsort(-cosines[agrees], kind="stable")
    return Verified(inliers=inliers, rows=pairs[agrees][best, 1], region=(top, left, bottom, right))


def _mutual(one: Vectors, other: Vectors) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    """Pairs [n, 2] of features that are each other's nearest, and their cosines."""
    cosines = one @ other.T
    nearest, back = cosines.argmax(axis=1), cosines.argmax(axis=0)
    mine = np.flatnonzero(back[nearest] == np.arange(len(one)))
    return np.stack([mine, nearest[mine]], axis=1), cosines[mine, nearest[mine]]


def _one_a_place(
    pairs: npt.NDArray[np.int64],
    cosines: npt.NDArray[np.float32],
    here: Points,
    there: Points,
    tolerance: float,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    """The most similar of the pairs that join the same two places: a point is found on several scales."""
    order = np.argsort(-cosines, kind="stable")
    cells = np.concatenate([here[pairs[order, 0]], there[pairs[order, 1]]], axis=1) // tolerance
    _, first = np.unique(cells, axis=0, return_index=True)
    kept = order[np.sort(first)]
    return pairs[kept], cosines[kept]


def _agreeing(here: Points, there: Points, tolerance: float) -> npt.NDArray[np.bool_]:
    """The matches that the best map of all that were tried brings within the tolerance."""
    chance = np.random.default_rng(0)
    first, second = chance.integers(len(here), size=(2, _HYPOTHESES))
    # Points as complex numbers: a similarity is z -> a z + b, whose a is a turn and a scale.
    z, w = here @ np.array([1j, 1]), there @ np.array([1j, 1])
    apart = z[second] - z[first]
    usable = np.abs(apart) > tolerance / 2
    first, second, apart = first[usable], second[usable], apart[usable]
    a = (w[second] - w[first]) / apart
    usable = (np.abs(a) < _LARGEST_CHANGE) & (np.abs(a) > 1 / _LARGEST_CHANGE)
    a, first = a[usable], first[usable]
    if not len(a):
        return np.zeros(len(here), np.bool_)
    near = np.abs(a[:, None] * (z - z[first][:, None]) + w[first][:, None] - w) < tolerance
    agrees: npt.NDArray[np.bool_] = near[near.sum(axis=1).argmax()]
    for _ in range(_REFINEMENTS):
        refined = _near_affine(here, there, agrees, tolerance)
        if refined is None or refined.sum() <= agrees.sum():
            break
        agrees = refined
    return agrees


def _near_affine(
    here: Points, there: Points, agrees: npt.NDArray[np.bool_], tolerance: float
) -> npt.NDArray[np.bool_] | None:
    """The matches near the affine map that fits those which agree best; None where it turns the image over or flattens it."""
    whole = np.concatenate([here, np.ones((len(here), 1))], axis=1)
    found, *_ = np.linalg.lstsq(whole[agrees], there[agrees], rcond=None)
    stretch = np.linalg.svd(found[:2], compute_uv=False)
    if np.linalg.det(found[:2]) <= 0 or stretch[1] * _LARGEST_CHANGE < 1 or stretch[0] > 3 * stretch[1]:
        return None
    near: npt.NDArray[np.bool_] = np.hypot(*(whole @ found - there).T) < tolerance
    return near


def _is_line(points: Points, tolerance: float) -> bool:
    """Whether the points lie in a narrow strip, as the few do that keep their places when an image is mirrored."""
    spread = np.linalg.svd(points - points.mean(axis=0), compute_uv=False) / len(points) ** 0.5
    return bool(spread[-1] < tolerance)


def _share_near(points: Points, tolerance: float) -> float:
    """How likely a feature is near another one of the same photograph: they crowd where there is much to see."""
    apart = np.abs(points[:, None, :] - points[None, :, :]).max(axis=2)
    return float((apart < tolerance).sum() - len(points)) / max(len(points) * (len(points) - 1), 1)


def _is_no_chance(inliers: int, matches: int, by_chance: float, candidates: int) -> bool:
    """Whether fewer than one in a thousand queries would find so many agreeing matches where there is nothing to find.

    The number of false alarms: candidates * n * C(n, k) * C(k, 3) * p^(k - 3), for k of n matches and a share p that agrees with
    any given map by chance.
    """
    log_alarms = (
        log(candidates)
        + log(matches)
        + _log_choose(matches, inliers)
        + _log_choose(inliers, 3)
        + (inliers - 3) * log(by_chance)
    )
    return log_alarms < log(_FALSE_ALARMS)


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
