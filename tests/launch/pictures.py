"""Image files, good and bad, made here."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np

from tests.helpers import fakes
from transforms.encoders.image_decoder import ImageDecoder


def jpeg(seed: int) -> bytes:
    """A photograph of noise, 40 x 30 pixels."""
    from PIL import Image

    stream = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 256, (30, 40, 3), np.uint8)
    Image.fromarray(pixels).save(stream, "JPEG")
    return stream.getvalue()


def write_two_classes(root: Path, count: int) -> None:
    """Photographs of noise in the folders `even` and `odd`, which are named by their numbers."""
    for number in range(count):
        folder = root / ("odd" if number % 2 else "even")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number}.jpg").write_bytes(jpeg(number))


def bomb() -> bytes:
    """A PNG of 1 KB that says that it has 20,000 x 20,000 pixels."""
    header = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(1_000_000))
    return b"\x89PNG\r\n\x1a\n" + b"".join(map(_chunk, (b"IHDR", b"IDAT", b"IEND"), (header, data, b"")))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def vector_of(image: bytes) -> tuple[float, ...]:
    """The vector that the fake image encoder gives this file."""
    pixels, failed = ImageDecoder(size=fakes.IMAGE_SIZE).decode([image])
    assert not failed
    return tuple(fakes.vector_of(pixels[0].astype(np.uint8).tobytes()).tolist())
