"""That a graph's pixels are `ImageDecoder`'s, bit for bit."""

from __future__ import annotations

import functools
import io
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.transforms.encoders.pictures import bmp_of
from transforms.encoders.image_decoder import ImageDecoder
from transforms.encoders.image_graph import decode_in_graph
from transforms.encoders.spec import Fit

Pixels = npt.NDArray[np.float32]

SQUARE, WIDE = (224, 224), (48, 80)
SIZES = [(37, 53), (300, 200), (640, 480), (1024, 768), (2000, 1500), (1100, 90), (90, 1100), (224, 224), (1, 1)]


@functools.cache
def graph(size: tuple[int, int], fit: Fit, **options: Any) -> Callable[[list[bytes]], Any]:
    import tensorflow as tf

    return tf.function(
        lambda encoded: decode_in_graph(encoded, size=size, fit=fit, **options),
        input_signature=[tf.TensorSpec([None], tf.string)],
        autograph=False,
    )


def in_graph(payloads: list[bytes], size: tuple[int, int] = WIDE, fit: Fit = "crop", **options: Any) -> Pixels:
    return graph(size, fit, **options)(payloads).numpy()


def by_pillow(payloads: list[bytes], size: tuple[int, int] = WIDE, fit: Fit = "crop", **options: Any) -> Pixels:
    pixels, failed = ImageDecoder(size=size, fit=fit, **options).decode(payloads)
    assert failed == {}
    return pixels


