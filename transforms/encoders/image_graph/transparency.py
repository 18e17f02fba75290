"""Composites an image with transparency in a TensorFlow graph, as `image_transparency` does, bit for bit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transforms.encoders.image_transparency import BRIGHT, MARGIN

if TYPE_CHECKING:
    import tensorflow as tf

# Pillow's weights of red, green and blue in luminance, in 2^-16 (libImaging/Convert.c, after ITU-R 601-2).
_LUMINANCE = (19595, 38470, 7471)


def composited(image: tf.Tensor) -> tf.Tensor:
    """uint8 [h, w, 3] of RGBA uint8 [h, w, 4], on white or black; the colours alone where it is opaque everywhere."""
    import tensorflow as tf

    colours, alpha = image[:, :, :3], image[:, :, 3:]
    return tf.cond(tf.reduce_all(alpha == 255), lambda: colours, lambda: _on_background(colours, alpha))


def _on_background(colours: tf.Tensor, alpha: tf.Tensor) -> tf.Tensor:
    import tensorflow as tf

    levels, opacity = tf.cast(colours, tf.int32), tf.cast(alpha, tf.int32)
    luminance = tf.reduce_sum(levels * tf.constant(_LUMINANCE), axis=2, keepdims=True)
    luminance = tf.bitwise.right_shift(luminance + (1 << 15), 16)
    weights = tf.cast(alpha, tf.int64)
    hidden_by_white = tf.reduce_sum(tf.where(luminance >= BRIGHT, weights, 0))
    hidden_by_black = tf.reduce_sum(tf.where(luminance <= 255 - BRIGHT, weights, 0))
    background = tf.where(MARGIN * (hidden_by_white - hidden_by_black) > tf.reduce_sum(weights), 0, 255)
    # A division by 255, rounded to nearest, as Pillow's `paste` does it.
    blend = levels * opacity + background * (255 - opacity) + 128
    return tf.cast(tf.bitwise.right_shift(blend + tf.bitwise.right_shift(blend, 8), 8), tf.uint8)
