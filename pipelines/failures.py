"""Finds our own failures in the text that a runner makes of them, and explains a few of the runner's."""

from __future__ import annotations

import re

from transforms.common.errors import RunError, VectormillError, failure_of

_STEP = " [while running"
_FAILURE = re.compile(
    r"transforms\.common\.errors\.(?P<kind>(Request|Run|NotPublished|StoreRefused|StoreUnavailable)Error): (?P<message>[^\n]*)"
)
_NO_PROJECT = re.compile(r"No module named '(transforms|pipelines|launch|vectormill)\b")
_LOST_WORKER = re.compile(r"SDK worker disconnected|is no longer reachable|CANCELLED: client cancelled")
"""How Prism and Flink say that a worker, or a task manager with its workers, has gone."""


def failure_in(text: str) -> VectormillError | None:
    """The last of our failures that a runner's text quotes, as it was raised in the worker; None where there is none."""
    last = None
    for last in _FAILURE.finditer(text):  # noqa: B007
        pass
    if last is None:
        return None
    return failure_of(last["kind"], without_step(last["message"]).strip())


def without_step(message: str) -> str:
    """A message without the name of the step, which Beam adds."""
    return message.partition(_STEP)[0]


def explained(text: str, name: str) -> RunError | None:
    """A runner's own failure in words for a person, where it is a known one.

    Args:
      name: of the job.
    """
    if _NO_PROJECT.search(text):
        return RunError(
            f"{name}: its workers have no vectormill: install it in their image or where the worker pool starts"
            " them, or give --beam --setup_file=…"
        )
    if _LOST_WORKER.search(text):
        return RunError(
            f"{name}: a worker has ended in the middle of its work; what is finished is kept, the same command goes on"
            " from there (the worker's log tells why)"
        )
    return None
