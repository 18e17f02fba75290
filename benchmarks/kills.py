"""What a `kill -9` costs: 20 random moments of an embed of 100,000 texts and of 2,000 images.

    python -m benchmarks.kills

A moment is a random number of items that the encoder has done, and up to 0.3 s more, so that writing and committing are
hit, too. Each kill is followed by the same command. The table must then be, row for row and bit for bit, the one of an
undisturbed run; no part may lie around that no version holds; and killed run and rerun together may give the encoder at
most 1.15 times the items of one run.
"""

from __future__ import annotations

import argparse
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable

from benchmarks.common import WORK, console, show, verdict
from benchmarks.corpora import dan_model, small_jpegs, text_lines
from benchmarks.figures import record

_ROOT = Path(__file__).parents[1]


def start(table: Path, work: Path, arguments: Sequence[str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "benchmarks.counted", str(work), "embed", *arguments, "--to", str(table)]
    return subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def finish(process: subprocess.Popen[bytes]) -> None:
    _, errors = process.communicate()
    if process.returncode:
        raise SystemExit(f"the embed failed:\n{errors.decode()[-2000:]}")


def items_encoded(work: Path) -> int:
    return sum(map(int, work.read_text().split())) if work.exists() else 0


def contents(table: Path) -> pa.Table:
    return DeltaTable(str(table)).to_pyarrow_table().sort_by("id")


def try_kills(name: str, arguments: Sequence[str], *, kills: int, seed: int) -> tuple[list[str], float]:
    """A line of the table of results, and the worst total work over that of one run."""
    home = WORK / f"kills-{name}"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    finish(start(home / "whole", home / "whole.work", arguments))
    expected, full = contents(home / "whole"), items_encoded(home / "whole.work")
    draw = random.Random(seed)
    worst = 0.0
    cut_short = 0
    for number in range(kills):
        table, work = home / f"table-{number}", home / f"{number}.work"
        goal, pause = draw.uniform(0, full), draw.uniform(0, 0.3)
        process = start(table, work, arguments)
        while process.poll() is None and items_encoded(work) < goal:
            time.sleep(0.002)
        time.sleep(pause)
        if process.poll() is None:
            cut_short += 1
        process.send_signal(signal.SIGKILL)
        process.communicate()
        before = items_encoded(work)
        finish(start(table, work, arguments))
        ratio = items_encoded(work) / full
        worst = max(worst, ratio)
        if not contents(table).equals(expected):
            raise SystemExit(f"{table} is not the undisturbed table after a kill at {goal:.0f} items")
        active = {Path(uri).name for uri in DeltaTable(str(table)).file_uris()}
        lying = {path.name for path in table.glob("*part-*")} - active
        if lying:
            raise SystemExit(f"{table} has orphans: {sorted(lying)[:3]}")
        console.print(
            f"[dim]{name} {number + 1}/{kills}: killed with {before:,} of {full:,} items done,"
            f" total work {ratio:.3f}[/dim]"
        )
        shutil.rmtree(table)
    shutil.rmtree(home)
    line = [name, f"{full:,}", f"{cut_short}/{kills}", "exact, every time", verdict(worst, 1.15, at_least=False)]
    return line, worst


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--only", choices=["texts", "images"])
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    texts = [str(text_lines(100_000)), "--encoder", str(dan_model())]
    images = [str(small_jpegs(2_000)), "--encoder", "hog"]
    corpora = {"texts": texts, "images": images}
    tried = {
        name: try_kills(name, corpora[name], kills=arguments.kills, seed=arguments.seed)
        for name in ([arguments.only] if arguments.only else corpora)
    }
    show(
        "kill -9 at random moments, then the same command",
        ("corpus", "items", "killed", "table", "worst total work"),
        [line for line, _ in tried.values()],
    )
    record({name: worst for name, (_, worst) in tried.items()})


if __name__ == "__main__":
    main()
