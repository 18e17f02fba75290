"""Conversions: kept for the next start, for this machine alone, and for these files alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.transforms.encoders import models
from transforms import encoders
from transforms.common.errors import RequestError
from transforms.encoders import (
    conversions,
    devices,
    engines,
    load,
    openvino_core,
    resolved,
    tensorflow_engine,
)
from transforms.encoders.spec import Encoder

PIXELS = np.random.default_rng(0).integers(0, 256, (5, models.SIDE, models.SIDE, 3), dtype=np.uint8)
ENGINES = [
    "tensorflow",
    pytest.param(
        "openvino", marks=pytest.mark.skipif(not openvino_core.is_installed(), reason="OpenVINO is not installed")
    ),
]


def next_start(folder: Path, engine: Any, monkeypatch: pytest.MonkeyPatch, **asked: Any) -> Encoder:
    monkeypatch.setattr(resolved, "_loaded", {})
    return encoders.resolve(str(folder), engine=engine, **asked).load()


def refuse_to_open(monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(*_: Any) -> None:
        raise AssertionError("the module was opened")

    monkeypatch.setattr(load, "open_module", opened)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_second_start_neither_opens_nor_checks_the_module_and_gives_the_same_vectors(
    engine: str, saved: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = next_start(saved["image"], engine, monkeypatch)
    refuse_to_open(monkeypatch)
    monkeypatch.setattr(engines, "check_items", refuse_to_open)

    second = next_start(saved["image"], engine, monkeypatch)

    assert second is not first
    assert (second.fingerprint, second.computation) == (first.fingerprint, first.computation)
    np.testing.assert_array_equal(second.encode(PIXELS), first.encode(PIXELS))


@pytest.mark.parametrize("what", ["another processor", "a byte that changed", "half of it"])
def test_what_was_made_elsewhere_or_is_damaged_is_made_anew(
    what: str, saved: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = next_start(saved["image"], "tensorflow", monkeypatch)
    path = conversions.path_of(first.fingerprint, "tensorflow")
    content = path.read_bytes()
    if what == "another processor":
        other = devices.Processor(name="another", instructions=frozenset())
        monkeypatch.setattr(devices, "processor", lambda: other)
    else:
        path.write_bytes(
            content[: len(content) // 2] + (b"" if what == "half of it" else b"\0" + content[len(content) // 2 + 1 :])
        )

    assert conversions.read(first.fingerprint, "tensorflow") is None
    np.testing.assert_array_equal(
        next_start(saved["image"], "tensorflow", monkeypatch).encode(PIXELS), first.encode(PIXELS)
    )
    assert conversions.read(first.fingerprint, "tensorflow") is not None


def test_a_precision_that_failed_the_check_is_refused_in_the_same_words_at_once(
    saved: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def other_vectors(pixels: Any) -> Any:
        return np.random.default_rng(1).standard_normal((len(pixels), models.IMAGE_DIM))

    monkeypatch.setattr(tensorflow_engine, "in_half_precision", lambda *_: (other_vectors, None))
    with pytest.raises(RequestError, match="cannot be had in bfloat16") as first:
        next_start(saved["image"], "tensorflow", monkeypatch, precision="bfloat16")
    refuse_to_open(monkeypatch)

    with pytest.raises(RequestError) as second:
        next_start(saved["image"], "tensorflow", monkeypatch, precision="bfloat16")

    assert str(second.value) == str(first.value)


def test_a_cache_that_cannot_be_written_costs_time_and_nothing_else(
    saved: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = encoders.resolve(str(saved["image"]), engine="tensorflow")
    conversions.path_of("", "auto").parent.write_text("a file where the folder would be")

    assert asked.load().encode(PIXELS).shape == (5, models.IMAGE_DIM)
