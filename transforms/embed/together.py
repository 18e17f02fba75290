"""Reads, writes or deletes many small files at once: of a store each costs a round trip, whatever its size."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

_THREADS = 16


def together(function: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """The results of `function` for all items, in their order; its first error is raised."""
    with ThreadPoolExecutor(_THREADS) as pool:
        return list(pool.map(function, items))
