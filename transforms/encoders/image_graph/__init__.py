"""Decodes images in a TensorFlow graph: the pixels of `ImageDecoder`, for a SavedModel that takes encoded images.

    pixels = decode_in_graph(encoded, size=(224, 224), fit="crop")

A head is trained on vectors of pixels that Pillow decoded and resized; TensorFlow's own resize moves a vector by
more than a score may move. So this repeats Pillow's arithmetic, step by step and in integers where Pillow is in
integers, from TensorFlow's own ops alone: the graph loads where nothing but TensorFlow is installed.

Equal bit for bit, for what `ImageDecoder` takes: JPEG (every scale, greyscale, progressive), PNG (every depth),
WebP, GIF (first frame), BMP of 8, 24 and 32 bits, with transparency, and EXIF orientation in JPEG, PNG and WebP.
Known differences:

  CMYK JPEG    TensorFlow truncates where Pillow rounds to nearest: at most 1 level before the resize
  PNG          of RGB in 16 bits with a transparent colour, all 16 bits of which count here, the higher 8 there
  WebP         an animation is refused, for TensorFlow 2.21 corrupts its memory when it decodes one
  BMP          other depths, compressed pixels, other masks, and trailing bytes are refused
  TIFF, AVIF   and HEIC are refused
  EXIF         of several blocks in a file the first counts; there, their concatenation
  max_pixels   there is no limit but those of TensorFlow's decoders

Failure modes: an image that cannot be decoded fails the whole batch with `tf.errors.InvalidArgumentError`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from transforms.encoders.image_graph import formats
from transforms.encoders.image_graph.file_parts import exif_segment, part, png_chunk, starts, webp_chunk
from transforms.encoders.image_graph.gif import decode_gif
from transforms.encoders.image_graph.orientation import is_sideways, orientation_of, upright
from transforms.encoders.image_graph.resize import resize
from transforms.encoders.spec import EncoderSpec, Fit, Resampling, Transparency

if TYPE_CHECKING:
    import tensorflow as tf


def decode_for(encoded: tf.Tensor, spec: EncoderSpec) -> tf.Tensor:
    """The pixels that an encoder of images takes; as `decode_in_graph`."""
    assert spec.image_size is not None, "a resolved image encoder knows its size"
    return decode_in_graph(
        encoded,
        size=spec.image_size,
        fit=spec.fit,
        resampling=spec.resampling,
        resized=spec.resized,
        transparency=spec.transparency,
    )


def decode_in_graph(
    encoded: tf.Tensor,
    *,
    size: tuple[int, int],
    fit: Fit,
    resampling: Resampling = "bilinear",
    resized: tuple[int, int] | None = None,
    transparency: Transparency = "composite",
) -> tf.Tensor:
    """Pixels of a batch of encoded images; for the inside of a `tf.function`.

    Args:
      encoded: string [n], one whole JPEG, PNG, WebP, GIF or BMP file each.
      size: (height, width) in pixels of what comes out.
      fit: "crop" takes the largest centred rectangle of that shape, "stretch" the whole image.
      resampling, resized: as in `ImageDecoder`.
      transparency: "composite" on white or black, or "drop".

    Returns:
      float32 [n, height, width, 3], RGB, whole numbers 0..255: what `ImageDecoder` of the same arguments makes.

    Raises:
      tf.errors.InvalidArgumentError: when it runs, for an image of another format or a broken one.
    """
    import tensorflow as tf

    return tf.map_fn(
        # Nothing here is for AutoGraph to translate; it would take seconds for each trace.
        tf.autograph.experimental.do_not_convert(
            lambda payload: _decode_one(payload, size, fit, resampling, resized, transparency)
        ),
        encoded,
        parallel_iterations=16,
        fn_output_signature=tf.TensorSpec((*size, 3), tf.float32),
    )


def _decode_one(
    payload: tf.Tensor,
    size: tuple[int, int],
    fit: Fit,
    resampling: Resampling,
    resized: tuple[int, int] | None,
    transparency: Transparency,
) -> tf.Tensor:
    """float32 [height, width, 3] of one file, string []."""
    import tensorflow as tf

    found = [
        starts(payload, 0, magic) for magic in (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"BM")
    ]
    jpeg, png, gif, bmp = found[0], found[1], found[2] | found[3], found[4]
    webp = starts(payload, 0, b"RIFF") & starts(payload, 8, b"WEBP")
    kind = tf.argmax(tf.cast(tf.stack([jpeg, png, webp, gif, bmp, True]), tf.int32), output_type=tf.int32)

    orientation = tf.switch_case(
        kind,
        {
            0: lambda: orientation_of(part(payload, 2, exif_segment)),
            1: lambda: orientation_of(part(payload, 8, png_chunk(b"eXIf"))),
            2: lambda: orientation_of(part(payload, 12, webp_chunk(b"EXIF"))),
        },
        default=lambda: tf.constant(1),
    )
    sideways = is_sideways(orientation)
    # Never a constant, even for a square: the graph optimiser would divide by multiplying with a rounded reciprocal.
    target = tf.where(sideways, size[::-1], size)
    covered = resized or size
    whole = None if resized is None else tf.where(sideways, resized[::-1], resized)

    image = tf.switch_case(
        kind,
        {
            0: lambda: formats.decode_jpeg(
                payload, tf.where(sideways, formats.covering(covered[::-1]), formats.covering(covered))
            ),
            1: lambda: formats.decode_png(payload, transparency),
            2: lambda: formats.decode_webp(payload, transparency),
            3: lambda: decode_gif(payload, transparency),
            4: lambda: formats.decode_bmp(payload, transparency),
        },
        default=lambda: formats.refused(payload),
    )
    image = resize(tf.ensure_shape(image, (None, None, 3)), target, fit, resampling, whole)
    return tf.cast(tf.ensure_shape(upright(image, orientation), (*size, 3)), tf.float32)
