"""Deletes old versions of tables, models, indexes and results, and what runs left that never ended."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Annotated, Any

from launch.jobs.given import AtLeastOne, Bounds, Path, checked, paths_of
from launch.jobs.result import Result


@checked
def vacuum(
    paths: Path | Sequence[Path],
    *,
    keep: AtLeastOne = 5,
    retain_hours: Annotated[float, Bounds(0)] = 168.0,
    caches: bool = False,
    delete: bool = False,
) -> Result[Any]:
    """Says what could be deleted of the things at or below some paths, and with `delete` deletes it.

    Args:
      paths: tables, models, indexes, results, or folders above them. A version of a table that a kept version of a model or index
        among them was made of stays.
      keep: versions of each that stay.
      retain_hours: for which what belongs to no version stays: a run may be at work on it.
      caches: also copies on this machine of what is in stores.

    Returns:
      `deleted`, `bytes`, `files`, `waste` (`kind`, `place`, `what`, `files`, `bytes` each), `pinned` (table -> versions).

    Raises:
      RequestError: there is nothing of the kind at a path.
    """
    from transforms.housekeeping.vacuum import plan_vacuum
    from transforms.housekeeping.vacuum import vacuum as carry_out
    from transforms.storage.write_errors import writing

    started = time.monotonic()
    given = paths_of(paths)
    plan = plan_vacuum(given, keep=keep, hours=retain_hours, caches=caches)
    if delete:
        with writing(", ".join(given)):
            carry_out(plan)
    seconds = time.monotonic() - started
    waste = [
        {"kind": each.kind, "place": each.place, "what": each.what, "files": each.files, "bytes": each.bytes}
        for each in plan.waste
    ]
    facts = {
        "deleted": delete,
        "bytes": plan.bytes,
        "files": sum(each.files for each in plan.waste),
        "waste": waste,
        "pinned": plan.pinned,
        "seconds": round(seconds, 2),
    }
    return Result(facts, outcome=plan, seconds=seconds)
