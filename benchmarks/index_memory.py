"""Peak memory of an index build of 2,000,000 rows over one of 500,000: at most 1.3.

    python -m benchmarks.index_memory [--kind ivf] [--repeats 1]

Each build is a process of its own. Peak memory is what the system counts, pages of mapped files among it, which it takes back
where it needs them; the second column leaves these out.
"""

from __future__ import annotations

import argparse
import shutil
import statistics

from benchmarks.common import WORK, console, show, verdict
from benchmarks.feature_tables import sentence_table
from benchmarks.figures import record
from benchmarks.indexing import MEGABYTE, Ran, index_arguments, ran

SIZES = (500_000, 2_000_000)


def built(rows: int, kind: str) -> Ran:
    index = WORK / "memory.index"
    shutil.rmtree(index, ignore_errors=True)
    done = ran(index_arguments(sentence_table(rows), index, "--kind", kind, "--rebuild"))
    shutil.rmtree(index)
    console.print(
        f"[dim]{rows:,} rows: {done.peak / MEGABYTE:,.0f} MB, {done.own / MEGABYTE:,.0f} without files,"
        f" {done.seconds:.0f} s[/dim]"
    )
    return done


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kind", default="ivf", choices=["exact", "hnsw", "ivf"])
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--sizes", type=int, nargs=2, default=SIZES, metavar=("SMALL", "LARGE"))
    asked = parser.parse_args()
    found: dict[int, list[Ran]] = {rows: [] for rows in asked.sizes}
    for _ in range(asked.repeats):
        for rows, runs in found.items():
            runs.append(built(rows, asked.kind))
    peaks = {rows: statistics.median(run.peak for run in runs) for rows, runs in found.items()}
    owns = {rows: statistics.median(run.own for run in runs) for rows, runs in found.items()}
    times = {rows: statistics.median(run.seconds for run in runs) for rows, runs in found.items()}
    small, large = asked.sizes
    show(
        f"Peak memory of a build, kind {asked.kind}",
        ("rows", "peak", "without mapped files", "time"),
        [
            *(
                (
                    f"{rows:,}",
                    f"{peaks[rows] / MEGABYTE:,.0f} MB",
                    f"{owns[rows] / MEGABYTE:,.0f} MB",
                    f"{times[rows]:.0f} s",
                )
                for rows in found
            ),
            (
                f"{large:,} over {small:,}",
                verdict(peaks[large] / peaks[small], 1.3, at_least=False),
                f"{owns[large] / owns[small]:.3g}",
                f"{times[large] / times[small]:.3g}",
            ),
        ],
    )
    record({"growth": owns[large] / owns[small], "largest": owns[large] / MEGABYTE})


if __name__ == "__main__":
    main()
