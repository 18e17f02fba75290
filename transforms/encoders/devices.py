"""Finds what this machine computes with: its processor's instructions, and NVIDIA's GPUs with the state of their driver."""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from transforms.encoders import xla_engine
from transforms.encoders.spec import EncoderSpec, HalfPrecision

_CPU_FILE = Path("/proc/cpuinfo")
_GPU_FILES = ("dev/nvidia[0-9]*", "proc/driver/nvidia/gpus/*")
_NVML = "libnvidia-ml.so.1"
_VERSION_MISMATCH = 18  # NVML_ERROR_LIB_RM_VERSION_MISMATCH
_NAME_LENGTH = 96
_MOST_STREAMS = 16


@dataclass(frozen=True, kw_only=True)
class Processor:
    """A processor: its name, and the instructions that are of use here ("avx512f", "avx512_bf16", "amx_bf16", ...)."""

    name: str
    instructions: frozenset[str]

    @property
    def has_bfloat16(self) -> bool:
        """Whether it multiplies in bfloat16; others compute it in float32 and round, which costs and gains nothing."""
        return bool(self.instructions & {"avx512_bf16", "amx_bf16"})


@cache
def processor() -> Processor:
    """This machine's processor; without instructions where they cannot be read (macOS)."""
    try:
        lines = _CPU_FILE.read_text().splitlines()
    except OSError:
        return Processor(name=platform.processor() or platform.machine(), instructions=frozenset())
    values = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    names = frozenset(values.get("flags", "").split())
    return Processor(name=values.get("model name", platform.machine()), instructions=names)


def gpus_used() -> int:
    """How many GPUs TensorFlow finds; it is not asked, nor imported, where there is no driver of one."""
    if not nvidia_driver().gpus:
        return 0
    import tensorflow as tf

    return len(tf.config.list_physical_devices("GPU"))


def let_memory_grow() -> None:
    """TensorFlow takes of a GPU's memory what it needs and not all: another process may share it. Before its first use only."""
    import tensorflow as tf

    for gpu in tf.config.list_physical_devices("GPU"):
        with contextlib.suppress(RuntimeError, ValueError):  # it is in use already, as it was set up by whoever began
            tf.config.experimental.set_memory_growth(gpu, True)


def compute_on(position: int) -> bool:
    """Has TensorFlow see one GPU alone, of those that it finds; False where it computes already and it is too late."""
    import tensorflow as tf

    try:
        tf.config.set_visible_devices(tf.config.list_physical_devices("GPU")[position], "GPU")
    except RuntimeError:
        return False
    return True


def batch_items_of(spec: EncoderSpec) -> int:
    """Items of one call here: a GPU takes more images at once than processors do."""
    if spec.image_size is None or not gpus_used():
        return spec.batch_items
    return max(spec.batch_items, xla_engine.most_of(spec.image_size))


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def streams_of(spec: EncoderSpec) -> int:
    """Calls of an encoder that are to run side by side: of images on processors one for each core, and one to fill gaps.

    On two cores, decoding and NASNet-Mobile in bfloat16 keep 1.80 of them busy with two, and 1.85 with three.
    """
    if spec.modality == "text" or gpus_used():
        return spec.streams
    return max(spec.streams, min(cores() + 1, _MOST_STREAMS))


def half_precision() -> HalfPrecision | None:
    """The half precision that this machine computes faster than float32: float16 on a GPU, bfloat16 on some processors."""
    if gpus_used():
        return "float16"
    return "bfloat16" if processor().has_bfloat16 else None


@dataclass(frozen=True, kw_only=True)
class NvidiaDriver:
    """What NVIDIA's driver says of this machine.

    Attributes:
      gpus: names of the GPUs, in the driver's order; without names where the driver does not answer.
      version: of the driver; "" where it does not answer.
      problem: why it does not answer, with what to do; "" where it does, or where there is no GPU.
    """

    gpus: tuple[str, ...] = ()
    version: str = ""
    problem: str = ""


def nvidia_driver(root: Path = Path("/"), library: Any = None) -> NvidiaDriver:
    """Asks the driver by its own library, NVML, which comes with it.

    Args:
      root: where `dev` and `proc` are.
      library: NVML, as ctypes opens it.
    """
    found = sorted(path for pattern in _GPU_FILES for path in root.glob(pattern))
    if library is None:
        try:
            library = ctypes.CDLL(_NVML)
        except OSError:
            if not found:
                return NvidiaDriver()
            return NvidiaDriver(
                gpus=("NVIDIA GPU",), problem=f"its driver's library {_NVML} is missing: install the driver"
            )
    failed = library.nvmlInit_v2()
    if failed:
        mismatch = "the driver and its library are of two versions: restart the machine"
        problem = mismatch if failed == _VERSION_MISMATCH else f"its driver does not answer (NVML error {failed})"
        return NvidiaDriver(gpus=("NVIDIA GPU",), problem=problem) if found else NvidiaDriver()
    try:
        count = ctypes.c_uint()
        library.nvmlDeviceGetCount_v2(ctypes.byref(count))
        gpus = []
        for index in range(count.value):
            handle, name = ctypes.c_void_p(), ctypes.create_string_buffer(_NAME_LENGTH)
            library.nvmlDeviceGetHandleByIndex_v2(index, ctypes.byref(handle))
            library.nvmlDeviceGetName(handle, name, _NAME_LENGTH)
            gpus.append(name.value.decode(errors="replace"))
        version = ctypes.create_string_buffer(_NAME_LENGTH)
        library.nvmlSystemGetDriverVersion(version, _NAME_LENGTH)
        return NvidiaDriver(gpus=tuple(gpus), version=version.value.decode(errors="replace"))
    finally:
        library.nvmlShutdown()


def gpu_busy(library: Any = None) -> float | None:
    """How busy this machine's busiest GPU was in the last fraction of a second, 0..1, by NVML; None where nobody says."""
    try:
        nvml = ctypes.CDLL(_NVML) if library is None else library
    except OSError:
        return None
    if nvml.nvmlInit_v2():
        return None
    try:
        count, found = ctypes.c_uint(), []
        nvml.nvmlDeviceGetCount_v2(ctypes.byref(count))
        for index in range(count.value):
            handle, rates = ctypes.c_void_p(), _Utilization()
            nvml.nvmlDeviceGetHandleByIndex_v2(index, ctypes.byref(handle))
            if not nvml.nvmlDeviceGetUtilizationRates(handle, ctypes.byref(rates)):
                found.append(rates.gpu / 100)
        return max(found, default=None)
    finally:
        nvml.nvmlShutdown()


class _Utilization(ctypes.Structure):
    _fields_ = (("gpu", ctypes.c_uint), ("memory", ctypes.c_uint))
