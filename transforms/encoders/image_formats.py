"""Opens encoded images: tells the format by the first bytes, and reads the header with Pillow.

HEIC needs the package pillow-heif (the extra `heif`); every other format comes with Pillow.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from transforms.common.errors import ItemError

if TYPE_CHECKING:
    from PIL import Image


@dataclass(frozen=True)
class ImageFormat:
    """A file format.

    Attributes:
      open: the image with its header read and nothing more; Pillow's own `Image.open` has another limit than
        ours and warns before it refuses.
      is_whole: whether the file ends as files of its format do; asked of files that did not decode.
      early_size: (width, height), for a format whose `open` already allocates the image.
    """

    name: str
    open: Callable[[bytes], Image.Image]
    is_whole: Callable[[bytes], bool]
    early_size: Callable[[bytes], tuple[int, int]] | None = None


def format_of_bytes(payload: bytes) -> ImageFormat:
    """The format of an encoded image.

    Raises:
      ItemError: UndecodableImage: it is none that is known.
    """
    if payload[4:8] == b"ftyp":
        brand = payload[8:12]
        if brand in (b"avif", b"avis"):
            return _AVIF
        if brand in _HEIF_BRANDS:
            # `mif1` and `msf1` say no codec; the compatible brands behind them do.
            length = int.from_bytes(payload[:4], "big")
            return _AVIF if brand in (b"mif1", b"msf1") and b"avi" in payload[16 : min(length, 256)] else _HEIF
    for magic, kind in _FORMATS:
        if payload.startswith(magic) and (kind is not _WEBP or payload[8:12] == b"WEBP"):
            return kind
    raise ItemError(
        "UndecodableImage",
        f"not a JPEG, PNG, WebP, GIF or BMP: {len(payload):,} bytes that start with {payload[:12]!r}",
    )


def _open_jpeg(payload: bytes) -> Image.Image:
    from PIL.JpegImagePlugin import JpegImageFile

    return JpegImageFile(BytesIO(payload))


def _open_png(payload: bytes) -> Image.Image:
    from PIL.PngImagePlugin import PngImageFile

    try:
        image = PngImageFile(BytesIO(payload))
    except ValueError:  # a colour profile or a text of more than 1 MB, neither of which is needed here
        image = PngImageFile(BytesIO(_without_texts(payload)))
    if isinstance(image.info.get("transparency"), str):  # a text of that name
        image = PngImageFile(BytesIO(_without_texts(payload)))
    # Pillow compares a transparent colour, which is in the file's own depth, with levels of 8 bits.
    key, bits = image.info.get("transparency"), payload[24]
    if image.mode == "L" and isinstance(key, int):
        image.info["transparency"] = key * 255 // ((1 << bits) - 1)
    elif bits == 16 and isinstance(key, tuple):
        image.info["transparency"] = tuple(level >> 8 for level in key)
    return image


def _without_texts(payload: bytes) -> bytes:
    """A PNG without colour profile and texts."""
    kept = [payload[:8]]
    at = 8
    while at + 8 <= len(payload):
        end = at + 12 + int.from_bytes(payload[at : at + 4], "big")
        if payload[at + 4 : at + 8] not in (b"iCCP", b"tEXt", b"zTXt", b"iTXt"):
            kept.append(payload[at:end])
        at = end
    return b"".join(kept)


def _open_webp(payload: bytes) -> Image.Image:
    from PIL.WebPImagePlugin import WebPImageFile

    return WebPImageFile(BytesIO(payload))


def _open_gif(payload: bytes) -> Image.Image:
    from PIL.GifImagePlugin import GifImageFile

    return GifImageFile(BytesIO(payload))


def _open_bmp(payload: bytes) -> Image.Image:
    from PIL.BmpImagePlugin import BmpImageFile

    return BmpImageFile(BytesIO(payload))


def _open_tiff(payload: bytes) -> Image.Image:
    from PIL.TiffImagePlugin import TiffImageFile

    image = TiffImageFile(BytesIO(payload))
    if image.mode.startswith("I;16"):
        # Pillow leaves both to its caller: 12 bits in 16, and radiographs whose black is the highest level.
        image.info["bits"] = image.tag_v2.get(_BITS_PER_SAMPLE, (16,))[0]
        image.info["white_is_zero"] = image.tag_v2.get(_PHOTOMETRIC) == 0
    return image


def _open_avif(payload: bytes) -> Image.Image:
    from PIL.AvifImagePlugin import AvifImageFile

    return AvifImageFile(BytesIO(payload))


def _open_heif(payload: bytes) -> Image.Image:
    try:
        from pillow_heif import HeifImageFile
    except ImportError as error:
        raise ItemError(
            "UndecodableImage", f"a HEIC of {len(payload):,} bytes: pip install pillow-heif to read it"
        ) from error
    image: Image.Image = HeifImageFile(BytesIO(payload))
    return image


def _webp_size(payload: bytes) -> tuple[int, int]:
    """(width, height) of a WebP's canvas: RFC 9649, sections 2.5 to 2.7."""
    first = payload[12:16]
    if first == b"VP8X":
        return 1 + int.from_bytes(payload[24:27], "little"), 1 + int.from_bytes(payload[27:30], "little")
    if first == b"VP8L":
        bits = int.from_bytes(payload[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    width, height = struct.unpack_from("<HH", payload, 26)
    return width & 0x3FFF, height & 0x3FFF


# TIFF 6.0, section 8.
_BITS_PER_SAMPLE, _PHOTOMETRIC = 258, 262

# ISO/IEC 23008-12, annexes B and E: images and image sequences coded by HEVC, or by a codec to be named later.
_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1")

_WEBP = ImageFormat(
    "WebP", _open_webp, lambda payload: len(payload) >= int.from_bytes(payload[4:8], "little") + 8, _webp_size
)
_GIF = ImageFormat("GIF", _open_gif, lambda payload: payload.endswith(b";"))
_TIFF = ImageFormat("TIFF", _open_tiff, lambda payload: True)
_AVIF = ImageFormat("AVIF", _open_avif, lambda payload: True)
_HEIF = ImageFormat("HEIC", _open_heif, lambda payload: True)
_FORMATS: tuple[tuple[bytes, ImageFormat], ...] = (
    (
        b"\xff\xd8\xff",
        ImageFormat("JPEG", _open_jpeg, lambda payload: payload.rstrip(b"\0").endswith(b"\xff\xd9")),
    ),
    (b"\x89PNG\r\n\x1a\n", ImageFormat("PNG", _open_png, lambda payload: b"IEND" in payload[-64:])),
    (b"RIFF", _WEBP),
    (b"II*\0", _TIFF),
    (b"MM\0*", _TIFF),
    (b"GIF87a", _GIF),
    (b"GIF89a", _GIF),
    (
        b"BM",
        ImageFormat("BMP", _open_bmp, lambda payload: len(payload) >= int.from_bytes(payload[2:6], "little")),
    ),
)
