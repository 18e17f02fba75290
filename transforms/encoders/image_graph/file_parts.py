"""Reads the bytes of image files in a TensorFlow graph: magic numbers, whole numbers, and the parts that a file is made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import tensorflow as tf

PartReader = Callable[[Any], tuple[Any, Any, Any, int]]
"""From a part's first 10 bytes, int64 [10]: how far the next part is (0: this is the last), whether this one is wanted, and if
so the length of its content and how many bytes come before that."""


def starts(payload: tf.Tensor, at: int, magic: bytes) -> tf.Tensor:
    """bool []: whether `magic` stands at a position of a file, string []."""
    import tensorflow as tf

    # `substr` refuses to begin beyond the end.
    return tf.strings.substr(payload, tf.minimum(at, tf.strings.length(payload)), len(magic)) == magic


def head_of(payload: tf.Tensor, length: int) -> tf.Tensor:
    """int64 [length]: the first bytes of a file, string []; zeros behind its end."""
    import tensorflow as tf

    head = tf.cast(tf.io.decode_raw(tf.strings.substr(payload, 0, length), tf.uint8), tf.int64)
    return tf.ensure_shape(tf.pad(head, [[0, length - tf.size(head)]]), (length,))


def whole(digits: tf.Tensor, *, big: tf.Tensor | bool) -> tf.Tensor:
    """int64 [...]: the unsigned numbers of bytes int64 [..., count], `big` endian or little."""
    import tensorflow as tf

    powers = tf.constant(256, tf.int64) ** tf.range(tf.shape(digits, tf.int64)[-1])
    return tf.reduce_sum(digits * tf.where(big, powers[::-1], powers), axis=-1)


def part(payload: tf.Tensor, start: int, read: PartReader) -> tf.Tensor:
    """The content of the first wanted part of a file, string []; empty if there is none.

    Args:
      start: where the first part of the file begins.
    """
    import tensorflow as tf

    end = tf.strings.length(payload, unit="BYTE")

    def head_at(at: tf.Tensor) -> tf.Tensor:
        return tf.ensure_shape(tf.cast(tf.io.decode_raw(tf.strings.substr(payload, at, 10), tf.uint8), tf.int64), (10,))

    def walk(at: tf.Tensor, step: tf.Tensor, content: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        step, found, length, before = read(head_at(at))
        here = tf.cond(
            found,
            lambda: tf.strings.substr(payload, at + before, tf.maximum(length, 0)),
            lambda: tf.constant(b""),
        )
        return at + step, tf.where(found, tf.zeros_like(step), step), here

    _, _, content = tf.while_loop(
        lambda at, step, content: (step > 0) & (at + 10 <= tf.cast(end, tf.int64)),
        walk,
        (tf.constant(start, tf.int64), tf.constant(1, tf.int64), tf.constant(b"")),
    )
    return content


def png_chunk(name: bytes) -> PartReader:
    """Reads the chunks of a PNG before its pixels; those behind them Pillow does not look at, either."""

    def read(head: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, int]:
        import tensorflow as tf

        length = whole(head[:4], big=True)
        last = tf.reduce_all(head[4:8] == list(b"IDAT"))
        return tf.where(last, tf.zeros_like(length), length + 12), tf.reduce_all(head[4:8] == list(name)), length, 8

    return read


def webp_chunk(name: bytes) -> PartReader:
    """Reads the chunks of a WebP."""

    def read(head: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, int]:
        import tensorflow as tf

        length = whole(head[4:8], big=False)
        return 8 + length + length % 2, tf.reduce_all(head[:4] == list(name)), length, 8

    return read


def exif_segment(head: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, int]:
    """Reads the segments of a JPEG before its pixels; a PartReader for EXIF."""
    import tensorflow as tf

    marker = head[1]
    is_marker = (head[0] == 0xFF) & (marker != 0xFF)
    # Stuffed bytes, restarts, and the image's start and end have no length.
    bare = (marker <= 1) | ((marker >= 0xD0) & (marker <= 0xD9))
    length = whole(head[2:4], big=True)
    step = tf.where(bare, tf.zeros_like(length), length) + 2
    step = tf.where(is_marker, step, tf.ones_like(step))
    name = tf.constant(list(b"\xff\xe1Exif\0\0"), tf.int64)
    found = tf.reduce_all(tf.concat([head[:2], head[4:]], 0) == name)
    scan = is_marker & (marker == 0xDA)
    return tf.where(scan, tf.zeros_like(step), step), found, length - 8, 10
