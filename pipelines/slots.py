"""Tells from Beam's options how many shards a runner works on at once."""

from __future__ import annotations

import re
from typing import Any

from apache_beam.options.pipeline_options import PipelineOptions

_WORKERS = ("max_num_workers", "num_workers")
_PROCESSORS = re.compile(r"-(\d+)$")
_USUAL_PROCESSORS = 4
"""Of a machine type that does not end with its number of processors."""


def slots_of(options: PipelineOptions) -> int | None:
    """Flink's `parallelism`, or Dataflow's most workers times their processors; None where neither is said.

    Dataflow starts a Python process for every processor of a worker, and each works on a shard of its own.
    """
    given: dict[str, Any] = options.get_all_options(retain_unknown_options=True)
    parallelism = _number(given.get("parallelism"))
    if parallelism is not None:
        return parallelism
    workers = next((number for name in _WORKERS if (number := _number(given.get(name))) is not None), None)
    if workers is None:
        return None
    found = _PROCESSORS.search(str(given.get("machine_type") or ""))
    return workers * (int(found[1]) if found else _USUAL_PROCESSORS)


def _number(value: Any) -> int | None:
    """A number above zero; Beam has one as text where it does not know the option."""
    try:
        return number if (number := int(value)) > 0 else None
    except (TypeError, ValueError):
        return None
