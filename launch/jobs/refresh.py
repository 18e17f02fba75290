"""Keeps the tables, models and indexes of a job file fresh."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from launch.jobs.given import Path, checked, path_of
from launch.jobs.result import Result


@checked
def refresh(
    job: Path,
    *,
    as_of: str | None = None,
    dry_run: bool = False,
    say: Callable[[Any], None] = lambda step: None,
) -> Result[Any]:
    """Runs what is out of date of the steps that a job file describes, in their order.

    Args:
      job: the file; docs/refresh.md describes it.
      as_of: the time that a scheduler gives the run, "2026-11-29T03:00": nothing is done where a run for it, or for a later
        one, has ended well.
      dry_run: only say what would be run, and why.
      say: is called with each step's `StepRecord` as soon as it is finished.

    Returns:
      `id`, `exit_code`, `seconds`, `slot`, `finished_by`, `report`, `notices`, and `steps`, each with `step`, `action`, `why`,
      `message`, `outputs` and `facts`. A step that failed is among them, and raises nothing. Its `outcome` is a `RunRecord`.

    Raises:
      RequestError: the file or the time is wrong; nothing was run.
      RunError: another refresh of the job is running.
    """
    from launch.refresh.job_file import read_job
    from launch.refresh.run import refresh as run
    from launch.refresh.slots import slot_of

    slot = None if as_of is None else slot_of(as_of)
    record = run(read_job(path_of(job)), dry_run=dry_run, slot=slot, say=say)
    facts: dict[str, Any] = record.to_json()
    return Result(facts, outcome=record, seconds=record.seconds)
