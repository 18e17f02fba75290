"""Measures how long each step of a chain is at work, in whatever threads it runs."""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PASSED = "passed"


class StepTimes:
    """Seconds in which at least one thread was at a step, by step. Thread-safe."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._inside: Counter[str] = Counter()
        self._since: dict[str, float] = {}
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._taken: float | None = None

    @contextmanager
    def during(self, step: str) -> Iterator[None]:
        """The block belongs to this step."""
        with self._lock:
            now = self._clock()
            if self._taken is None:
                self._taken = now
            if not self._inside[step]:
                self._since[step] = now
            self._inside[step] += 1
        try:
            yield
        finally:
            with self._lock:
                self._inside[step] -= 1
                if not self._inside[step]:
                    self._seconds[step] += self._clock() - self._since[step]

    def add(self, step: str, seconds: float) -> None:
        """Adds what was measured elsewhere."""
        with self._lock:
            self._seconds[step] += seconds

    def take(self) -> dict[str, float]:
        """Seconds by step since the last call, and under "passed" how long ago that was; {} before the first step."""
        with self._lock:
            if self._taken is None:
                return {}
            now = self._clock()
            for step, inside in self._inside.items():
                if inside:
                    self._seconds[step] += now - self._since[step]
                    self._since[step] = now
            taken = {**self._seconds, PASSED: now - self._taken}
            self._seconds.clear()
            self._taken = now
            return taken


def shares(seconds: dict[str, float]) -> dict[str, float]:
    """The share of the time that passed, 0..1, of each step; "wait" is that in which nothing was encoded. {} without times."""
    passed = seconds.get(PASSED, 0.0)
    if not passed:
        return {}
    found = {step: round(min(value / passed, 1.0), 3) for step, value in seconds.items() if step != PASSED}
    return {**found, "wait": round(1.0 - found.get("encode", 0.0), 3)}
