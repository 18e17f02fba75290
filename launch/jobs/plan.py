"""Estimates what embedding a corpus would take on many machines, before anything is started."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from launch.jobs.given import AtLeastOne, Positive, checked
from launch.jobs.result import Result
from transforms.common.errors import RequestError

_ITEM_BYTES = {"text": 200, "image": 100_000}


@checked
def plan(
    *,
    rows: AtLeastOne,
    encoder: str,
    item_bytes: AtLeastOne | None = None,
    files: AtLeastOne | None = None,
    machine: str = "n2-standard-8",
    accelerator: str | None = None,
    workers: AtLeastOne = 20,
    rate: Positive | None = None,
) -> Result[Any]:
    """Estimates time, cost, bytes, shards and the commit's size of embedding so many rows into a new table on Dataflow.

    Args:
      rows: texts or images.
      encoder: a name of `vectormill encoders`.
      item_bytes: of an item as it is stored; by default 200 for a text, 100,000 for an image.
      files: that hold the corpus; by default images are one file each, and texts are in large ones.
      machine: a worker's: n2-standard-8.
      accelerator: a GPU in each: nvidia-l4.
      rate: items a second of one worker, as `vectormill doctor` says on such a machine; by default a measured one.

    Returns:
      The attributes of `launch.cost.estimate.Estimate`.

    Raises:
      RequestError: there is no such encoder, or no rate or price is known.
    """
    from launch.cost.estimate import estimate, machine_of
    from transforms.encoders.registry import look_up

    spec = look_up(encoder, trust=False)
    if spec.dim is None:
        raise RequestError(
            f"{encoder}: how long its vectors are is known only when it is loaded: give a name of `vectormill encoders`"
        )
    found = estimate(
        rows,
        spec,
        machine_of(machine, accelerator),
        workers=workers,
        item_bytes=item_bytes or _ITEM_BYTES[spec.modality],
        files=files,
        rate=rate,
    )
    return Result(asdict(found), outcome=found, seconds=0.0)
