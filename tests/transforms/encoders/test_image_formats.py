"""Images of every format and depth become the pixels that they show."""

from __future__ import annotations

import io
import struct
import sys
import zlib
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from PIL import Image, features

from tests.transforms.encoders.pictures import array, decode_one, encoded, png16, refusal, scene, soft, worst
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


def test_a_palette_becomes_its_colours() -> None:
    picture = soft(64, 48).quantize(16)
    for kind in ("PNG", "GIF", "BMP"):
        np.testing.assert_array_equal(decode_one(encoded(picture, kind)), array(picture))


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


def test_inks_of_a_tiff_are_never_inverted() -> None:
    picture = soft(64, 48).convert("CMYK")
    for compression in (None, "tiff_lzw"):
        np.testing.assert_array_equal(decode_one(encoded(picture, "TIFF", compression=compression)), array(picture))


def tiff_of(levels: np.ndarray[Any, Any], bits: int, photometric: int, sample_format: int = 1) -> bytes:
    """A little-endian TIFF of one strip and one channel."""
    height, width = levels.shape
    if bits == 12:
        pairs = levels.reshape(-1, 2).astype(np.uint16)
        packed = np.stack([pairs[:, 0] >> 4, (pairs[:, 0] & 15) << 4 | pairs[:, 1] >> 8, pairs[:, 1] & 255], axis=1)
        data = packed.astype(np.uint8).tobytes()
    else:
        data = levels.tobytes()
    tags = {
        256: width, 257: height, 258: bits, 259: 1, 262: photometric, 273: 8, 277: 1, 278: height, 279: len(data),
        339: sample_format,
    }  # fmt: skip
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    return b"II*\0" + struct.pack("<I", 8 + len(data)) + data + struct.pack("<H", len(tags)) + entries + bytes(4)


@pytest.mark.parametrize("white_is_zero", [False, True])
@pytest.mark.parametrize("bits", [8, 12, 16])
def test_a_grey_tiff_is_as_bright_as_it_is_meant(bits: int, white_is_zero: bool) -> None:
    if bits == 12 and white_is_zero:
        assert refusal(tiff_of(np.zeros((2, 2), np.uint16), 12, 0)).kind == "UndecodableImage"
        return
    levels = np.random.default_rng(bits).integers(0, 1 << bits, (48, 64)).astype(np.uint8 if bits == 8 else np.uint16)
    high = (levels >> (bits - 8)).astype(np.float32)
    expected = 255 - high if white_is_zero else high
    decoded = decode_one(tiff_of(levels, bits, 0 if white_is_zero else 1))
    np.testing.assert_array_equal(decoded, np.repeat(expected[..., None], 3, axis=2))


@pytest.mark.parametrize(
    ("kind", "bits", "sample_format"), [("<f4", 32, 3), ("<i4", 32, 2), ("<u4", 32, 1), ("<i2", 16, 2)]
)
def test_numbers_that_are_no_levels_are_refused_rather_than_black(kind: str, bits: int, sample_format: int) -> None:
    levels = np.linspace(0, 1, 48 * 64).reshape(48, 64) * (1 if bits == 32 and sample_format == 3 else 1000)
    error = refusal(tiff_of(levels.astype(kind), bits, 1, sample_format))
    assert error.kind == "UndecodableImage" and "save it with 8 or 16 bits a channel" in str(error)


@pytest.mark.parametrize("chunk", [b"iCCP", b"zTXt"])
def test_a_large_profile_or_text_does_not_cost_a_png(chunk: bytes) -> None:
    picture = soft(64, 48)
    whole = encoded(picture, "PNG")
    body = b"name\0\0" + zlib.compress(bytes(3_000_000))
    large = struct.pack(">I", len(body)) + chunk + body + struct.pack(">I", zlib.crc32(chunk + body))
    np.testing.assert_array_equal(decode_one(whole[:33] + large + whole[33:]), array(picture))


@pytest.mark.parametrize("kind", ["TIFF", "AVIF"])
def test_formats_that_pillow_may_lack_are_read_where_it_has_them(kind: str) -> None:
    if not features.check("libtiff" if kind == "TIFF" else "avif"):
        pytest.skip(f"no {kind} in this Pillow")
    picture = soft(64, 48)
    options = {"compression": "tiff_lzw"} if kind == "TIFF" else {"quality": 100}
    assert np.abs(decode_one(encoded(picture, kind, **options)) - array(picture)).mean() < 2
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = decode_one(encoded(picture.transpose(Image.Transpose.ROTATE_90), kind, exif=exif, **options))
    assert np.abs(turned - array(picture)).mean() < 2


def test_of_several_pages_or_frames_the_first_counts() -> None:
    first, second = soft(64, 48, 1), soft(64, 48, 2)
    np.testing.assert_array_equal(
        decode_one(encoded(first, "TIFF", save_all=True, append_images=[second])), array(first)
    )


HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"


@pytest.mark.parametrize("brand", [b"heic", b"heix", b"hevc", b"mif1", b"msf1"])
def test_a_heic_says_what_to_install(brand: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    error = refusal(HEIC.replace(b"ftypheic", b"ftyp" + brand))
    assert error.kind == "UndecodableImage"
    assert str(error) == "a HEIC of 24 bytes: pip install pillow-heif to read it"


def test_a_heic_is_read_by_the_package_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    picture = soft(64, 48)

    def opened(stream: io.BytesIO) -> Image.Image:
        return Image.open(io.BytesIO(stream.read()[len(HEIC) :]))

    package = ModuleType("pillow_heif")
    package.HeifImageFile = opened  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pillow_heif", package)
    np.testing.assert_array_equal(decode_one(HEIC + encoded(picture, "PNG")), array(picture))


def test_a_heic_of_pillow_heif_comes_back_closely() -> None:
    pillow_heif = pytest.importorskip("pillow_heif")
    picture = soft(64, 48)
    buffer = io.BytesIO()
    pillow_heif.from_pillow(picture).save(buffer, quality=95)
    assert np.abs(decode_one(buffer.getvalue()) - array(picture)).mean() < 4


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
        "PNG opaque alpha": encoded(picture.convert("RGBA"), "PNG"),
        "PNG palette": encoded(picture.quantize(20), "PNG"),
        "PNG 1 bit": encoded(picture.convert("1"), "PNG"),
        "PNG 16 bits": png16(deep[..., :3]),
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
