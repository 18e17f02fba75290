"""Decodes the first frame of a GIF in a TensorFlow graph, with the colours and the transparency that Pillow gives it.

TensorFlow paints transparent pixels black and does not say which they are, and cuts off a frame that does not begin at the
canvas's corner. So it decodes a copy of the file: of the frame alone, with a palette that names each colour by its own index, and
without the extensions that make an index transparent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from transforms.encoders.image_graph.transparency import composited
from transforms.encoders.spec import Transparency

if TYPE_CHECKING:
    import tensorflow as tf

_GREY_LEVELS = bytes(level for level in range(256) for _ in range(3))
_BEYOND = 16


def decode_gif(payload: tf.Tensor, transparency: Transparency) -> tf.Tensor:
    """uint8 [h, w, 3] of a file, string []."""
    import tensorflow as tf

    data = tf.pad(tf.cast(tf.io.decode_raw(payload, tf.uint8), tf.int32), [[0, _BEYOND]])
    shared = _palette_bytes(data[10])
    at, key = _first_image(data, 13 + shared)
    own = _palette_bytes(data[at + 9])
    palette = _palette(data, tf.where(own > 0, at + 10, 13), tf.where(own > 0, own, shared))
    # Canvas that the frame leaves uncovered is transparent, or of the first colour.
    indices = _on_canvas(_indices(payload, data, at, 10 + own), data, at, tf.maximum(key, 0))
    colours = tf.gather(palette, indices)
    if transparency == "drop":
        return colours
    alpha = tf.cast(tf.where(indices == key, 0, 255), tf.uint8)
    return composited(tf.concat([colours, alpha[:, :, None]], axis=2))


def _palette_bytes(flags: tf.Tensor) -> tf.Tensor:
    """int32 []: how long the palette is that follows a descriptor with these flags; 0: there is none."""
    import tensorflow as tf

    entries = tf.bitwise.left_shift(2, tf.bitwise.bitwise_and(flags, 7))
    return tf.where(tf.bitwise.bitwise_and(flags, 128) > 0, 3 * entries, 0)


def _first_image(data: tf.Tensor, start: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """int32 [], int32 []: where the first frame's descriptor is, and the index that is transparent in it, or -1."""
    import tensorflow as tf

    end = tf.size(data) - _BEYOND

    def walk(at: tf.Tensor, inside: tf.Tensor, key: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        byte = data[at]
        extension = ~inside & (byte == ord("!"))
        is_control = extension & (data[at + 1] == 0xF9) & (data[at + 2] >= 4)
        is_key = is_control & (tf.bitwise.bitwise_and(data[at + 3], 1) > 0)
        step = tf.where(inside, 1 + byte, tf.where(extension, 2, 1))
        # Behind the end mark there is nothing.
        step = tf.where(~inside & (byte == ord(";")), end, step)
        return at + step, tf.where(inside, byte > 0, extension), tf.where(is_key, data[at + 6], key)

    at, _, key = tf.while_loop(
        lambda at, inside, key: (at < end) & (inside | (data[tf.minimum(at, end)] != ord(","))),
        walk,
        (start, tf.constant(False), tf.constant(-1)),
    )
    with tf.control_dependencies([tf.debugging.Assert(at < end, ["a GIF without an image"])]):
        return tf.identity(at), key


def _palette(data: tf.Tensor, start: tf.Tensor, length: tf.Tensor) -> tf.Tensor:
    """uint8 [256, 3]; without one, indices are grey levels."""
    import tensorflow as tf

    grey = tf.constant(list(_GREY_LEVELS), shape=(256, 3))
    given = tf.reshape(data[start : start + length], (-1, 3))
    count = tf.shape(given)[0]
    # Beyond its end the palette is black; one of the grey levels Pillow does not take for a palette.
    rest = tf.where(tf.reduce_all(given == grey[:count]), grey, 0)[count:]
    return tf.ensure_shape(tf.cast(tf.concat([given, rest], axis=0), tf.uint8), (256, 3))


def _indices(payload: tf.Tensor, data: tf.Tensor, at: tf.Tensor, descriptor: tf.Tensor) -> tf.Tensor:
    """int32 [h, w]: the first frame's colours by number; its `descriptor` of so many bytes, with the palette, begins `at`."""
    import tensorflow as tf

    interlaced = tf.bitwise.bitwise_and(data[at + 9], 64) > 0
    named = tf.strings.join(
        [
            tf.constant(b"GIF89a"),
            tf.strings.substr(payload, at + 5, 4),  # width and height
            tf.constant(b"\xf7\0\0" + _GREY_LEVELS),  # a palette of 256 colours
            tf.constant(b",\0\0\0\0"),
            tf.strings.substr(payload, at + 5, 4),
            tf.where(interlaced, tf.constant(b"\x40"), tf.constant(b"\0")),
            tf.strings.substr(payload, tf.minimum(at + descriptor, tf.strings.length(payload)), tf.size(data)),
        ]
    )
    image = tf.io.decode_image(named, channels=3, expand_animations=False)
    return tf.cast(tf.ensure_shape(image, (None, None, 3))[:, :, 0], tf.int32)


def _on_canvas(frame: tf.Tensor, data: tf.Tensor, at: tf.Tensor, level: tf.Tensor) -> tf.Tensor:
    """int32 [H, W]: the frame in its place on the canvas, which grows where the frame reaches beyond it."""
    import tensorflow as tf

    left, top, width, height = (data[at + n] + 256 * data[at + n + 1] for n in (1, 3, 5, 7))
    right = tf.maximum(data[6] + 256 * data[7] - left - width, 0)
    bottom = tf.maximum(data[8] + 256 * data[9] - top - height, 0)
    return tf.pad(frame, [[top, bottom], [left, right]], constant_values=level)
