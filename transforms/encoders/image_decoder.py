"""Decodes images: encoded bytes to the pixels that an encoder wants.

    pixels, failed = ImageDecoder(size=(224, 224)).decode(payloads)

JPEG (greyscale, RGB, CMYK, YCCK), PNG, WebP, GIF, BMP, TIFF, AVIF and HEIC (of several frames or pages the first),
all by one route:

  orientation  as EXIF says
  colour       RGB; 16 bits keep their high byte; colour profiles are not applied. These are the pixels of
               TensorFlow's decoders, too (for JPEG, with `dct_method="INTEGER_ACCURATE"`)
  transparency composited on white or black before anything else (see `image_transparency`)
  size         stretched, by a triangle filter as wide as the reduction, as `tf.image.resize(antialias=True)`
               does, or by a cubic one; a large JPEG is first decoded at 1/2, 1/4 or 1/8 of its size

Why Pillow alone: both libraries decode JPEG with libjpeg-turbo, at an equal rate and to equal pixels, and that
is three quarters of the work. But TensorFlow's filtered resize takes 2.6 ms where Pillow's takes 1.1 ms, and its
unfiltered one aliases: vectors of MobileNet V2 then have a cosine of 0.96 to those of well resized photographs,
here 0.999.

Failure modes: a bad image is an `ItemError` beside its batch, never an exception out of it. Nothing is allocated
for an image before its header has passed the pixel limit.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from transforms.common.arrays import Pixels
from transforms.common.errors import ItemError
from transforms.encoders import devices
from transforms.encoders.image_formats import ImageFormat, format_of_bytes
from transforms.encoders.image_transparency import composited
from transforms.encoders.spec import EncoderSpec, Fit, Resampling, Transparency

if TYPE_CHECKING:
    from PIL import Image

MAX_PIXELS = 100_000_000

# How much larger than the target a JPEG decoded at reduced scale must be. At 1, the codec's own filter may do all
# of the reduction, and vectors of MobileNet V2 move (least cosine 0.968 on photographs of 500 pixels); at 1.25 the
# least is 0.998, and the time is the same.
MARGIN = 1.25


@dataclass(frozen=True, kw_only=True)
class ImageDecoder:
    """Decodes batches of encoded images. Thread-safe and picklable at any time.

    The images of a batch are decoded side by side on threads that all decoders of the process share, one for
    each core; a thread holds one whole image, so peak memory is at most 8 bytes * `max_pixels` * cores, 16 of images
    with transparency.

    Attributes:
      size: (height, width) in pixels of what comes out.
      fit: "crop" takes the largest centred rectangle of that shape, "stretch" the whole image; "within", for `decoded` alone, the
        whole image in its own shape: no side longer, and never enlarged.
      resampling: the filter.
      resized: (height, width) of what `size` is the centre of; with "crop" the image's shorter side becomes so long, in whole
        pixels as image processors of Hugging Face count them. None: nothing is cut off.
      max_pixels: an image of more pixels is refused by its header.
      transparency: "composite" on white or black; "drop" leaves the colours below, as it was done up to version 0.1:
        for tables of that time.
    """

    size: tuple[int, int]
    fit: Fit = "crop"
    resampling: Resampling = "bilinear"
    resized: tuple[int, int] | None = None
    max_pixels: int = MAX_PIXELS
    transparency: Transparency = "composite"

    def decode(self, payloads: Sequence[bytes], *, side_by_side: bool = True) -> tuple[Pixels, dict[int, ItemError]]:
        """Pixels of a batch.

        Args:
          payloads: n encoded images.
          side_by_side: on the process's decoding threads; else one after the other, on the caller's.

        Returns:
          uint8 [n - failed, height, width, 3], RGB, in the order of `payloads`; and
          the failures by position in `payloads`. Their kinds: EmptyImage (0 bytes), TruncatedImage (the file
          ends too early), ImageTooLarge (more than `max_pixels`), UndecodableImage (another format, or broken).
        """
        pixels = np.empty((len(payloads), *self.size, 3), np.uint8)

        def fill(position: int) -> ItemError | None:
            try:
                pixels[position] = self.decoded(payloads[position])
            except ItemError as error:
                # A new one: the raised one's traceback would keep the image alive as long as the dead letter.
                return ItemError(error.kind, str(error))
            return None

        each = _threads(os.getpid()).map if side_by_side else map
        outcomes = each(fill, range(len(payloads)))
        failed = {position: error for position, error in enumerate(outcomes) if error is not None}
        return (np.delete(pixels, list(failed), axis=0) if failed else pixels), failed

    def decoded(self, payload: bytes) -> npt.NDArray[np.uint8]:
        """Pixels uint8 [height, width, 3] of one image. Raises ItemError: as `decode` says."""
        if not payload:
            raise ItemError("EmptyImage", "the image has 0 bytes")
        kind = format_of_bytes(payload)
        try:
            return self._pixels(payload, kind)
        except (ItemError, MemoryError):
            raise
        except Exception as error:
            # Pillow raises, for a broken file, whatever went wrong first inside it: OSError, SyntaxError,
            # IndexError, struct.error, zlib.error, ...: all of them mean that this file cannot be read.
            whole = kind.is_whole(payload) and "truncated" not in str(error).lower()
            raise ItemError(
                "UndecodableImage" if whole else "TruncatedImage",
                f"{'broken' if whole else 'truncated'} {kind.name} of {len(payload):,} bytes: {error}",
            ) from error

    def _pixels(self, payload: bytes, kind: ImageFormat) -> npt.NDArray[np.uint8]:
        from PIL import Image

        if kind.early_size is not None:
            self._check(kind.early_size(payload))
        image = kind.open(payload)
        self._check(image.size)
        turn = _TURNS.get(_orientation(image.info.get("exif")))
        sideways = turn in _SIDEWAYS
        height, width = self.size[::-1] if sideways else self.size
        if self.fit == "within":
            factor = min(width / image.size[0], height / image.size[1], 1.0)
            width, height = (max(round(side * factor), 1) for side in image.size)
        covered = self.resized or ((width, height) if sideways else (height, width))
        # A JPEG comes straight at the smallest of 1, 1/2, 1/4, 1/8 that covers this; other formats ignore it.
        covered_width, covered_height = covered if sideways else covered[::-1]
        image.draft(None, (int(covered_width * MARGIN), int(covered_height * MARGIN)))
        image.load()
        box = self._box(image.size, (width, height), sideways=sideways)
        if self.transparency == "composite":
            image = composited(image)
        resampling = Image.Resampling[self.resampling.upper()]
        small = _as_rgb_or_grey(image).resize((width, height), resampling, box, reducing_gap=2.0)
        if turn is not None:
            small = small.transpose(Image.Transpose[turn])
        return np.asarray(small.convert("RGB"))

    def _box(
        self, size: tuple[int, int], wanted: tuple[int, int], *, sideways: bool
    ) -> tuple[float, float, float, float] | None:
        """(left, top, right, bottom) of what is taken of an image; None: all of it. Sizes are (width, height)."""
        if self.resized is None:
            return _centre(size, wanted) if self.fit == "crop" else None
        whole = self.resized if sideways else self.resized[::-1]
        if self.fit == "crop":
            shorter = min(size)
            whole = (whole[0] * size[0] // shorter, whole[1] * size[1] // shorter)
        first = [(full - side) // 2 for full, side in zip(whole, wanted, strict=True)]
        scale = [side / full for side, full in zip(size, whole, strict=True)]
        left, top = first[0] * scale[0], first[1] * scale[1]
        right, bottom = (min((first[n] + wanted[n]) * scale[n], float(size[n])) for n in (0, 1))
        return left, top, right, bottom

    def _check(self, size: tuple[int, int]) -> None:
        width, height = size
        if width * height > self.max_pixels:
            raise ItemError(
                "ImageTooLarge",
                f"{width} x {height} is {width * height:,} pixels, the limit is {self.max_pixels:,}",
            )


def decoder_of(spec: EncoderSpec) -> ImageDecoder | None:
    """The image decoder of an encoder; None for an encoder of text."""
    if spec.modality == "text":
        return None
    assert spec.image_size is not None, "a resolved image encoder knows its size"
    return ImageDecoder(
        size=spec.image_size,
        # Images in their own shape make no batch: whoever asks an encoder of those for one vector is told that there is none.
        fit="stretch" if spec.fit == "within" else spec.fit,
        resampling=spec.resampling,
        resized=spec.resized,
        transparency=spec.transparency,
    )


def size_of(payload: bytes) -> tuple[int, int]:
    """(height, width) in pixels of an image that can be decoded, turned as EXIF says."""
    image = format_of_bytes(payload).open(payload)
    width, height = image.size
    return (width, height) if _TURNS.get(_orientation(image.info.get("exif"))) in _SIDEWAYS else (height, width)


def _centre(size: tuple[int, int], wanted: tuple[int, int]) -> tuple[float, float, float, float]:
    """(left, top, right, bottom) of the largest centred rectangle with the shape of `wanted`; sizes are (width, height)."""
    scale = min(size[0] / wanted[0], size[1] / wanted[1])
    # Rounding may leave a hair less than nothing, which Pillow refuses.
    left, top = (max((size[side] - wanted[side] * scale) / 2, 0.0) for side in (0, 1))
    return left, top, size[0] - left, size[1] - top


@lru_cache(maxsize=1)
def _threads(process: int) -> ThreadPoolExecutor:
    """The decoding threads of this process; a forked child, which inherits none of them, gets its own."""
    return ThreadPoolExecutor(devices.cores(), thread_name_prefix=f"decode-{process}")


def _as_rgb_or_grey(image: Image.Image) -> Image.Image:
    """`image` in a mode that resizes colour by colour: RGB, or L, which costs a third of it."""
    from PIL import Image, ImageChops

    if image.mode in ("RGB", "L"):
        return image
    if image.mode in ("I", "F"):
        raise ItemError(
            "UndecodableImage",
            f"its pixels are signed, of 32 bits or floating-point (mode {image.mode}), and nobody says which of them is white:"
            " save it with 8 or 16 bits a channel",
        )
    if image.mode.startswith("I"):
        levels = (np.asarray(image) >> (image.info.get("bits", 16) - 8)).astype(np.uint8)
        return Image.fromarray(~levels if image.info.get("white_is_zero") else levels)
    if image.mode == "CMYK" and image.format == "JPEG" and "adobe" not in image.info:
        # Pillow takes every CMYK JPEG for one of Adobe's, which store inks inverted; the marker tells which. In TIFF no
        # ink is 0.
        image = ImageChops.invert(image)
    # Pillow would warn that it drops a palette's transparency; what of it counts has been composited.
    image.info.pop("transparency", None)
    return image.convert("L" if image.mode in ("1", "LA") else "RGB")


# What undoes each EXIF orientation, by Pillow's names (https://exiftool.org/TagNames/EXIF.html, tag 0x0112).
_TURNS = {
    2: "FLIP_LEFT_RIGHT",
    3: "ROTATE_180",
    4: "FLIP_TOP_BOTTOM",
    5: "TRANSPOSE",
    6: "ROTATE_270",
    7: "TRANSVERSE",
    8: "ROTATE_90",
}
_SIDEWAYS = {"TRANSPOSE", "ROTATE_270", "TRANSVERSE", "ROTATE_90"}


def _orientation(exif: object) -> int:
    """EXIF orientation 1..8; 1 where there is none to be read. A PNG's own text may stand in the block's place.

    Not Pillow's `getexif`: it parses every tag, and warns on standard error of those that are broken.
    """
    tiff = exif.removeprefix(b"Exif\0\0") if isinstance(exif, bytes) else b""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack_from(order + "I", tiff, 4)
        (count,) = struct.unpack_from(order + "H", tiff, start)
        for entry in range(start + 2, start + 2 + 12 * count, 12):
            tag, _, _, value = struct.unpack_from(order + "HHIH", tiff, entry)
            if tag == 0x0112:
                return int(value)
    except struct.error:
        return 1
    return 1
