"""Keeps the benchmarks' figures as data, and writes docs/figures.md from them.

    python -m benchmarks.figures            # writes docs/figures.md
    python -m benchmarks.figures --check    # exit code 1 where a figure is past its limit, or the page is stale

`figures.yaml` declares every figure: what it is, its unit, the command that measures it, and the limit that it may not
fall below (or rise above). A benchmark calls `record` with what it measured; `figures.json` holds the newest value of
each figure with the machine, the date, the commit and the libraries' versions, so that a fall is seen in a diff.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib import metadata
from itertools import groupby
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
_LIBRARIES = ("tensorflow", "apache-beam", "faiss-cpu")
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
    versions: str = ""
    samples: tuple[float, ...] = ()


def record(values: Mapping[str, float | Sequence[float]]) -> None:
    """Stores what the running benchmark measured, in place of what was there.

    A smaller run, with other options than the declared command has, is no measurement of the declared figures: it stores
    nothing.

    Args:
      values: by the figure's id without the part before its `/`: a number, or the turns that the figure is the median of.

    Raises:
      KeyError: the running command is declared without such a figure.
    """
    command = running_command()
    own = {name.partition("/")[2]: name for name, figure in declared().items() if same_command(figure.command, command)}
    if not own:
        print(f"not recorded: {DECLARED.name} declares no figures of `{command}`")
        return
    found = measured()
    for short, value in values.items():
        if short not in own:
            raise KeyError(f"{short}: declare it in {DECLARED.name}, under `{command}`")
        samples = () if isinstance(value, int | float) else tuple(value)
        found[own[short]] = Measurement(
            value=rounded(statistics.median(samples) if samples else float(value)),  # type: ignore[arg-type]
            machine=machine(),
            date=time.strftime("%Y-%m-%d", time.gmtime()),
            commit=commit(),
            versions=versions(),
            samples=tuple(rounded(sample) for sample in samples),
        )
    save(found)
    PAGE.write_text(page(), encoding="utf-8")


def running_command() -> str:
    """The command of this process as `figures.yaml` would write it: `python -m benchmarks.memory --repeats 1`."""
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    return " ".join(["python", "-m", spec.name if spec else Path(sys.argv[0]).stem, *sys.argv[1:]])


def same_command(declared_one: str, running: str) -> bool:
    """Whether a declared command is the running one; variables of the environment before `python` do not count."""
    return declared_one[declared_one.index("python -m") :].split() == running.split()


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
        name: Measurement(**{"commit": "", **values, "samples": tuple(values.get("samples", ()))})
        for name, values in stored.items()
    }


def save(found: dict[str, Measurement]) -> None:
    """Writes all measurements, a line each, so that a diff shows which changed."""
    lines = []
    for name in declared():
        if name in found:
            value = {key: part for key, part in asdict(found[name]).items() if part not in ((), "")}
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
def versions() -> str:
    """The libraries that most of the time is spent in, with their versions."""
    return ", ".join(f"{name} {metadata.version(name)}" for name in _LIBRARIES)


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
        "seconds are medians of five turns, or of one where a turn takes minutes; a speed's limit is about 15% below",
        "what was measured first, a quality's is the figure to beat. A value in **bold** is past its limit.",
    ]
    for command, group in groupby(declared().values(), key=lambda figure: figure.command):
        figures = list(group)
        runs = list(dict.fromkeys(_run(found[figure.id]) for figure in figures if figure.id in found))
        lines += ["", f"## `{command}`", "", f"About {figures[0].minutes:g} minutes on two cores.", ""]
        lines += [f"Measured{_mark(runs, run)}: {run}." for run in runs]
        lines += ["", "| what | value | limit |", "|---|---|---|"]
        lines += [_row(figure, found.get(figure.id), runs) for figure in figures]
    return "\n".join(lines) + "\n"


def _run(made: Measurement) -> str:
    """Where and when a figure was measured."""
    return "; ".join(part for part in (made.machine, made.date, made.commit, made.versions) if part)


def _mark(runs: list[str], run: str) -> str:
    """The sign that ties a value to its run, where the figures of a command are of more than one."""
    return f" ({runs.index(run) + 1})" if len(runs) > 1 else ""


def _row(figure: Figure, made: Measurement | None, runs: list[str]) -> str:
    if made is None:
        return f"| {figure.what} | not measured yet | {figure.limit} |"
    value = f"{shown(made.value)} {figure.unit}".strip()
    value = value if figure.keeps(made.value) else f"**{value}**"
    return f"| {figure.what} | {value}{_mark(runs, _run(made))} | {figure.limit} |"


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
