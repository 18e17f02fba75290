"""Computes `hog`, an image descriptor without weights. A baseline, not a network.

Gradients of the brightness are gathered by direction (9 directions, opposite ones alike) in 8 x 8 cells of 16 pixels;
a cell is normalised by the energy of the cells around it, so that contrast does not matter; square roots keep a
few strong edges from drowning the rest (histograms of oriented gradients: Dalal and Triggs, CVPR 2005). Beside them a
4 x 4 layout of mean colours in YCbCr. Together 8*8*9 + 4*4*3 = 624 values of length 1.
"""

from __future__ import annotations

import math
from typing import Any

SIDE = 128
CELLS = 8
DIRECTIONS = 9
PATCHES = 4
DIM = CELLS * CELLS * DIRECTIONS + PATCHES * PATCHES * 3

_COLOUR_WEIGHT = 0.5
_FLAT = 1e-2
"""Gradient energy of a cell below which it counts as flat rather than as faint texture; brightness is 0..1."""

# ITU-R BT.601, as JPEG has it; rows R, G, B, columns Y, Cb, Cr.
_YCBCR = [[0.299, -0.168736, 0.5], [0.587, -0.331264, -0.418688], [0.114, 0.5, -0.081312]]


def build(directory: str) -> None:
    """Writes the SavedModel: float32 [n, 128, 128, 3], RGB 0..255 -> {"embedding": float32 [n, 624]}."""
    import tensorflow as tf

    module = tf.Module()
    module.describe = tf.function(
        lambda pixels: {"embedding": describe(pixels)},
        input_signature=[tf.TensorSpec([None, SIDE, SIDE, 3], tf.float32, name="pixels")],
    )
    signature = module.describe.get_concrete_function()
    tf.saved_model.save(module, directory, signatures={"serving_default": signature})


def describe(pixels: Any) -> Any:
    """float32 [n, 128, 128, 3], RGB 0..255 -> float32 [n, 624], rows of length 1."""
    import tensorflow as tf

    planes = tf.linalg.matmul(pixels / 255.0, tf.constant(_YCBCR))
    shape = tf.reshape(_directions(planes[..., :1]), [-1, CELLS * CELLS * DIRECTIONS])
    patch = SIDE // PATCHES
    layout = tf.reshape(tf.nn.avg_pool2d(planes, patch, patch, "VALID"), [-1, PATCHES * PATCHES * 3])
    # Not normalised by itself: a grey image has hardly any colour, and the little it has must not be blown up.
    colour = layout - tf.constant([0.5, 0.0, 0.0] * PATCHES**2)
    return _unit(tf.concat([_unit(shape), _COLOUR_WEIGHT * colour], axis=1))


def _directions(brightness: Any) -> Any:
    """[n, 128, 128, 1] -> [n, 8, 8, 9], normalised histograms of gradient directions."""
    import tensorflow as tf

    framed = tf.pad(brightness, [[0, 0], [1, 1], [1, 1], [0, 0]], "SYMMETRIC")
    down = framed[:, 2:, 1:-1] - framed[:, :-2, 1:-1]
    right = framed[:, 1:-1, 2:] - framed[:, 1:-1, :-2]
    strength = tf.sqrt(down * down + right * right + 1e-12)
    # Position of the direction on a circle of 9 bins; a pixel is shared between the two bins beside it.
    place = tf.math.floormod(tf.atan2(down, right) / math.pi, 1.0) * DIRECTIONS
    away = tf.abs(place - tf.range(DIRECTIONS, dtype=tf.float32))
    share = tf.nn.relu(1.0 - tf.minimum(away, DIRECTIONS - away))
    cell = SIDE // CELLS
    histograms = tf.nn.avg_pool2d(share * strength, cell, cell, "VALID")
    energy = tf.reduce_sum(histograms * histograms, axis=-1, keepdims=True)
    around = tf.nn.avg_pool2d(energy, 3, 1, "SAME")
    return tf.sqrt(histograms / tf.sqrt(around + _FLAT**2))


def _unit(rows: Any) -> Any:
    import tensorflow as tf

    return tf.math.l2_normalize(rows, axis=1, epsilon=1e-12)
