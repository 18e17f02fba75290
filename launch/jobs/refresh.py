"""Keeps the tables, models and indexes of a job file fresh."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from launch.jobs.given import Path, checked, path_of
from launch.jobs.result import Result


@checked
def refresh(job: Path, *, dry_run: bool = False, say: Callable[[Any], None] = lambda step: None) -> Result[Any]:
    """Runs what is out of date of the steps that a job file describes, in their order.

    Args:
      job: the file; docs/refresh.md describes it.
      dry_run: only say what would be run, and why.
      say: is called with each step's `StepRecord` as soon as it is finished.

    Returns:
      `id`, `exit_code`, `seconds`, and `steps`, each with `step`, `action`, `why`, `message`, `outputs` and `facts`. A step
      that failed is among them, and raises nothing. Its `outcome` is a `RunRecord`.

    Raises:
      RequestError: the file is wrong; nothing was run.
    """
    from launch.refresh.job_file import read_job
    from launch.refresh.run import refresh as run

    record = run(read_job(path_of(job)), dry_run=dry_run, say=say)
    facts: dict[str, Any] = record.to_json()
    return Result(facts, outcome=record, seconds=record.seconds)
