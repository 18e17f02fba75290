"""What comes out of the image decoder, picture by picture."""

import copy
import io
import pickle
import resource
import struct
import warnings
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from transforms.common.errors import ItemError
from transforms.encoders.image_decoder import ImageDecoder

Pixels = npt.NDArray[Any]

HYMENOPTERA = Path(__file__).parents[3] / "../shared/corpora/hymenoptera/train"
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")


@pytest.fixture(autouse=True)
def _no_warning_leaks() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


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


def decode_one(payload: bytes, size: tuple[int, int] = (48, 64)) -> Pixels:
    pixels, failed = ImageDecoder(size=size, fit="stretch").decode([payload])
    assert failed == {}
    assert pixels.shape == (1, *size, 3)
    assert pixels.dtype == np.float32
    return pixels[0]


def refusal(payload: bytes, **options: Any) -> ItemError:
    pixels, failed = ImageDecoder(size=(8, 8), fit="stretch", **options).decode([payload])
    assert pixels.shape == (0, 8, 8, 3)
    assert list(failed) == [0]
    return failed[0]


def array(image: Image.Image) -> Pixels:
    return np.asarray(image.convert("RGB"), np.float32)


def worst(a: Pixels, b: Pixels) -> float:
    return float(np.abs(a - b).max())


# --- formats ------------------------------------------------------------------------------------------------


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


def png16(colour: npt.NDArray[np.uint16]) -> bytes:
    """A PNG of 16 bits a channel, which Pillow reads and does not write."""
    height, width, channels = colour.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in colour)
    return png_of(width, height, 16, {1: 0, 3: 2, 4: 6}[channels], zlib.compress(rows))


def png_of(width: int, height: int, bits: int, colour_type: int, data: bytes) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, bits, colour_type, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


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


# --- orientation --------------------------------------------------------------------------------------------


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


# --- size ---------------------------------------------------------------------------------------------------


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


# --- refusals -----------------------------------------------------------------------------------------------


def test_no_bytes_are_an_empty_image() -> None:
    error = refusal(b"")
    assert (error.kind, str(error)) == ("EmptyImage", "the image has 0 bytes")


@pytest.mark.parametrize(
    "junk", [b"a", b"hello, I am a text file\n", b"<!DOCTYPE html><html>", b"RIFF1234WAVEfmt ", b"\0" * 99]
)
def test_what_is_no_image_is_undecodable(junk: bytes) -> None:
    error = refusal(junk)
    assert error.kind == "UndecodableImage"
    assert str(error) == (f"not a JPEG, PNG, WebP, GIF or BMP: {len(junk)} bytes that start with {junk[:12]!r}")


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("share", [0.05, 0.5, 0.9])
def test_a_truncated_image_is_refused_as_truncated(kind: str, share: float) -> None:
    payload = encoded(soft(200, 150), kind)
    error = refusal(payload[: int(len(payload) * share)])
    assert error.kind == "TruncatedImage"
    assert str(error).startswith(f"truncated {kind.replace('WEBP', 'WebP')} of ")


@pytest.mark.parametrize("kind", FORMATS)
def test_no_beginning_of_a_file_gives_other_pixels_than_the_whole(kind: str) -> None:
    payload = encoded(soft(40, 30), kind)
    whole = decode_one(payload, size=(30, 40))
    starts = [payload[:end] for end in range(len(payload))]
    pixels, failed = ImageDecoder(size=(30, 40), fit="stretch").decode(starts)
    assert {error.kind for error in failed.values()} <= {"EmptyImage", "TruncatedImage", "UndecodableImage"}
    # Some formats end with bytes that carry no pixels; without those a file is still whole.
    assert len(failed) >= len(payload) - 24
    for row in pixels:
        np.testing.assert_array_equal(row, whole)


@settings(max_examples=150, deadline=None)
@given(kind=st.sampled_from(FORMATS), seed=st.integers(0, 2**32), count=st.integers(1, 20))
def test_a_damaged_file_is_pixels_or_an_item_error(kind: str, seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    data = np.frombuffer(encoded(scene(), kind), np.uint8).copy()
    data[rng.integers(0, len(data), count)] = rng.integers(0, 256, count)
    pixels, failed = ImageDecoder(size=(8, 8), max_pixels=10_000_000).decode([data.tobytes()])
    assert len(pixels) + len(failed) == 1
    assert np.isfinite(pixels).all()


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


@pytest.mark.parametrize("name", list(bombs()))
def test_a_bomb_is_refused_by_its_header_without_its_memory(name: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    error = refusal(bombs()[name])
    assert error.kind == "ImageTooLarge"
    side, pixels = ("16383", "268,402,689") if name in ("WebP lossy", "WebP lossless") else ("20000", "400,000,000")
    assert str(error) == f"{side} x {side} is {pixels} pixels, the limit is 100,000,000"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000


def test_the_limit_is_the_callers_and_inclusive() -> None:
    payload = encoded(scene(64, 48), "PNG")
    assert refusal(payload, max_pixels=64 * 48 - 1).kind == "ImageTooLarge"
    assert ImageDecoder(size=(8, 8), max_pixels=64 * 48).decode([payload])[1] == {}


def test_an_image_between_pillows_warning_and_our_limit_decodes_silently() -> None:
    payload = encoded(Image.new("1", (9_500, 9_500), 1), "PNG")
    np.testing.assert_array_equal(decode_one(payload, size=(64, 64)), np.full((64, 64, 3), 255, np.float32))


# --- batches ------------------------------------------------------------------------------------------------

GOOD = [encoded(soft(50, 40, seed), kind) for seed in range(3) for kind in FORMATS]
BAD = [b"", b"text", GOOD[0][:300], bombs()["PNG"]]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(GOOD + BAD), max_size=12))
def test_a_batch_is_its_items_in_order_without_the_failed(payloads: list[bytes]) -> None:
    decoder = ImageDecoder(size=(10, 12))
    pixels, failed = decoder.decode(payloads)
    alone = [decoder.decode([payload]) for payload in payloads]
    expected = [rows[0] for rows, errors in alone if not errors]
    np.testing.assert_array_equal(pixels, np.array(expected, np.float32).reshape(-1, 10, 12, 3))
    assert {i: (e.kind, str(e)) for i, e in failed.items()} == {
        i: (errors[0].kind, str(errors[0])) for i, (_, errors) in enumerate(alone) if errors
    }


def test_an_empty_batch_is_no_pixels() -> None:
    pixels, failed = ImageDecoder(size=(10, 12)).decode([])
    assert pixels.shape == (0, 10, 12, 3)
    assert failed == {}


def test_calls_may_overlap() -> None:
    decoder = ImageDecoder(size=(10, 12))
    expected = decoder.decode(GOOD)[0]
    with ThreadPoolExecutor(8) as threads:
        for pixels, failed in threads.map(lambda _: decoder.decode(GOOD), range(24)):
            np.testing.assert_array_equal(pixels, expected)
            assert failed == {}


def test_a_decoder_can_be_pickled_before_and_after_use() -> None:
    decoder = ImageDecoder(size=(10, 12), max_pixels=5_000)
    assert pickle.loads(pickle.dumps(decoder)) == decoder
    decoder.decode(GOOD)
    assert pickle.loads(pickle.dumps(decoder)) == copy.deepcopy(decoder) == decoder


def test_a_failure_holds_no_image_in_memory() -> None:
    error = refusal(GOOD[0][:300])
    assert error.__traceback__ is None
    assert error.__context__ is None


# --- photographs --------------------------------------------------------------------------------------------


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
