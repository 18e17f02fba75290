"""What heads are trained on, with a GPU that is faked: mixed precision by itself, and back to float32 where it is not safe."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from transforms.common.errors import RequestError
from transforms.encoders import devices
from transforms.heads.fit.mlp import TrainedMlp
from transforms.heads.fit.mlp_head import _safely_trained
from transforms.heads.fit.training_device import TrainingDevice
from transforms.heads.job import HeadOptions, MlpOptions

SAMPLE = np.random.default_rng(0).normal(size=(16, 3)).astype(np.float32)


class Head:
    """A network whose logits are its inputs, times a factor."""

    def __init__(self, factor: float = 1.0) -> None:
        self.factor = factor

    def predict_on_batch(self, x: Any) -> Any:
        return x * self.factor


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A GPU; the list has an entry for each time that its memory was made to grow."""
    grown: list[str] = []
    monkeypatch.setattr(devices, "gpus_used", lambda: 1)
    monkeypatch.setattr(devices, "let_memory_grow", lambda: grown.append("grown"))
    return grown


def trained(device: TrainingDevice, *, mixed: Any, asked: list[bool]) -> tuple[Any, TrainingDevice]:
    """Trains with a head, or a failure, for mixed precision; the head of float32 has the factor 1."""

    def train(on: TrainingDevice) -> TrainedMlp:
        asked.append(on.mixed)
        if on.mixed and isinstance(mixed, Exception):
            raise mixed
        return TrainedMlp(model=mixed if on.mixed else Head(), history=[], best_epoch=1)

    outcome, used = _safely_trained(train, lambda _: Head(), device, SAMPLE)
    return outcome.model, used


@pytest.mark.parametrize(
    ("wish", "mixed", "words"),
    [
        (None, True, "on a GPU in mixed precision"),
        (False, False, "on a GPU in float32"),
        (True, True, "on a GPU in mixed"),
    ],
)
def test_a_gpu_is_used_with_memory_that_grows(gpu: list[str], wish: bool | None, mixed: bool, words: str) -> None:
    device = TrainingDevice.of(wish)
    assert (device.gpu, device.mixed, device.may_fall_back, gpu) == (True, mixed, wish is None, ["grown"])
    assert str(device).startswith(words)


def test_processors_train_in_float32_without_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "gpus_used", lambda: 0)
    assert (TrainingDevice.of(None), str(TrainingDevice.of(None))) == (TrainingDevice(gpu=False, mixed=False), "")


def test_a_head_that_answers_alike_in_float32_is_kept_and_computes_in_float32(gpu: list[str]) -> None:
    asked: list[bool] = []
    mixed = Head(1.0005)
    model, used = trained(TrainingDevice.of(None), mixed=mixed, asked=asked)
    assert (asked, used.mixed, model.factor) == ([True], True, 1.0)


@pytest.mark.parametrize("mixed", [Head(1.2), Head(float("nan")), RequestError("the training diverged in epoch 1")])
def test_where_mixed_precision_is_not_safe_the_training_is_made_again_in_float32(gpu: list[str], mixed: Any) -> None:
    asked: list[bool] = []
    _, used = trained(TrainingDevice.of(None), mixed=mixed, asked=asked)
    assert (asked, str(used)) == ([True, False], "on a GPU in float32")


def test_mixed_precision_that_was_asked_for_is_not_exchanged(gpu: list[str]) -> None:
    asked: list[bool] = []
    with pytest.raises(RequestError, match="diverged"):
        trained(TrainingDevice.of(True), mixed=RequestError("the training diverged in epoch 1"), asked=asked)
    assert asked == [True]


def test_what_was_no_wish_leaves_the_name_of_a_training_as_it_was() -> None:
    stored = [HeadOptions(mlp=MlpOptions(mixed_precision=wish)).to_json() for wish in (None, False, True)]
    assert [head["mlp"]["mixed_precision"] for head in stored] == [False, False, True]
