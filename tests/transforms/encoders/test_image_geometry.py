"""Images are turned, cropped and resized as they are meant to be seen."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.transforms.encoders.pictures import FORMATS, array, decode_one, encoded, scene, soft, worst
from transforms.encoders.image_decoder import ImageDecoder

pytestmark = pytest.mark.filterwarnings("error")


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_every_exif_orientation_is_undone(kind: str, orientation: int) -> None:
    stored_as = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    picture = scene(96, 64)
    stored = picture if stored_as is None else picture.transpose(stored_as)
    exif = Image.Exif()
    exif[0x010F] = "a maker"
    exif[0x0112] = orientation
    options = {"quality": 98, "subsampling": 0} if kind == "JPEG" else {"lossless": True} if kind == "WEBP" else {}
    upright = decode_one(encoded(stored, kind, exif=exif, **options), size=(64, 96))
    assert np.abs(upright - array(picture)).mean() < 1


def test_orientation_holds_where_the_jpeg_is_decoded_at_reduced_scale() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    payload = encoded(scene(640, 320).transpose(Image.Transpose.ROTATE_90), "JPEG", quality=98, exif=exif)
    assert np.abs(decode_one(payload, size=(32, 64)) - array(scene(64, 32))).mean() < 3


@given(st.binary(max_size=80))
def test_a_broken_exif_block_costs_nothing(junk: bytes) -> None:
    picture = scene()
    plain = encoded(picture, "JPEG", quality=95, subsampling=0)
    block = b"Exif\0\0" + junk
    payload = plain[:2] + b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block + plain[2:]
    pixels, failed = ImageDecoder(size=(48, 64), fit="stretch").decode([payload])
    assert failed == {}
    assert pixels.shape == (1, 48, 64, 3)


def test_a_text_that_a_png_calls_exif_costs_nothing() -> None:
    notes = PngInfo()
    for key in ("exif", "transparency", "adobe", "icc_profile"):
        notes.add_text(key, "written by hand")
    picture = soft(64, 48)
    np.testing.assert_array_equal(decode_one(encoded(picture, "PNG", pnginfo=notes)), array(picture))


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("size", [(1, 1), (3, 5), (1, 300), (3000, 2), (2, 3000), (449, 447)])
def test_any_shape_is_stretched_to_size(kind: str, size: tuple[int, int]) -> None:
    pixels = decode_one(encoded(Image.new("RGB", size, (90, 160, 30)), kind), size=(33, 47))
    assert worst(pixels, np.broadcast_to(np.array([90, 160, 30], np.float32), (33, 47, 3))) <= 3


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("shape", [(900, 300), (300, 900), (63, 41)])
def test_the_largest_centred_square_is_taken_and_not_distorted(kind: str, shape: tuple[int, int]) -> None:
    # A red square in the middle, as high or wide as the image, between blue margins: no blue may be left.
    width, height = shape
    side = min(shape)
    picture = Image.new("RGB", shape, (0, 0, 255))
    left, top = (width - side) // 2, (height - side) // 2
    margin = side // 10  # a reduced JPEG and the filter look a little over the edge
    picture.paste((255, 0, 0), (left - margin, top - margin, left + side + margin, top + side + margin))
    options = {"quality": 95, "subsampling": 0} if kind == "JPEG" else {"quality": 100} if kind == "WEBP" else {}
    pixels, failed = ImageDecoder(size=(24, 24)).decode([encoded(picture, kind, **options)])
    assert not failed
    assert worst(pixels[0], np.broadcast_to(np.array([255, 0, 0], np.float32), (24, 24, 3))) <= 8


def test_cropping_follows_the_orientation_of_the_picture() -> None:
    picture = soft(80, 40)
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = picture.transpose(Image.Transpose.ROTATE_90)
    decoder = ImageDecoder(size=(20, 30))
    (expected, _), (got, _) = (
        decoder.decode([encoded(picture, "PNG")]),
        decoder.decode([encoded(turned, "PNG", exif=exif)]),
    )
    assert worst(got[0], expected[0]) <= 2


@pytest.mark.parametrize("kind", FORMATS)
def test_a_large_image_is_reduced_without_aliasing(kind: str) -> None:
    # Lines of one pixel: a filter that skips pixels sees black or white, a fair one sees grey.
    stripes = np.zeros((900, 1200, 3), np.uint8)
    stripes[:, ::2] = 255
    options = {"quality": 95} if kind in ("JPEG", "WEBP") else {}
    pixels = decode_one(encoded(Image.fromarray(stripes), kind, **options), size=(90, 110))
    assert np.abs(pixels - 127.5).max() < 12


@pytest.mark.parametrize("size", [(224, 224), (331, 331), (100, 300)])
@pytest.mark.parametrize("shape", [(1024, 768), (500, 333), (1801, 1203), (230, 225)])
def test_reduced_scale_decoding_stays_close_to_full_decoding(shape: tuple[int, int], size: tuple[int, int]) -> None:
    payload = encoded(soft(*shape), "JPEG", quality=90)
    whole = Image.open(io.BytesIO(payload)).convert("RGB").resize(size[::-1], Image.Resampling.BILINEAR)
    assert np.abs(decode_one(payload, size) - array(whole)).mean() < 0.6
