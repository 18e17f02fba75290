"""Decodes each file format in a TensorFlow graph, to the pixels that Pillow makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from transforms.encoders.image_decoder import MARGIN
from transforms.encoders.image_graph.file_parts import head_of, part, png_chunk, starts, whole
from transforms.encoders.image_graph.transparency import composited
from transforms.encoders.spec import Transparency

if TYPE_CHECKING:
    import tensorflow as tf


def refused(payload: tf.Tensor) -> tf.Tensor:
    """Fails when it runs: the file is of no format that is known here."""
    import tensorflow as tf

    message = "not a JPEG, PNG, WebP, GIF or BMP: bytes, and the first of them:"
    with tf.control_dependencies(
        [tf.debugging.Assert(False, [message, tf.strings.length(payload), tf.strings.substr(payload, 0, 12)])]
    ):
        return tf.zeros((1, 1, 3), tf.uint8)


def covering(size: tuple[int, int]) -> tuple[int, int]:
    """(height, width) that a JPEG decoded at reduced scale must cover."""
    return int(size[0] * MARGIN), int(size[1] * MARGIN)


def decode_jpeg(payload: tf.Tensor, covered: tf.Tensor) -> tf.Tensor:
    """uint8 [h, w, 3] of a file, string [], at the smallest scale that covers (height, width) int32 [2]."""
    import tensorflow as tf

    def at(ratio: int) -> Any:
        return lambda: tf.io.decode_jpeg(payload, channels=3, ratio=ratio, dct_method="INTEGER_ACCURATE")

    times = tf.reduce_min(tf.image.extract_jpeg_shape(payload)[:2] // covered)
    return tf.switch_case(
        tf.reduce_sum(tf.cast(times >= tf.constant([2, 4, 8]), tf.int32)), [at(1), at(2), at(4), at(8)]
    )


def decode_png(payload: tf.Tensor, transparency: Transparency) -> tf.Tensor:
    """uint8 [h, w, 3] of a file, string []."""
    import tensorflow as tf

    if transparency == "drop":
        return tf.io.decode_png(payload, channels=3)
    colour_type = head_of(payload, 26)[25]
    key = part(payload, 8, png_chunk(b"tRNS"))
    # Asked for alpha that is not there, TensorFlow adds one of 1, 3 or 15 to pixels of as many bits.
    return tf.cond(
        (tf.bitwise.bitwise_and(colour_type, 4) > 0) | (tf.strings.length(key) > 0),
        lambda: composited(tf.io.decode_png(payload, channels=4)),
        lambda: tf.io.decode_png(payload, channels=3),
    )


def decode_webp(payload: tf.Tensor, transparency: Transparency) -> tf.Tensor:
    """uint8 [h, w, 3] of a file, string []."""
    import tensorflow as tf

    # TensorFlow 2.21 writes an animation's opaque frames beyond the memory it reserves for them: 4 channels into 3.
    flags = head_of(payload, 21)[20]
    animated = starts(payload, 12, b"VP8X") & (tf.bitwise.bitwise_and(flags, 2) > 0)
    with tf.control_dependencies([tf.debugging.Assert(~animated, ["an animated WebP cannot be decoded here"])]):
        # 4 channels where the file has alpha, else 3.
        image = tf.io.decode_webp(tf.identity(payload))[0]
    if transparency == "drop":
        return image[:, :, :3]
    return tf.cond(tf.shape(image)[2] == 4, lambda: composited(image), lambda: image[:, :, :3])


def decode_bmp(payload: tf.Tensor, transparency: Transparency) -> tf.Tensor:
    """uint8 [h, w, 3] of a file, string [].

    TensorFlow's decoder takes palette indices for grey levels and never looks for compression or masks; this does.
    """
    import tensorflow as tf

    image = tf.io.decode_bmp(payload)
    header = head_of(payload, 70)
    length, compression, colours = (whole(header[at : at + 4], big=False) for at in (14, 30, 46))
    masks = tf.stack([whole(header[at : at + 4], big=False) for at in (54, 58, 62)])
    opacity = whole(header[66:70], big=False)
    masked = (compression == 3) & tf.reduce_all(masks == [0xFF0000, 0xFF00, 0xFF])
    # A mask of alpha fits into a header of 56 bytes; in a shorter one there are pixels.
    has_alpha = masked & (length >= 56) & (opacity == 0xFF000000)
    plain = (compression == 0) | (masked & ((length < 56) | (opacity == 0) | has_alpha))
    with tf.control_dependencies(
        [tf.debugging.Assert(plain & (length >= 40), ["a BMP must have plain pixels of 8, 24 or 32 bits"])]
    ):
        has_palette = tf.shape(image)[2] == 1
    return tf.cond(
        has_palette,
        lambda: _coloured(image, payload, length, colours),
        lambda: tf.cond(has_alpha & (transparency == "composite"), lambda: composited(image), lambda: image[:, :, :3]),
    )


def _coloured(image: tf.Tensor, payload: tf.Tensor, length: tf.Tensor, colours: tf.Tensor) -> tf.Tensor:
    """uint8 [h, w, 3] of the indices [h, w, 1] of a BMP whose second header is `length` bytes long."""
    import tensorflow as tf

    count = tf.where((colours > 0) & (colours < 256), colours, 256)
    raw = tf.io.decode_raw(tf.strings.substr(payload, 14 + length, 4 * count), tf.uint8)
    palette = tf.reshape(raw, (-1, 4))[:, 2::-1]
    # Colours that the file does not give are grey levels.
    ramp = tf.repeat(tf.range(256)[:, None], 3, axis=1)
    palette = tf.concat([palette, tf.cast(ramp, tf.uint8)[count:]], axis=0)
    return tf.gather(palette, tf.cast(image[:, :, 0], tf.int32))
