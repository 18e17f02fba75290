"""Renders the files with which a scheduler calls `vectormill refresh JOB`.

Every command names its program and the job file from the root on, and is quoted as its file wants it. A job file whose name
cannot be written there is refused.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from launch.schedule.times import Times
from transforms.common.errors import RequestError
from transforms.storage import files

Scheduler = Literal["cron", "systemd", "k8s", "airflow", "gcp"]

_IMAGE_PROGRAM = "/usr/local/bin/vectormill"
"""Where the project's images have the command."""
_HOLDS_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """What is to be called, when, and where.

    Attributes:
      job: the job file, from the root on, or in a store.
      times: when.
      program: the command on this machine; None: where an image has it.
      image: of a container, for k8s and gcp.
      claim: name of the PersistentVolumeClaim with the job file's folder, for k8s.
      project, region: for gcp.
    """

    job: str
    times: Times
    program: str
    image: str | None = None
    claim: str | None = None
    project: str | None = None
    region: str | None = None

    @property
    def name(self) -> str:
        """A name that every scheduler takes: letters, digits and "-", which starts with a letter; of this job file alone."""
        stem = re.sub(r"[^a-z0-9]+", "-", files.basename(self.job).rpartition(".")[0].lower()).strip("-")
        digest = blake2b(self.job.encode(), digest_size=3).hexdigest()
        return f"vectormill-{stem[:30].strip('-')}-{digest}".replace("--", "-")

    @property
    def folder(self) -> str:
        return files.parent(self.job)

    @property
    def command(self) -> list[str]:
        return [self.program, "refresh", self.job]


def render(schedule: Schedule, scheduler: Scheduler) -> dict[str, str]:
    """The files that are needed: name -> content.

    Raises:
      RequestError: something is missing that the scheduler needs, or a name cannot be written there.
    """
    for given in (schedule.job, schedule.program):
        if _HOLDS_CONTROL.search(given):
            raise RequestError(f"{given!r} has a line end or a control character in its name: rename it")
    is_local = files.is_local(schedule.job)
    if scheduler in ("cron", "systemd", "airflow") and not is_local:
        raise RequestError(
            f"{schedule.job}: for {scheduler} the job file is on its machine's disk; what it names may be in a store"
        )
    if scheduler == "systemd" and set(schedule.program) & set("\"'\\"):
        raise RequestError(
            f"{schedule.program}: systemd runs no program with quotes in its path: name a link by --program"
        )
    if scheduler in ("k8s", "gcp") and schedule.image is None:
        raise RequestError(
            f"--for {scheduler} needs --image: one with vectormill in it, as launch/dataflow/Dockerfile makes it"
        )
    if scheduler == "k8s" and is_local and schedule.claim is None:
        raise RequestError(
            f"{schedule.job}: a pod has no disk of this machine: give --claim, the volume with {schedule.folder}"
        )
    if scheduler == "gcp":
        if is_local:
            raise RequestError(
                f"{schedule.job}: a Cloud Run job has no disk: put the job file and all it names in a bucket, gs://…"
            )
        if schedule.project is None or schedule.region is None:
            raise RequestError("--for gcp needs --project and --region")
    name = schedule.name
    made = {
        "cron": {f"{name}.cron": "cron.j2"},
        "systemd": {f"{name}.service": "service.j2", f"{name}.timer": "timer.j2"},
        "k8s": {f"{name}.yaml": "cronjob.yaml.j2"},
        "airflow": {f"{name.replace('-', '_')}.py": "dag.py.j2"},
        "gcp": {f"{name}.yaml": "cloud_run.yaml.j2", f"{name}.sh": "cloud_scheduler.sh.j2"},
    }[scheduler]
    environment = _environment()
    return {file: environment.get_template(template).render(schedule=schedule) for file, template in made.items()}


def image_program() -> str:
    """The command in an image of the project."""
    return _IMAGE_PROGRAM


def _environment() -> Environment:
    # Nothing of this is HTML: each filter quotes for the file that it is used in.
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    filters: dict[str, Callable[..., object]] = {
        "cron": _cron, "systemd": _systemd, "unexpanded": _unexpanded, "yaml": _yaml, "python": repr, "shell": shlex.quote
    }  # fmt: skip
    environment.filters.update(filters)
    return environment


def _cron(command: list[str]) -> str:
    """For a crontab: the shell's quotes, and no bare "%", which cron takes for a line end even within quotes."""
    return shlex.join(command).replace("%", r"\%")


def _systemd(command: list[str]) -> str:
    """For ExecStart=: each word in quotes, without specifiers (%) and, behind the program, variables ($)."""
    program, *words = (word.replace("\\", r"\\").replace('"', r"\"").replace("%", "%%") for word in command)
    return " ".join(f'"{word}"' for word in [program, *(word.replace("$", "$$") for word in words)])


def _unexpanded(command: list[str]) -> list[str]:
    """For a container, where `$(NAME)` would be a variable."""
    return [word.replace("$(", "$$(") for word in command]


def _yaml(value: object) -> str:
    """As JSON, which is YAML, too."""
    return json.dumps(value)
