"""What every network on OpenVINO needs of it: the import, the settings, and a check that it computes as asked.

`import openvino` starts a telemetry that reports to Intel over the network, unasked; here it is imported without.
"""

from __future__ import annotations

import importlib.util
import sys
import threading
from functools import cache
from typing import Any

import numpy as np

from transforms.encoders.spec import Precision

_PRECISIONS: dict[Precision, str] = {"float32": "f32", "bfloat16": "bf16", "float16": "f16"}
_IMPORTING = threading.Lock()


class NotConvertedError(Exception):
    """OpenVINO cannot run this graph, or not in this precision, on this machine. The message is one line."""


def is_installed() -> bool:
    return importlib.util.find_spec("openvino") is not None


def imported() -> Any:
    """OpenVINO, which does without its telemetry where that cannot be imported."""
    with _IMPORTING:
        return _imported()


@cache
def _imported() -> Any:
    name = "openvino_telemetry"
    absent = name not in sys.modules
    if absent:
        sys.modules[name] = None  # type: ignore[assignment]  # Python's own way to say that there is no such module
    try:
        import openvino
    finally:
        if absent:
            del sys.modules[name]
    # Its tables of NumPy's types are made by whoever needs them first; two threads that both are wait for each other for ever,
    # one with Python's lock and one with that of the tables (2026.4).
    openvino.Tensor(np.zeros(1, np.float32)).data.dtype  # noqa: B018
    openvino.Type.f32.to_dtype()
    return openvino


def settings(precision: Precision, streams: int) -> dict[str, Any]:
    """For the processor, with `streams` calls side by side."""
    # Unpinned: a thread that is bound to a processor waits for whatever else runs there.
    return {"INFERENCE_PRECISION_HINT": _PRECISIONS[precision], "NUM_STREAMS": streams, "ENABLE_CPU_PINNING": False}


def require_precision(compiled: Any, precision: Precision) -> None:
    """Raises NotConvertedError where a compiled network computes in another precision."""
    if compiled.get_property("INFERENCE_PRECISION_HINT").get_type_name() != _PRECISIONS[precision]:
        raise NotConvertedError(f"it does not compute in {precision} on this processor")
