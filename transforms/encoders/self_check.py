"""Compares two ways to compute the same vectors, on a few items that are like real ones.

An engine or a half precision is taken only where its vectors keep to the reference's, network by network: of two networks in
bfloat16 one may keep a cosine of 0.9999 and another fall to 0.95.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from transforms.common.errors import RequestError
from transforms.encoders.spec import EncoderSpec

SAME_PRECISION = 0.9999
"""Least cosine between two engines at one precision: what lets their vectors live in one table."""
HALF_PRECISION = 0.999
"""Least cosine of half precision to float32."""

_IMAGES = 8
TEXTS = (
    "The ferry to the island was cancelled because of the storm.",
    "quarterly profits fell by 12%, the bank said",
    "I would not buy this jacket again: the zip broke after two days.",
    "We measured the binding affinity of the two proteins by surface plasmon resonance and found no difference.",
    "Der Zug hat heute wieder zwanzig Minuten Verspätung.",
    "¿Dónde está la biblioteca más cercana?",
    "猫が窓のそばで眠っている。",
    "film",
)


class FailedCheckError(RequestError):
    """A precision cannot be had, because vectors in it are not those in float32."""


def check_items(spec: EncoderSpec) -> Any:
    """The same items every time: 8 texts, or 8 pictures uint8 [8, height, width, 3] of the encoder's size."""
    if spec.image_size is None:
        return np.array(TEXTS, object)
    return np.stack([picture(seed, spec.image_size) for seed in range(_IMAGES)])


def least_cosine(first: Any, second: Any) -> float:
    """The least cosine of the rows of two arrays [n, dim] that belong together; NaN where a vector is not finite.

    Of two zero vectors it is 1, of one zero vector 0.
    """
    a, b = np.asarray(first, np.float64), np.asarray(second, np.float64)
    products = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    both_zero = ~a.any(axis=1) & ~b.any(axis=1)
    cosines = np.where(both_zero, 1.0, (a * b).sum(axis=1) / np.where(products == 0, 1.0, products))
    return min(float(cosines.min()), 1.0)


def picture(seed: int, size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """Smooth colour at several scales, a few hard-edged shapes before it, and a camera's grain over it: the same for a seed."""
    from PIL import Image

    height, width = size
    random = np.random.default_rng(seed)
    contrast = (0.35, 0.6, 0.9, 1.2)[seed % 4]
    total = np.full((height, width, 3), random.integers(60, 196, 3), np.float32)
    for cells, strength in ((3, 0.9), (8, 0.6), (24, 0.35), (60, 0.2)):
        coarse = Image.fromarray(random.integers(0, 256, (cells, cells, 3), dtype=np.uint8))
        smooth = np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC), np.float32)
        total += contrast * strength * (smooth - 127.5)
    for _ in range(6):
        top, left = random.integers(0, height), random.integers(0, width)
        shape = slice(top, top + 1 + height // 5), slice(left, left + 1 + width // 7)
        total[shape] = random.integers(0, 256, 3)
    total += random.normal(0, 4, (height, width, 1))
    return total.clip(0, 255).astype(np.uint8)
