"""Runs the steps of a job that are out of date, each after those that it is made of, and records what became of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from launch.jobs.given import new_run
from launch.refresh.freshness import (
    Made,
    exported,
    newest_table,
    outputs_of,
    read_made,
    result_changes,
    state_of,
    table_changes,
    write_made,
)
from launch.refresh.job_file import Job, Step
from launch.refresh.metrics import write_metrics
from launch.refresh.on_failure import call
from launch.refresh.openlineage import Lineage
from launch.refresh.record import RunRecord, StepRecord, read_records, write_record
from launch.refresh.slots import finish, finished_by
from launch.upgrade.shadow import require_no_half_upgrade
from transforms.common.errors import NotPublishedError, StoppedError, VectormillError, one_line
from transforms.storage import files, folders
from transforms.storage.lease import leased

_RUNS_LISTED = 50


def refresh(job: Job, *, dry_run: bool, slot: str | None = None, say: Callable[[StepRecord], None]) -> RunRecord:
    """Brings every step of the job up to date.

    Args:
      dry_run: only say what is out of date; nothing is written, nobody is told.
      slot: the time that the run is for, as `slots.slot_of` writes it; one that is finished is not run again.
      say: is called with each step's record as soon as it is finished.

    Returns:
      The record of the run, which is RUNS/ID.json, too, if there was anything to do. A step that failed is in it: the steps
      that do not depend on it were run.

    Raises:
      RunError: another refresh of the job is running.
      RequestError: an upgrade of it is half cut over.
      StoppedError, KeyboardInterrupt: the person stopped the run; what is finished is kept and recorded.
    """
    record = RunRecord(id=new_run(), job=job.path, started=time.time(), slot=slot)
    if dry_run:
        if not _is_finished(job, record):
            _Run(job, record, dry_run=True).all(say)
        return record
    with leased(files.join(job.runs, "lease"), what=job.path):
        require_no_half_upgrade(job)
        if _is_finished(job, record):
            return record
        _Run(job, record, dry_run=False).all(say)
        if slot is not None and record.exit_code == 0:
            finish(job.runs, slot, record.id)
    # Whoever is told may take his time: the lease is free for the next run.
    if job.metrics is not None:
        try:
            write_metrics(job.metrics, record)
        except OSError as error:
            record.notices.append(f"metrics: {job.metrics}: {one_line(error)}")
    if job.on_failure is not None and record.exit_code:
        record.notices += filter(None, [call(job.on_failure, record)])
    return record


def _is_finished(job: Job, record: RunRecord) -> bool:
    """Whether an earlier run has done the work of this run's slot."""
    if record.slot is not None:
        record.finished_by = finished_by(job.runs, record.slot) or ""
    return bool(record.finished_by)


class _Run:
    """One run over the steps of a job.

    Attributes:
      states: of the steps that are up to date, by their keys.
      pending: why a step that others need is not up to date.
    """

    def __init__(self, job: Job, record: RunRecord, *, dry_run: bool) -> None:
        self.job = job
        self.record = record
        self.dry_run = dry_run
        self.lineage = Lineage(job, record)
        self.states: dict[str, str] = {}
        self.pending: dict[str, str] = {}

    def all(self, say: Callable[[StepRecord], None]) -> None:
        """Brings every step up to date, and writes the record of it."""
        try:
            for step in self.job.steps:
                began = time.monotonic()
                found = self._brought_up_to_date(step)
                found.seconds = round(time.monotonic() - began, 2)
                self.record.steps.append(found)
                say(found)
        finally:
            self.record.finish(time.time() - self.record.started)
            if not self.dry_run and self.record.is_needed:
                self.lineage.finish()
                self.record.notices += self.lineage.notices
                _keep(self.job, self.record)

    def _brought_up_to_date(self, step: Step) -> StepRecord:
        needed = [reference for reference in step.references.values() if reference.key in self.pending]
        if needed:
            self.pending[step.key] = "is out of date" if self.dry_run else "waits"
            reason = f"{needed[0].key} {self.pending[needed[0].key]}"
            return StepRecord(step=step.key, action="due" if self.dry_run else "waits", why=reason)
        try:
            made = None if step.section.name == "tables" else read_made(self.job, step)
            why = table_changes(step) if step.section.name == "tables" else result_changes(step, made, self.states)
            if why is None:
                outputs, still = (made.outputs, made.failure) if made is not None else ({}, "")
                self.states[step.key] = state_of(step, outputs)
                return StepRecord(step=step.key, action="fresh", message=still, outputs=outputs)
            if self.dry_run:
                self.pending[step.key] = "is out of date"
                return StepRecord(step=step.key, action="due", why=why)
            self.lineage.begin(step)
            found = self._made(step, why, made)
        except (StoppedError, KeyboardInterrupt):
            self.lineage.abort(step)
            raise
        except Exception as error:
            self.pending[step.key] = "failed"
            code = error.exit_code if isinstance(error, VectormillError) else 1
            words = str(error) if isinstance(error, VectormillError) else f"{type(error).__name__}: {one_line(error)}"
            found = StepRecord(step=step.key, action="failed", message=words, exit_code=code)
        else:
            if found.action == "held back" and all(version is None for version in found.outputs.values()):
                self.pending[step.key] = "has no version that is good enough"
            else:
                self.states[step.key] = state_of(step, found.outputs)
        if not self.dry_run:
            self.lineage.end(step, found)
        return found

    def _made(self, step: Step, why: str, made: Made | None) -> StepRecord:
        """Runs a step, and keeps what it made of what for the next refresh. `made` is what is kept of its last run."""
        to, failure, ready = step.to, "", None
        if step.section.by_version:
            to = files.join(to, self.states[step.references["table"].key].rpartition(":")[2])
            ready = exported(step, to)
            if ready is None and made is not None and to in made.outputs:
                folders.remove(to)  # ours, in another format, or of a table that was there before
        try:
            references = {parameter: reference.to for parameter, reference in step.references.items()}
            found = ready or step.section.run(to=to, runner=self.job.profile, **references, **step.options)
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
            inputs = {reference.key: self.states[reference.key] for reference in step.references.values()}
            write_made(self.job, step, Made(options=step.options, inputs=inputs, outputs=outputs, failure=failure))
        return StepRecord(
            step=step.key,
            action="held back" if failure else "run",
            why=why,
            message=failure,
            exit_code=NotPublishedError.exit_code if failure else 0,
            outputs=outputs,
            facts=facts,
        )


def _keep(job: Job, record: RunRecord) -> None:
    """Writes the record of a run, its report, and the page that leads to the reports. A page that fails is a notice."""
    from launch.refresh.report import render, render_list

    folder = files.join(job.runs, record.id)
    report, index = files.join(folder, "report.html"), files.join(job.runs, "index.html")
    try:
        files.write(report, render(record, folder).encode())
        record.report = report
    except Exception as error:  # whatever is wrong with a page, the work is done
        record.notices.append(f"{report} was not written: {one_line(error)}")
    write_record(job.runs, record)
    try:
        files.write(index, render_list(list(read_records(job.runs, most=_RUNS_LISTED))).encode())
    except Exception as error:
        record.notices.append(f"{index} was not written: {one_line(error)}")
