"""What this machine computes with, by fakes of what the system and NVIDIA's library say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from transforms.encoders import devices


class Nvml:
    """NVIDIA's library, as ctypes would open it."""

    def __init__(self, *names: str, failure: int = 0) -> None:
        self.names = names
        self.failure = failure

    def nvmlInit_v2(self) -> int:  # noqa: N802
        return self.failure

    def nvmlDeviceGetCount_v2(self, count: Any) -> int:  # noqa: N802
        count._obj.value = len(self.names)
        return 0

    def nvmlDeviceGetHandleByIndex_v2(self, index: int, handle: Any) -> int:  # noqa: N802
        handle._obj.value = index + 1
        return 0

    def nvmlDeviceGetName(self, handle: Any, name: Any, _: int) -> int:  # noqa: N802
        name.value = self.names[handle.value - 1].encode()
        return 0

    def nvmlSystemGetDriverVersion(self, version: Any, _: int) -> int:  # noqa: N802
        version.value = b"570.1"
        return 0

    def nvmlShutdown(self) -> int:  # noqa: N802
        return 0


@pytest.fixture
def with_a_gpu(tmp_path: Path) -> Path:
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev" / "nvidia0").touch()
    return tmp_path


def test_gpus_are_named_by_the_driver(with_a_gpu: Path) -> None:
    found = devices.nvidia_driver(with_a_gpu, Nvml("H100", "T4"))

    assert found == devices.NvidiaDriver(gpus=("H100", "T4"), version="570.1")


def test_a_driver_that_does_not_answer_is_a_problem_where_there_is_a_gpu(with_a_gpu: Path, tmp_path: Path) -> None:
    assert "two versions: restart the machine" in devices.nvidia_driver(with_a_gpu, Nvml(failure=18)).problem
    assert "NVML error 9" in devices.nvidia_driver(with_a_gpu, Nvml(failure=9)).problem
    assert devices.nvidia_driver(tmp_path / "none", Nvml(failure=9)) == devices.NvidiaDriver()


def test_a_gpu_without_its_drivers_library_is_seen(with_a_gpu: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "_NVML", "libnvidia-ml-that-is-not-there.so")

    found = devices.nvidia_driver(with_a_gpu)

    assert found.gpus == ("NVIDIA GPU",)
    assert found.problem.endswith("is missing: install the driver")


@pytest.mark.parametrize(
    ("flags", "has"), [("fma avx2 avx512f", False), ("avx512f avx512_bf16", True), ("amx_tile amx_bf16", True)]
)
def test_processors_with_bfloat16(flags: str, has: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cpuinfo").write_text(f"model name\t: Some CPU\nflags\t\t: {flags}\n\n")
    monkeypatch.setattr(devices, "_CPU_FILE", tmp_path / "cpuinfo")
    devices.processor.cache_clear()
    try:
        found = devices.processor()
    finally:
        devices.processor.cache_clear()

    assert (found.name, found.has_bfloat16) == ("Some CPU", has)
