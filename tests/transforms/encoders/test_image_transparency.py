"""Images with transparency are decoded as they are seen: on white, or on black where white would hide them."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.transforms.encoders.pictures import array, bmp_of, decode_one, encoded, png16, png_of, soft, worst
from transforms.encoders.image_decoder import ImageDecoder

pytestmark = pytest.mark.filterwarnings("error")

Levels = npt.NDArray[np.uint8]

HEIGHT, WIDTH = 48, 64
ROWS, COLUMNS = np.mgrid[:HEIGHT, :WIDTH]
SHAPES = {
    "bar": abs(COLUMNS - 32) < 8,
    "disc": (COLUMNS - 32) ** 2 + (ROWS - 24) ** 2 < 400,
    "stripes": (COLUMNS + ROWS) % 24 < 12,
    "frame": (abs(COLUMNS - 32) > 24) | (abs(ROWS - 24) > 18),
}


def drawn(shape: str, ink: tuple[int, int, int], below: tuple[int, int, int] = (0, 0, 0)) -> Image.Image:
    """A shape of opaque ink on transparent pixels that have another colour below."""
    inked = SHAPES[shape]
    colours = np.where(inked[..., None], ink, below)
    return Image.fromarray(np.dstack([colours, 255 * inked]).astype(np.uint8))


def on(background: int, levels: Levels) -> npt.NDArray[np.float64]:
    """RGBA [h, w, 4] on a background, by exact division."""
    colours, alpha = levels[..., :3].astype(np.float64), levels[..., 3:].astype(np.float64)
    return np.round((colours * alpha + background * (255 - alpha)) / 255)


def random_levels(seed: int, shape: tuple[int, int] = (HEIGHT, WIDTH)) -> Levels:
    return np.random.default_rng(seed).integers(0, 256, (*shape, 4), dtype=np.uint8)


WRITERS: dict[str, dict[str, Any]] = {
    "PNG": {},
    "WEBP": {"lossless": True, "exact": True},
    "TIFF": {"compression": "tiff_lzw"},
    "GIF": {},
}


@pytest.mark.parametrize(("ink", "background"), [((0, 0, 0), 255), ((200, 30, 30), 255), ((255, 255, 255), 0)])
@pytest.mark.parametrize("kind", WRITERS)
def test_ink_on_transparency_is_seen(kind: str, ink: tuple[int, int, int], background: int) -> None:
    for shape in SHAPES:
        picture = drawn(shape, ink)
        expected = np.where(SHAPES[shape][..., None], ink, background)
        np.testing.assert_array_equal(decode_one(encoded(picture, kind, **WRITERS[kind])), expected, err_msg=shape)


def test_the_background_hides_as_little_as_it_can() -> None:
    """Inks in stripes of four columns, each by its number of stripes."""
    for inks, background in (
        ({0: 16}, 255),
        ({255: 16}, 0),
        ({230: 16}, 0),
        ({150: 16}, 255),
        ({0: 4, 255: 12}, 0),
        ({0: 12, 255: 4}, 255),
        ({0: 8, 255: 8}, 255),
        ({128: 12, 255: 4}, 0),
        ({128: 12, 255: 2, 0: 2}, 255),
        ({128: 15, 255: 1}, 255),
    ):
        grey = np.repeat(np.concatenate([[ink] * count for ink, count in inks.items()]), 4)
        levels = np.zeros((HEIGHT, WIDTH, 2), np.uint8)
        levels[24:, :, 0], levels[24:, :, 1] = grey, 255
        decoded = decode_one(encoded(Image.fromarray(levels), "PNG"))
        assert (decoded[:24] == background).all(), inks
        np.testing.assert_array_equal(decoded[24:, :, 1], np.broadcast_to(grey, (24, WIDTH)))


def test_pixels_count_as_much_as_they_are_opaque() -> None:
    levels = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    levels[:, :48] = (0, 0, 0, 40)  # a soft shadow below three times as many pixels
    levels[:, 48:] = (255, 255, 255, 255)
    np.testing.assert_array_equal(decode_one(encoded(Image.fromarray(levels), "PNG")), on(0, levels))


@given(seed=st.integers(0, 10_000), ink=st.integers(0, 255), kind=st.sampled_from(["PNG", "WEBP", "TIFF", "BMP"]))
@settings(max_examples=40, deadline=None)
def test_any_alpha_is_blended_exactly(seed: int, ink: int, kind: str) -> None:
    levels = random_levels(seed)
    levels[..., :3] = np.where(levels[..., :1] < 180, ink, levels[..., :3])
    payload = bmp_of(levels, 0xFF000000) if kind == "BMP" else encoded(Image.fromarray(levels), kind, **WRITERS[kind])
    decoded = decode_one(payload)
    assert any(np.array_equal(decoded, on(background, levels)) for background in (0, 255))


@given(seed=st.integers(0, 10_000), width=st.integers(1, 200), height=st.integers(1, 200))
@settings(max_examples=40, deadline=None)
def test_colour_that_nobody_sees_never_counts(seed: int, width: int, height: int) -> None:
    levels = random_levels(seed, (height, width))
    levels[..., 3][levels[..., 3] < 128] = 0
    other = levels.copy()
    other[levels[..., 3] == 0, :3] = random_levels(seed + 1, (height, width))[levels[..., 3] == 0, :3]
    decoder = ImageDecoder(size=(24, 32))
    first, second = decoder.decode([encoded(Image.fromarray(each), "PNG") for each in (levels, other)])[0]
    np.testing.assert_array_equal(first, second)


def test_edges_have_no_fringe_of_the_colour_below() -> None:
    red = drawn("disc", (255, 0, 0)).resize((640, 480), Image.Resampling.BICUBIC)
    small = decode_one(encoded(red, "PNG"), (24, 32))
    # Between red and white, red is full everywhere.
    assert (small[..., 0] == 255).all() and len(np.unique(small[..., 1])) > 10


@given(seed=st.integers(0, 10_000), kind=st.sampled_from(["PNG", "WEBP", "TIFF"]), grey=st.booleans())
@settings(max_examples=30, deadline=None)
def test_an_image_that_is_opaque_everywhere_keeps_its_pixels(seed: int, kind: str, grey: bool) -> None:
    picture = soft(150, 90, seed).convert("L" if grey else "RGB")
    clear = picture.convert("LA" if grey else "RGBA")
    options = WRITERS[kind]
    plain, opaque = (decode_one(encoded(each, kind, **options), (40, 60)) for each in (picture, clear))
    np.testing.assert_array_equal(plain, opaque)
    np.testing.assert_array_equal(opaque, decode_one(encoded(clear, kind, **options), (40, 60), transparency="drop"))


def test_an_unused_transparent_colour_changes_nothing() -> None:
    palette = soft(64, 48).quantize(16)
    for kind in ("PNG", "GIF"):
        payload = encoded(palette, kind, transparency=200)
        np.testing.assert_array_equal(decode_one(payload), array(palette))


@pytest.mark.parametrize("transparency", [3, bytes(range(0, 160, 10))])
def test_a_palette_with_alpha_is_blended(transparency: int | bytes) -> None:
    palette = soft(64, 48).quantize(16)
    payload = encoded(palette, "PNG", transparency=transparency)
    opacity = np.array(list(transparency) if isinstance(transparency, bytes) else [255] * 3 + [0] + [255] * 12)
    levels = np.dstack([array(palette), opacity[np.asarray(palette)]]).astype(np.uint8)
    assert any(np.array_equal(decode_one(payload), on(background, levels)) for background in (0, 255))


@pytest.mark.parametrize(("bits", "key"), [(1, 0), (1, 1), (2, 2), (4, 11), (8, 90), (16, 0x1234)])
def test_a_transparent_grey_of_any_depth_is_the_background(bits: int, key: int) -> None:
    """Rows of one level each: the key, one that is drawn, and one beside the key."""
    last = (1 << bits) - 1
    drawn_level = 0 if key else last
    beside = key + 1 if key < last else drawn_level
    packed = bytearray()
    for row in range(HEIGHT):
        level = (key, drawn_level, beside)[row % 3]
        packed += b"\0" + (
            struct.pack(">H", level) * WIDTH
            if bits == 16
            else bytes([sum(level << shift for shift in range(0, 8, bits))]) * (WIDTH * bits // 8)
        )
    payload = png_of(WIDTH, HEIGHT, bits, 0, zlib.compress(bytes(packed)), key=struct.pack(">H", key))
    decoded = decode_one(payload)[:, 0, 0]
    scale = 1 / 256 if bits == 16 else 255 / last
    levels = [int(level * scale) for level in (drawn_level, beside)]
    background = 0 if sum(level >= 192 for level in levels) > sum(level < 64 for level in levels) else 255
    np.testing.assert_array_equal(decoded, [background, *levels] * 16)


@pytest.mark.parametrize("bits", [8, 16])
def test_a_transparent_colour_is_the_background(bits: int) -> None:
    colours = np.zeros((HEIGHT, WIDTH, 3), np.uint16)
    colours[::2], colours[1::2] = (10, 20, 30), (10, 20, 31)
    scale = 257 if bits == 16 else 1
    rows = (colours * scale).astype(">u2" if bits == 16 else "u1")
    data = zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows))
    payload = png_of(WIDTH, HEIGHT, bits, 2, data, key=struct.pack(">HHH", 10 * scale, 20 * scale, 30 * scale))
    decoded = decode_one(payload)
    assert (decoded[::2] == 255).all() and (decoded[1::2] == (10, 20, 31)).all()


def test_sixteen_bits_of_colour_and_alpha_keep_their_high_bytes() -> None:
    deep = np.random.default_rng(1).integers(0, 65536, (HEIGHT, WIDTH, 4), dtype=np.uint16)
    assert any(np.array_equal(decode_one(png16(deep)), on(b, (deep >> 8).astype(np.uint8))) for b in (0, 255))


def test_premultiplied_colours_are_divided_by_their_alpha_first() -> None:
    levels = random_levels(3)
    levels[..., 3] = np.maximum(levels[..., 3], 60)
    levels[..., :3] = levels[..., :3] * (levels[..., 3:] / 255.0)
    tiff = encoded(Image.fromarray(levels), "TIFF")
    # Pillow writes alpha that is not multiplied in; tag 338 says so.
    plain, associated = (struct.pack("<HHIHH", 338, 3, 1, kind, 0) for kind in (2, 1))
    assert tiff.count(plain) == 1
    decoded = decode_one(tiff.replace(plain, associated))
    assert any(worst(decoded, levels[..., :3] + share * (255.0 - levels[..., 3:])) <= 2 for share in (0, 1))


def test_the_fourth_byte_of_a_bmp_counts_where_it_is_said_to_be_alpha() -> None:
    levels = random_levels(5)
    np.testing.assert_array_equal(decode_one(bmp_of(levels, 0)), levels[..., :3])
    np.testing.assert_array_equal(decode_one(encoded(Image.fromarray(levels), "BMP")), levels[..., :3])


def test_an_image_of_nothing_is_white() -> None:
    for below in ((0, 0, 0), (255, 255, 255)):
        assert (decode_one(encoded(Image.new("RGBA", (9, 9), (*below, 0)), "PNG")) == 255).all()


def test_the_first_frame_of_a_transparent_animation_is_composited() -> None:
    frames = [drawn("disc", (0, 0, 0)), drawn("bar", (0, 0, 0))]
    for kind in ("GIF", "WEBP", "PNG"):
        options = {"lossless": True} if kind == "WEBP" else {}
        payload = encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=40, disposal=2, **options)
        np.testing.assert_array_equal(
            decode_one(payload), np.where(SHAPES["disc"][..., None], (0, 0, 0), 255), err_msg=kind
        )


def test_transparency_can_be_dropped_as_it_was_before() -> None:
    picture = soft(64, 48)
    clear = picture.copy()
    clear.putalpha(Image.linear_gradient("L").resize((64, 48)))
    grey = Image.merge("LA", (picture.convert("L"), clear.getchannel("A")))
    palette = picture.quantize(16)
    for payload, expected in (
        (encoded(clear, "PNG"), picture),
        (encoded(clear, "WEBP", lossless=True, exact=True), picture),
        (encoded(grey, "PNG"), picture.convert("L")),
        (encoded(palette, "PNG", transparency=bytes(range(0, 160, 10))), palette),
    ):
        np.testing.assert_array_equal(decode_one(payload, transparency="drop"), array(expected))
