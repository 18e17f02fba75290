"""Exceptions, by whose fault they are.

`RequestError`  the request was wrong: the person changes the request. Exit code 2.
`RunError`      the request was fine and the run failed. Exit code 1. `StoppedError`: the person stopped it.
`NotPublishedError`  the run is done, and what it made is not good enough to be published. Exit code 3.
`ItemError`     one item is bad: it becomes a dead letter and the run goes on.

A message says what is wrong, where, and what to do, in one line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

_DRAWING = re.compile(r"\x1b\[[\d;]*m|↳")


class VectormillError(Exception):
    """A failure whose message is written for the person at the terminal."""

    exit_code = 1


class RunError(VectormillError):
    """The run failed; the table is as it was."""

    exit_code = 1


class StoppedError(RunError):
    """The person stopped the run; the message says what became of it."""


class RequestError(VectormillError):
    """The request cannot be carried out as it stands; nothing was changed."""

    exit_code = 2


class _StoreError(OSError):
    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.strerror = message


class StoreRefusedError(RequestError, _StoreError):
    """A cloud store refuses a request: for its credentials, permissions, region, or since there is no such bucket."""


class StoreUnavailableError(RunError, _StoreError):
    """A cloud store does not answer.

    Attributes:
      was_asked_again: whether it was asked again and again before.
    """

    def __init__(self, message: str, *, was_asked_again: bool = True) -> None:
        super().__init__(message)
        self.was_asked_again = was_asked_again


class ItemError(Exception):
    """One item cannot become a vector. `kind` is the dead letter's error type."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class NotPublishedError(VectormillError):
    """The work is done, and the model or index was not good enough to be published.

    Attributes:
      results: the facts of all that was made, as a published one would have them.
    """

    exit_code = 3

    def __init__(self, message: str, *, results: Sequence[Any] = ()) -> None:
        super().__init__(message)
        self.results = tuple(results)


class Detached(Exception):  # noqa: N818
    """No failure: a job was submitted to a runner elsewhere, and nobody waits for its end. Exit code 0.

    Attributes:
      facts: what `--json` prints: the job's name, its id at the runner, and the runner's service.
    """

    def __init__(self, message: str, *, facts: Mapping[str, str]) -> None:
        super().__init__(message)
        self.facts = dict(facts)


def failure_of(kind: str | int, message: str) -> VectormillError:
    """The failure that another process had: of its class's name, or of its exit code; RunError where neither is known."""
    for known in (RequestError, NotPublishedError, StoreRefusedError):
        if kind in (known.__name__, known.exit_code):
            return known(message)
    return RunError(message)


def one_line(error: BaseException) -> str:
    """The message of any exception, fit for a single line of at most 300 characters.

    The operating system's own words where there are some; without the colours and tree lines of deltalake's messages.
    """
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(_DRAWING.sub(" ", text).split())[:300]
