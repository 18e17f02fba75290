"""Peak memory of an embed of 1,000,000 rows over one of 100,000: at most 1.15.

    python -m benchmarks.memory

Each run is a process of its own (the DAN-like encoder, texts from Parquet); medians of five, in turns.
"""

from __future__ import annotations

import argparse
import shutil
import statistics

from benchmarks.common import WORK, child, console, show, verdict
from benchmarks.corpora import dan_model, text_parquet
from benchmarks.figures import record


def peak_megabytes(rows: int) -> float:
    table = WORK / "memory-table"
    shutil.rmtree(table, ignore_errors=True)
    done = child(
        [
            "-m",
            "benchmarks.counted",
            str(WORK / "memory.work"),
            "embed",
            str(text_parquet(rows)),
            "--encoder",
            str(dan_model()),
            "--to",
            str(table),
        ]
    )
    shutil.rmtree(table)
    return int(done.stderr.split()[-1]) / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    peaks: dict[int, list[float]] = {100_000: [], 1_000_000: []}
    for _ in range(arguments.repeats):
        for rows, found in peaks.items():
            found.append(peak_megabytes(rows))
            console.print(f"[dim]{rows:,} rows: {found[-1]:,.0f} MB[/dim]")
    medians = {rows: statistics.median(found) for rows, found in peaks.items()}
    small, large = medians.values()
    show(
        "Peak memory of one embed",
        ("rows", "median peak"),
        [
            *((f"{rows:,}", f"{peak:,.0f} MB") for rows, peak in medians.items()),
            ("1,000,000 over 100,000", verdict(large / small, 1.15, at_least=False)),
        ],
    )
    record({**{f"rows_{rows}": found for rows, found in peaks.items()}, "growth": large / small})


if __name__ == "__main__":
    main()
