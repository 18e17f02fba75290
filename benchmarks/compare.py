"""Measures this commit beside an older one: the same benchmarks, in turns, on one machine in one run.

    git worktree add ../before COMMIT
    python -m benchmarks.compare ../before                       # all that take under ten minutes
    python -m benchmarks.compare ../before text_overhead --turns 3
    python -m benchmarks.compare ../before --smallest            # a minute or two each: is anything far off?

Each turn runs a benchmark in the other checkout and then in this one (the next turn the other way round), with the same
interpreter, and reads the figures from what both print: so the other commit needs to know nothing of this module. Shown
are medians over the turns, the ratio, and how far the turns of one commit lie apart, which is the noise that a
difference has to exceed. The folder `shared` lies beside both checkouts.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.common import WORK, console, show
from benchmarks.figures import shown

HERE = Path(__file__).parents[1]
QUICK = {
    "text_overhead": ("--no-peer", "--repeats", "3"),
    "text_use": ("--rows", "30000", "--repeats", "3"),
    "use_multilingual": ("--repeats", "3", "--parity", "200"),
    "images": ("--images", "300", "--repeats", "3"),
    "quality": (),
    "memory": ("--repeats", "1"),
    "reruns": ("--texts", "30000", "--files", "20000", "--repeats", "1"),
    "index_scifact": (),
    "index_scale": ("--rows", "200000", "--skip", "hnswlib", "--skip", "usearch", "--skip", "Annoy"),
    "index_memory": ("--sizes", "100000", "400000"),
    "index_updates": ("--rows", "200000"),
    "head_scale": ("--rows", "200000", "--more-rows", "0"),
}
"""Benchmarks of under ten minutes, with the options that make them so."""
SMALLEST = {
    "text_overhead": ("--no-peer", "--repeats", "3", "--rows", "200000"),
    "text_use": ("--rows", "10000", "--repeats", "3"),
    "use_multilingual": ("--repeats", "2", "--parity", "100", "--abstracts", "300", "--sentences", "2000"),
    "images": ("--images", "128", "--repeats", "3"),
    "index_scifact": (),
    "index_scale": ("--rows", "100000", "--skip", "hnswlib", "--skip", "usearch", "--skip", "Annoy"),
}

_CELLS = re.compile(r"\s*[│┃|]\s*")
_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?")


def figures_in(printed: str) -> dict[str, float]:
    """Figures that a benchmark printed, by the words before them: of a table's row each number by its column's place.

    `│ end to end │ 64,500 rows/s │` is {"end to end": 64500.0}; a second number of the row is "end to end (2)".
    """
    found: dict[str, float] = {}
    for line in printed.splitlines():
        for label, values in _labelled(line):
            for place, value in enumerate(values, 1):
                found.setdefault(label if place == 1 else f"{label} ({place})", value)
    return found


def _labelled(line: str) -> Iterator[tuple[str, list[float]]]:
    if "│" in line:
        cells = [cell for cell in _CELLS.split(line) if cell.strip()]
    else:
        label, colon, rest = line.rpartition(": ")
        cells = [label, rest] if colon else []
    numbers = [_NUMBER.match(cell.strip()) for cell in cells]
    first = next((place for place, number in enumerate(numbers) if number), None)
    if first:
        label = ", ".join(cell.strip() for cell in cells[:first])
        yield label, [float(number[0].replace(",", "")) for number in numbers[first:] if number]


def ran(checkout: Path, name: str, options: tuple[str, ...]) -> dict[str, float]:
    """The figures of one run in a checkout, and the seconds of the whole command."""
    environment = {**os.environ, "PYTHONPATH": str(checkout), "COLUMNS": "200", "NO_COLOR": "1"}
    environment.setdefault("TFHUB_CACHE_DIR", str(HERE.parent / "shared" / "tfhub"))
    command = [sys.executable, "-m", f"benchmarks.{name}", *options]
    started = time.perf_counter()
    done = subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{name} failed in {checkout}:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return {**figures_in(done.stdout), "seconds of the whole command": time.perf_counter() - started}


def compared(name: str, options: tuple[str, ...], before: Path, turns: int) -> list[tuple[str, ...]]:
    """A row for each figure that both commits print: before, now, ratio, and the spread of each."""
    sides: dict[Path, list[dict[str, float]]] = {before: [], HERE: []}
    for turn in range(turns):
        for checkout in list(sides) if turn % 2 == 0 else list(sides)[::-1]:
            sides[checkout].append(ran(checkout, name, options))
            console.print(f"[dim]{name}, turn {turn + 1} of {turns}: {'now' if checkout == HERE else 'before'}[/dim]")
    rows = []
    for label in sides[HERE][0]:
        both = [[run[label] for run in runs if label in run] for runs in sides.values()]
        if not all(both):
            continue
        old, new = (statistics.median(values) for values in both)
        ratio = f"{new / old:.3f}" if old else ""
        spreads = (f"{shown(min(values))} to {shown(max(values))}" for values in both)
        rows.append((label, shown(old), shown(new), ratio, *spreads))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", type=Path, help="Another checkout of this repository.")
    parser.add_argument("names", nargs="*", help="Of benchmarks; default: all quick ones.")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--smallest", action="store_true")
    asked = parser.parse_args()
    options, before = SMALLEST if asked.smallest else QUICK, asked.before.resolve()
    for name in asked.names or options:
        # The data that benchmarks make for themselves are the same: they are made once.
        other = before / "benchmarks" / ".work"
        if not other.exists():
            WORK.mkdir(exist_ok=True)
            shutil.copytree(WORK, other)
        rows = compared(name, options.get(name, ()), before, asked.turns)
        title = f"python -m benchmarks.{' '.join((name, *options.get(name, ())))}"
        show(title, ("figure", "before", "now", "now / before", "before, all turns", "now, all turns"), rows)


if __name__ == "__main__":
    main()
