"""Runs every job's graph on a Beam runner, and raises what failed inside a step again in the launcher."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, ClassVar, Generic, NoReturn, TypeVar

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.utils.shared import Shared

from transforms.common.errors import RequestError, RunError, StoppedError, VectormillError, one_line
from transforms.storage import files

Work = TypeVar("Work")

FAILURE = "failure.json"
"""Name of the file that a failed step leaves for the launcher: a runner may turn exceptions into text."""

FAILURES: dict[str, VectormillError] = {}
"""Failures of runs in this process, by run id."""


class JobStep(beam.DoFn, Generic[Work]):
    """A step of a job: it travels with the job's description alone, and opens what it works on in the worker.

    A subclass reads `self._job`, the description, and `self._work`, which `opens(job)` makes when it is first asked.

    Attributes:
      opens: a class or a function (`staticmethod`) of the job. A step that needs the description alone has none.
      per_process: one `_work` for all copies of the step in a process and for all its bundles, in whatever thread; the
        opened object must then be thread-safe. Else every copy of the step opens its own.
    """

    opens: Callable[[Any], Work]
    per_process: ClassVar[bool] = False

    _work: Work

    def __init__(self, job: Any) -> None:
        self._job = job
        self._shared = Shared()  # a key that all copies of this step have, and no other step or run

    def __getattr__(self, name: str) -> Any:
        # Not a property: Beam reads whatever `dir` lists when the graph is built, and that would open it in the launcher.
        if name != "_work":
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")
        opens = self.opens
        self._work = self._shared.acquire(lambda: opens(self._job)) if self.per_process else opens(self._job)
        return self._work


def runner_of(runner: Any) -> Any:
    """A Beam runner; for None the in-process FnApiRunner, in memory."""
    if runner is not None:
        return runner
    from apache_beam.runners.portability.fn_api_runner import FnApiRunner

    return FnApiRunner()


@contextmanager
def pipeline_on(runner: Any, options: PipelineOptions) -> Iterator[beam.Pipeline]:
    """A pipeline that runs to its end when the block does, as `run_to_end` has it."""
    pipeline = beam.Pipeline(runner=runner_of(runner), options=options)
    yield pipeline
    run_to_end(pipeline)


def run_to_end(pipeline: beam.Pipeline) -> None:
    """Runs a graph wherever its runner does, and waits for its end.

    Raises:
      RequestError, RunError: what failed in a step, in its own words.
      StoppedError: Ctrl-C while another process or machine ran the job.
      Exception: the runner's own failure.
    """
    result: Any = None
    try:
        result = pipeline.run()
        result.wait_until_finish()
    except VectormillError as error:
        # Beam adds the step's name to the message.
        raise type(error)(str(error).partition(_STEP)[0]) from error
    except KeyboardInterrupt as stop:
        if result is None:  # the in-process runner, which ends with this process
            raise
        raise _cancelled(result) from stop
    except Exception as error:
        raise failure_in(str(error)) or error from error


def _cancelled(result: Any) -> StoppedError:
    try:
        result.cancel()
    except Exception as error:
        return StoppedError(
            f"interrupted, and the runner did not cancel the job ({one_line(error)}): it may run on and commit; cancel it there"
            " before the same command is given again"
        )
    return StoppedError(
        "interrupted, and the job was cancelled at its runner; what is finished is kept, the same command goes on from there"
    )


_STEP = " [while running"
_FAILURE = re.compile(r"transforms\.common\.errors\.(?P<kind>RequestError|RunError): (?P<message>[^\n]*)")


def failure_in(text: str) -> VectormillError | None:
    """The last of our failures that a runner's text quotes, as it was raised in the worker; None where there is none."""
    last = None
    for last in _FAILURE.finditer(text):  # noqa: B007
        pass
    if last is None:
        return None
    kind = RequestError if last["kind"] == "RequestError" else RunError
    return kind(last["message"].partition(_STEP)[0].strip())


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


@contextmanager
def reported_failures(run: str, path: str, *, beside: str) -> Iterator[None]:
    """Leaves a failure inside the block where `raise_reported` finds it: in this process, and as JSON at `path`.

    Args:
      beside: a file of the run; before it exists, nothing is written, for a wrong request must not make a folder.
    """
    try:
        yield
    except VectormillError as error:
        FAILURES[run] = error
        with suppress(OSError):
            if files.exists(beside):
                files.write(path, json.dumps({"message": str(error), "exit_code": error.exit_code}).encode())
        raise


def raise_reported(error: Exception, run: str, path: str) -> NoReturn:
    """Raises the failure that a step of the run reported, or `error`, which the runner raised, where none did.

    Raises:
      RequestError, RunError: of a step, in its own words.
    """
    if run in FAILURES:
        raise FAILURES.pop(run) from None
    if files.exists(path):
        failure = json.loads(files.read(path))
        kind = RequestError if failure["exit_code"] == RequestError.exit_code else RunError
        raise kind(failure["message"]) from error
    raise error
