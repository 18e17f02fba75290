"""Describes an upgrade: the shadow of a table under another encoder, of its models and indexes, and what is known of it.

upgrades/ENCODER/         beside the job file; what is written elsewhere has its shadow in an `upgrades/ENCODER/` there
  upgrade.json            which table, both encoders, and how far it is
  tables/, models/, indexes/, runs/     as beside the job file
  report/report.html      old and new compared
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from launch.refresh.job_file import Job, Step
from launch.yaml_file import nearest
from transforms.common.errors import RequestError
from transforms.storage import files
from transforms.storage.formats import known_fields, require_format

State = Literal["building", "ready", "cutting over", "cut over", "undoing"]

_FORMAT = "vectormill-upgrade-1"
_FOLDER, _FILE = "upgrades", "upgrade.json"
_SHADOWED = ("models", "indexes")


@dataclass(frozen=True, kw_only=True)
class Replacement:
    """A folder of models or of an index that gets a version.

    Attributes:
      step: SECTION.NAME.
      folder: where versions are published.
      source: the version that is copied, SHADOW/3.
    """

    step: str
    folder: str
    source: str


@dataclass(frozen=True, kw_only=True)
class Switch:
    """A cut-over, or the undoing of one, that has begun: all that a killed one needs to go on.

    Attributes:
      run: names the commit of the table, and marks the versions that are published.
      table_before: the newest version of the table before.
      source, source_version: the table whose version is taken over; the table itself where an earlier version comes back.
      encoder: the text for the job file.
    """

    run: str
    table_before: int
    source: str
    source_version: int
    encoder: str
    replacements: tuple[Replacement, ...]


@dataclass(frozen=True, kw_only=True)
class Upgrade:
    """What is known of an upgrade: `upgrade.json`.

    Attributes:
      table: its name in the job file.
      encoder_before, encoder: texts of the job file, before the upgrade and after it.
      state: "building" until all is made and compared; "ready"; the others say for themselves.
      switch: of the cut-over that is under way or was made, or of its undoing.
      versions_before: folder -> the version that was served before the cut-over; of the table, too.
    """

    table: str
    encoder_before: str
    encoder: str
    state: State = "building"
    switch: Switch | None = None
    versions_before: dict[str, int | None] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Shadow:
    """The shadow of a table of a job under another encoder.

    Attributes:
      folder: upgrades/ENCODER beside the job file.
      job: the shadow steps; records of their runs are in `folder`.
      steps: key -> the step of the job that is served, of each shadow step.
    """

    folder: str
    job: Job
    steps: dict[str, Step]

    @property
    def table(self) -> Step:
        """The shadow of the table."""
        return self.job.steps[0]

    def served(self, step: Step) -> Step:
        return self.steps[step.key]

    def read(self) -> Upgrade | None:
        """What is known of it; None before it was begun."""
        return _read(self.folder)

    def write(self, upgrade: Upgrade) -> None:
        files.write(
            files.join(self.folder, _FILE), json.dumps({"format": _FORMAT, **asdict(upgrade)}, indent=1).encode()
        )


def shadow_of(job: Job, table: str | None, encoder: str) -> Shadow:
    """The shadow of a table (None: the only one) of a job, under an encoder as the job file would name it.

    Raises:
      RequestError: there is no such table, or several.
    """
    tables = {step.name: step for step in job.steps if step.section.name == "tables"}
    if table is None:
        if len(tables) != 1:
            raise RequestError(f"{job.path} has {len(tables)} tables: name one with --table: {', '.join(tables)}")
        (table,) = tables
    if table not in tables:
        raise RequestError(f"--table {table}: {nearest(table, list(tables))}")
    base = job.path.rpartition("/")[0]
    folder = files.join(base, _FOLDER, _slug(encoder))
    located = files.absolute(files.join(base, encoder)) if encoder.startswith(("./", "../")) else encoder
    served = tables[table]
    shadow = replace(served, to=_beside(served.to, base, folder), options={**served.options, "encoder": located})
    steps = {served.key: (shadow, served)}
    for step in job.steps:
        if step.section.name in _SHADOWED and served.key in {one.key for one in step.references.values()}:
            references = dict.fromkeys(step.references, shadow)
            steps[step.key] = (replace(step, to=_beside(step.to, base, folder), references=references), step)
    shadows = tuple(one for one, _ in steps.values())
    runs = files.join(folder, "runs")
    return Shadow(
        folder=folder,
        job=replace(job, steps=shadows, runs=runs, on_failure=None, metrics=None, openlineage=None),
        steps={k: one for k, (_, one) in steps.items()},
    )


def upgrades_of(job: Job) -> dict[str, Upgrade]:
    """Folder -> upgrade, of all that were begun."""
    root = files.join(job.path.rpartition("/")[0], _FOLDER)
    found = {files.join(root, name): _read(files.join(root, name)) for name in files.names(root)}
    return {folder: upgrade for folder, upgrade in found.items() if upgrade is not None}


def require_no_half_upgrade(job: Job) -> None:
    """Refuses to work on a job of which an upgrade is half cut over, or half undone.

    Raises:
      RequestError: one is.
    """
    for folder, upgrade in upgrades_of(job).items():
        if upgrade.state in ("cutting over", "undoing"):
            option = "--cut-over" if upgrade.state == "cutting over" else "--undo"
            raise RequestError(
                f"the upgrade in {folder} was stopped while it was {upgrade.state}: finish it first with `vectormill upgrade"
                f" {job.path} {option}`"
            )


def _read(folder: str) -> Upgrade | None:
    path = files.join(folder, _FILE)
    if not files.exists(path):
        return None
    try:
        found: dict[str, Any] = json.loads(files.read(path))
        written = found.get("format")
    except (ValueError, AttributeError) as error:
        raise RequestError(f"{path} is broken: delete {folder}, and upgrade again") from error
    require_format(written, _FORMAT, where=folder, noun="upgrade")
    if found.get("switch"):
        replacements = tuple(Replacement(**one) for one in found["switch"]["replacements"])
        found["switch"] = Switch(**{**found["switch"], "replacements": replacements})
    return Upgrade(**known_fields(Upgrade, found, where=path))


def _beside(to: str, base: str, folder: str) -> str:
    """Where the shadow of what is at `to` is."""
    if to.startswith(f"{base}/"):
        return files.join(folder, to.removeprefix(f"{base}/"))
    above, _, name = to.rpartition("/")
    return files.join(above, _FOLDER, files.basename(folder), name)


def _slug(encoder: str) -> str:
    return re.sub(r"[^\w.-]+", "-", encoder).strip("-.") or "encoder"
