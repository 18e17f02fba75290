"""Photographs in a browser: the pixels that the page gives an encoder are those of `ImageDecoder`."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageCms

from tests.helpers.browser import run_script
from tests.helpers.photographs import picture
from tests.helpers.static_server import static_server
from tests.launch import pictures
from transforms.encoders.image_decoder import ImageDecoder

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "transforms" / "web" / "page"
SIZE = (96, 96)

pytestmark = pytest.mark.browser


def levels(text: str, shape: tuple[int, ...]) -> npt.NDArray[np.int16]:
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(shape).astype(np.int16)


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def test_pixels_are_resized_as_here_bit_for_bit(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    sizes = [(1, 1), (7, 3), (32, 32), (480, 640), (900, 33), (33, 900), (799, 1201), (1999, 5), (4, 1000)]
    ways: list[dict[str, Any]] = [
        {"fit": fit, "resampling": resampling, "resized": resized}
        for fit in ("crop", "stretch")
        for resampling in ("bilinear", "bicubic")
        for resized in (None, (40, 44))
    ]
    cases, expected = [], []
    for height, width in sizes:
        for way in ways:
            pixels = random.integers(0, 256, (height, width, 3), np.uint8)
            target = (28, 36) if way["resized"] else (24, 40)
            decoder = ImageDecoder(size=target, **way)
            expected.append(decoder.decoded(encoded(Image.fromarray(pixels), "BMP")).astype(np.int16))
            content = base64.b64encode(pixels.tobytes()).decode()
            cases.append({"pixels": content, "width": width, "height": height, "target": target, "options": way})
    (tmp_path / "cases.json").write_text(json.dumps(cases))

    made = json.loads(run_script("image_resize.mjs", PAGE, tmp_path / "cases.json"))

    for text, one, case in zip(made, expected, cases, strict=True):
        np.testing.assert_array_equal(
            levels(text, one.shape), one, err_msg=f"{case['height']} x {case['width']}: {case['options']}"
        )


def photographs() -> dict[str, tuple[bytes, float]]:
    """Files by name, each with the greatest mean difference of levels that is allowed."""
    image = picture(3, (301, 203))
    shade = np.linspace(0, 255, 301).astype(np.uint8)[None, :, None].repeat(203, axis=0)
    faded = Image.fromarray(np.concatenate([np.asarray(image), shade], axis=2))
    sideways = Image.Exif()
    sideways[0x0112] = 6
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, green = (128 + 4 + 12 * place for place in (tags(profile).index(name) for name in (b"rXYZ", b"gXYZ")))
    profile[red + 4 : red + 12], profile[green + 4 : green + 12] = (
        profile[green + 4 : green + 12],
        profile[red + 4 : red + 12],
    )
    other = bytes(profile)  # red and green are each other: who applies it changes every pixel
    files: dict[str, tuple[bytes, float]] = {
        "plain.jpg": (encoded(image, "JPEG"), 0.0),
        "progressive.jpg": (encoded(image, "JPEG", progressive=True), 0.0),
        "grey.jpg": (encoded(image.convert("L"), "JPEG"), 0.0),
        "cmyk.jpg": (encoded(image.convert("CMYK"), "JPEG"), 0.0),
        "profile.jpg": (encoded(image, "JPEG", icc_profile=other), 0.0),
        "profile.png": (encoded(image, "PNG", icc_profile=other), 0.0),
        "profile.webp": (encoded(image, "WEBP", icc_profile=other, lossless=True), 0.0),
        "sideways.png": (encoded(image, "PNG", exif=sideways), 0.0),
        "sideways.webp": (encoded(image, "WEBP", exif=sideways, lossless=True), 0.0),
        "faded.png": (encoded(faded, "PNG"), 0.5),
        "faded.webp": (encoded(faded, "WEBP", lossless=True), 0.5),
        "palette.png": (encoded(image.convert("P"), "PNG"), 0.0),
        "plain.gif": (encoded(image, "GIF"), 0.0),
        "plain.bmp": (encoded(image, "BMP"), 0.0),
        # libjpeg-turbo decodes these at a half or a quarter of their size: sums of rounded numbers may be rounded otherwise.
        "large-420.jpg": (encoded(image.resize((602, 406)), "JPEG", quality=92), 0.5),
        "large-422.jpg": (encoded(image.resize((602, 406)), "JPEG", quality=92, subsampling="4:2:2"), 0.5),
        "large-444.jpg": (encoded(image.resize((602, 406)), "JPEG", quality=92, subsampling="4:4:4"), 0.5),
        "huge.jpg": (encoded(image.resize((1204, 812)), "JPEG", quality=92), 0.5),
        "large-grey.jpg": (encoded(image.resize((602, 406)).convert("L"), "JPEG", quality=92), 0.5),
    }
    for turn in range(2, 9):
        exif = Image.Exif()
        exif[0x0112] = turn
        files[f"turn-{turn}.jpg"] = (encoded(image, "JPEG", exif=exif), 0.0)
    return files


def tags(profile: bytes | bytearray) -> list[bytes]:
    """Names of an ICC profile's tags, in order (ICC.1:2022, 7.3)."""
    count = int.from_bytes(profile[128:132], "big")
    return [bytes(profile[132 + 12 * place : 136 + 12 * place]) for place in range(count)]


def test_files_become_the_pixels_that_they_become_here_or_one_line(tmp_path: Path) -> None:
    files = photographs()
    plain = files["plain.jpg"][0]
    bad = {
        "empty.jpg": (b"", "the file has 0 bytes"),
        "text.jpg": (b"no photograph", "it is no photograph: not a JPEG, PNG, WebP, GIF, BMP or AVIF"),
        "cut.jpg": (plain[: len(plain) // 2], "a broken JPEG, or of a kind that this browser does not read"),
        "head.jpg": (plain[:30], "a broken JPEG, or of a kind that this browser does not read"),
        "bomb.png": (pictures.bomb(), "20000 x 20000 is 400,000,000 pixels, the limit is 100,000,000"),
        "some.heic": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(99), "this browser reads no HEIC: save it as JPEG"),
        "unclear.jpg": (
            files["cmyk.jpg"][0].replace(b"Adobe", b"Other"),
            "a JPEG in CMYK that does not say whether its inks are inverted: save it in RGB",
        ),
        "some.tiff": (encoded(picture(1), "TIFF"), "this browser reads no TIFF: save it as JPEG"),
    }
    content = {name: file for name, (file, _) in files.items()} | {name: file for name, (file, _) in bad.items()}
    for name, file in content.items():
        (tmp_path / name).write_bytes(file)
    image = {"height": SIZE[0], "width": SIZE[1], "resize": {"fit": "crop", "resampling": "bilinear", "resized": None}}
    (tmp_path / "image.json").write_text(json.dumps(image))

    with static_server(PAGE) as url:
        seen = json.loads(
            run_script("image_pixels.mjs", url, tmp_path / "image.json", *(tmp_path / name for name in content))
        )

    decoder = ImageDecoder(size=SIZE)
    differences = {
        name: float(np.abs(levels(seen[name]["levels"], (*SIZE, 3)) - decoder.decoded(file).astype(np.int16)).mean())
        for name, (file, _) in files.items()
    }
    assert {name: far for name, far in differences.items() if far > files[name][1]} == {}
    assert seen["turn-6.jpg"]["thumbnail"] == [65, 96]
    assert seen["check"]["untouched"] == ""
    assert seen["check"]["noisy"].startswith("This browser changes the pixels that a page reads")
    assert {name: seen[name].get("error") for name in bad} == {
        name: f"Error: {line}" for name, (_, line) in bad.items()
    }
