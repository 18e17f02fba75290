"""Writes groups of near duplicates in a feature table."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from launch.jobs.given import AtLeastZero, Path, checked, path_of
from launch.jobs.result import Result
from launch.profiles import Profile
from launch.runners import run_shown


@checked
def duplicates(
    table: Path,
    *,
    to: Path,
    threshold: float = 0.97,
    exact: bool = False,
    seed: AtLeastZero = 0,
    version: AtLeastZero | None = None,
    runner: str | Profile = "direct",
    beam: Sequence[str] = (),
) -> Result[dict[str, Any]]:
    """Finds rows whose vectors have a cosine of `threshold` and more, and writes them to `to` by group, a Delta table.

    Returns:
      What `pipelines.duplicates.run` returns, and `seconds`.

    Raises:
      RequestError: there is no such table, the threshold is out of range, or `to` is occupied.
      RunError: the disk is full, or another run was first.
    """
    started = time.monotonic()
    from pipelines.duplicates import DuplicatesJob, run
    from transforms.table.open import existing

    job = DuplicatesJob(
        table=path_of(table),
        version=existing(path_of(table), version).version,
        out=path_of(to),
        threshold=threshold,
        exact=exact,
        seed=seed,
    )
    summary = run_shown(run, job, runner=runner, beam=beam)
    seconds = time.monotonic() - started
    return Result({**summary, "seconds": round(seconds, 2)}, outcome=summary, seconds=seconds)
