"""Runs every job's graph on a Beam runner, follows it to its end, and raises in the launcher what failed inside a step."""

from __future__ import annotations

import functools
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Generic, TypeVar

import apache_beam as beam
from apache_beam.options.pipeline_options import GoogleCloudOptions, PipelineOptions
from apache_beam.pipeline import PipelineVisitor
from apache_beam.runners.runner import PipelineState
from apache_beam.utils.shared import Shared

from pipelines.follow import Look, followed, look_of
from pipelines.submission import Submission, leave_failure, request_of, target_of
from transforms.common.errors import (
    Detached,
    RequestError,
    RunError,
    StoppedError,
    VectormillError,
    failure_of,
    one_line,
)
from transforms.storage import files

Work = TypeVar("Work")
Job = TypeVar("Job")

_SLICE_SECONDS = 0.2
_STATE_SECONDS = 1.0
_CANCEL_SECONDS = 20.0


class JobStep(beam.DoFn, Generic[Work]):
    """A step of a job: it travels with the job's description alone, and opens what it works on in the worker.

    A subclass reads `self._job`, the description, and `self._work`, which `opens(job)` makes when it is first asked. What fails
    in its `process` or `finish_bundle` is left at `failure_path`, for a runner may turn exceptions into text.

    Attributes:
      opens: a class or a function (`staticmethod`) of the job. A step that needs the description alone has none.
      per_process: one `_work` for all copies of the step in a process and for all its bundles, in whatever thread; the
        opened object must then be thread-safe. Else every copy of the step opens its own.
      failure_path: set before the graph goes to a runner elsewhere; None in this process.
    """

    opens: Callable[[Any], Work]
    per_process: ClassVar[bool] = False
    failure_path: str | None = None

    _work: Work

    def __init__(self, job: Any) -> None:
        self._job = job
        self._shared = Shared()  # a key that all copies of this step have, and no other step or run

    def __init_subclass__(cls, **given: Any) -> None:
        super().__init_subclass__(**given)
        for name in {"process", "finish_bundle"} & vars(cls).keys():
            setattr(cls, name, _reporting(vars(cls)[name]))

    def __getattr__(self, name: str) -> Any:
        # Not a property: Beam reads whatever `dir` lists when the graph is built, and that would open it in the launcher.
        if name != "_work":
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")
        opens = self.opens
        self._work = self._shared.acquire(lambda: opens(self._job)) if self.per_process else opens(self._job)
        return self._work


def _reporting(method: Callable[..., Any]) -> Callable[..., Iterator[Any]]:
    @functools.wraps(method)
    def reporting(self: JobStep[Any], *args: Any, **kwargs: Any) -> Iterator[Any]:
        try:
            results = method(self, *args, **kwargs)
            if results is not None:
                yield from results
        except VectormillError as error:
            if self.failure_path is not None:
                leave_failure(self.failure_path, error)
            raise

    return reporting


@dataclass(frozen=True, kw_only=True)
class RemoteRunner:
    """A runner whose workers are other processes or machines.

    Attributes:
      runner: Beam's.
      service: where it is asked: the address of its job service, or its name.
      detach: submit the job, and do not wait for its end.
      say: takes a line for the person who waits.
      find: takes Beam's options and the id of a job that was submitted earlier; gives its result, or None where the service does
        not know it.
    """

    runner: Any
    service: str = "the runner"
    detach: bool = False
    say: Callable[[str], None] = lambda line: None
    find: Callable[[PipelineOptions, str], Any] = lambda options, job_id: None

    @staticmethod
    def of(runner: Any) -> RemoteRunner | None:
        """What `run` of a job was given: None is the in-process runner."""
        return runner if runner is None or isinstance(runner, RemoteRunner) else RemoteRunner(runner=runner)


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

        pipeline = beam.Pipeline(runner=FnApiRunner(), options=options)
        yield pipeline
        try:
            pipeline.run().wait_until_finish()
        except VectormillError as error:
            # Beam adds the step's name to the message.
            raise type(error)(str(error).partition(_STEP)[0]) from error
        except Exception as error:
            raise failure_in(str(error)) or error from error
        return
    pipeline = beam.Pipeline(runner=remote.runner, options=options)
    yield pipeline
    submission = Submission.of(job, name=_name(options), service=remote.service)
    pipeline.visit(_FailurePath(submission.failure_path))
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
        submission = replace(submission, job_id=_job_id(result))
        submission.save()
        remote.say(f"{submission.name}: submitted to {remote.service}{_called(submission)}")
        if remote.detach:
            raise _detached(submission)
        _follow(result, submission, remote)


