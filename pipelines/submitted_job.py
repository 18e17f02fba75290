"""Follows a job at a runner's service to its end, cancels it on Ctrl-C, and finds one again that was submitted earlier."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.runner import PipelineState

from pipelines.failures import explained, failure_in
from pipelines.follow import followed, look_of
from pipelines.submission import Submission, request_of, target_of
from transforms.common.errors import Detached, RequestError, RunError, StoppedError, one_line

Job = TypeVar("Job")

_SLICE_SECONDS = 0.2
_STATE_SECONDS = 1.0
_CANCEL_SECONDS = 20.0


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
      shared_folder: a folder that this machine and all workers have at the same path; None: none is known.
    """

    runner: Any
    service: str = "the runner"
    detach: bool = False
    say: Callable[[str], None] = lambda line: None
    find: Callable[[PipelineOptions, str], Any] = lambda options, job_id: None
    shared_folder: str | None = None

    @staticmethod
    def of(runner: Any) -> RemoteRunner | None:
        """What `run` of a job was given: None is the in-process runner."""
        return runner if runner is None or isinstance(runner, RemoteRunner) else RemoteRunner(runner=runner)


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
    is_same, title = earlier.request == request_of(job), f"{earlier.name}, submitted {earlier.time}{earlier.known_as},"
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
            raise detached(earlier)
        look = look_of(_under_the_name_of(earlier, job))
        with followed(look) if look is not None else nullcontext():
            follow_to_end(result, earlier, remote)
        return _under_the_name_of(earlier, job)
    earlier.forget()
    return job


def _under_the_name_of(earlier: Submission, job: Any) -> Any:
    return replace(job, run=earlier.run) if earlier.run else job


def follow_to_end(result: Any, submission: Submission, remote: RemoteRunner) -> None:
    """Waits for the end of a job, so that Ctrl-C is heard and states are said; Beam's own way to wait is in a thread.

    Raises:
      RequestError, RunError: as the job failed.
      StoppedError: Ctrl-C; the job was cancelled, or the message says that it may run on.
    """
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
    failure: Exception | None = submission.failure() or failure_in(text) or explained(text, submission.name)
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


def detached(submission: Submission) -> Detached:
    return Detached(
        f"{submission.name}: submitted to {submission.service}{submission.known_as}\n"
        "to follow it:  the same command without --detach\n"
        f"to stop it:    follow it and press Ctrl-C, or cancel it at {submission.service}",
        facts={"job": submission.name, "id": submission.job_id, "service": submission.service},
    )


def _state(result: Any) -> str | None:
    """The state of a job; None where the service does not say."""
    with suppress(Exception):
        state: str | None = result.state
        return state
    return None


def job_id_of(result: Any) -> str:
    found = getattr(result, "job_id", None) or getattr(result, "_job_id", "")
    return str(found() if callable(found) else found)
