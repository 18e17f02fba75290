"""Keeps the benchmarks' figures as data, and writes docs/figures.md from them.

    python -m benchmarks.figures            # writes docs/figures.md
    python -m benchmarks.figures --check    # exit code 1 where a figure is past its limit, or the page is stale

`figures.yaml` declares every figure: what it is, its unit, the command that measures it, and the limit that it may not
fall below (or rise above). A benchmark calls `record` with what it measured; `figures.json` holds the newest value of
each figure with the machine, the date and the commit, so that a fall is seen in a diff.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
DECLARED, MEASURED, PAGE = HERE / "figures.yaml", HERE / "figures.json", HERE.parent / "docs" / "figures.md"


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A figure as it is declared.

    Attributes:
      id: its name in `record`.
      what: a phrase for the page; with what it is compared, where it is.
      unit: "" for a ratio or a share.
      command: measures it, and whatever else it is listed with.
      minutes: of the command, roughly, on two cores.
      at_least, at_most: its limit; None: there is none on that side.
    """

    id: str
    what: str
    unit: str
    command: str
    minutes: float
    at_least: float | None = None
    at_most: float | None = None

    def keeps(self, value: float) -> bool:
        """Whether a value is within the limit."""
        above = self.at_least is None or value >= self.at_least
        return above and (self.at_most is None or value <= self.at_most)

    @property
    def limit(self) -> str:
        """The limit as the page shows it."""
        sides = (("≥", self.at_least), ("≤", self.at_most))
        return ", ".join(f"{sign} {shown(value)}" for sign, value in sides if value is not None)


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """The newest value of a figure, with where and when it was measured; `samples` are those it is the median of."""

    value: float
    machine: str
    date: str
    commit: str
    samples: tuple[float, ...] = ()


def record(name: str, value: float, *, samples: Sequence[float] = ()) -> None:
    """Stores what a benchmark measured, in place of what was there.

    Raises:
      KeyError: `figures.yaml` declares no such figure.
    """
    if name not in declared():
        raise KeyError(f"{name}: declare it in {DECLARED.name}")
    made = Measurement(
        value=rounded(value),
        machine=machine(),
        date=time.strftime("%Y-%m-%d", time.gmtime()),
        commit=commit(),
        samples=tuple(rounded(sample) for sample in samples),
    )
    save({**measured(), name: made})


def declared() -> dict[str, Figure]:
    """Every figure by its id, in the order of the page."""
    entries = yaml.safe_load(DECLARED.read_text(encoding="utf-8"))
    figures = [
        Figure(command=group["command"], minutes=group["minutes"], **figure)
        for group in entries
        for figure in group["figures"]
    ]
    return {figure.id: figure for figure in figures}


def measured() -> dict[str, Measurement]:
    """What has been measured so far, by id."""
    if not MEASURED.exists():
        return {}
    stored: dict[str, dict[str, Any]] = json.loads(MEASURED.read_text(encoding="utf-8"))
    return {
        name: Measurement(**{**values, "samples": tuple(values.get("samples", ()))}) for name, values in stored.items()
    }


def save(found: dict[str, Measurement]) -> None:
    """Writes all measurements, a line each, so that a diff shows which changed."""
    lines = []
    for name in declared():
        if name in found:
            value = {key: part for key, part in asdict(found[name]).items() if part != ()}
            lines.append(f"  {json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}")
    MEASURED.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


@cache
def machine() -> str:
    """The processor, its cores, the memory and the accelerator; never the host's name."""
    import psutil

    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line.partition(":")[2].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = names[0] if names else model
    memory = psutil.virtual_memory().total / (1 << 30)
    return f"{model}, {os.cpu_count()} cores, {memory:.0f} GiB, {_accelerator()}"


def _accelerator() -> str:
    try:
        query = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
        found = subprocess.run(query, capture_output=True, text=True, check=True).stdout.split("\n")[0]
    except (OSError, subprocess.CalledProcessError):
        return "no GPU"
    return found or "no GPU"


@cache
def commit() -> str:
    """The commit that is measured, with a + where the working tree differs from it; "" outside of a repository."""
    try:
        describe = ["git", "describe", "--always", "--dirty=+", "--exclude=*"]
        return subprocess.run(describe, capture_output=True, text=True, check=True, cwd=HERE).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def rounded(value: float) -> float:
    """Four significant digits: more are noise."""
    return float(f"{value:.4g}")


def shown(value: float) -> str:
    """A number for a person: 64,500; 0.882; 1.09."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def page() -> str:
    """docs/figures.md: every figure with its limit, machine, date and command."""
    found = measured()
    lines = [
        "# Figures",
        "",
        "Made by `python -m benchmarks.figures` from `benchmarks/figures.yaml` (what is measured, and the limit that it must",
        "keep) and `benchmarks/figures.json` (the newest value of each, which the command beside it writes). Rates and",
        "seconds are medians of at least five turns unless the command says otherwise; a speed's limit is about 15% below",
        "what was measured first, a quality's is the figure to beat. A value in **bold** is past its limit.",
    ]
    command = None
    for figure in declared().values():
        if figure.command != command:
            command = figure.command
            lines += ["", f"## `{command}`", ""]
            lines += [f"About {figure.minutes:g} minutes on two cores.", ""]
            lines += ["| what | value | limit | measured on |", "|---|---|---|---|"]
        lines.append(_row(figure, found.get(figure.id)))
    return "\n".join(lines) + "\n"


def _row(figure: Figure, made: Measurement | None) -> str:
    if made is None:
        return f"| {figure.what} | not measured | {figure.limit} | |"
    value = f"{shown(made.value)} {figure.unit}".strip()
    value = value if figure.keeps(made.value) else f"**{value}**"
    where = f"{made.machine}; {made.date}" + (f", {made.commit}" if made.commit else "")
    return f"| {figure.what} | {value} | {figure.limit} | {where} |"


def fallen() -> list[str]:
    """Figures that are past their limit, a line each."""
    found, figures = measured(), declared()
    return [
        f"{name}: {shown(found[name].value)} {figure.unit} is past its limit, {figure.limit}"
        for name, figure in figures.items()
        if name in found and not figure.keeps(found[name].value)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="Change nothing; exit code 1 where something is wrong.")
    asked = parser.parse_args()
    wrong = fallen()
    for line in wrong:
        print(line)
    if not asked.check:
        PAGE.write_text(page(), encoding="utf-8")
        return
    if page() != PAGE.read_text(encoding="utf-8"):
        sys.exit(f"{PAGE.name} is stale: python -m benchmarks.figures")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