class _FailurePath(PipelineVisitor):
    """Sets the `failure_path` of every step of ours."""

    def __init__(self, path: str) -> None:
        self._path = path

    def visit_transform(self, transform_node: Any) -> None:
        step = getattr(transform_node.transform, "fn", None)
        if isinstance(step, JobStep):
            step.failure_path = self._path


def rejoin(job: Job, options: PipelineOptions, remote: RemoteRunner) -> Job:
    """Follows the job that the same request submitted earlier to its end, if nobody has seen that.

    Returns:
      the job whose outcome is to be read, or which is to be run: the given one; an embed job has the name of the earlier run.

    Raises:
      RequestError, RunError: as that job failed; or a job of another request still writes to the same folder.
      StoppedError, Detached: as `pipeline_on`.
    """
    earlier = Submission.at(target_of(job))
    if earlier is None:
        return job
    result = remote.find(options, earlier.job_id)
    state = None if result is None else _state(result)
    is_same, title = earlier.request == request_of(job), f"{earlier.name}, submitted {earlier.time}{_called(earlier)},"
    if result is None or state is None:
        remote.say(f"{title} is not known to {remote.service}: this command starts anew")
    elif PipelineState.is_terminal(state):
        remote.say(f"{title} has ended: {state.lower()}")
        if is_same:
            _raise_end(result, state, earlier)
            earlier.forget()
            return _under_the_name_of(earlier, job)
    elif not is_same:
        raise RequestError(
            f"{title} writes to {earlier.target} for another request and is still {state.lower()}: wait for its end, or cancel"
            f" it at {earlier.service}"
        )
    else:
        remote.say(f"{title} is still {state.lower()}: following it, Ctrl-C cancels it")
        if remote.detach:
            raise _detached(earlier)
        look = look_of(_under_the_name_of(earlier, job))
        with followed(look) if look is not None else nullcontext():
            _follow(result, earlier, remote)
        return _under_the_name_of(earlier, job)
    earlier.forget()
    return job


def _under_the_name_of(earlier: Submission, job: Any) -> Any:
    return replace(job, run=earlier.run) if earlier.run else job


def _follow(result: Any, submission: Submission, remote: RemoteRunner) -> None:
    """Waits in slices, so that Ctrl-C is heard and states are said; Beam's own way to wait is in a thread."""
    errors: list[Exception] = []

    def wait() -> None:
        try:
            result.wait_until_finish()
        except Exception as error:
            errors.append(error)

    waiting = threading.Thread(target=wait, daemon=True, name="waiting")
    waiting.start()
    state, asked = None, 0.0
    try:
        while waiting.is_alive():
            waiting.join(_SLICE_SECONDS)
            if time.monotonic() - asked > _STATE_SECONDS:
                found, asked = _state(result), time.monotonic()
                if found not in (state, None):
                    state = found
                    remote.say(f"{submission.name}: {state.lower()}")
    except KeyboardInterrupt as stop:
        raise _cancelled(result, submission, remote) from stop
    _raise_end(result, _state(result), submission, *errors)
    submission.forget()


def _raise_end(result: Any, state: str | None, submission: Submission, error: Exception | None = None) -> None:
    """Raises the failure of a job that has ended in one.

    Raises:
      RequestError, RunError: of a step, in its own words; the job was cancelled; the service is gone.
      Exception: the runner's own, where no step of ours failed.
    """
    if error is None and state not in (PipelineState.FAILED, PipelineState.CANCELLED):
        return
    if error is None and state == PipelineState.FAILED:
        try:
            result.wait_until_finish()
        except Exception as found:
            error = found
    text = "" if error is None else str(error)
    failure: Exception | None = submission.failure() or failure_in(text) or _explained(text, submission)
    if failure is None and (state == PipelineState.CANCELLED or "CANCELLED" in text.partition("\n")[0]):
        failure = RunError(
            f"{submission.name} was cancelled at {submission.service}; what is finished is kept, the same command goes on from"
            " there"
        )
    if failure is None and (state is None or not PipelineState.is_terminal(state)):
        # The job was lost sight of, and did not end. The record stays: the next command asks again.
        raise RunError(
            f"{submission.service} does not answer any more ({one_line(error or RunError(text))}): {submission.name} may run on;"
            " the same command says what became of it once the service answers"
        ) from error
    submission.forget()
    raise (
        failure or error or RunError(f"{submission.name} failed, and {submission.service} does not say why")
    ) from error


