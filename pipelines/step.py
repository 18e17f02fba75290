"""Describes the steps of every job's graph: each opens what it works on in the worker, and leaves its failure behind."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any, ClassVar, Generic, TypeVar

import apache_beam as beam
from apache_beam.pipeline import PipelineVisitor
from apache_beam.utils.shared import Shared

from pipelines.submission import leave_failure
from transforms.common.errors import VectormillError

Work = TypeVar("Work")


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


def leave_failures_at(pipeline: beam.Pipeline, path: str) -> None:
    """Tells every step of a graph where to leave its failure."""
    pipeline.visit(_FailurePath(path))


class _FailurePath(PipelineVisitor):
    """Sets the `failure_path` of every step of ours."""

    def __init__(self, path: str) -> None:
        self._path = path

    def visit_transform(self, transform_node: Any) -> None:
        step = getattr(transform_node.transform, "fn", None)
        if isinstance(step, JobStep):
            step.failure_path = self._path
