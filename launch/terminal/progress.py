"""Shows how far a run is, on standard error: a bar on a terminal, a plain line now and then in a log or a notebook.

In another program without a terminal nothing is shown.
"""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

from transforms.common.background import beside
from transforms.common.progress import METER, Meter

_BAR_SECONDS = 0.1
_LOG_SECONDS = 10.0


@dataclass(frozen=True)
class Reading:
    """A meter at one moment: rows done, rows a second, seconds elapsed, seconds left (None: not known yet)."""

    phase: str
    rows: int
    rate: float
    fraction: float
    elapsed: float
    left: float | None

    @staticmethod
    def of(meter: Meter, started: float, now: float) -> Reading:
        elapsed = max(now - started, 1e-6)
        fraction = min(meter.work / meter.work_total, 1.0) if meter.work_total else 0.0
        return Reading(
            phase=meter.phase,
            rows=meter.written,
            rate=meter.written / elapsed,
            fraction=fraction,
            elapsed=elapsed,
            left=elapsed * (1 - fraction) / fraction if fraction > 0.01 else None,
        )

    def words(self) -> str:
        left = f", {_clock(self.left)} left" if self.left is not None and self.fraction < 1 else ""
        return f"{self.rows:,} rows, {self.rate:,.0f} rows/s{left}"


def _clock(seconds: float) -> str:
    whole = int(seconds + 0.5)
    if whole >= 3600:
        return f"{whole // 3600}:{whole % 3600 // 60:02}:{whole % 60:02}"
    return f"{whole // 60}:{whole % 60:02}"


def is_wanted() -> bool:
    """Whether somebody looks: at a terminal, at what the command line writes, or at a notebook."""
    context = click.get_current_context(silent=True)
    is_command = context is not None and context.find_root().info_name == "vectormill"
    return sys.stderr.isatty() or is_command or "ipykernel" in sys.modules


@contextlib.contextmanager
def shown(meter: Meter = METER) -> Iterator[None]:
    """Shows the meter until the block ends. The clock starts when the embedding does, not with the imports."""
    draw = _bar if sys.stderr.isatty() else _lines
    with beside(partial(draw, meter), name="progress"):
        yield


def _bar(meter: Meter, stop: threading.Event) -> None:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[words]}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(meter.phase, total=1.0, words="")
        started = time.monotonic()
        while not stop.wait(_BAR_SECONDS):
            if meter.written == 0:
                started = time.monotonic() if meter.read == 0 else started
            reading = Reading.of(meter, started, time.monotonic())
            words = reading.words() if reading.rows else _clock(reading.elapsed)
            progress.update(task, description=reading.phase, completed=reading.fraction, words=words)


def _lines(meter: Meter, stop: threading.Event) -> None:
    started = time.monotonic()
    while not stop.wait(_LOG_SECONDS):
        reading = Reading.of(meter, started, time.monotonic())
        known = (
            f"{reading.fraction:.0%}, {reading.words()}" if meter.work_total else f"{_clock(reading.elapsed)} so far"
        )
        print(f"{reading.phase}: {known}", file=sys.stderr, flush=True)
