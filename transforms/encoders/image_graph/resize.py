"""Resizes an image in a TensorFlow graph as Pillow's `Image.resize(..., box, reducing_gap=2.0)` does, bit for bit.

The formulas are those of Pillow 12: `Image.resize` (reducing_gap), libImaging/Reduce.c and Resample.c at
https://github.com/python-pillow/Pillow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from transforms.encoders.spec import Fit, Resampling

if TYPE_CHECKING:
    import tensorflow as tf

# Weights are whole numbers that sum to about 2^22, so that a sum of weighted bytes fits 31 bits.
_PRECISION_BITS = 22

# Pillow first averages whole blocks, down to this many times the wanted size; `ImageDecoder` asks for it.
_REDUCING_GAP = 2.0

# A taller image than this, Pillow resizes downwards first.
_TALL = 100

# How far each filter reaches.
_SUPPORT = {"bilinear": 1.0, "bicubic": 2.0}
# Pillow's sharpness of the cubic filter.
_CUBIC = -0.5


def resize(
    image: tf.Tensor,
    target: tf.Tensor,
    fit: Fit,
    resampling: Resampling = "bilinear",
    resized: tf.Tensor | None = None,
) -> tf.Tensor:
    """uint8 [*target, 3] of uint8 [h, w, 3]; `target` and `resized` are int32 [2]: height, width."""
    import tensorflow as tf

    size = tf.shape(image)[:2]
    low, high = _box(size, target, fit) if resized is None else _centre_of(size, target, fit, resized)
    scale = (high - low) / tf.cast(target, tf.float64)
    factor = tf.maximum(tf.cast(scale / _REDUCING_GAP, tf.int32), 1)

    # What the blocks are cut from: the box and, around it, what the filter may reach.
    reach = (_SUPPORT[resampling] - 0.5) * scale
    begin = tf.maximum(tf.cast(low - reach, tf.int32), 0)
    end = tf.minimum(tf.cast(tf.math.ceil(high + reach), tf.int32), size)
    reduced = tf.reduce_any(factor > 1)
    begin = tf.where(reduced, begin, 0)
    image = tf.cond(reduced, lambda: _reduce(image[begin[0] : end[0], begin[1] : end[1]], factor), lambda: image)
    # Pillow hands the box on in single precision.
    low, high = (
        tf.cast((edge - tf.cast(begin, tf.float64)) / tf.cast(factor, tf.float64), tf.float32) for edge in (low, high)
    )

    size = tf.shape(image)[:2]
    rows, columns = (_weights(size[side], low[side], high[side], target[side], resampling) for side in (0, 1))
    tall = (size[0] > size[1] * _TALL) & (target[0] < size[0])
    return tf.cond(
        tall,
        lambda: _turned(_resample(_turned(image), columns, rows)),
        lambda: _resample(image, rows, columns),
    )


def _box(size: tf.Tensor, target: tf.Tensor, fit: Fit) -> tuple[tf.Tensor, tf.Tensor]:
    """float64 [2] each: where the part of an image begins and ends that becomes the target."""
    import tensorflow as tf

    sides, wanted = tf.cast(size, tf.float64), tf.cast(target, tf.float64)
    kept = wanted * tf.reduce_min(sides / wanted) if fit == "crop" else sides
    # Rounding may leave a hair less than nothing.
    low = tf.maximum((sides - kept) / 2, 0.0)
    return low, sides - low


def _centre_of(size: tf.Tensor, target: tf.Tensor, fit: Fit, resized: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """The same where the target is cut out of the centre of a larger size."""
    import tensorflow as tf

    whole = resized * size // tf.reduce_min(size) if fit == "crop" else resized
    first = (whole - target) // 2
    sides = tf.cast(size, tf.float64)
    scale = sides / tf.cast(whole, tf.float64)
    low = tf.cast(first, tf.float64) * scale
    return low, tf.minimum(tf.cast(first + target, tf.float64) * scale, sides)


def _turned(image: tf.Tensor) -> tf.Tensor:
    import tensorflow as tf

    return tf.transpose(image, (1, 0, 2))


def _reduce(image: tf.Tensor, factor: tf.Tensor) -> tf.Tensor:
    """uint8 means of the blocks of (rows, columns) `factor`, those at the far edges perhaps smaller."""
    import tensorflow as tf

    size = tf.shape(image)[:2]
    blocks = (size + factor - 1) // factor
    missing = blocks * factor - size
    padded = tf.cast(tf.pad(image, [[0, missing[0]], [0, missing[1]], [0, 0]]), tf.int32)
    lines = tf.reduce_sum(tf.reshape(padded, (blocks[0], factor[0], -1)), axis=1)
    sums = tf.reduce_sum(tf.reshape(lines, (blocks[0], blocks[1], factor[1], 3)), axis=2)

    tall, wide = (tf.minimum(factor[side], size[side] - tf.range(blocks[side]) * factor[side]) for side in (0, 1))
    pixels = tall[:, None, None] * wide[None, :, None]
    # The reciprocal is Pillow's, of 32 bits by a division in single precision.
    reciprocal = tf.cast(tf.constant(2.0**32) / (256.0 * tf.cast(pixels, tf.float32)), tf.int64)
    return tf.cast(tf.bitwise.right_shift(tf.cast(sums + pixels // 2, tf.int64) * reciprocal, 24), tf.uint8)


def _weights(
    size: tf.Tensor, low: tf.Tensor, high: tf.Tensor, out: tf.Tensor, resampling: Resampling
) -> tuple[tf.Tensor, tf.Tensor]:
    """How each of `out` pixels is made from a line of `size` pixels, of which low..high is taken.

    Returns:
      int32 [out, taps] where in the line, and int32 [out, taps] how much of it, in 2^-22.
    """
    import tensorflow as tf

    scale = tf.cast(high - low, tf.float64) / tf.cast(out, tf.float64)
    width = tf.maximum(scale, 1.0)
    support = _SUPPORT[resampling] * width
    centre = (tf.cast(low, tf.float64) + (tf.cast(tf.range(out), tf.float64) + 0.5) * scale)[:, None]
    first = tf.maximum(tf.cast(centre - support + 0.5, tf.int32), 0)
    last = tf.minimum(tf.cast(centre + support + 0.5, tf.int32), size)
    at = first + tf.range(tf.reduce_max(last - first))
    inverse = tf.ones_like(width) / width
    weights = _filter(tf.abs((tf.cast(at, tf.float64) - centre + 0.5) * inverse), resampling)
    weights = tf.where(at < last, weights, 0.0)
    # A running sum, for it adds in Pillow's order: any other may differ in the last bit.
    weights /= tf.cumsum(weights, axis=1)[:, -1:]
    rounding = tf.where(weights < 0, tf.constant(-0.5, tf.float64), 0.5)
    return tf.minimum(at, size - 1), tf.cast(weights * 2.0**_PRECISION_BITS + rounding, tf.int32)


def _filter(far: tf.Tensor, resampling: Resampling) -> tf.Tensor:
    """The weights of what is so far away, float64, in Pillow's order of operations."""
    import tensorflow as tf

    if resampling == "bilinear":
        return tf.maximum(1.0 - far, 0.0)
    near = ((_CUBIC + 2.0) * far - (_CUBIC + 3.0)) * far * far + 1
    beside = (((far - 5) * far + 8) * far - 4) * _CUBIC
    return tf.where(far < 1.0, near, tf.where(far < 2.0, beside, 0.0))


