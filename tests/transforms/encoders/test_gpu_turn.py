"""Turns on a GPU, between processes that are faked by turns of their own: a lock belongs to an open file."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from transforms.encoders import devices
from transforms.encoders import gpu_turn as module
from transforms.encoders.gpu_turn import gpu_turn


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A machine with two GPUs; the list has those that TensorFlow was told to compute on."""
    seen: list[int] = []
    monkeypatch.setattr(module.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(module, "_POLL_SECONDS", 0.01)
    monkeypatch.setattr(devices, "gpus_used", lambda: 2)
    monkeypatch.setattr(devices, "compute_on", lambda position: seen.append(position) is None)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    another_process(monkeypatch)
    return seen


def another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_turns", module._Turns())


def never() -> None:
    raise AssertionError("it waited")


def test_each_process_has_a_gpu_of_its_own_and_the_next_one_waits(
    machine: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    waits, has = threading.Event(), threading.Event()

    def third() -> None:
        with gpu_turn(waiting=waits.set) as name:
            assert name == "0"
            has.set()

    first = gpu_turn(waiting=never)
    assert first.__enter__() == "0"
    own = module._turns
    another_process(monkeypatch)
    with gpu_turn(waiting=never) as name:
        assert name == "1"
        another_process(monkeypatch)
        thread = threading.Thread(target=third, daemon=True)
        thread.start()
        assert waits.wait(60) and not has.is_set()
        monkeypatch.setattr(module, "_turns", own)
        first.__exit__(None, None, None)
        assert has.wait(60)
        thread.join(60)
    assert machine == [0, 1, 0]


def test_lines_of_one_process_share_its_turn_and_its_next_turn_is_on_the_same_gpu(machine: list[int]) -> None:
    with gpu_turn(waiting=never) as outer, gpu_turn(waiting=never) as inner:
        assert outer == inner == "0"
    with gpu_turn(waiting=never) as again:
        assert again == "0"
    assert machine == [0]


def test_a_process_that_computes_already_waits_for_its_own_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "compute_on", lambda position: False)
    with gpu_turn(waiting=never) as name:
        assert name == "0"


def test_gpus_are_called_as_the_environment_calls_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,5")
    with gpu_turn(waiting=never) as name:
        assert name == "3"
        assert [path.name for path in tmp_path.iterdir()] == ["vectormill-gpu-3.lock"]


def test_a_turn_ends_with_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "gpus_used", lambda: 1)
    with pytest.raises(ZeroDivisionError), gpu_turn(waiting=never):
        raise ZeroDivisionError
    another_process(monkeypatch)
    with gpu_turn(waiting=never) as name:
        assert name == "0"
