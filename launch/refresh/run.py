"""Runs the steps of a job that are out of date, each after those that it is made of, and records what became of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from launch.jobs.given import new_run
from launch.refresh.freshness import (
    Made,
    newest_table,
    outputs_of,
    read_made,
    result_changes,
    state_of,
    table_changes,
    write_made,
)
from launch.refresh.job_file import Job, Step
from launch.refresh.record import RunRecord, StepRecord, read_records, write_record
from launch.upgrade.shadow import require_no_half_upgrade
from transforms.common.errors import NotPublishedError, StoppedError, VectormillError, one_line
from transforms.storage import files
from transforms.storage.lease import leased

_RUNS_LISTED = 50


def refresh(job: Job, *, dry_run: bool, say: Callable[[StepRecord], None]) -> RunRecord:
    """Brings every step of the job up to date.

    Args:
      dry_run: only say what is out of date; nothing is written.
      say: is called with each step's record as soon as it is finished.

    Returns:
      The record of the run, which is RUNS/ID.json, too, if there was anything to do. A step that failed is in it: the steps
      that do not depend on it were run.

    Raises:
      RunError: another refresh of the job is running.
      RequestError: an upgrade of it is half cut over.
      StoppedError, KeyboardInterrupt: the person stopped the run; what is finished is kept and recorded.
    """
    if dry_run:
        return _refreshed(job, dry_run=True, say=say)
    with leased(files.join(job.runs, "lease"), what=job.path):
        require_no_half_upgrade(job)
        return _refreshed(job, dry_run=False, say=say)


def _refreshed(job: Job, *, dry_run: bool, say: Callable[[StepRecord], None]) -> RunRecord:
    record = RunRecord(id=new_run(), job=job.path, started=time.time())
    states: dict[str, str] = {}
    pending: dict[str, str] = {}
    try:
        for step in job.steps:
            began = time.monotonic()
            found = _brought_up_to_date(job, step, states, pending, dry_run=dry_run)
            found.seconds = round(time.monotonic() - began, 2)
            record.steps.append(found)
            say(found)
    finally:
        record.finish(time.time() - record.started)
        if not dry_run and record.is_needed:
            _keep(job, record)
    return record


def _keep(job: Job, record: RunRecord) -> None:
    """Writes the record of a run, its report, and the page that leads to the reports. A page that fails is a notice."""
    from launch.refresh.report import render, render_list

    folder = files.join(job.runs, record.id)
    report = files.join(folder, "report.html")
    try:
        files.write(report, render(record, folder).encode())
        record.report = report
    except Exception as error:  # whatever is wrong with a page, the work is done
        record.notices.append(f"{report} was not written: {one_line(error)}")
    write_record(job.runs, record)
    try:
        files.write(
            files.join(job.runs, "index.html"), render_list(list(read_records(job.runs, most=_RUNS_LISTED))).encode()
        )
    except Exception as error:
        record.notices.append(f"{job.runs}/index.html was not written: {one_line(error)}")


def _brought_up_to_date(
    job: Job, step: Step, states: dict[str, str], pending: dict[str, str], *, dry_run: bool
) -> StepRecord:
    """Runs one step if need be. `states` and `pending` (why a step that others need is not fresh) grow by it."""
    needed = [reference for reference in step.references.values() if reference.key in pending]
    if needed:
        pending[step.key] = "is out of date" if dry_run else "waits"
        reason = f"{needed[0].key} {pending[needed[0].key]}"
        return StepRecord(step=step.key, action="due" if dry_run else "waits", why=reason)
    try:
        made = None if step.section.name == "tables" else read_made(job, step)
        why = table_changes(step) if step.section.name == "tables" else result_changes(step, made, states)
        if why is None:
            outputs, still = (made.outputs, made.failure) if made is not None else ({}, "")
            states[step.key] = state_of(step, outputs)
            return StepRecord(step=step.key, action="fresh", message=still, outputs=outputs)
        if dry_run:
            pending[step.key] = "is out of date"
            return StepRecord(step=step.key, action="due", why=why)
        found = _run(job, step, states, why)
    except StoppedError:
        raise
    except Exception as error:
        pending[step.key] = "failed"
        code = error.exit_code if isinstance(error, VectormillError) else 1
        words = str(error) if isinstance(error, VectormillError) else f"{type(error).__name__}: {one_line(error)}"
        return StepRecord(step=step.key, action="failed", message=words, exit_code=code)
    if found.action == "held back" and all(version is None for version in found.outputs.values()):
        pending[step.key] = "has no version that is good enough"
    else:
        states[step.key] = state_of(step, found.outputs)
    return found


def _run(job: Job, step: Step, states: Mapping[str, str], why: str) -> StepRecord:
    folders = {parameter: reference.to for parameter, reference in step.references.items()}
    to, failure = step.to, ""
    if step.section.by_version:
        to = files.join(to, states[step.references["table"].key].rpartition(":")[2])
    try:
        found = step.section.run(to=to, runner=job.profile, **folders, **step.options)
        results = found if isinstance(found, list) else [found]
    except NotPublishedError as error:
        results, failure = list(error.results), str(error)
    facts: Any = [dict(result) for result in results] if step.section.name == "models" else dict(*results[:1])
    if step.section.name == "tables":
        from transforms.housekeeping.compact import compact_if_many

        compact_if_many(step.to, run=new_run())
        outputs: dict[str, int | None] = {step.to: newest_table(step)}
    else:
        outputs = outputs_of(step, results)
        inputs = {reference.key: states[reference.key] for reference in step.references.values()}
        write_made(job, step, Made(options=step.options, inputs=inputs, outputs=outputs, failure=failure))
    return StepRecord(
        step=step.key,
        action="held back" if failure else "run",
        why=why,
        message=failure,
        exit_code=NotPublishedError.exit_code if failure else 0,
        outputs=outputs,
        facts=facts,
    )
