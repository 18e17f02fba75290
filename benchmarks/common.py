"""What the benchmarks share: a place for their data, medians, peak memory, and a table to print."""

from __future__ import annotations

import contextlib
import importlib
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

WORK = Path(__file__).parent / ".work"
CORPORA = Path(__file__).parents[2] / "shared" / "corpora"

console = Console(highlight=False, width=140)


FORK = multiprocessing.get_context("fork")


def seconds(action: Callable[[], Any]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def interleaved(actions: dict[str, Callable[[], Any]], *, repeats: int = 5) -> dict[str, float]:
    """Median seconds of each action, run in turns, so that a slow minute of the machine meets all of them."""
    taken: dict[str, list[float]] = {name: [] for name in actions}
    for turn in range(repeats):
        for name, action in actions.items():
            taken[name].append(seconds(action))
            console.print(f"[dim]{turn + 1}/{repeats} {name}: {taken[name][-1]:.2f} s[/dim]")
    return {name: statistics.median(values) for name, values in taken.items()}


def show(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    table = Table(*columns, title=title, title_justify="left")
    for row in rows:
        table.add_row(*row)
    console.print(table)


def verdict(value: float, target: float, *, at_least: bool = True) -> str:
    met = value >= target if at_least else value <= target
    return f"{value:.3g} ({'meets' if met else 'MISSES'} {'>=' if at_least else '<='} {target:g})"


def new_run() -> str:
    return uuid.uuid4().hex


def child(arguments: Sequence[str], **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs Python with these arguments in a fresh process of this project; raises if it fails."""
    return subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, **environment},
        cwd=Path(__file__).parents[1],
        check=True,
        capture_output=True,
        text=True,
    )


def forked(action: Callable[[], int | None], log: Path) -> Any:
    """A fork of this process, not started, that runs `action`, whose result is its exit code (None: 0), and writes to `log`."""

    def body() -> None:
        out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(out, 1)
        os.dup2(out, 2)
        code = action()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code or 0)

    return FORK.Process(target=body)


def import_as(action: Callable[[], int], log: Path) -> None:
    """Imports what `action` has imported at its end, without running it here: its threads would not survive a fork."""
    names = log.with_suffix(".modules")

    def body() -> int:
        code = action()
        names.write_text(json.dumps(list(sys.modules)))
        return code

    process = forked(body, log)
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit(log.read_text())
    for name in json.loads(names.read_text()):
        with contextlib.suppress(Exception):
            importlib.import_module(name)
