"""Tells from Beam's options what its workers are: how many shards they work on at once, which accelerator encodes."""

from __future__ import annotations

import re
from typing import Any

from apache_beam.options.pipeline_options import PipelineOptions

from transforms.common.errors import RequestError

ACCELERATOR = "encoder_accelerator"
"""An option of ours among Beam's: what the step that encodes needs, and no other, as Beam's resource hint has it."""

_ONE_PROCESS = "no_use_multiple_sdk_containers"
_WORKERS = ("max_num_workers", "num_workers")
_PROCESSORS = re.compile(r"-(\d+)$")
_USUAL_PROCESSORS = 4
"""Of a machine type that does not end with its number of processors."""


def slots_of(options: PipelineOptions) -> int | None:
    """Flink's `parallelism`, or Dataflow's most workers times their processors; None where neither is said.

    Dataflow starts a Python process for every processor of a worker, and each works on a shard of its own; with the experiment
    `no_use_multiple_sdk_containers` it starts one, in which shards follow each other through one encoder.
    """
    given: dict[str, Any] = options.get_all_options(retain_unknown_options=True)
    parallelism = _number(given.get("parallelism"))
    if parallelism is not None:
        return parallelism
    workers = next((number for name in _WORKERS if (number := _number(given.get(name))) is not None), None)
    if workers is None:
        return None
    if _ONE_PROCESS in (given.get("experiments") or ()):
        return workers
    found = _PROCESSORS.search(str(given.get("machine_type") or ""))
    return workers * (int(found[1]) if found else _USUAL_PROCESSORS)


def accelerator_of(options: PipelineOptions) -> str | None:
    """The accelerator of the step that encodes, "type:nvidia-l4;count:1;install-nvidia-driver"; None: processors.

    Raises:
      RequestError: it is not written so.
    """
    given = options.get_all_options(retain_unknown_options=True).get(ACCELERATOR)
    if given is None:
        return None
    parts = hint_parts(str(given))
    if not parts.get("type") or _number(parts.get("count")) is None:
        raise RequestError(
            f"--{ACCELERATOR}={given}: write it as type:NAME;count:N, for Dataflow type:nvidia-l4;count:1;install-nvidia-driver"
        )
    return str(given)


def hint_parts(hint: str) -> dict[str, str]:
    """Splits a resource hint: {"type": "nvidia-l4", "count": "1", "install-nvidia-driver": ""}."""
    pairs = (part.strip().partition(":") for part in hint.split(";"))
    return {key: value for key, _, value in pairs}


def _number(value: Any) -> int | None:
    """A number above zero; Beam has one as text where it does not know the option."""
    try:
        return number if (number := int(value)) > 0 else None
    except (TypeError, ValueError):
        return None