def _resample(image: tf.Tensor, rows: tuple[tf.Tensor, tf.Tensor], columns: tuple[tf.Tensor, tf.Tensor]) -> tf.Tensor:
    """First each row, rounded to bytes, then each column."""
    import tensorflow as tf

    # Both begin at what is needed of the image: a crop may leave out much of it.
    top, left = rows[0][0, 0], columns[0][0, 0]
    image = image[top : tf.reduce_max(rows[0]) + 1, left : tf.reduce_max(columns[0]) + 1]
    image = _mixed(_turned(image), columns[0] - left, columns[1])
    return _mixed(_turned(image), rows[0] - top, rows[1])


def _mixed(image: tf.Tensor, at: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
    """uint8 [out, m, 3] from uint8 [n, m, 3] and [out, taps] each."""
    import tensorflow as tf

    size, shape = tf.shape(image), tf.shape(at)
    line = tf.broadcast_to(tf.range(shape[0])[:, None], shape)
    # Sparse, since a dense product would do a hundred times the work, and in whole numbers it is exact.
    sums = tf.raw_ops.SparseTensorDenseMatMul(
        a_indices=tf.cast(tf.reshape(tf.stack([line, at], axis=2), (-1, 2)), tf.int64),
        a_values=tf.reshape(weights, (-1,)),
        a_shape=tf.cast(tf.stack([shape[0], size[0]]), tf.int64),
        b=tf.cast(tf.reshape(image, (size[0], -1)), tf.int32),
    )
    levels = tf.bitwise.right_shift(sums + (1 << (_PRECISION_BITS - 1)), _PRECISION_BITS)
    # A cubic filter's weights may be negative.
    levels = tf.clip_by_value(levels, 0, 255)
    return tf.cast(tf.reshape(levels, (shape[0], size[1], 3)), tf.uint8)
