"""Puts the rows of a feature table into clusters."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from launch.jobs.given import AtLeastZero, Path, checked, path_of
from launch.jobs.result import Result
from launch.profiles import Profile
from launch.runners import run_shown


@checked
def cluster(
    table: Path,
    *,
    k: int,
    to: Path,
    seed: AtLeastZero = 0,
    version: AtLeastZero | None = None,
    runner: str | Profile = "direct",
    beam: Sequence[str] = (),
) -> Result[dict[str, Any]]:
    """Puts every row into one of `k` clusters by spherical k-means, and writes them to `to`, a Delta table.

    Returns:
      What `pipelines.cluster.run` returns, and `seconds`.

    Raises:
      RequestError: there is no such table, k is out of range, or `to` is occupied.
      RunError: the disk is full, or another run was first.
    """
    started = time.monotonic()
    from pipelines.cluster import ClusterJob, run
    from transforms.table.open import existing

    version = existing(path_of(table), version).version
    job = ClusterJob(table=path_of(table), version=version, out=path_of(to), k=k, seed=seed)
    summary = run_shown(run, job, runner=runner, beam=beam)
    seconds = time.monotonic() - started
    return Result({**summary, "seconds": round(seconds, 2)}, outcome=summary, seconds=seconds)
