"""Reads and checks options as a person gives them, in Python or on the command line."""

from __future__ import annotations

import inspect
import math
import os
import time
import types
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, wraps
from typing import Annotated, Any, Literal, ParamSpec, TypeVar, Union, get_args, get_origin, get_type_hints

from launch.terminal.text import folder
from transforms.common.errors import RequestError

Given = ParamSpec("Given")
Returned = TypeVar("Returned")

Path = str | os.PathLike[str]
Names = str | Sequence[str]
"""Names with commas between them, or a sequence of names."""
Numbers = str | Sequence[float]
"""Numbers with commas between them, or a sequence of numbers."""


@dataclass(frozen=True)
class Bounds:
    """The values that an option may have: from `low` to `high`, or between them."""

    low: float
    high: float = math.inf
    without_low: bool = False
    without_high: bool = False

    def has(self, value: Any) -> bool:
        if not isinstance(value, int | float) or isinstance(value, bool):
            return False
        above = value > self.low if self.without_low else value >= self.low
        return above and (value < self.high if self.without_high else value <= self.high)

    def __str__(self) -> str:
        low = f"above {self.low:g}" if self.without_low else f"at least {self.low:g}"
        if self.high == math.inf:
            return low
        return f"{low} and " + (f"below {self.high:g}" if self.without_high else f"at most {self.high:g}")


Share = Annotated[float, Bounds(0, 1)]
InnerShare = Annotated[float, Bounds(0, 1, without_low=True, without_high=True)]
Positive = Annotated[float, Bounds(0, without_low=True)]
AtLeastOne = Annotated[int, Bounds(1)]
AtLeastZero = Annotated[int, Bounds(0)]


def checked(job: Callable[Given, Returned]) -> Callable[Given, Returned]:
    """Refuses a value that the function's annotations do not allow: none of a `Literal`, or out of `Bounds`.

    Raises:
      RequestError: there is such a value; the message names the option as the command line has it.
    """

    @wraps(job)
    def call(*args: Given.args, **kwargs: Given.kwargs) -> Returned:
        hints = _hints(job)
        for name, value in inspect.signature(job).bind(*args, **kwargs).arguments.items():
            wanted = _wanted(hints[name], value)
            if wanted is not None:
                raise RequestError(f"--{name.replace('_', '-')} {value}: it must be {wanted}")
        return job(*args, **kwargs)

    return call


@cache
def _hints(job: Callable[..., Any]) -> dict[str, Any]:
    return get_type_hints(job, include_extras=True)


def _wanted(hint: Any, value: Any) -> str | None:
    """What a value should be, in words; None where it is."""
    origin = get_origin(hint)
    if origin is Literal:
        choices = get_args(hint)
        return None if value in choices else f"one of {', '.join(map(str, choices))}"
    if origin is Annotated:
        bounds = next(extra for extra in get_args(hint)[1:] if isinstance(extra, Bounds))
        return None if bounds.has(value) else str(bounds)
    if origin in (Union, types.UnionType):
        if value is None:
            return None
        wanted = [_wanted(arm, value) for arm in get_args(hint) if arm is not types.NoneType]
        return None if None in wanted else " or ".join(map(str, wanted))
    return None


def path_of(given: Path) -> str:
    """A path as the rest of the code names it: a string, without `file://` or a slash at the end."""
    return folder(os.fspath(given))


def paths_of(given: Path | Sequence[Path]) -> tuple[str, ...]:
    """One path or several, as they are given."""
    paths: Sequence[Path] = [given] if isinstance(given, str | os.PathLike) else given
    return tuple(os.fspath(path) for path in paths)


def names_of(given: Names) -> tuple[str, ...]:
    """`"a, b"` or `["a", "b"]` as ("a", "b")."""
    names: Iterable[str] = given.split(",") if isinstance(given, str) else given
    return tuple(name.strip() for name in names if name.strip())


def numbers_of(option: str, given: Numbers, kind: Callable[[Any], Any]) -> tuple[Any, ...]:
    """`"8,4"` or `[8, 4]` as (8, 4).

    Raises:
      RequestError: they are no numbers, or not above 0.
    """
    try:
        pieces = [piece for piece in given.split(",") if piece.strip()] if isinstance(given, str) else given
        numbers = tuple(kind(piece) for piece in pieces)
    except (TypeError, ValueError) as error:
        raise RequestError(f"{option} {given}: write numbers with commas between them") from error
    if not numbers or not all(0 < number < math.inf for number in numbers):
        raise RequestError(f"{option} {given}: numbers above 0 are wanted")
    return numbers


def new_run() -> str:
    """A name for one execution: when it began, and by chance."""
    return time.strftime("%Y%m%dT%H%M%S-", time.gmtime()) + uuid.uuid4().hex[:8]
