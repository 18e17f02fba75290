"""Looks at a runner, its workers and the folders of a job, one thing after the other, and prints what was found."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from launch import remote
from launch.preflight import accelerators, service, workers
from launch.preflight.check import Check
from launch.profiles import DATAFLOW, Profile
from launch.terminal.text import printable
from transforms.common.errors import RunError
from transforms.storage import files

if TYPE_CHECKING:
    from transforms.encoders import ResolvedEncoder

_PROBE_SECONDS = 60.0
_DATAFLOW_SECONDS = 600.0
"""Dataflow starts machines for every job."""


def examine(
    profile: Profile,
    folders: Sequence[str] = (),
    *,
    encoder: ResolvedEncoder | None = None,
    seconds: float | None = None,
) -> Iterator[Check]:
    """Looks at one thing after the other, and stops where the rest depends on one that is wrong.

    Args:
      folders: where jobs will read and write.
      encoder: which workers are to load.
      seconds: how long the workers have for each job of one element; None: a minute, ten on Dataflow.

    Raises:
      RequestError: the profile is wrong, or a folder is on a disk that the workers do not have.
    """
    options = profile.options()
    runner = profile.beam_runner(options)
    if runner is None:
        yield Check(name="service", ok=True, words="direct: jobs run in this process")
        return
    for folder in folders:
        if files.is_local(folder):
            remote.require_shared(folder, profile, options)
    try:
        remote.require_service(options)
    except RunError as error:
        yield Check(name="service", ok=False, words=str(error))
        return
    yield Check(name="service", ok=True, words=f"{remote.service_of(profile, options)} answers")
    yield service.version(profile, options)
    yield from service.slots(profile, options)
    yield from accelerators.checks(profile, options)
    places = tuple(files.absolute(folder) for folder in folders)
    patience = _DATAFLOW_SECONDS if profile.runner == DATAFLOW else _PROBE_SECONDS
    yield from workers.checks(runner, options, places, encoder, patience if seconds is None else seconds)


def print_checks(
    profile: Profile, folders: Sequence[str], *, encoder: ResolvedEncoder | None = None, as_json: bool
) -> None:
    """Prints a line for each check, or all as one JSON line.

    Raises:
      RunError: something is not as it should be.
    """
    checks = []
    for check in examine(profile, folders, encoder=encoder):
        checks.append(check)
        if not as_json:
            mark = {True: click.style("ok", fg="green"), False: click.style("no", fg="red"), None: "??"}[check.ok]
            click.echo(f"{mark}  {check.name:<10} {printable(check.words)}")
    if as_json:
        click.echo(json.dumps([asdict(check) for check in checks]))
    wrong = [check.name for check in checks if check.ok is False]
    if wrong:
        raise RunError(f"{profile.runner} is not ready: {', '.join(wrong)}")
