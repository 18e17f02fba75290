"""What the index benchmarks share: the command in a process of its own, its report, and its memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
MEGABYTE = 1 << 20


@dataclass(frozen=True)
class Ran:
    """Of one process: wall seconds, seconds of all processors (`worked`), and its largest resident memory in bytes.

    Attributes:
      own: the largest sum of pages that are not of a file, sampled ten times a second: what is mapped from the disk is not
        counted, which the system takes back where it needs it.
      said: what it printed.
    """

    seconds: float
    worked: float
    peak: int
    own: int
    said: str


def ran(arguments: Sequence[str]) -> Ran:
    """Runs Python with these arguments in a fresh process of this project; exits if it fails."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, text=True
    )
    own = 0
    done = threading.Event()

    def watch() -> None:
        nonlocal own
        while not done.wait(0.1):
            own = max(own, _memory(process.pid).get("RssAnon", 0))

    def drain() -> None:
        errors.append(process.stderr.read() if process.stderr else "")

    errors: list[str] = []
    threads = [threading.Thread(target=work) for work in (watch, drain)]
    for thread in threads:
        thread.start()
    said = process.stdout.read() if process.stdout else ""
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    done.set()
    for thread in threads:
        thread.join()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(arguments)} failed ({process.returncode}):\n{''.join(errors)[-2000:]}")
    return Ran(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, own, said)


def resident() -> int:
    """Bytes of this process in memory."""
    return _memory(os.getpid())["VmRSS"]


def _memory(pid: int) -> dict[str, int]:
    """Bytes by name, as Linux tells them; empty for a process that is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return {}
    shown = (line.split() for line in lines if line.endswith(" kB"))
    return {name.rstrip(":"): int(value) * 1024 for name, value, _ in shown}


def index_arguments(table: Path, index: Path, *more: str) -> list[str]:
    return ["-m", "launch.cli", "index", str(table), "--to", str(index), *more]


def newest(index: Path) -> Path:
    """The folder of the newest version."""
    return index / str(max(int(path.name) for path in index.iterdir() if path.name.isdigit()))


def report_of(index: Path) -> dict[str, Any]:
    """What the newest version says of itself."""
    shown: dict[str, Any] = json.loads((newest(index) / "report.json").read_text())
    return shown
