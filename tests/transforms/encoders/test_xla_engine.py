"""Images on a GPU, by a fake that counts what it would be asked, and by XLA on processors."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.helpers import fakes
from tests.transforms.encoders import models
from transforms import encoders
from transforms.encoders import devices, resolved
from transforms.encoders.xla_engine import XlaFunction, batch_of, shapes_of


class Device:
    """Vectors are the sums of images; counts calls by their shape.

    Args:
      most: more images do not fit into its memory.
      seconds: of a call with so many images, by its own clock.
    """

    def __init__(
        self,
        *,
        failure: Exception | None = None,
        most: int = 1 << 20,
        seconds: Callable[[int], float] = float,
    ) -> None:
        self.asked: list[int] = []
        self.failure, self.most, self.seconds = failure, most, seconds
        self.now = 0.0

    def clock(self) -> float:
        return self.now

    def __call__(self, pixels: Any) -> Any:
        self.asked.append(len(pixels))
        if self.failure is not None:
            raise self.failure
        if len(pixels) > self.most:
            raise fakes.ResourceExhaustedError("OOM when allocating tensor")
        self.now += self.seconds(len(pixels))
        return pixels.reshape(len(pixels), -1).sum(axis=1, dtype=np.float32)[:, None]


def pixels(n: int) -> np.ndarray:
    return np.random.default_rng(n).integers(0, 256, (n, 2, 2, 3), dtype=np.uint8)


def test_batches_of_any_size_have_few_shapes_and_their_own_vectors() -> None:
    device = Device()
    function = XlaFunction(device, Device(), batch=64, clock=device.clock)

    for n in (1, 5, 8, 9, 16, 17, 63, 64, 65, 200):
        found = function(pixels(n))
        np.testing.assert_array_equal(found[:, 0], pixels(n).reshape(n, -1).sum(axis=1))
    assert set(device.asked) == {8, 16, 64} == set(shapes_of(64))


def test_a_network_that_cannot_be_compiled_runs_without_and_other_failures_are_raised() -> None:
    class InvalidArgumentError(Exception):
        pass

    compiled, plain = Device(failure=InvalidArgumentError("not compilable")), Device()
    function = XlaFunction(compiled, plain, batch=8)
    for n in (3, 4):
        np.testing.assert_array_equal(function(pixels(n))[:, 0], pixels(n).reshape(n, -1).sum(axis=1))
    assert (compiled.asked, plain.asked) == ([8], [8, 8])

    with pytest.raises(ZeroDivisionError):
        XlaFunction(Device(failure=ZeroDivisionError()), plain, batch=8)(pixels(3))


@pytest.mark.parametrize(
    ("device", "found", "tried"),
    [
        (Device(), 64, {16, 64}),  # an image costs the same in every batch
        (Device(seconds=lambda n: 30.0 + n), 128, {16, 64, 128}),  # a call costs much of itself
        (Device(seconds=lambda n: 30.0 + n if n <= 64 else 1000.0), 64, {16, 64, 128}),
        (Device(seconds=lambda n: 30.0 + n, most=64), 64, {16, 64, 128}),
        (Device(most=40), 32, {32, 64}),
        (Device(most=8), 8, {8, 16, 32, 64}),
    ],
)
def test_the_batch_is_the_fastest_that_the_memory_takes(device: Device, found: int, tried: set[int]) -> None:
    function = XlaFunction(device, Device(), batch=64, clock=device.clock)
    single = function(pixels(1))
    assert (len(single), device.asked) == (1, [8])  # nothing is searched for one image
    device.asked.clear()

    for n in (17, 200):
        np.testing.assert_array_equal(function(pixels(n))[:, 0], pixels(n).reshape(n, -1).sum(axis=1))

    assert function.batch == found
    assert tried <= set(device.asked) <= tried | set(shapes_of(found))


def test_a_gpu_without_memory_for_a_few_images_has_the_batch_halved_by_whoever_called() -> None:
    function = XlaFunction(Device(most=4), Device(), batch=64)
    with pytest.raises(MemoryError, match="no memory for a batch of 8 images"):
        function(pixels(64))


def test_a_gpu_gets_larger_batches_and_smaller_ones_of_larger_images(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [batch_of((side, side)) for side in (224, 331, 480)] == [256, 128, 64]
    mobile, words = encoders.find("nasnet-mobile"), encoders.find("use-multilingual")
    before = mobile.batch_items
    assert devices.batch_items_of(mobile) == before

    monkeypatch.setattr(devices, "gpus_used", lambda: 1)

    assert devices.batch_items_of(mobile) == 512
    assert devices.batch_items_of(words) == words.batch_items


def test_what_xla_compiled_has_the_vectors_of_tensorflow(
    saved: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    images = np.random.default_rng(0).integers(0, 256, (11, models.SIDE, models.SIDE, 3), dtype=np.uint8)
    plain = encoders.resolve(str(saved["image"]), engine="tensorflow").load().encode(images)
    monkeypatch.setattr(devices, "gpus_used", lambda: 1)
    monkeypatch.setattr(devices, "let_memory_grow", lambda: None)
    for fresh in (True, False):  # from the module, and from what was kept of it
        monkeypatch.setattr(resolved, "_loaded", {})
        if fresh:
            monkeypatch.setenv("VECTORMILL_CACHE_DIR", str(saved["image"].parent / "gpu-state"))

        compiled = encoders.resolve(str(saved["image"]), engine="tensorflow").load()

        assert isinstance(compiled._call, XlaFunction)  # type: ignore[attr-defined]
        np.testing.assert_allclose(compiled.encode(images), plain, rtol=1e-5, atol=1e-5)
