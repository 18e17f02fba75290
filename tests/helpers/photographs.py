"""Draws pictures full of corners, and takes photographs of parts of them: cut out, turned and compressed."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageDraw


def picture(seed: int, size: tuple[int, int] = (260, 200)) -> Image.Image:
    """Triangles and boxes of random colours, everywhere, of (width, height) pixels."""
    random = np.random.default_rng(seed)
    image = Image.new("RGB", size, tuple(random.integers(0, 256, 3).tolist()))
    draw = ImageDraw.Draw(image)
    for _ in range(90):
        middle = random.uniform(0, size)
        points = middle + random.uniform(-26, 26, (int(random.integers(3, 6)), 2))
        draw.polygon([tuple(point) for point in points.tolist()], fill=tuple(random.integers(0, 256, 3).tolist()))
    return image


def part(
    image: Image.Image, *, share: float = 0.4, degrees: float = 0.0, seed: int = 0
) -> tuple[Image.Image, tuple[int, int, int, int]]:
    """A share of the image's area, turned; and where it was cut out: (top, left, bottom, right)."""
    random = np.random.default_rng(seed)
    width, height = (int(side * share**0.5) for side in image.size)
    left, top = (
        int(random.integers(0, whole - own + 1)) for whole, own in zip(image.size, (width, height), strict=True)
    )
    cut = image.crop((left, top, left + width, top + height))
    turned = cut.rotate(degrees, Image.Resampling.BICUBIC, expand=True) if degrees else cut
    return turned, (top, left, top + height, left + width)


def jpeg(image: Image.Image, *, quality: int = 75) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=quality)
    return stream.getvalue()
