"""Reads EXIF orientation in a TensorFlow graph, and undoes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transforms.encoders.image_graph.file_parts import starts, whole

if TYPE_CHECKING:
    import tensorflow as tf


def is_sideways(orientation: tf.Tensor) -> tf.Tensor:
    """bool []: whether width and height are exchanged."""
    return (orientation >= 5) & (orientation <= 8)


def upright(image: tf.Tensor, orientation: tf.Tensor) -> tf.Tensor:
    """uint8 [h, w, 3], or [w, h, 3] for one that lies sideways, as it is meant to be seen."""
    import tensorflow as tf

    image = tf.cond(is_sideways(orientation), lambda: tf.transpose(image, (1, 0, 2)), lambda: image)
    upside_down = _is_one_of(orientation, (3, 4, 7, 8))
    mirrored = _is_one_of(orientation, (2, 3, 6, 7))
    return tf.raw_ops.Reverse(tensor=image, dims=tf.stack([upside_down, mirrored, False]))


def _is_one_of(value: tf.Tensor, choices: tuple[int, ...]) -> tf.Tensor:
    import tensorflow as tf

    return tf.reduce_any(value == tf.constant(choices))


def orientation_of(block: tf.Tensor) -> tf.Tensor:
    """int32 []: EXIF orientation of a TIFF block, string []; 1 where there is none to be read."""
    import tensorflow as tf

    prefixed = starts(block, 0, b"Exif\0\0")
    block = tf.strings.substr(block, tf.where(prefixed, 6, 0), tf.strings.length(block))
    big = starts(block, 0, b"MM")
    size = tf.cast(tf.strings.length(block), tf.int64)
    # So much padding that whatever begins inside the block can be read.
    tiff = tf.pad(tf.cast(tf.io.decode_raw(block, tf.uint8), tf.int64), [[0, 12]])
    start = tf.minimum(whole(tiff[4:8], big=big), size)
    listed = whole(tiff[start : start + 2], big=big)
    # An entry is 12 bytes, the last 2 of which are not needed here.
    count = tf.minimum(listed, (size - start) // 12)
    entries = tf.reshape(tiff[start + 2 : start + 2 + 12 * count], (-1, 12))
    values = tf.boolean_mask(whole(entries[:, 8:10], big=big), whole(entries[:, :2], big=big) == 0x0112)
    known = (big | starts(block, 0, b"II")) & (tf.size(values) > 0)
    return tf.where(known, tf.cast(tf.concat([values, [1]], 0)[0], tf.int32), 1)
