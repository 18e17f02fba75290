"""Looks at this machine: devices, engines, precisions, rates, and what would be the bottleneck."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any

from launch.jobs.given import Positive, checked
from launch.jobs.result import Result


@checked
def doctor(
    *,
    encoder: str = "keras://MobileNetV2?weights=random",
    trust: bool = False,
    seconds: Positive = 0.4,
    every_engine: bool = False,
) -> Result[Any]:
    """Measures how fast this machine decodes and encodes, in each precision that it has.

    Args:
      encoder: what is measured: a name, a TF Hub handle, keras://Name or a path.
      seconds: for each rate.
      every_engine: measure all engines, not only the one that a run takes.

    Returns:
      The attributes of `transforms.encoders.machine_check.MachineReport`, and `seconds`.

    Raises:
      RequestError: there is no such encoder, or it cannot be had.
    """
    started = time.monotonic()
    from transforms.encoders.machine_check import examine

    report = examine(encoder, trust=trust, seconds=seconds, every_engine=every_engine)
    took = time.monotonic() - started
    return Result({**asdict(report), "seconds": round(took, 2)}, outcome=report, seconds=took)
