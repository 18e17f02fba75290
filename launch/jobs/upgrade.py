"""Makes a table of a job, its models and indexes again with another encoder, compares, cuts over, and takes that back."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from launch.jobs.given import Path, checked, path_of
from launch.jobs.result import Result
from transforms.common.errors import RequestError

if TYPE_CHECKING:
    from launch.refresh.job_file import Job
    from launch.refresh.record import RunRecord
    from launch.upgrade.shadow import Shadow, Upgrade


@checked
def upgrade(
    job: Path,
    *,
    encoder: str | None = None,
    table: str | None = None,
    cut_over: bool = False,
    undo: bool = False,
    say: Callable[[Any], None] = lambda line: None,
) -> Result[Any]:
    """Upgrades a table of a job file to another encoder: beside what is served first, then by `cut_over` in its place.

    Args:
      job: the file; docs/versions.md describes what is done.
      encoder: as the job file would name it; of `cut_over` and `undo` None: that of the only upgrade.
      table: its name in the job file; None: the only one.
      cut_over: serve what was made.
      undo: serve again what was served before.
      say: is called with each step's `StepRecord`, and with lines about what was cut over.

    Returns:
      `state`, `folder`, `exit_code`, and of a comparison what its report holds (`models`, `indexes`, `rows`, `report`).

    Raises:
      RequestError: the file or the request is wrong; nothing was changed.
      RunError: a refresh of the job is running, or somebody else published meanwhile.
    """
    from launch.refresh.job_file import read_job

    started = time.monotonic()
    described = read_job(path_of(job))
    if cut_over and undo:
        raise RequestError("--cut-over and --undo are opposites: give one of them")
    if cut_over or undo:
        shadow, known = _chosen(described, table, encoder, undo=undo)
        facts = _switched(described, shadow, known, undo=undo, say=say)
    else:
        if encoder is None:
            raise RequestError("--encoder: name the encoder to upgrade to (`vectormill encoders` lists some)")
        facts = _built(described, table, encoder, say)
    return Result(facts, outcome=facts, seconds=time.monotonic() - started)


def _built(job: Job, table: str | None, encoder: str, say: Callable[[Any], None]) -> dict[str, Any]:
    """Brings the shadow up to date, and compares it with what is served."""
    from launch.refresh.run import refresh
    from launch.upgrade.comparison import compare
    from launch.upgrade.job_text import encoder_text, quoted, require_replaceable
    from launch.upgrade.shadow import Upgrade, require_no_half_upgrade, shadow_of
    from transforms.storage import files

    require_no_half_upgrade(job)
    shadow = shadow_of(job, table, encoder)
    name = shadow.table.name
    require_replaceable(job.path, name)
    known = shadow.read()
    if known is not None and known.state == "cut over" and encoder_text(job.path, name) == known.encoder:
        raise RequestError(
            f"{job.path}: {known.encoder} is what is served: `vectormill upgrade {job.path} --undo` takes it back"
        )
    _require_other_encoder(shadow)
    written = Upgrade(table=name, encoder_before=encoder_text(job.path, name), encoder=quoted(encoder))
    shadow.write(written)
    _copy_splits(shadow)
    record = refresh(shadow.job, dry_run=False, say=say)
    facts: dict[str, Any] = {"folder": shadow.folder, "steps": record.to_json()["steps"], "exit_code": record.exit_code}
    if record.exit_code:
        return {"state": "building", **facts}
    report = compare(shadow, written, encoded=_encoded(record), seconds=record.seconds)
    shadow.write(replace(written, state="ready"))
    return {"state": "ready", **facts, "report": files.join(shadow.folder, "report", "report.html"), **_figures(report)}


def _figures(report: dict[str, Any]) -> dict[str, Any]:
    return {name: report[name] for name in ("before", "after", "rows", "models", "indexes")}


def _encoded(record: RunRecord) -> int | None:
    return record.total("encoded")


def _require_other_encoder(shadow: Shadow) -> None:
    """Refuses an encoder of other items than the table's, and its own.

    Raises:
      RequestError: it is one, or there is no table yet.
    """
    from transforms import encoders
    from transforms.table.open import existing

    served, options = shadow.served(shadow.table), shadow.table.options
    about = existing(served.to).about
    given = {name: options[name] for name in ("precision", "engine", "trust") if name in options}
    resolved = encoders.resolve(options["encoder"], **given)
    if resolved.spec.modality != about.modality:
        raise RequestError(
            f"{options['encoder']} is an encoder of {_plural(resolved.spec.modality)}, and {served.to} holds"
            f" {_plural(about.modality)}: name one of those (`vectormill encoders`)"
        )
    if resolved.fingerprint == about.encoder_fingerprint:
        raise RequestError(f"{served.to} is of {options['encoder']} already: name another encoder")


def _plural(modality: str) -> str:
    return "texts" if modality == "text" else "images"


def _copy_splits(shadow: Shadow) -> None:
    """Gives the shadow table the salts of the splits of the one that is served: the same rows test."""
    from transforms.storage import files

    for name in files.names(files.join(shadow.served(shadow.table).to, "_vectormill", "splits")):
        old = files.join(shadow.served(shadow.table).to, "_vectormill", "splits", name)
        files.write(files.join(shadow.table.to, "_vectormill", "splits", name), files.read(old))


def _chosen(job: Job, table: str | None, encoder: str | None, *, undo: bool) -> tuple[Shadow, Upgrade]:
    """The upgrade that is meant.

    Raises:
      RequestError: there is none, several, or not in that state.
    """
    from launch.upgrade.job_text import encoder_text
    from launch.upgrade.shadow import shadow_of, upgrades_of

    wanted = ("cut over", "undoing") if undo else ("ready", "cutting over")
    found = upgrades_of(job)
    if table is not None:
        found = {folder: one for folder, one in found.items() if one.table == table}
    if encoder is not None:
        folder = shadow_of(job, table, encoder).folder
        found = {folder: found[folder]} if folder in found else {}
    begun = {folder: one for folder, one in found.items() if one.state in ("cutting over", "undoing")}
    fitting = {folder: one for folder, one in (begun or found).items() if one.state in wanted}
    # After another upgrade, the versions from before this one are not those from before what is served.
    passed = {folder: one for folder, one in fitting.items() if one.state == "cut over"}
    passed = {folder: one for folder, one in passed.items() if encoder_text(job.path, one.table) != one.encoder}
    fitting = {folder: one for folder, one in fitting.items() if folder not in passed}
    if passed and not fitting:
        (one, *_) = passed.values()
        raise RequestError(
            f"{one.encoder} is no longer the encoder of tables.{one.table} in {job.path}: there is nothing to undo"
        )
    if not fitting:
        raise RequestError(_none_fits(job, list(found.values()), undo=undo))
    if len(fitting) > 1:
        names = ", ".join(one.encoder for one in fitting.values())
        raise RequestError(f"{job.path} has several upgrades ({names}): name one with --encoder")
    ((folder, known),) = fitting.items()
    return shadow_of(job, known.table, _plain(known.encoder)), known


def _none_fits(job: Job, found: list[Upgrade], *, undo: bool) -> str:
    if not found:
        return f"{job.path} has no upgrade: make one with `vectormill upgrade {job.path} --encoder NAME`"
    one = found[0]
    if undo:
        return f"the upgrade to {one.encoder} is {one.state}: there is no cut-over to undo"
    if one.state == "building":
        return f"the upgrade to {one.encoder} is not finished: run `vectormill upgrade {job.path} --encoder {one.encoder}` again"
    return f"the upgrade to {one.encoder} is {one.state} already"


def _plain(written: str) -> str:
    import yaml

    return str(yaml.safe_load(written))


def _switched(job: Job, shadow: Shadow, known: Upgrade, *, undo: bool, say: Callable[[Any], None]) -> dict[str, Any]:
    from launch.refresh.run import refresh
    from launch.upgrade import switch
    from transforms.storage import files
    from transforms.storage.lease import leased

    with leased(files.join(job.runs, "lease"), what=job.path):
        if known.state == "ready":
            planned = refresh(shadow.job, dry_run=True, say=lambda step: None)
            stale = [step for step in planned.steps if step.action != "fresh"]
            if stale:
                raise RequestError(
                    f"the upgrade is out of date, {stale[0].step}: {stale[0].why or stale[0].message}; run `vectormill upgrade"
                    f" {job.path} --encoder {known.encoder}` again"
                )
        done = (switch.undo if undo else switch.cut_over)(job, shadow, known, say)
    return {
        "state": done.state,
        "folder": shadow.folder,
        "exit_code": 0,
        "table": shadow.served(shadow.table).to,
        "encoder": done.encoder_before if undo else done.encoder,
        "others": [step.key for step in job.steps if _is_made_of(step, shadow)],
    }


def _is_made_of(step: Any, shadow: Shadow) -> bool:
    """Whether a step that has no shadow is made of one that has: the next refresh makes it again."""
    return step.key not in shadow.steps and any(one.key in shadow.steps for one in step.references.values())
