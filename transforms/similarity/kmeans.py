"""Trains spherical k-means: centres of unit vectors, each the direction of the mean of the rows nearest to it by cosine.

Dhillon and Modha, Concept Decompositions for Large Sparse Text Data, 2001; the first centres as in k-means++ (Arthur and
Vassilvitskii, 2007, the greedy kind), where the squared distance of unit vectors is 2 - 2 cos. The sample and the seed decide
the result.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from transforms.common.arrays import Vectors
from transforms.table.unit_vectors import BLOCK, unit_vector_blocks
from transforms.table.vectors import TableVectors

Labels = npt.NDArray[np.int64]

_ITERATIONS = 25
_PER_CENTRE = 256
_SEEDS_PER_CENTRE = 20
_LEAST_SAMPLE = 50_000
_SAMPLE_BYTES = 1 << 30
_PRODUCT_VALUES = 1 << 23
_SAME = 1e-6


def sample_of(vectors: TableVectors, k: int, *, seed: int) -> Vectors:
    """Draws rows at random, and returns their unit vectors float32 [n, dim].

    256 rows for each of k centres, at least 50,000, at most 1 GiB. Zero vectors are left out: of a small table there may be
    fewer.
    """
    size = min(max(_PER_CENTRE * k, _LEAST_SAMPLE), _SAMPLE_BYTES // (4 * vectors.dim), vectors.rows)
    wanted = None
    if size < vectors.rows:
        wanted = np.zeros(vectors.rows, bool)
        wanted[np.random.default_rng(seed).choice(vectors.rows, size, replace=False, shuffle=False)] = True
    taken = np.empty((size, vectors.dim), np.float32)
    count = 0
    for block in unit_vector_blocks(vectors, wanted):
        taken[count : count + len(block.rows)] = block.vectors
        count += len(block.rows)
    return taken[:count]


def train(sample: Vectors, k: int, *, seed: int) -> Vectors:
    """Trains centres float32 [k, dim] on unit vectors [n, dim], those with the largest share of the sample first; none is empty.

    Fewer than k where there are fewer different vectors.
    """
    if not len(sample):
        return sample
    centres = _first_centres(sample, k, np.random.default_rng([seed, k]))
    k = len(centres)
    before = np.full(len(sample), -1)
    labels, scores = nearest(sample, centres)
    for _ in range(_ITERATIONS):
        if np.array_equal(labels, before):
            break
        before = labels
        centres = _means(sample, labels, centres)
        labels, scores = nearest(sample, centres)
    for _ in range(k):
        empty = np.flatnonzero(np.bincount(labels, minlength=k) == 0)
        if not len(empty):
            break
        # The row farthest from its centre becomes a centre; one at a time, since the farthest are often alike.
        centres[empty[0]] = sample[scores.argmin()]
        labels, scores = nearest(sample, centres)
    shares = np.bincount(labels, minlength=k)
    return centres[np.argsort(-shares, kind="stable")]


def nearest(vectors: Vectors, centres: Vectors) -> tuple[Labels, Vectors]:
    """Finds the nearest of the centres [k, dim] to each unit vector [n, dim], the first of equals, and its cosine: [n] each."""
    labels, scores = nearest_few(vectors, centres, 1)
    return labels[:, 0], scores


def nearest_few(vectors: Vectors, centres: Vectors, few: int) -> tuple[Labels, Vectors]:
    """Finds the `few` nearest centres to each vector, the nearest first, int64 [n, few], and the nearest's cosine float32 [n]."""
    labels = np.empty((len(vectors), few), np.int64)
    scores = np.empty(len(vectors), np.float32)
    step = max(_PRODUCT_VALUES // len(centres), 1)
    for start in range(0, len(vectors), step):
        here = slice(start, start + step)
        products = vectors[here] @ centres.T
        each = np.arange(len(products))
        for place in range(few):
            labels[here, place] = best = products.argmax(axis=1)
            if place == 0:
                scores[here] = products[each, best]
            products[each, best] = -np.inf
    return labels, np.clip(scores, -1, 1)


def _first_centres(sample: Vectors, k: int, random: np.random.Generator) -> Vectors:
    """Rows far from each other: each is, of a few drawn by their distance to those before, the one that lowers it most."""
    size = min(len(sample), max(_SEEDS_PER_CENTRE * k, _LEAST_SAMPLE // 5))
    pool = sample if size == len(sample) else sample[np.sort(random.choice(len(sample), size, replace=False))]
    draws = 2 + int(np.log(k))
    chosen = [int(random.integers(len(pool)))]
    far = _gaps(pool, chosen)[:, 0]
    while len(chosen) < k:
        total = np.cumsum(far, dtype=np.float64)
        if total[-1] == 0:
            break
        drawn = np.searchsorted(total, random.random(draws) * total[-1], side="right")
        after = np.minimum(far[:, None], _gaps(pool, drawn))
        best = int(after.sum(axis=0, dtype=np.float64).argmin())
        chosen.append(int(drawn[best]))
        far = after[:, best]
    return pool[chosen]


def _gaps(pool: Vectors, chosen: Sequence[int] | Labels) -> Vectors:
    """1 - cos of every row to the chosen ones, [n, chosen]; 0 between copies."""
    gaps = 1 - pool @ pool[chosen].T
    gaps[gaps < _SAME] = 0
    return gaps


def _means(sample: Vectors, labels: Labels, centres: Vectors) -> Vectors:
    """The normalised sums of the rows of each centre; a centre without rows, or whose rows cancel out, stays where it is."""
    sums = np.zeros(centres.shape, np.float64)
    for start in range(0, len(sample), BLOCK):
        here = labels[start : start + BLOCK]
        order = np.argsort(here, kind="stable")
        found, first = np.unique(here[order], return_index=True)
        sums[found] += np.add.reduceat(sample[start : start + BLOCK][order], first, axis=0)
    lengths = np.linalg.norm(sums, axis=1)
    moved = lengths > _SAME
    after = centres.copy()
    after[moved] = (sums[moved] / lengths[moved, None]).astype(np.float32)
    return after
