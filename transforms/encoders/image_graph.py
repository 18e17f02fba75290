"""Decodes images in a TensorFlow graph: the pixels of `ImageDecoder`, for a SavedModel that takes encoded images.

    pixels = decode_in_graph(encoded, size=(224, 224), fit="crop")

A head is trained on vectors of pixels that Pillow decoded and resized; TensorFlow's own resize moves a vector by
more than a score may move. So this repeats Pillow's arithmetic, step by step and in integers where Pillow is in
integers, from TensorFlow's own ops alone: the graph loads where nothing but TensorFlow is installed.

Equal bit for bit, for what `ImageDecoder` takes: JPEG (every scale, greyscale, progressive), PNG (every depth),
WebP, GIF (first frame), BMP of 8, 24 and 32 bits, and EXIF orientation in JPEG, PNG and WebP. Known differences:

  CMYK JPEG    TensorFlow truncates where Pillow rounds to nearest: at most 1 level before the resize
  GIF          where the first frame leaves canvas uncovered, that is black here, a palette colour there
  WebP         an animation is refused, for TensorFlow 2.21 corrupts its memory when it decodes one
  BMP          other depths, compressed pixels, and trailing bytes are refused
  EXIF         of several blocks in a file the first counts; there, their concatenation
  max_pixels   there is no limit but those of TensorFlow's decoders

The formulas are those of Pillow 12: `Image.resize` (reducing_gap), libImaging/Reduce.c and Resample.c at
https://github.com/python-pillow/Pillow.

Failure modes: an image that cannot be decoded fails the whole batch with `tf.errors.InvalidArgumentError`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from transforms.encoders.image_decoder import _MARGIN
from transforms.encoders.spec import Fit

if TYPE_CHECKING:
    import tensorflow as tf

# A triangle's weights are whole numbers that sum to about 2^22, so that a sum of weighted bytes fits 31 bits.
_PRECISION_BITS = 22

# Pillow first averages whole blocks, down to this many times the wanted size; `ImageDecoder` asks for it.
_REDUCING_GAP = 2.0

# A taller image than this, Pillow resizes downwards first.
_TALL = 100


def decode_in_graph(encoded: tf.Tensor, *, size: tuple[int, int], fit: Fit) -> tf.Tensor:
    """Pixels of a batch of encoded images; for the inside of a `tf.function`.

    Args:
      encoded: string [n], one whole JPEG, PNG, WebP, GIF or BMP file each.
      size: (height, width) in pixels of what comes out.
      fit: "crop" takes the largest centred rectangle of that shape, "stretch" the whole image.

    Returns:
      float32 [n, height, width, 3], RGB, whole numbers 0..255: what `ImageDecoder(size=size, fit=fit)` makes.

    Raises:
      tf.errors.InvalidArgumentError: when it runs, for an image of another format or a broken one.
    """
    import tensorflow as tf

    return tf.map_fn(
        # Nothing here is for AutoGraph to translate; it would take seconds for each trace.
        tf.autograph.experimental.do_not_convert(lambda payload: _decode_one(payload, size, fit)),
        encoded,
        parallel_iterations=16,
        fn_output_signature=tf.TensorSpec((*size, 3), tf.float32),
    )


def _decode_one(payload: tf.Tensor, size: tuple[int, int], fit: Fit) -> tf.Tensor:
    """float32 [height, width, 3] of one file, string []."""
    import tensorflow as tf

    starts = [
        _starts(payload, 0, magic) for magic in (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"BM")
    ]
    jpeg, png, gif, bmp = starts[0], starts[1], starts[2] | starts[3], starts[4]
    webp = _starts(payload, 0, b"RIFF") & _starts(payload, 8, b"WEBP")
    kind = tf.argmax(tf.cast(tf.stack([jpeg, png, webp, gif, bmp, True]), tf.int32), output_type=tf.int32)

    orientation = tf.switch_case(
        kind,
        {
            0: lambda: _orientation(_block(payload, 2, _jpeg_segment)),
            1: lambda: _orientation(_block(payload, 8, _png_chunk)),
            2: lambda: _orientation(_block(payload, 12, _webp_chunk)),
        },
        default=lambda: tf.constant(1),
    )
    sideways = (orientation >= 5) & (orientation <= 8)
    # Never a constant, even for a square: the graph optimiser would divide by multiplying with a rounded reciprocal.
    target = tf.where(sideways, size[::-1], size)

    image = tf.switch_case(
        kind,
        {
            0: lambda: _jpeg(payload, tf.where(sideways, _covering(size[::-1]), _covering(size))),
            1: lambda: tf.io.decode_png(payload, channels=3),
            2: lambda: _webp(payload),
            3: lambda: tf.io.decode_image(payload, channels=3, expand_animations=False),
            4: lambda: _bmp(payload),
        },
        default=lambda: _refused(payload),
    )
    image = _resize(tf.ensure_shape(image, (None, None, 3)), target, fit)
    image = tf.cond(sideways, lambda: tf.transpose(image, (1, 0, 2)), lambda: image)
    upside_down = _is_one_of(orientation, (3, 4, 7, 8))
    mirrored = _is_one_of(orientation, (2, 3, 6, 7))
    image = tf.raw_ops.Reverse(tensor=image, dims=tf.stack([upside_down, mirrored, False]))
    return tf.cast(tf.ensure_shape(image, (*size, 3)), tf.float32)


# --- formats ------------------------------------------------------------------------------------------------


def _starts(payload: tf.Tensor, at: int, magic: bytes) -> tf.Tensor:
    import tensorflow as tf

    # `substr` refuses to begin beyond the end.
    return tf.strings.substr(payload, tf.minimum(at, tf.strings.length(payload)), len(magic)) == magic


def _is_one_of(value: tf.Tensor, choices: tuple[int, ...]) -> tf.Tensor:
    import tensorflow as tf

    return tf.reduce_any(value == tf.constant(choices))


def _refused(payload: tf.Tensor) -> tf.Tensor:
    import tensorflow as tf

    message = "not a JPEG, PNG, WebP, GIF or BMP: bytes, and the first of them:"
    with tf.control_dependencies(
        [tf.debugging.Assert(False, [message, tf.strings.length(payload), tf.strings.substr(payload, 0, 12)])]
    ):
        return tf.zeros((1, 1, 3), tf.uint8)


def _covering(size: tuple[int, int]) -> tuple[int, int]:
    """(height, width) that a JPEG decoded at reduced scale must cover."""
    return int(size[0] * _MARGIN), int(size[1] * _MARGIN)


def _jpeg(payload: tf.Tensor, covered: tf.Tensor) -> tf.Tensor:
    import tensorflow as tf

    def at(ratio: int) -> Any:
        return lambda: tf.io.decode_jpeg(payload, channels=3, ratio=ratio, dct_method="INTEGER_ACCURATE")

    times = tf.reduce_min(tf.image.extract_jpeg_shape(payload)[:2] // covered)
    return tf.switch_case(
        tf.reduce_sum(tf.cast(times >= tf.constant([2, 4, 8]), tf.int32)), [at(1), at(2), at(4), at(8)]
    )


def _webp(payload: tf.Tensor) -> tf.Tensor:
    import tensorflow as tf

    # TensorFlow 2.21 writes an animation's opaque frames beyond the memory it reserves for them: 4 channels into 3.
    flags = tf.io.decode_raw(tf.strings.substr(payload, tf.minimum(20, tf.strings.length(payload)), 1), tf.uint8)
    animated = _starts(payload, 12, b"VP8X") & tf.reduce_any(tf.bitwise.bitwise_and(flags, 2) > 0)
    with tf.control_dependencies([tf.debugging.Assert(~animated, ["an animated WebP cannot be decoded here"])]):
        return tf.io.decode_webp(tf.identity(payload))[0, :, :, :3]


def _bmp(payload: tf.Tensor) -> tf.Tensor:
    """TensorFlow's decoder takes palette indices for grey levels and never looks for compression; this does."""
    import tensorflow as tf

    image = tf.io.decode_bmp(payload)
    header = tf.cast(tf.io.decode_raw(tf.strings.substr(payload, 0, 66), tf.uint8), tf.int64)
    header = tf.pad(header, [[0, 66 - tf.size(header)]])
    length, compression, colours = (_whole(header[at : at + 4], big=False) for at in (14, 30, 46))
    masks = tf.stack([_whole(header[at : at + 4], big=False) for at in (54, 58, 62)])
    plain = (compression == 0) | ((compression == 3) & tf.reduce_all(masks == [0xFF0000, 0xFF00, 0xFF]))
    with tf.control_dependencies(
        [tf.debugging.Assert(plain & (length >= 40), ["a BMP must have plain pixels of 8, 24 or 32 bits"])]
    ):
        return tf.cond(
            tf.shape(image)[2] == 1, lambda: _coloured(image, payload, length, colours), lambda: image[:, :, :3]
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


# --- orientation --------------------------------------------------------------------------------------------


def _whole(digits: tf.Tensor, *, big: tf.Tensor | bool) -> tf.Tensor:
    """int64 [...]: the unsigned numbers of bytes int64 [..., count], `big` endian or little."""
    import tensorflow as tf

    powers = tf.constant(256, tf.int64) ** tf.range(tf.shape(digits, tf.int64)[-1])
    return tf.reduce_sum(digits * tf.where(big, powers[::-1], powers), axis=-1)


def _jpeg_segment(head: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, int]:
    import tensorflow as tf

    marker = head[1]
    is_marker = (head[0] == 0xFF) & (marker != 0xFF)
    # Stuffed bytes, restarts, and the image's start and end have no length.
    bare = (marker <= 1) | ((marker >= 0xD0) & (marker <= 0xD9))
    length = _whole(head[2:4], big=True)
    step = tf.where(bare, tf.zeros_like(length), length) + 2
    step = tf.where(is_marker, step, tf.ones_like(step))
    name = tf.constant(list(b"\xff\xe1Exif\0\0"), tf.int64)
    found = tf.reduce_all(tf.concat([head[:2], head[4:]], 0) == name)
    scan = is_marker & (marker == 0xDA)
    return tf.where(scan, tf.zeros_like(step), step), found, length - 8, 10


def _png_chunk(head: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, int]:
    import tensorflow as tf

    length = _whole(head[:4], big=True)
    # Pillow, too, reads no further than the pixels.
    last = tf.reduce_all(head[4:8] == list(b"IDAT"))
    return tf.where(last, tf.zeros_like(length), length + 12), tf.reduce_all(head[4:8] == list(b"eXIf")), length, 8


def _webp_chunk(head: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, int]:
    import tensorflow as tf

    length = _whole(head[4:8], big=False)
    return 8 + length + length % 2, tf.reduce_all(head[:4] == list(b"EXIF")), length, 8


def _block(payload: tf.Tensor, start: int, read: Any) -> tf.Tensor:
    """The EXIF block of a file, string []; empty if there is none.

    Args:
      start: where the first part of the file begins.
      read: from a part's first 10 bytes, int64 [10]: how far the next part is (0: this is the last), whether this
        one is EXIF, and if so the length of the block and how many bytes come before it.
    """
    import tensorflow as tf

    end = tf.strings.length(payload, unit="BYTE")

    def head_at(at: tf.Tensor) -> tf.Tensor:
        return tf.ensure_shape(tf.cast(tf.io.decode_raw(tf.strings.substr(payload, at, 10), tf.uint8), tf.int64), (10,))

    def walk(at: tf.Tensor, step: tf.Tensor, block: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        step, found, length, before = read(head_at(at))
        here = tf.cond(
            found,
            lambda: tf.strings.substr(payload, at + before, tf.maximum(length, 0)),
            lambda: tf.constant(b""),
        )
        return at + step, tf.where(found, tf.zeros_like(step), step), here

    _, _, block = tf.while_loop(
        lambda at, step, block: (step > 0) & (at + 10 <= tf.cast(end, tf.int64)),
        walk,
        (tf.constant(start, tf.int64), tf.constant(1, tf.int64), tf.constant(b"")),
    )
    return block


def _orientation(block: tf.Tensor) -> tf.Tensor:
    """int32 []: EXIF orientation of a TIFF block, string []; 1 where there is none to be read."""
    import tensorflow as tf

    prefixed = _starts(block, 0, b"Exif\0\0")
    block = tf.strings.substr(block, tf.where(prefixed, 6, 0), tf.strings.length(block))
    big = _starts(block, 0, b"MM")
    size = tf.cast(tf.strings.length(block), tf.int64)
    # So much padding that whatever begins inside the block can be read.
    tiff = tf.pad(tf.cast(tf.io.decode_raw(block, tf.uint8), tf.int64), [[0, 12]])
    start = tf.minimum(_whole(tiff[4:8], big=big), size)
    listed = _whole(tiff[start : start + 2], big=big)
    # An entry is 12 bytes, the last 2 of which are not needed here.
    whole = tf.minimum(listed, (size - start) // 12)
    entries = tf.reshape(tiff[start + 2 : start + 2 + 12 * whole], (-1, 12))
    values = tf.boolean_mask(_whole(entries[:, 8:10], big=big), _whole(entries[:, :2], big=big) == 0x0112)
    known = (big | _starts(block, 0, b"II")) & (tf.size(values) > 0)
    return tf.where(known, tf.cast(tf.concat([values, [1]], 0)[0], tf.int32), 1)


# --- size ---------------------------------------------------------------------------------------------------


def _resize(image: tf.Tensor, target: tf.Tensor, fit: Fit) -> tf.Tensor:
    """uint8 [*target, 3] of uint8 [h, w, 3]: `Image.resize(..., BILINEAR, box, reducing_gap=2.0)`."""
    import tensorflow as tf

    size = tf.shape(image)[:2]
    sides, wanted = tf.cast(size, tf.float64), tf.cast(target, tf.float64)
    kept = wanted * tf.reduce_min(sides / wanted) if fit == "crop" else sides
    # Rounding may leave a hair less than nothing.
    low = tf.maximum((sides - kept) / 2, 0.0)
    high = sides - low
    scale = (high - low) / wanted
    factor = tf.maximum(tf.cast(scale / _REDUCING_GAP, tf.int32), 1)

    # What the blocks are cut from: the box and, around it, what the triangle may reach.
    reach = 0.5 * scale
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
    rows, columns = (_weights(size[side], low[side], high[side], target[side]) for side in (0, 1))
    tall = (size[0] > size[1] * _TALL) & (target[0] < size[0])
    return tf.cond(
        tall,
        lambda: _turned(_resample(_turned(image), columns, rows)),
        lambda: _resample(image, rows, columns),
    )


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


def _weights(size: tf.Tensor, low: tf.Tensor, high: tf.Tensor, out: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """How each of `out` pixels is made from a line of `size` pixels, of which low..high is taken.

    Returns:
      int32 [out, taps] where in the line, and int32 [out, taps] how much of it, in 2^-22.
    """
    import tensorflow as tf

    scale = tf.cast(high - low, tf.float64) / tf.cast(out, tf.float64)
    support = tf.maximum(scale, 1.0)
    centre = (tf.cast(low, tf.float64) + (tf.cast(tf.range(out), tf.float64) + 0.5) * scale)[:, None]
    first = tf.maximum(tf.cast(centre - support + 0.5, tf.int32), 0)
    last = tf.minimum(tf.cast(centre + support + 0.5, tf.int32), size)
    at = first + tf.range(tf.reduce_max(last - first))
    inverse = tf.ones_like(support) / support
    weights = tf.maximum(1.0 - tf.abs((tf.cast(at, tf.float64) - centre + 0.5) * inverse), 0.0)
    weights = tf.where(at < last, weights, 0.0)
    # A running sum, for it adds in Pillow's order: any other may differ in the last bit.
    weights /= tf.cumsum(weights, axis=1)[:, -1:]
    return tf.minimum(at, size - 1), tf.cast(weights * 2.0**_PRECISION_BITS + 0.5, tf.int32)


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
    # No weight is negative and their sum exceeds 1 by less than half a level, so that nothing has to be clipped.
    levels = tf.bitwise.right_shift(sums + (1 << (_PRECISION_BITS - 1)), _PRECISION_BITS)
    return tf.cast(tf.reshape(levels, (shape[0], size[1], 3)), tf.uint8)
