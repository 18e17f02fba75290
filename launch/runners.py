"""Runner profiles: where a job runs, and with which Beam options.

`direct` (and `DirectRunner`) is Beam's FnApiRunner in this process, in memory: Beam's own DirectRunner would first try
to download and start another program. Any other name goes to Beam as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from transforms.errors import RequestError

_DIRECT = ("direct", "directrunner")


def beam_runner(name: str) -> Any:
    """The runner for a name; None for the in-process one."""
    if name.lower() in _DIRECT:
        return None
    from apache_beam.runners.runner import create_runner

    try:
        return create_runner(name)
    except (ValueError, ImportError, AttributeError) as error:
        raise RequestError(f"--runner {name}: Beam knows no such runner ({error}); direct runs in this process") from error


def beam_options(name: str, extra: Sequence[str]) -> Any:
    from apache_beam.options.pipeline_options import PipelineOptions

    flags = list(extra)
    if name.lower() in _DIRECT:
        flags += ["--direct_running_mode=in_memory", "--direct_num_workers=1"]
    return PipelineOptions(flags)
