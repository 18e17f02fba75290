"""Engines: the same vectors within a stated tolerance, a choice that is checked, and refusals of one line."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.transforms.encoders import models
from transforms import encoders
from transforms.common.errors import RequestError
from transforms.encoders import engines, load, openvino_core, tensorflow_engine
from transforms.encoders.frozen import Network, scaled
from transforms.encoders.self_check import check_items, least_cosine
from transforms.encoders.spec import Encoder

needs_openvino = pytest.mark.skipif(not openvino_core.is_installed(), reason="OpenVINO is not installed")


def on(folder: Path, engine: Any, precision: Any = "float32") -> Encoder:
    return encoders.resolve(str(folder), engine=engine, precision=precision).load()


def photographs(n: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (n, models.SIDE, models.SIDE, 3), dtype=np.uint8)


@needs_openvino
def test_openvino_gives_the_vectors_of_tensorflow_and_takes_any_number_of_images(saved: dict[str, Path]) -> None:
    reference, fast = on(saved["image"], "tensorflow"), on(saved["image"], "openvino")

    assert (reference.computation.engine, reference.computation.cosine) == ("tensorflow", None)
    assert fast.computation.engine == "openvino"
    assert fast.computation.cosine is not None and fast.computation.cosine >= 0.9999
    assert fast.fingerprint == reference.fingerprint
    for n in (5, 1, 16):
        pixels = photographs(n)
        vectors = fast.encode(pixels)
        assert (vectors.dtype, vectors.shape) == (np.float32, (n, models.IMAGE_DIM))
        np.testing.assert_allclose(vectors, reference.encode(pixels), rtol=1e-4, atol=1e-5)


@needs_openvino
def test_openvino_is_used_without_its_telemetry(saved: dict[str, Path]) -> None:
    on(saved["image"], "openvino")

    assert "openvino" in sys.modules
    assert [name for name in sys.modules if name.startswith("openvino_telemetry")] == []


@needs_openvino
def test_by_itself_an_image_network_runs_on_openvino_and_a_text_network_on_tensorflow(saved: dict[str, Path]) -> None:
    assert on(saved["image"], "auto").computation.engine == "openvino"
    assert on(saved["text"], "auto").computation.engine == "tensorflow"
    with pytest.raises(RequestError, match=r"^--engine openvino: .* is no image network"):
        on(saved["text"], "openvino")


def test_without_openvino_everything_runs_on_tensorflow(
    saved: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openvino_core, "is_installed", lambda: False)

    found = on(saved["image"], "auto").computation

    assert (found.engine, found.cosine, found.note) == ("tensorflow", None, "")
    with pytest.raises(RequestError, match=r"^--engine openvino: OpenVINO is not installed: pip install openvino$"):
        on(saved["image"], "openvino")


class Unconvertible:
    @classmethod
    def converted(cls, *_: Any, **__: Any) -> Any:
        raise openvino_core.NotConvertedError("no conversion rule for Whirl")


class Other:
    """An engine that gives other vectors."""

    @classmethod
    def converted(cls, *_: Any, **__: Any) -> Other:
        return cls()

    def __call__(self, pixels: Any) -> Any:
        return np.random.default_rng(0).standard_normal((len(pixels), models.IMAGE_DIM)).astype(np.float32)


@pytest.mark.parametrize(
    ("engine", "reason"),
    [(Unconvertible, "no conversion rule for Whirl"), (Other, "the least cosine of their vectors")],
)
def test_what_openvino_cannot_run_as_it_should_stays_on_tensorflow_with_a_note(
    engine: type, reason: str, saved: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openvino_core, "is_installed", lambda: True)
    monkeypatch.setattr(engines, "OpenVinoFunction", engine)
    pixels = photographs(3)

    encoder = on(saved["image"], "auto")

    assert encoder.computation.engine == "tensorflow"
    assert reason in encoder.computation.note and "\n" not in encoder.computation.note
    np.testing.assert_array_equal(encoder.encode(pixels), on(saved["image"], "tensorflow").encode(pixels))
    with pytest.raises(RequestError, match=reason):
        on(saved["image"], "openvino")


def test_vectors_of_bytes_are_bit_for_bit_those_of_the_same_pixels_as_floats(saved: dict[str, Path]) -> None:
    import tensorflow as tf

    resolved = encoders.resolve(str(saved["image"]), engine="tensorflow")
    module = load.open_module(resolved.spec, saved["image"])
    floats = tf.function(lambda batch: module.call(scaled(batch, resolved.spec.pixel_range)))
    traced = floats.get_concrete_function(tf.TensorSpec([None, models.SIDE, models.SIDE, 3], tf.float32, name="items"))
    network = Network(name="floats", modality="image", traced=traced, owner=module)
    call = tensorflow_engine.in_float32(network, tensorflow_engine.frozen_for_float32(network))
    pixels = photographs(16)

    np.testing.assert_array_equal(resolved.load().encode(pixels), call(pixels.astype(np.float32)))


def test_pixels_travel_as_bytes_and_nothing_else_is_taken_for_them(saved: dict[str, Path]) -> None:
    pixels = photographs(2)

    with pytest.raises(TypeError, match="pixels are uint8, not float32"):
        on(saved["image"], "tensorflow").encode(pixels.astype(np.float32))


# ---- half precision ---------------------------------------------------------------------------------------


def test_half_precision_that_moves_the_vectors_is_refused(
    saved: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tensorflow_engine, "in_half_precision", lambda *_: (Other(), None))

    with pytest.raises(RequestError, match=r"cannot be had in bfloat16: on 8 items the least cosine .*: use float32$"):
        on(saved["image"], "tensorflow", "bfloat16")


def test_a_precision_that_no_device_computes_in_is_refused(saved: dict[str, Path]) -> None:
    import tensorflow as tf

    if tf.config.list_physical_devices("GPU"):
        pytest.skip("a GPU computes in float16")
    with pytest.raises(RequestError, match=r"cannot run in float16: no device of this machine computes in it"):
        on(saved["image"], "tensorflow", "float16")


def test_float32_is_float32_on_a_gpu_too(saved: dict[str, Path]) -> None:
    import tensorflow as tf

    tf.config.experimental.enable_tensor_float_32_execution(True)
    on(saved["image"], "tensorflow")

    assert not tf.config.experimental.tensor_float_32_execution_enabled()


@pytest.mark.parametrize(("here", "chosen"), [("bfloat16", "bfloat16"), (None, "float32")])
def test_auto_takes_the_half_precision_that_the_machine_has(
    here: Any, chosen: str, saved: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("transforms.encoders.devices.half_precision", lambda: here)
    monkeypatch.setattr(
        tensorflow_engine, "in_half_precision", lambda network, _: (tensorflow_engine.in_float32(network, None), None)
    )

    found = encoders.resolve(str(saved["image"]), precision="auto", engine="tensorflow")

    assert found.precision == chosen
    assert found.fingerprint == encoders.resolve(str(saved["image"]), precision=chosen).fingerprint  # type: ignore[arg-type]


def test_auto_stays_in_float32_where_half_precision_fails_the_check(
    saved: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("transforms.encoders.devices.half_precision", lambda: "bfloat16")
    monkeypatch.setattr(tensorflow_engine, "in_half_precision", lambda *_: (Other(), None))

    assert encoders.resolve(str(saved["image"]), precision="auto").precision == "float32"


@pytest.mark.parametrize("before", ["float32", "bfloat16", "float16"])
def test_auto_goes_on_in_the_precision_of_the_vectors_that_are_there(
    before: Any, saved: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("transforms.encoders.devices.half_precision", lambda: "bfloat16")
    there = encoders.resolve(str(saved["image"]), precision=before).fingerprint

    found = encoders.resolve(str(saved["image"]), precision="auto", continued=there)

    assert (found.precision, found.fingerprint) == (before, there)


# ---- the check --------------------------------------------------------------------------------------------


def test_the_least_cosine_is_that_of_the_worst_pair() -> None:
    a = np.array([[1, 0], [1, 1], [0, 0], [3, 4]], np.float32)

    assert least_cosine(a, 2 * a) == pytest.approx(1.0, abs=1e-12)
    assert least_cosine(a, a[:, ::-1]) == 0.0
    assert least_cosine([[1, 0]], [[0, 0]]) == 0.0
    assert not least_cosine([[1, 0], [1, 0]], [[1, 0], [np.nan, 0]]) >= 0.0


def test_the_items_of_the_check_are_always_the_same(saved: dict[str, Path]) -> None:
    image, text = (encoders.resolve(str(saved[name])).spec for name in ("image", "text"))

    pictures = check_items(image)
    assert (pictures.dtype, pictures.shape) == (np.uint8, (8, models.SIDE, models.SIDE, 3))
    np.testing.assert_array_equal(pictures, check_items(image))
    assert len({picture.tobytes() for picture in pictures}) == 8
    assert len(set(check_items(text))) == 8
