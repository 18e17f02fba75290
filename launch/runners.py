"""Runs jobs of `pipelines` where a profile says, and shows their progress."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from launch.profiles import Profile, profile_of

Outcome = TypeVar("Outcome")


def run_shown(
    run: Callable[..., Outcome], job: Any, *, runner: str | Profile = "direct", beam: Sequence[str] = ()
) -> Outcome:
    """Runs a job on a runner with Beam's options `beam`, and shows its progress.

    Raises:
      RequestError: there is no such runner or option, or the runner's workers cannot reach what the job names.
      RunError: the runner's service does not answer.
      Detached: the job was submitted, and nobody waits for it.
    """
    from launch import remote
    from launch.preflight import accelerators
    from launch.terminal import progress
    from pipelines.submitted_job import RemoteRunner, rejoin

    profile = profile_of(runner, beam)
    options = profile.options()
    beam_runner = profile.beam_runner(options)
    shown = progress.shown() if progress.is_wanted() else contextlib.nullcontext()
    if beam_runner is None:
        with _labels_kept(), shown:
            return run(job, options, runner=None)
    job = remote.located(job, profile, options)
    remote.name(options, job)
    remote.require_service(options)
    on = RemoteRunner(
        runner=beam_runner,
        service=remote.service_of(profile, options),
        detach=profile.detach,
        say=_say if progress.is_wanted() else lambda line: None,
        find=remote.find,
        shared_folder=remote.shared_folder(profile, options),
    )
    for doubt in accelerators.doubts(profile, options):
        _say(doubt)
    with _labels_kept(), shown:
        return run(rejoin(job, options, on), options, runner=on)


def _say(line: str) -> None:
    """Writes a line for the person who waits; a bar stays below it."""
    print(line, file=sys.stderr, flush=True)


@contextlib.contextmanager
def _labels_kept() -> Iterator[None]:
    """Leaves the labels of a graph's steps alone in a notebook.

    There Beam would import its interactive runner to number them, whose data frames do not load beside pandas 3, nor without
    pandas (Beam 2.77, `apache_beam.utils.interactive_utils`).
    """
    from apache_beam import pipeline

    altered = pipeline.alter_label_if_ipython
    pipeline.alter_label_if_ipython = lambda transform, pvalueish: None
    try:
        yield
    finally:
        pipeline.alter_label_if_ipython = altered
