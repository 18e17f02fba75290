"""Joins every row of a feature table with its nearest in an index."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from launch.jobs.given import AtLeastZero, Path, checked, path_of
from launch.jobs.result import Result
from launch.profiles import Profile
from launch.runners import run_shown


@checked
def neighbors(
    index: Path,
    table: Path,
    *,
    to: Path,
    k: int = 10,
    where: str | None = None,
    exclude_self: bool = False,
    version: AtLeastZero | None = None,
    runner: str | Profile = "direct",
    beam: Sequence[str] = (),
) -> Result[dict[str, Any]]:
    """Finds the `k` nearest rows of an index for every row of a table, and writes them to `to`, a Delta table.

    Returns:
      What `pipelines.neighbors.run` returns, and `seconds`.

    Raises:
      RequestError: there is no such index or table, they are of two encoders, or `to` is occupied.
      RunError: the disk is full, or another run was first.
    """
    started = time.monotonic()
    from pipelines.neighbors import NeighborsJob, run
    from transforms.search.ask.neighbours import NeighborQuery
    from transforms.search.ask.searcher import Searcher
    from transforms.table.open import existing

    job = NeighborsJob(
        index=Searcher(path_of(index)).folder,
        table=path_of(table),
        version=existing(path_of(table), version).version,
        out=path_of(to),
        query=NeighborQuery(k=k, where=where, exclude_self=exclude_self),
    )
    summary = run_shown(run, job, runner=runner, beam=beam)
    seconds = time.monotonic() - started
    return Result({**summary, "seconds": round(seconds, 2)}, outcome=summary, seconds=seconds)
