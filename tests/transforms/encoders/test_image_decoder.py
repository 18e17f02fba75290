"""Batches through the image decoder, and the files that it refuses."""

from __future__ import annotations

import copy
import pickle
import resource
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.transforms.encoders.pictures import FORMATS, bombs, decode_one, encoded, refusal, scene, soft
from transforms.encoders.image_decoder import ImageDecoder

pytestmark = pytest.mark.filterwarnings("error")


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
