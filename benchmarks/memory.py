"""Peak memory of an embed of 1,000,000 rows over one of 100,000: at most 1.15.

    python -m benchmarks.memory
    python -m benchmarks.memory --images 100000        # the same of images, over a tenth of them

Each run is a process of its own: the DAN-like encoder and texts from Parquet, medians of five, in turns; or `hog` and JPEGs of
320 x 240, one turn. A process that a run of images leaves behind ends the benchmark.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
from pathlib import Path

from benchmarks.common import WORK, child, console, show, verdict
from benchmarks.corpora import dan_model, small_jpegs, text_parquet
from benchmarks.figures import record

_MARK = "BENCHMARK_MEMORY"


def peak_megabytes(corpus: Path, encoder: str) -> float:
    table = WORK / "memory-table"
    shutil.rmtree(table, ignore_errors=True)
    counted = ["-m", "benchmarks.counted", str(WORK / "memory.work")]
    done = child(
        [*counted, "embed", str(corpus), "--encoder", encoder, "--to", str(table)], **{_MARK: str(os.getpid())}
    )
    shutil.rmtree(table)
    return int(done.stderr.split()[-1]) / 1024


def left_behind() -> list[str]:
    """Processes that live on of those that `peak_megabytes` started, by the environment that they inherited."""
    mark, found = f"{_MARK}={os.getpid()}".encode(), []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (process / "environ").read_bytes().split(b"\0"):
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:  # it has ended, or is not ours
            continue
    return found


def of_images(count: int) -> None:
    """Peaks of `count` images and of a tenth of them."""
    peaks = {images: peak_megabytes(small_jpegs(images), "hog") for images in (count // 10, count)}
    left = left_behind()
    if left:
        raise SystemExit(f"left behind: {left}")
    small, large = peaks.values()
    show(
        "Peak memory of one embed of images",
        ("images", "peak"),
        [
            *((f"{images:,}", f"{peak:,.0f} MB") for images, peak in peaks.items()),
            (f"{count:,} over {count // 10:,}", verdict(large / small, 1.15, at_least=False)),
        ],
    )
    record({"images": large, "images_growth": large / small})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--images", type=int, help="Of so many images instead.")
    arguments = parser.parse_args()
    if arguments.images:
        of_images(arguments.images)
        return
    peaks: dict[int, list[float]] = {100_000: [], 1_000_000: []}
    for _ in range(arguments.repeats):
        for rows, found in peaks.items():
            found.append(peak_megabytes(text_parquet(rows), str(dan_model())))
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
