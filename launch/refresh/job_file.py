"""Reads a job file: what is to be kept fresh, as steps in the order in which they run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import Field, create_model

from launch.profiles import Profile, profile_from
from launch.refresh.on_failure import OnFailure
from launch.refresh.sections import SECTIONS, Section
from launch.yaml_file import Description, misplaced, nearest, read_yaml
from transforms.common.errors import RequestError
from transforms.corpus.databases.address import from_folder, require_no_secret
from transforms.storage import files


class _Job(Description):
    """Everything of a job file but its sections."""

    runs: str = Field("runs", description="Folder of the records of runs. Default: runs, beside this file.")
    runner: str | None = Field(
        None, description="Where the steps run, as --runner of the commands has it. Default: direct."
    )
    profile: str | None = Field(None, description="A file that says where the steps run, as --profile of the commands.")
    on_failure: OnFailure | None = Field(
        None, description="What is called when a step failed or was held back: a command, or a webhook."
    )
    metrics: str | None = Field(None, description="A file NAME.prom for the textfile collector of Prometheus.")
    openlineage: str | None = Field(
        None, description="Where events of OpenLineage go: a file that they are appended to, or an http:// address."
    )


def _section(section: Section) -> Any:
    named: Any = dict[str, section.options]  # type: ignore[name-defined]
    return named, Field(default_factory=dict, description=f"Name -> {section.noun}.")


_SECTIONS: dict[str, Any] = {section.name: _section(section) for section in SECTIONS.values()}
JobFile: type[_Job] = create_model("Job", __base__=_Job, **_SECTIONS)
"""The content of a job file."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing that is kept fresh.

    Attributes:
      section, name: where the job file has it.
      to: what it writes, a folder from the root on.
      options: arguments of `section.run`, but for `to`, the runner, and what other steps make.
      references: parameter -> the step whose folder it is.
    """

    section: Section
    name: str
    to: str
    options: dict[str, Any]
    references: dict[str, Step]

    @property
    def key(self) -> str:
        return f"{self.section.name}.{self.name}"


@dataclass(frozen=True, kw_only=True)
class Job:
    """A job file.

    Attributes:
      steps: each after those that it refers to.
      runs: the folder of the records of its runs.
      profile: where its steps run.
      on_failure, metrics, openlineage: whom its runs are told to; None: to nobody. A file is named from the root on.
    """

    path: str
    steps: tuple[Step, ...]
    runs: str
    profile: Profile
    on_failure: OnFailure | None = None
    metrics: str | None = None
    openlineage: str | None = None


def read_job(path: str) -> Job:
    """The job of a file, whose relative paths start from its folder.

    Raises:
      RequestError: it cannot be read, or something in it is wrong; the line says where, and what may be meant.
    """
    path = files.absolute(path)
    described = read_yaml(path, JobFile)
    folder = path.rpartition("/")[0]
    steps: dict[str, Step] = {}
    for section in SECTIONS.values():
        for name, options in getattr(described, section.name).items():
            given = {
                option: getattr(options, option)
                for option in section.options.model_fields
                if option in options.model_fields_set
            }
            step = _step(path, folder, section, name, given, steps)
            steps[step.key] = step
    if not steps:
        raise RequestError(f"{path} describes nothing: write tables: with a name, its inputs and an encoder")
    _require_apart(path, steps)
    return Job(
        path=path,
        steps=tuple(steps.values()),
        runs=_located(described.runs, folder),
        profile=_profile(path, folder, described),
        on_failure=described.on_failure,
        metrics=_metrics(path, folder, described),
        openlineage=_openlineage(path, folder, described),
    )


def schema() -> dict[str, Any]:
    """The JSON schema of job files, for editors."""
    return JobFile.model_json_schema()


def _profile(path: str, folder: str, described: _Job) -> Profile:
    file = None if described.profile is None else _located(described.profile, folder)
    profile = profile_from(described.runner, file)
    if profile.detach:
        message = f"{file} says detach: a refresh waits for each step, and publishes by what came of it"
        raise misplaced(path, ("profile",), message)
    return profile


def _metrics(path: str, folder: str, described: _Job) -> str | None:
    if described.metrics is None:
        return None
    file = _located(described.metrics, folder)
    if not files.is_local(file) or not file.endswith(".prom"):
        raise misplaced(path, ("metrics",), "a file on this machine's disk is wanted, NAME.prom")
    return file


def _openlineage(path: str, folder: str, described: _Job) -> str | None:
    given = described.openlineage
    if given is None or given.startswith(("http://", "https://")):
        return given
    file = _located(given, folder)
    if not files.is_local(file):
        raise misplaced(path, ("openlineage",), "a file on this machine's disk, or an http:// address is wanted")
    return file


def _step(path: str, folder: str, section: Section, name: str, given: dict[str, Any], steps: dict[str, Step]) -> Step:
    place = (section.name, name)
    if not name or name.startswith((".", "_")) or "/" in name or name.isdigit():
        raise misplaced(path, place, "a name is a folder's, too: write it without a slash, and not as a number")
    references = {}
    for parameter, (called, of) in section.references.items():
        wanted = given.pop(called)
        if f"{of}.{wanted}" not in steps:
            valid = [step.name for step in steps.values() if step.section.name == of]
            raise misplaced(path, (*place, called), f"{of} has no {wanted!r}: {nearest(wanted, valid)}")
        references[parameter] = steps[f"{of}.{wanted}"]
    to = given.pop("to", None) or f"{section.name}/{name}"
    options = {option: _resolved(option, value, section, folder) for option, value in given.items()}
    return Step(section=section, name=name, to=_located(to, folder).rstrip("/"), options=options, references=references)


def _resolved(option: str, value: Any, section: Section, folder: str) -> Any:
    if option == "encoder":
        return _located(value, folder) if value.startswith(("./", "../")) else value
    if option not in section.paths or value is None:
        return value
    return _located(value, folder) if isinstance(value, str) else [_located(one, folder) for one in value]


def _located(given: str, folder: str) -> str:
    given = given.removeprefix("file://")
    require_no_secret(given)  # a job file is shown, and told of to others
    if not files.is_local(given):
        return from_folder(given, folder)
    return given if given.startswith("/") else files.absolute(files.join(folder, given))


def _require_apart(path: str, steps: dict[str, Step]) -> None:
    """Refuses two steps that write to one folder, and a table that is made of what the job writes."""
    written: dict[str, Step] = {}
    for step in steps.values():
        for other in _around(step.to, written):
            raise misplaced(path, (step.section.name, step.name), f"{step.to} is written by {other.key}, too")
        written[step.to] = step
    for step in steps.values():
        inputs = step.options.get("inputs", ())
        for given in [inputs] if isinstance(inputs, str) else inputs:
            for other in _around(given, written):
                raise misplaced(
                    path,
                    (step.section.name, step.name, "inputs"),
                    f"{given} is what {other.key} writes: a corpus is made by nothing in this file",
                )


def _around(place: str, written: dict[str, Step]) -> Iterator[Step]:
    """The steps that write to `place`, or to a folder around it."""
    parts = place.rstrip("/").split("/")
    for end in range(len(parts), 0, -1):
        step = written.get("/".join(parts[:end]))
        if step is not None:
            yield step
