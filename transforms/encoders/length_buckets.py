"""Groups the texts of a batch by length, for networks that fill every text up to the longest of its batch.

    function = LengthBuckets(network)
    function(texts)                                       # float32 [n, dim], in the order of the texts

Whether a network does that is asked of the network (`fills_up`): a batch of short texts with one long one then takes many
times as long as the short ones and the long one apart. Networks that lay a batch out flat, as `use-multilingual`, lose by
being called more often, and are left alone.

Some give a text another vector beside a longer one, for they take what fills it up for words (`elmo/2`: a mean over all
places): those are called with one text at a time (`depends_on_batch`, `OneByOne`).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from transforms.common.arrays import Vectors

_SHORTEST = 32
"""Characters up to which all texts are one group."""
_PROBE = ("film", "film " * 100)
_PROBED_TEXTS = 16
_TRIES = 3
_WORTH_GROUPING = 1.5
_SAME = 0.999


class LengthBuckets:
    """A function of texts, object [n], which calls another with texts of which none is twice as long as another."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self._function = function

    def __call__(self, texts: npt.NDArray[Any]) -> Vectors:
        buckets = buckets_of(texts)
        if len(buckets) == 1:
            return np.asarray(self._function(texts))
        parts = [np.asarray(self._function(texts[rows])) for rows in buckets]
        vectors = np.empty((len(texts), parts[0].shape[1]), np.float32)
        for rows, part in zip(buckets, parts, strict=True):
            vectors[rows] = part
        return vectors


class OneByOne:
    """A function of texts, object [n], which calls another with each of them alone."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self._function = function

    def __call__(self, texts: npt.NDArray[Any]) -> Vectors:
        return np.concatenate([np.asarray(self._function(texts[row : row + 1])) for row in range(len(texts))])


def buckets_of(texts: npt.NDArray[Any]) -> list[npt.NDArray[np.intp]]:
    """The positions of texts of one group, rising, for each group: up to 32 characters, up to 63, 127, 255, and so on."""
    lengths = np.fromiter((max(len(text), _SHORTEST) for text in texts), np.int64, len(texts))
    group = np.log2(lengths).astype(np.int64)
    return [np.flatnonzero(group == one) for one in np.unique(group)]


def depends_on_batch(function: Callable[[Any], Any]) -> bool:
    """Whether a short text has another vector beside a long one than alone: a cosine below 0.999."""
    texts = np.array(_PROBE, object)
    alone, beside = np.asarray(function(texts[:1]))[0], np.asarray(function(texts))[0]
    lengths = float(np.linalg.norm(alone) * np.linalg.norm(beside))
    return lengths > 0 and float(alone @ beside) < _SAME * lengths


def fills_up(function: Callable[[Any], Any], clock: Callable[[], float] = time.perf_counter) -> bool:
    """Whether short texts cost a function as much as the long one in their batch; asked by a few calls of 16 texts."""
    short, long = _PROBE
    few = np.array([short] * (_PROBED_TEXTS - 1), object)
    one = np.array([long], object)
    mixed = np.concatenate([few, one])

    def seconds(*batches: Any) -> float:
        taken = []
        for _ in range(_TRIES):
            started = clock()
            for batch in batches:
                np.asarray(function(batch))
            taken.append(clock() - started)
        return min(taken)

    return seconds(mixed) > _WORTH_GROUPING * seconds(few, one)
