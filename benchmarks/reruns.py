"""What running again costs: after a kill at half, and after 1% of the corpus changed.

    python -m benchmarks.reruns

Resume: `use-multilingual` on headlines in one file, killed -9 when half of them are encoded, then the same command, over
the time of an undisturbed run (process start and all): at most 0.6. Change: 1% of 100,000 one-line files get another
line: the encoder's work is at most 5% of a full run's; both wall times are shown.
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import statistics
import time
from pathlib import Path

from benchmarks.common import WORK, child, console, show, verdict
from benchmarks.corpora import text_files, text_lines
from benchmarks.figures import record
from benchmarks.kills import finish, items_encoded, start


def resumed_over_full(count: int) -> tuple[float, float]:
    """Seconds of a full run, and of the run that follows a kill at half of the work."""
    home = WORK / "resume"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    arguments = [str(text_lines(count)), "--encoder", "use-multilingual"]
    begun = time.monotonic()
    finish(start(home / "whole", home / "whole.work", arguments))
    full = time.monotonic() - begun
    process = start(home / "table", home / "work", arguments)
    while process.poll() is None and items_encoded(home / "work") < count / 2:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    begun = time.monotonic()
    finish(start(home / "table", home / "work", arguments))
    rest = time.monotonic() - begun
    shutil.rmtree(home)
    return full, rest


def changed(root: Path, table: Path, turn: int) -> dict[str, float]:
    for path in sorted(root.rglob("*.txt"))[turn::100]:
        path.write_text(f"{path.read_text().strip()} {turn}\n")
    return embedded(root, table)


def embedded(root: Path, table: Path) -> dict[str, float]:
    arguments = ["-m", "launch.cli", "embed", str(root), "--encoder", "use-multilingual", "--to", str(table), "--json"]
    summary: dict[str, float] = json.loads(child(arguments).stdout)
    return summary


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--texts", type=int, default=200_000, help="For the resume.")
    parser.add_argument("--files", type=int, default=100_000, help="For the change.")
    arguments = parser.parse_args()
    ratios = []
    for _ in range(arguments.repeats):
        full, rest = resumed_over_full(arguments.texts)
        ratios.append(rest / full)
        console.print(f"[dim]full {full:.1f} s, after a kill at half {rest:.1f} s: {ratios[-1]:.3f}[/dim]")

    root, table = text_files(arguments.files), WORK / "rerun-table"
    shutil.rmtree(table, ignore_errors=True)
    whole = embedded(root, table)
    again = [changed(root, table, turn) for turn in range(arguments.repeats)]
    nothing = embedded(root, table)
    shutil.rmtree(table)
    shutil.rmtree(root)  # its files are no longer what text_files makes
    wall = statistics.median(run["seconds"] for run in again)
    work = statistics.median(run["encoded"] for run in again) / whole["encoded"]
    show(
        "Running again",
        ("what", "median"),
        [
            (
                f"resume after a kill at half, {arguments.texts:,} texts",
                verdict(statistics.median(ratios), 0.6, at_least=False),
            ),
            (f"1% of {arguments.files:,} sources changed: encoder work", verdict(work, 0.05, at_least=False)),
            ("  wall time", f"{wall:.1f} s, full run {whole['seconds']:.1f} s ({wall / whole['seconds']:.3f})"),
            ("  nothing changed", f"{nothing['seconds']:.1f} s"),
        ],
    )
    record(
        {
            "resume": ratios,
            "changed_work": work,
            "changed_seconds": [run["seconds"] for run in again],
            "full_seconds": whole["seconds"],
            "nothing_seconds": nothing["seconds"],
        }
    )


if __name__ == "__main__":
    main()
