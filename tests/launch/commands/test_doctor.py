"""`vectormill doctor`: devices, engines, rates and the bottleneck, with fake encoders."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.launch.conftest import Command
from transforms.encoders import devices, machine_check, openvino_core


@pytest.fixture(scope="module", autouse=True)
def started() -> None:
    """TensorFlow, which writes to standard error when it starts and looks for GPUs."""
    import tensorflow as tf

    tf.config.list_physical_devices("GPU")


def test_rates_and_the_bottleneck_of_an_image_encoder(vectormill: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine_check, "_decode_rate", lambda *_: 400.0)
    monkeypatch.setattr(machine_check, "_encode_rate", lambda *_: 100.0)

    found = json.loads(vectormill("doctor", "--encoder", "fake-image", "--every-engine", "--json").output())

    assert found["encoder"] == "fake-image"
    assert found["cores"] >= 1
    assert set(found["engines"]) == {"tensorflow", "openvino"}
    assert found["precisions"][0] == "float32"
    assert [(rate["engine"], rate["precision"]) for rate in found["encode"]][:2] == [
        ("tensorflow", "float32"),
        ("openvino", "float32"),
    ]
    assert found["decode_per_second"] == 400.0
    assert found["items_per_second"] == (80.0 if not found["gpus_used"] else 100.0)
    assert found["bottleneck"] == "encode"


def test_what_a_person_sees(vectormill: Command) -> None:
    shown = vectormill("doctor", "--encoder", "fake-image", "--seconds", 0.01).output()

    assert "processor" in shown and "engines" in shown and "tensorflow 2." in shown
    assert "decode" in shown and "encode" in shown
    assert "the bottleneck is to " in shown


def test_an_encoder_of_text_has_nothing_to_decode(vectormill: Command) -> None:
    found = json.loads(vectormill("doctor", "--encoder", "fake-text", "--seconds", 0.01, "--json").output())

    assert found["decode_per_second"] is None
    assert (found["bottleneck"], found["items_per_second"] > 0) == ("encode", True)


@pytest.mark.parametrize(
    ("driver", "warning"),
    [
        (devices.NvidiaDriver(gpus=("T4",), version="570.1"), "T4: TensorFlow uses 0 of 1; it finds no CUDA libraries"),
        (devices.NvidiaDriver(gpus=("T4",), problem="restart"), "T4 is there and not used: restart"),
    ],
)
def test_a_gpu_that_is_not_used_is_a_warning(
    driver: devices.NvidiaDriver, warning: str, vectormill: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "nvidia_driver", lambda: driver)

    shown = vectormill("doctor", "--encoder", "fake-text", "--seconds", 0.01).output()

    assert f"warning: {warning}" in shown


def test_a_missing_engine_is_named(vectormill: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openvino_core, "is_installed", lambda: False)

    assert "openvino not installed" in vectormill("doctor", "--encoder", "fake-text", "--seconds", 0.01).output()


def test_an_unknown_encoder_is_a_wrong_request(bare: Command) -> None:
    assert bare("doctor", "--encoder", "nasnet-mobil").complaint(2).startswith("there is no encoder 'nasnet-mobil'")


def test_without_more_said_the_engine_that_a_run_takes_is_measured(
    vectormill: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    resolve = machine_check.encoders.resolve

    def watched(name: str, **given: Any) -> Any:
        asked.append(given.get("engine", "auto"))
        return resolve(name, **given)

    monkeypatch.setattr(machine_check.encoders, "resolve", watched)

    found = json.loads(vectormill("doctor", "--encoder", "fake-text", "--seconds", 0.01, "--json").output())

    assert set(asked) == {"auto"}
    assert [rate["precision"] for rate in found["encode"]] == found["precisions"]