_NO_PROJECT = re.compile(r"No module named '(transforms|pipelines|launch|vectormill)\b")
_LOST_WORKER = re.compile(r"SDK worker disconnected|is no longer reachable|CANCELLED: client cancelled")
"""How Prism and Flink say that a worker, or a task manager with its workers, has gone."""


def _explained(text: str, submission: Submission) -> RunError | None:
    """A runner's own failure in words for a person, where it is a known one."""
    if _NO_PROJECT.search(text):
        return RunError(
            f"{submission.name}: its workers have no vectormill: install it in their image or where the worker pool starts"
            " them, or give --beam --setup_file=…"
        )
    if _LOST_WORKER.search(text):
        return RunError(
            f"{submission.name}: a worker has ended in the middle of its work; what is finished is kept, the same command goes on"
            " from there (the worker's log tells why)"
        )
    return None


def _cancelled(result: Any, submission: Submission, remote: RemoteRunner) -> StoppedError:
    may_run_on = (
        "it may run on and commit; cancel it there before the same command is given again"
        f"{' (' + submission.job_id + ')' if submission.job_id else ''}"
    )
    remote.say(f"{submission.name}: cancelling")
    try:
        result.cancel()
    except Exception as error:
        return StoppedError(f"interrupted, and the runner did not cancel the job ({one_line(error)}): {may_run_on}")
    deadline = time.monotonic() + _CANCEL_SECONDS
    while not PipelineState.is_terminal(state := _state(result) or PipelineState.CANCELLED):
        if time.monotonic() > deadline:
            return StoppedError(
                f"interrupted, and the runner has not cancelled the job within {_CANCEL_SECONDS:.0f} s ({state.lower()}):"
                f" {may_run_on}"
            )
        time.sleep(_SLICE_SECONDS)
    submission.forget()
    if state == PipelineState.DONE:
        return StoppedError("interrupted when the job had just ended: the same command shows what it made")
    return StoppedError(
        "interrupted, and the job was cancelled at its runner; what is finished is kept, the same command goes on from there"
    )


def _detached(submission: Submission) -> Detached:
    return Detached(
        f"{submission.name}: submitted to {submission.service}{_called(submission)}\n"
        "to follow it:  the same command without --detach\n"
        f"to stop it:    follow it and press Ctrl-C, or cancel it at {submission.service}",
        facts={"job": submission.name, "id": submission.job_id, "service": submission.service},
    )


def _called(submission: Submission) -> str:
    return f" as {submission.job_id}" if submission.job_id else ""


def _state(result: Any) -> str | None:
    """The state of a job; None where the service does not say."""
    with suppress(Exception):
        state: str | None = result.state
        return state
    return None


def _job_id(result: Any) -> str:
    found = getattr(result, "job_id", None) or getattr(result, "_job_id", "")
    return str(found() if callable(found) else found)


def _name(options: PipelineOptions) -> str:
    return str(options.view_as(GoogleCloudOptions).job_name or "the job")


_STEP = " [while running"
_FAILURE = re.compile(
    r"transforms\.common\.errors\.(?P<kind>(Request|Run|NotPublished|StoreRefused|StoreUnavailable)Error): (?P<message>[^\n]*)"
)


def failure_in(text: str) -> VectormillError | None:
    """The last of our failures that a runner's text quotes, as it was raised in the worker; None where there is none."""
    last = None
    for last in _FAILURE.finditer(text):  # noqa: B007
        pass
    if last is None:
        return None
    return failure_of(last["kind"], last["message"].partition(_STEP)[0].strip())


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
