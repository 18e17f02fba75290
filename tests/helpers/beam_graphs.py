"""Makes Beam build and run small graphs in half the time: what it finds out of each function anew for every graph is found once.

The graphs are the same, and so is what they do; only the place in the code that Beam's messages on types name is missing.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from inspect import Signature
from types import FunctionType, MethodType
from typing import Any

import pytest
from apache_beam.options.pipeline_options import _BeamArgumentParser
from apache_beam.runners.worker import statecache
from apache_beam.transforms import core, userstate
from apache_beam.typehints import decorators


@contextmanager
def built_quickly() -> Iterator[None]:
    """While it is entered, all graphs of this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(core, "get_signature", _signatures())
        patch.setattr(core, "_check_fn_use_yield_and_return", _once(core._check_fn_use_yield_and_return))
        patch.setattr(userstate, "get_dofn_specs", _states())
        patch.setattr(decorators, "TRACEBACK_LIMIT", 0)
        patch.setattr(
            statecache, "get_deep_size", lambda *objects: 1
        )  # of side inputs: only when to drop them follows from it
        formatter = argparse.HelpFormatter("beam")
        patch.setattr(_BeamArgumentParser, "_get_formatter", lambda parser: formatter)
        yield


def _signatures() -> Callable[[Any], Signature]:
    take = core.get_signature

    @cache
    def taken(function: FunctionType, is_bound: bool) -> Signature:
        return take(MethodType(function, object()) if is_bound else function)

    def signature(function: Callable[..., Any]) -> Signature:
        if isinstance(function, MethodType) and isinstance(function.__func__, FunctionType):
            return taken(function.__func__, True)
        return taken(function, False) if isinstance(function, FunctionType) else take(function)

    return signature


def _once(check: Callable[[Any], bool]) -> Callable[[Any], bool]:
    found: dict[Any, bool] = {}

    def checked(function: Any) -> bool:
        code = getattr(function, "__code__", None)
        if code is None:
            return check(function)
        if code not in found:
            found[code] = check(function)
        return found[code]

    return checked


def _states() -> Callable[[Any], tuple[set[Any], set[Any]]]:
    """Whether a step has states or timers follows from its class, or from the function that it wraps."""
    find = userstate.get_dofn_specs
    found: dict[Any, tuple[set[Any], set[Any]]] = {}

    def specs(step: Any) -> tuple[set[Any], set[Any]]:
        wrapped = step._fn if isinstance(step, core.CallableWrapperDoFn) else None
        code = getattr(wrapped, "__code__", None)
        if wrapped is not None and code is None:
            return find(step)
        key = (type(step), code)
        if key not in found:
            found[key] = find(step)
        states, timers = found[key]
        return set(states), set(timers)

    return specs
