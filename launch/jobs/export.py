"""Writes a version of a feature table in another format."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Literal

from launch.jobs.given import AtLeastZero, Path, checked, path_of
from launch.jobs.result import Result
from launch.profiles import Profile
from launch.runners import run_shown
from transforms.table.snapshot import Snapshot


@checked
def export(
    table: Path,
    *,
    to: Path,
    format: Literal["tfrecord", "npy", "parquet"],  # noqa: A002
    version: AtLeastZero | None = None,
    runner: str | Profile = "direct",
    beam: Sequence[str] = (),
) -> Result[Snapshot]:
    """Writes a version of a table (None: the newest) to a new or empty folder.

    Returns:
      `table`, `version`, `rows`, `format`, `to`, `seconds`.

    Raises:
      RequestError: there is no such table, or the folder is occupied.
      RunError: the disk is full.
    """
    started = time.monotonic()
    from pipelines.export import ExportJob, run

    job = ExportJob(table=path_of(table), out=path_of(to), export_format=format, version=version)
    snapshot = run_shown(run, job, runner=runner, beam=beam)
    seconds = time.monotonic() - started
    facts = {
        "table": job.table,
        "version": snapshot.version,
        "rows": snapshot.rows,
        "format": format,
        "to": job.out,
        "seconds": round(seconds, 2),
    }
    return Result(facts, outcome=snapshot, seconds=seconds)
