"""Images of every format and depth become the pixels that they show."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.transforms.encoders.pictures import array, decode_one, encoded, png16, scene, soft, worst
from transforms.encoders.image_decoder import ImageDecoder

pytestmark = pytest.mark.filterwarnings("error")

HYMENOPTERA = Path(__file__).parents[3] / "../shared/corpora/hymenoptera/train"


@pytest.mark.parametrize(
    ("kind", "options"),
    [("PNG", {}), ("BMP", {}), ("WEBP", {"lossless": True})],
)
def test_a_lossless_image_of_the_right_size_comes_back_exactly(kind: str, options: dict[str, Any]) -> None:
    picture = soft(64, 48)
    np.testing.assert_array_equal(decode_one(encoded(picture, kind, **options)), array(picture))


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("JPEG", {"quality": 95}),
        ("JPEG", {"quality": 95, "progressive": True}),
        ("JPEG", {"quality": 95, "subsampling": 0}),
        ("JPEG", {"quality": 95, "restart_marker_blocks": 2}),
        ("WEBP", {"quality": 100}),
    ],
)
def test_a_lossy_image_comes_back_closely(kind: str, options: dict[str, Any]) -> None:
    picture = soft(64, 48)
    assert np.abs(decode_one(encoded(picture, kind, **options)) - array(picture)).mean() < 2


def test_greyscale_has_three_equal_channels_in_every_format() -> None:
    grey = soft(64, 48).convert("L")
    for payload in (encoded(grey, "PNG"), encoded(grey, "GIF"), encoded(grey, "BMP")):
        np.testing.assert_array_equal(decode_one(payload), array(grey))
    jpeg = decode_one(encoded(grey, "JPEG", quality=95))
    assert (jpeg[..., 0] == jpeg[..., 1]).all() and (jpeg[..., 0] == jpeg[..., 2]).all()
    assert worst(jpeg, array(grey)) <= 4


def test_a_sixteen_bit_png_keeps_its_high_byte() -> None:
    grey = np.arange(48 * 64, dtype=np.uint16).reshape(48, 64) * 21
    high = np.repeat((grey >> 8)[..., None], 3, axis=2).astype(np.float32)
    np.testing.assert_array_equal(decode_one(encoded(Image.fromarray(grey), "PNG")), high)

    colour = np.random.default_rng(1).integers(0, 65536, (48, 64, 3), dtype=np.uint16)
    np.testing.assert_array_equal(decode_one(png16(colour)), (colour >> 8).astype(np.float32))


def test_alpha_is_dropped_and_the_colour_below_it_kept() -> None:
    picture = soft(64, 48)
    see_through = picture.copy()
    see_through.putalpha(Image.linear_gradient("L").resize((64, 48)))
    np.testing.assert_array_equal(decode_one(encoded(see_through, "PNG")), array(picture))
    np.testing.assert_array_equal(decode_one(encoded(see_through, "WEBP", lossless=True, exact=True)), array(picture))

    grey = picture.convert("L")
    grey_alpha = Image.merge("LA", (grey, Image.linear_gradient("L").resize((64, 48))))
    np.testing.assert_array_equal(decode_one(encoded(grey_alpha, "PNG")), array(grey))


@pytest.mark.parametrize("transparency", [None, 3, bytes(range(0, 160, 10))])
def test_a_palette_becomes_its_colours_whatever_is_transparent(transparency: int | bytes | None) -> None:
    picture = soft(64, 48).quantize(16)
    options = {} if transparency is None else {"transparency": transparency}
    np.testing.assert_array_equal(decode_one(encoded(picture, "PNG", **options)), array(picture))


def test_one_bit_is_black_and_white() -> None:
    picture = scene().convert("1")
    assert set(np.unique(decode_one(encoded(picture, "PNG")))) == {0.0, 255.0}
    np.testing.assert_array_equal(decode_one(encoded(picture, "BMP")), array(picture))


def test_an_animation_is_its_first_frame() -> None:
    frames = [Image.new("RGB", (64, 48), colour) for colour in ((250, 10, 20), (10, 250, 20), (10, 20, 250))]
    for kind in ("GIF", "WEBP", "PNG"):
        options = {"lossless": True} if kind == "WEBP" else {}
        payload = encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=40, **options)
        np.testing.assert_array_equal(decode_one(payload), array(frames[0]), err_msg=kind)


def test_cmyk_is_read_with_and_without_adobe_inversion() -> None:
    picture = soft(64, 48).convert("CMYK")
    adobe = encoded(picture, "JPEG", quality=98)
    assert worst(decode_one(adobe), array(picture)) <= 6

    # Without Adobe's marker the same numbers are inks, not their complements.
    start = adobe.index(b"\xff\xee")
    (length,) = struct.unpack_from(">H", adobe, start + 2)
    plain = adobe[:start] + adobe[start + 2 + length :]
    inverted = picture.point(lambda ink: 255 - ink)
    assert worst(decode_one(plain), array(inverted)) <= 6


def samples() -> dict[str, bytes]:
    """One file of every kind that TensorFlow reads, too."""
    picture = soft(301, 200)
    deep = np.random.default_rng(0).integers(0, 65536, (200, 301, 4), dtype=np.uint16)
    return {
        "JPEG": encoded(picture, "JPEG", quality=90),
        "JPEG progressive": encoded(picture, "JPEG", quality=90, progressive=True, subsampling=0),
        "JPEG grey": encoded(picture.convert("L"), "JPEG", quality=90),
        "JPEG CMYK": encoded(picture.convert("CMYK"), "JPEG", quality=90),
        "PNG": encoded(picture, "PNG"),
        "PNG grey": encoded(picture.convert("L"), "PNG"),
        "PNG alpha": encoded(picture.convert("RGBA"), "PNG"),
        "PNG palette": encoded(picture.quantize(20), "PNG", transparency=bytes(range(20))),
        "PNG 1 bit": encoded(picture.convert("1"), "PNG"),
        "PNG 16 bits": png16(deep[..., :3]),
        "PNG 16 bits alpha": png16(deep),
        "PNG 16 bits grey": png16(deep[..., :1]),
        "BMP": encoded(picture, "BMP"),
        "GIF": encoded(picture.quantize(20), "GIF"),
    }


@pytest.mark.parametrize("name", list(samples()))
def test_pixels_are_those_of_tensorflows_decoders(name: str) -> None:
    tf = pytest.importorskip("tensorflow")
    payload = samples()[name]
    for size, ratio in (((200, 301), 1), ((120, 180), 1), ((60, 80), 2)):
        if name.startswith("JPEG"):
            theirs = tf.io.decode_jpeg(payload, channels=3, dct_method="INTEGER_ACCURATE", ratio=ratio)
        else:
            theirs = tf.io.decode_image(payload, channels=3, expand_animations=False)
        assert worst(decode_one(payload, size), tf.image.resize(theirs, size, antialias=True).numpy()) <= 2


@pytest.mark.real
@pytest.mark.skipif(not HYMENOPTERA.is_dir(), reason=f"no {HYMENOPTERA.name} photographs beside the repository")
def test_photographs_come_out_as_from_full_decoding_and_a_filtered_resize() -> None:
    payloads = [path.read_bytes() for path in sorted(HYMENOPTERA.glob("*/*.jpg"))[::3]]
    pixels, failed = ImageDecoder(size=(224, 224), fit="stretch").decode(payloads)
    assert failed == {}
    full = (Image.open(io.BytesIO(payload)).convert("RGB") for payload in payloads)
    reference = np.stack([array(image.resize((224, 224), Image.Resampling.BILINEAR)) for image in full])
    differences = np.abs(pixels - reference).mean(axis=(1, 2, 3))
    assert differences.mean() < 0.3
    assert differences.max() < 5
