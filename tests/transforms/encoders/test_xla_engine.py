"""Images on a GPU, by a fake that counts what it would be asked, and by XLA on processors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.transforms.encoders import models
from transforms import encoders
from transforms.encoders import devices, resolved
from transforms.encoders.xla_engine import XlaFunction, batch_of, shapes_of


class Device:
    """Vectors are the sums of images; counts calls by their shape."""

    def __init__(self, *, failure: Exception | None = None) -> None:
        self.asked: list[int] = []
        self.failure = failure

    def __call__(self, pixels: Any) -> Any:
        self.asked.append(len(pixels))
        if self.failure is not None:
            raise self.failure
        return pixels.reshape(len(pixels), -1).sum(axis=1, dtype=np.float32)[:, None]


def pixels(n: int) -> np.ndarray:
    return np.random.default_rng(n).integers(0, 256, (n, 2, 2, 3), dtype=np.uint8)


def test_batches_of_any_size_have_few_shapes_and_their_own_vectors() -> None:
    device = Device()
    function = XlaFunction(device, Device(), batch=64)

    for n in (1, 5, 8, 9, 16, 17, 63, 64, 65, 200):
        found = function(pixels(n))
        np.testing.assert_array_equal(found[:, 0], pixels(n).reshape(n, -1).sum(axis=1))
    assert set(device.asked) == {8, 16, 64} == set(shapes_of(64))


def test_a_network_that_cannot_be_compiled_runs_without_and_other_failures_are_raised() -> None:
    class InvalidArgumentError(Exception):
        pass

    class ResourceExhaustedError(Exception):
        pass

    compiled, plain = Device(failure=InvalidArgumentError("not compilable")), Device()
    function = XlaFunction(compiled, plain, batch=8)
    for n in (3, 4):
        np.testing.assert_array_equal(function(pixels(n))[:, 0], pixels(n).reshape(n, -1).sum(axis=1))
    assert (compiled.asked, plain.asked) == ([8], [8, 8])

    with pytest.raises(ResourceExhaustedError):
        XlaFunction(Device(failure=ResourceExhaustedError()), plain, batch=8)(pixels(3))


def test_a_gpu_gets_larger_batches_and_smaller_ones_of_larger_images(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [batch_of((side, side)) for side in (224, 331, 480)] == [256, 128, 64]
    mobile, words = encoders.find("nasnet-mobile"), encoders.find("use-multilingual")
    before = mobile.batch_items
    assert devices.batch_items_of(mobile) == before

    monkeypatch.setattr(devices, "gpus_used", lambda: 1)

    assert devices.batch_items_of(mobile) == 256
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
