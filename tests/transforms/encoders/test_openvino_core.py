"""OpenVINO is ready for several threads as soon as it is imported."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
_FIRST_CALLS = """
import sys, threading
import numpy as np
from transforms.encoders.openvino_core import imported

openvino = imported()
sys.setswitchinterval(1e-6)  # else one thread is often done before the next begins
together = threading.Barrier(6)

def first_call():
    pixels = np.zeros((4, 8, 8, 3), np.uint8)
    together.wait()
    openvino.Type.f32.to_dtype()
    openvino.Tensor(pixels, shared_memory=True).data

threads = [threading.Thread(target=first_call) for _ in range(6)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("done")
"""


@pytest.mark.skipif(importlib.util.find_spec("openvino") is None, reason="OpenVINO is not installed")
def test_the_first_calls_of_several_threads_do_not_wait_for_each_other_for_ever() -> None:
    # Without what `imported` does, half of such processes hang.
    processes = [
        subprocess.Popen([sys.executable, "-c", _FIRST_CALLS], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    try:
        assert [process.communicate(timeout=120)[0] for process in processes] == ["done\n"] * 4
    finally:
        for process in processes:
            process.kill()
            process.wait()