def noisy(width: int, height: int, seed: int = 0) -> Image.Image:
    """Smooth areas under noise: every rounding happens, and nothing averages out."""
    random = np.random.default_rng(seed)
    smooth = Image.fromarray(random.integers(0, 256, (5, 7, 3), dtype=np.uint8)).resize((width, height))
    noise = random.integers(-40, 41, (height, width, 3))
    return Image.fromarray(np.clip(np.asarray(smooth) + noise, 0, 255).astype(np.uint8))


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def png_of(width: int, height: int, bits: int, colour_type: int, key: bytes = b"") -> bytes:
    """A PNG of random pixels, in any of the depths that Pillow reads; it writes few of them. `key` is transparent."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    channels = {0: 1, 2: 3, 4: 2, 6: 4}[colour_type]
    row = (width * channels * bits + 7) // 8
    rows = np.random.default_rng(0).integers(0, 256, (height, 1 + row), dtype=np.uint8)
    rows[:, 0] = 0
    header = struct.pack(">IIBBBBB", width, height, bits, colour_type, 0, 0, 0)
    data = zlib.compress(rows.tobytes())
    transparent = chunk(b"tRNS", key) if key else b""
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + transparent + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def frame_on_canvas(picture: Image.Image, key: int | None) -> bytes:
    """A GIF whose only frame leaves a margin of its canvas uncovered."""
    options = {} if key is None else {"transparency": key}
    data = bytearray(encoded(picture, "GIF", **options))
    frame = data.index(b"\x2c\0\0\0\0")
    data[6:10] = struct.pack("<HH", picture.width + 30, picture.height + 20)
    data[frame + 1 : frame + 5] = struct.pack("<HH", 10, 5)
    return bytes(data)


def bitfields(masks: tuple[int, int, int]) -> bytes:
    """A BMP of 32 bits, 50 x 30, with the masks of its colours."""
    pixels = np.random.default_rng(0).integers(0, 256, (30, 50, 4), dtype=np.uint8).tobytes()
    header = struct.pack("<IiiHHIIiiII", 40, 50, 30, 1, 32, 3, len(pixels), 0, 0, 0, 0) + struct.pack("<III", *masks)
    return b"BM" + struct.pack("<IHHI", 66 + len(pixels), 0, 0, 66) + header + pixels


def exif(orientation: int, order: str = "<", end: int | None = None) -> bytes:
    """An EXIF block of two entries, the second of which is the orientation; cut off at `end`."""
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "HIH", 42, 8, 2)
    entries = struct.pack(order + "HHIHH", 0x0100, 3, 1, 7, 0) + struct.pack(
        order + "HHIHH", 0x0112, 3, 1, orientation, 0
    )
    return b"Exif\0\0" + (head + entries + bytes(4))[:end]


# --- sizes --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("size", "fit"), [(SQUARE, "crop"), (WIDE, "stretch")])
def test_every_size_of_every_format_has_pillows_pixels(size: tuple[int, int], fit: Fit) -> None:
    for width, height in SIZES:
        picture = noisy(width, height)
        payloads = [encoded(picture, "JPEG")]
        if width * height < 500_000:
            payloads += [
                encoded(picture, "BMP"),
                encoded(picture, "JPEG", quality=95, subsampling=0),
                encoded(picture, "JPEG", progressive=True),
                encoded(picture.convert("L"), "JPEG"),
                encoded(picture, "PNG", compress_level=1),
                encoded(picture, "GIF"),
                encoded(picture, "WEBP", method=0),
            ]
        np.testing.assert_array_equal(
            in_graph(payloads, size, fit), by_pillow(payloads, size, fit), err_msg=f"{width} x {height}"
        )


# The last two are taller than a hundred times their width.
@pytest.mark.parametrize(("width", "height"), [(900, 5), (5, 499), (5, 501), (3, 2000)])
def test_slivers_have_pillows_pixels(width: int, height: int) -> None:
    payloads = [encoded(noisy(width, height), "PNG")]
    for fit in ("crop", "stretch"):
        np.testing.assert_array_equal(in_graph(payloads, WIDE, fit), by_pillow(payloads, WIDE, fit))


@pytest.mark.parametrize("fit", ["crop", "stretch"])
def test_a_centre_by_the_cubic_filter_has_pillows_pixels(fit: Fit) -> None:
    options: dict[str, Any] = {"resampling": "bicubic", "resized": (60, 60)}
    sizes = [(37, 53), (640, 480), (90, 1100), (1, 1)]
    payloads = [
        encoded(noisy(*size), kind, exif=exif(turn)) for size in sizes for kind, turn in (("JPEG", 6), ("PNG", 1))
    ]
    np.testing.assert_array_equal(
        in_graph(payloads, (40, 56), fit, **options), by_pillow(payloads, (40, 56), fit, **options)
    )


@given(
    width=st.integers(1, 700),
    height=st.integers(1, 700),
    orientation=st.integers(1, 8),
    kind=st.sampled_from(["JPEG", "PNG"]),
    fit=st.sampled_from(["crop", "stretch"]),
    seed=st.integers(0, 1000),
)
@settings(max_examples=100, deadline=None)
def test_any_size_has_pillows_pixels(width: int, height: int, orientation: int, kind: str, fit: Fit, seed: int) -> None:
    payloads = [encoded(noisy(width, height, seed), kind, exif=exif(orientation))]
    np.testing.assert_array_equal(in_graph(payloads, WIDE, fit), by_pillow(payloads, WIDE, fit))


# --- formats ------------------------------------------------------------------------------------------------


def variants() -> dict[str, bytes]:
    picture, mask = noisy(301, 203), noisy(301, 203, seed=1).convert("L")
    grey, palette, clear, grey_alpha = picture.convert("L"), picture.convert("P"), picture.copy(), picture.convert("L")
    clear.putalpha(mask)
    grey_alpha.putalpha(mask)
    other = noisy(301, 203, seed=2)
    upright = bytearray(encoded(picture, "BMP"))
    upright[22:26] = struct.pack("<i", -203)
    return {
        "jpeg 4:2:2": encoded(picture, "JPEG", subsampling=1),
        "jpeg restarts": encoded(picture, "JPEG", restart_marker_blocks=2),
        "jpeg rgb": encoded(picture, "JPEG", keep_rgb=True),
        "jpeg trailer": encoded(picture, "JPEG") + b"more",
        **{
            f"png {bits} bits, type {kind}": png_of(301, 203, bits, kind)
            for bits, kind in [(1, 0), (2, 0), (4, 0), (8, 0)]
        },
        **{f"png 16 bits, type {kind}": png_of(301, 203, 16, kind) for kind in (0, 2, 4, 6)},
        **{
            f"png {bits} bits, transparent grey": png_of(301, 203, bits, 0, struct.pack(">H", key))
            for bits, key in [(1, 1), (2, 2), (4, 5), (8, 77), (16, 30000)]
        },
        "png transparent colour": encoded(palette.convert("RGB"), "PNG", transparency=palette.getpalette()[30:33]),
        "png transparent colour that is not there": png_of(301, 203, 8, 2, struct.pack(">HHH", 1, 2, 300)),
        "png alpha": encoded(clear, "PNG"),
        "png grey alpha": encoded(grey_alpha, "PNG"),
        "png palette": encoded(palette, "PNG"),
        "png palette of 4 bits": encoded(picture.quantize(13), "PNG", bits=4),
        "png transparent palette": encoded(palette, "PNG", transparency=3),
        "png alpha in a palette": encoded(palette, "PNG", transparency=bytes(range(256))),
        "png alpha in a palette of 4 bits": encoded(
            picture.quantize(13), "PNG", bits=4, transparency=bytes(range(0, 130, 10))
        ),
        "png opaque alpha": encoded(picture.convert("RGBA"), "PNG"),
        "png invisible": encoded(Image.new("RGBA", (50, 30), (1, 2, 3, 0)), "PNG"),
        "png white ink": encoded(Image.merge("LA", (Image.new("L", (301, 203), 250), mask)), "PNG"),
        "png transparent grey": encoded(grey, "PNG", transparency=3),
        "webp lossless": encoded(picture, "WEBP", lossless=True),
        "webp alpha": encoded(clear, "WEBP"),
        "webp lossless alpha": encoded(clear, "WEBP", lossless=True, exact=True),
        "gif grey": encoded(grey, "GIF"),
        "gif interlaced": encoded(picture, "GIF", interlace=True),
        "gif transparent": encoded(clear, "GIF"),
        "gif transparent palette": encoded(palette, "GIF", transparency=7),
        "gif transparent grey": encoded(grey, "GIF", transparency=100),
        "gif interlaced and transparent": encoded(palette, "GIF", transparency=7, interlace=True),
        "gif with a comment": encoded(palette, "GIF", transparency=7, comment=b", no image! " * 40),
        "gif on a canvas": frame_on_canvas(palette, None),
        "gif on a transparent canvas": frame_on_canvas(palette, 7),
        "gif animated and transparent": encoded(
            palette, "GIF", transparency=7, save_all=True, append_images=[other.convert("P")]
        ),
        "gif animated": encoded(picture, "GIF", save_all=True, append_images=[other]),
        "bmp grey": encoded(grey, "BMP"),
        "bmp palette": encoded(palette, "BMP"),
        "bmp palette of 13": encoded(picture.quantize(13), "BMP"),
        "bmp 32 bits": encoded(clear, "BMP"),
        "bmp top first": bytes(upright),
        "bmp with masks": bitfields((0xFF0000, 0xFF00, 0xFF)),
        "bmp alpha": bmp_of(np.asarray(clear), 0xFF000000),
        "bmp without alpha": bmp_of(np.asarray(clear), 0),
    }


def test_every_variant_of_a_format_has_pillows_pixels() -> None:
    named = variants()
    got, expected = in_graph(list(named.values())), by_pillow(list(named.values()))
    assert [name for name, a, b in zip(named, got, expected, strict=True) if not np.array_equal(a, b)] == []


def test_dropped_transparency_has_pillows_pixels() -> None:
    named = variants()
    got = in_graph(list(named.values()), transparency="drop")
    expected = by_pillow(list(named.values()), transparency="drop")
    assert [name for name, a, b in zip(named, got, expected, strict=True) if not np.array_equal(a, b)] == []
    assert not np.array_equal(got, in_graph(list(named.values())))


@given(
    width=st.integers(1, 90),
    height=st.integers(1, 90),
    kind=st.sampled_from(["PNG", "WEBP", "GIF", "BMP"]),
    ink=st.integers(0, 255),
    seed=st.integers(0, 1000),
)
@settings(max_examples=60, deadline=None)
def test_any_transparency_has_pillows_pixels(width: int, height: int, kind: str, ink: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    levels = random.choice([0, 1, 127, 128, 254, 255], (height, width, 4)).astype(np.uint8)
    levels[..., :3] = np.where(random.random((height, width, 1)) < 0.7, ink, levels[..., :3])
    picture = Image.fromarray(levels)
    if kind == "BMP":
        payload = bmp_of(levels, 0xFF000000)
    else:
        payload = encoded(picture, kind, **({"lossless": True, "exact": True} if kind == "WEBP" else {}))
    np.testing.assert_array_equal(in_graph([payload]), by_pillow([payload]))


def test_a_cmyk_jpeg_is_within_one_level() -> None:
    inks = Image.merge("CMYK", [noisy(301, 203, seed).convert("L") for seed in range(4)])
    payloads = [encoded(inks, "JPEG", quality=95)]
    got, expected = in_graph(payloads), by_pillow(payloads)
    assert np.abs(got - expected).max() <= 1
    assert np.ptp(expected) > 50


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_orientation_is_undone(kind: str) -> None:
    picture = noisy(120, 70)
    payloads = [encoded(picture, kind, exif=exif(value, order)) for value in range(10) for order in "<>"]
    got = in_graph(payloads)
    np.testing.assert_array_equal(got, by_pillow(payloads))
    assert len(np.unique(got, axis=0)) == 8


def test_a_truncated_exif_block_counts_as_far_as_it_can_be_read() -> None:
    payloads = [encoded(noisy(120, 70), "JPEG", exif=exif(6, end=end)) for end in range(45)]
    got = in_graph(payloads)
    np.testing.assert_array_equal(got, by_pillow(payloads))
    assert len(np.unique(got, axis=0)) == 2


# --- the batch and the graph --------------------------------------------------------------------------------


def test_an_empty_batch_is_empty() -> None:
    assert in_graph([]).shape == (0, *WIDE, 3)


def broken() -> dict[str, bytes]:
    picture = noisy(60, 40)
    packed = bytearray(encoded(picture.convert("P"), "BMP"))
    packed[30] = 1
    return {
        "empty": b"",
        "text": b"no image at all",
        "TIFF": encoded(picture, "TIFF"),
        "start of a JPEG": b"\xff\xd8\xff",
        "start of a BMP": b"BM",
        **{f"truncated {kind}": encoded(picture, kind)[:-40] for kind in ("JPEG", "PNG", "WEBP", "GIF", "BMP")},
        "animated WebP": encoded(picture, "WEBP", save_all=True, append_images=[noisy(60, 40, 1)]),
        "compressed BMP": bytes(packed),
        "BMP of other masks": bitfields((0xFF, 0xFF00, 0xFF0000)),
        "GIF of no image": encoded(picture, "GIF")[:13] + b";",
    }


@pytest.mark.parametrize("name", broken())
def test_a_bad_image_fails_its_batch(name: str) -> None:
    import tensorflow as tf

    with pytest.raises(tf.errors.InvalidArgumentError):
        in_graph([encoded(noisy(60, 40), "PNG"), broken()[name]])


LOADER = """
import sys
import tensorflow as tf
model = tf.saved_model.load(sys.argv[1])
payloads = [open(path, "rb").read() for path in sys.argv[3:]]
tf.io.write_file(sys.argv[2], tf.io.serialize_tensor(model.decode(tf.constant(payloads))))
assert "transforms" not in sys.modules
"""


def test_a_saved_model_needs_nothing_but_tensorflow(tmp_path: Path) -> None:
    import tensorflow as tf

    module = tf.Module()
    module.decode = graph(WIDE, "crop")
    tf.saved_model.save(module, str(tmp_path / "model"))
    payloads = [
        encoded(noisy(500, 400), "JPEG", exif=exif(6)),
        encoded(noisy(300, 500), "PNG"),
        variants()["bmp palette"],
    ]
    paths = [tmp_path / str(position) for position in range(len(payloads))]
    for path, payload in zip(paths, payloads, strict=True):
        path.write_bytes(payload)

    subprocess.run(
        [sys.executable, "-c", LOADER, str(tmp_path / "model"), str(tmp_path / "pixels"), *map(str, paths)],
        check=True,
        cwd=tmp_path,
        capture_output=True,
    )

    pixels = tf.io.parse_tensor(tf.io.read_file(str(tmp_path / "pixels")), tf.float32).numpy()
    np.testing.assert_array_equal(pixels, by_pillow(payloads))
