"""Makes encoded pictures, and bytes that only look like some, for tests of the image decoder."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from transforms.common.errors import ItemError
from transforms.encoders.image_decoder import ImageDecoder

Pixels = npt.NDArray[Any]

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def scene(width: int = 64, height: int = 48) -> Image.Image:
    """An asymmetric picture of flat areas: red, with a green quarter top left and a blue bar at the right."""
    image = Image.new("RGB", (width, height), (200, 30, 30))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, width // 2 - 1, height // 2 - 1), fill=(20, 180, 40))
    draw.rectangle((width * 3 // 4, 0, width, height), fill=(30, 40, 210))
    return image


def soft(width: int, height: int, seed: int = 0) -> Image.Image:
    """A smooth colourful picture, in which no decoder has an excuse for a difference."""
    seeds = np.random.default_rng(seed).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    return Image.fromarray(seeds).resize((width, height), Image.Resampling.BICUBIC)


def decode_one(payload: bytes, size: tuple[int, int] = (48, 64), **options: Any) -> Pixels:
    pixels, failed = ImageDecoder(size=size, fit="stretch", **options).decode([payload])
    assert failed == {}
    assert pixels.shape == (1, *size, 3)
    assert pixels.dtype == np.uint8
    return pixels[0].astype(np.float32)


def refusal(payload: bytes, **options: Any) -> ItemError:
    pixels, failed = ImageDecoder(size=(8, 8), fit="stretch", **options).decode([payload])
    assert pixels.shape == (0, 8, 8, 3)
    assert list(failed) == [0]
    return failed[0]


def array(image: Image.Image) -> Pixels:
    return np.asarray(image.convert("RGB"), np.float32)


def worst(a: Pixels, b: Pixels) -> float:
    return float(np.abs(a.astype(np.float32) - b).max())


def png16(colour: npt.NDArray[np.uint16]) -> bytes:
    """A PNG of 16 bits a channel, which Pillow reads and does not write."""
    height, width, channels = colour.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in colour)
    return png_of(width, height, 16, {1: 0, 3: 2, 4: 6}[channels], zlib.compress(rows))


def png_of(width: int, height: int, bits: int, colour_type: int, data: bytes, *, key: bytes = b"") -> bytes:
    """A PNG of compressed rows; `key` is its transparent colour, as the chunk tRNS has it."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, bits, colour_type, 0, 0, 0)
    transparent = chunk(b"tRNS", key) if key else b""
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + transparent + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def bmp_of(pixels: npt.NDArray[np.uint8], opacity: int) -> bytes:
    """A BMP of RGBA [h, w, 4] with the masks of its colours, and of its alpha."""
    height, width, _ = pixels.shape
    rows = pixels[::-1, :, [2, 1, 0, 3]].tobytes()
    header = struct.pack("<IiiHHIIiiII", 108, width, height, 1, 32, 3, len(rows), 0, 0, 0, 0)
    header += struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, opacity) + bytes(52)
    return b"BM" + struct.pack("<IHHI", 14 + 108 + len(rows), 0, 0, 14 + 108) + header + rows


def bombs() -> dict[str, bytes]:
    """Files of about 1 KB whose headers promise 20,000 x 20,000 pixels or as much as the format can say."""
    gif = bytearray(encoded(scene(), "GIF"))
    gif[6:10] = struct.pack("<HH", 20_000, 20_000)
    bmp = bytearray(encoded(scene(4, 4), "BMP"))
    bmp[18:26] = struct.pack("<ii", 20_000, 20_000)
    jpeg = bytearray(encoded(scene(), "JPEG"))
    frame = jpeg.index(b"\xff\xc0")
    jpeg[frame + 5 : frame + 9] = struct.pack(">HH", 20_000, 20_000)
    lossy = bytearray(encoded(scene(), "WEBP"))
    lossy[26:30] = struct.pack("<HH", 16_383, 16_383)
    lossless = bytearray(encoded(scene(), "WEBP", lossless=True))
    lossless[21:25] = struct.pack("<I", 16_382 | 16_382 << 14)
    extended = bytearray(encoded(scene(), "WEBP", save_all=True, append_images=[soft(64, 48)]))
    extended[24:30] = (19_999).to_bytes(3, "little") * 2
    return {
        "PNG": png_of(20_000, 20_000, 8, 2, zlib.compress(bytes(900_000))),
        "GIF": bytes(gif),
        "BMP": bytes(bmp),
        "JPEG": bytes(jpeg),
        "WebP lossy": bytes(lossy),
        "WebP lossless": bytes(lossless),
        "WebP extended": bytes(extended),
    }
