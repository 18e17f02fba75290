"""How every job runs: on which runner, and how what failed inside the graph is told outside."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

from transforms.common.errors import VectormillError

Work = TypeVar("Work")


class JobStep(beam.DoFn, Generic[Work]):
    """A step of a job that opens what the job works on, `opens(job)`, when it is first asked, in the worker."""

    opens: type[Work]

    def __init__(self, job: Any) -> None:
        self._job = job
        self._opened: Work | None = None

    @property
    def _work(self) -> Work:
        if self._opened is None:
            self._opened = self.opens(self._job)  # type: ignore[call-arg]
        return self._opened


def runner_of(runner: Any) -> Any:
    """A Beam runner; for None the in-process FnApiRunner, in memory."""
    if runner is not None:
        return runner
    from apache_beam.runners.portability.fn_api_runner import FnApiRunner

    return FnApiRunner()


@contextmanager
def pipeline_on(runner: Any, options: PipelineOptions) -> Iterator[beam.Pipeline]:
    """A pipeline that runs to its end when the block does.

    Raises:
      VectormillError: one of a step, in its own words.
    """
    try:
        with beam.Pipeline(runner=runner_of(runner), options=options) as pipeline:
            yield pipeline
    except VectormillError as error:
        # Beam adds the step's name to the message.
        raise type(error)(str(error).partition(" [while running")[0]) from error
