"""Runs every job's graph on a Beam runner, in this process or elsewhere, and raises in the launcher what failed inside a step."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import Any, TypeVar

import apache_beam as beam
from apache_beam.options.pipeline_options import GoogleCloudOptions, PipelineOptions

from pipelines.failures import failure_in, without_step
from pipelines.follow import Look, followed
from pipelines.step import leave_failures_at
from pipelines.submission import Submission
from pipelines.submitted_job import RemoteRunner, detached, follow_to_end, job_id_of
from transforms.common.errors import Detached, RunError, VectormillError
from transforms.storage import files

Options = TypeVar("Options", bound=PipelineOptions)


@contextmanager
def pipeline_on(
    runner: Any, options: PipelineOptions, job: Any, *, look: Look | None = None
) -> Iterator[beam.Pipeline]:
    """A pipeline that runs to its end when the block does.

    Args:
      runner: a Beam runner or a `RemoteRunner`; None: the in-process FnApiRunner, in memory.
      look: brings the progress up to date while a runner elsewhere works.

    Raises:
      RequestError, RunError: what failed in a step, in its own words.
      StoppedError: Ctrl-C while another process or machine ran the job.
      Detached: the job was submitted, and nobody waits for it.
      Exception: the runner's own failure.
    """
    remote = RemoteRunner.of(runner)
    if remote is None:
        from apache_beam.runners.portability.fn_api_runner import FnApiRunner

        pipeline = beam.Pipeline(runner=FnApiRunner(), options=options.view_as(ViewedOnce))
        yield pipeline
        try:
            pipeline.run().wait_until_finish()
        except VectormillError as error:
            # Beam adds the step's name to the message.
            raise type(error)(without_step(str(error))) from error
        except Exception as error:
            raise failure_in(str(error)) or error from error
        return
    pipeline = beam.Pipeline(runner=remote.runner, options=options.view_as(ViewedOnce))
    yield pipeline
    submission = Submission.of(job, name=_name(options), service=remote.service)
    leave_failures_at(pipeline, submission.failure_path)
    with followed(look) if look is not None else nullcontext():
        try:
            result = pipeline.run()
        except Exception as error:  # of a runner that works while it submits
            failed = submission.failure() or failure_in(str(error)) or error
            submission.forget()
            raise failed from error
        template = options.view_as(GoogleCloudOptions).template_location
        if template:
            raise Detached(
                f"{submission.name}: the template is {template}; nothing runs yet", facts={"template": template}
            )
        submission = replace(submission, job_id=job_id_of(result))
        submission.save()
        remote.say(f"{submission.name}: submitted to {remote.service}{submission.known_as}")
        if remote.detach:
            raise detached(submission)
        follow_to_end(result, submission, remote)


class ViewedOnce(PipelineOptions):
    """Options of which each view is made once: Beam asks for several with every step, and each parses all flags anew."""

    def view_as(self, cls: type[Options]) -> Options:
        views = self.__dict__.setdefault("_views", {})
        if cls not in views:
            views[cls] = super().view_as(cls)
        view: Options = views[cls]
        return view

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in super().__getstate__().items() if name != "_views"}


def _name(options: PipelineOptions) -> str:
    return str(options.view_as(GoogleCloudOptions).job_name or "the job")


def read_outcome(path: str) -> Any:
    """The JSON that a job's last step wrote at `path`.

    Raises:
      RunError: it is not there: the workers have another disk, or stand in another folder.
    """
    try:
        return json.loads(files.read(path))
    except FileNotFoundError as error:
        raise RunError(
            f"the runner says that the job is done, and {path} is not there: its workers wrote elsewhere; give a place that is"
            " the same for them and for this machine"
        ) from error
