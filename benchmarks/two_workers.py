"""How much faster two workers embed images than one.

    python -m benchmarks.two_workers [--turns 5]

Each worker is a process with a processor of its own and one thread of TensorFlow; they get 1,200 JPEGs of one size in 60 shards
on Beam's FnApiRunner, which deals shards out in turn (Prism gives a job one worker). Counted are the images a second between
the ends of the shards at a fifth and at four fifths of the run, when all workers work: neither start-up nor commit is in it.
One worker and two take turns; the ratio is the median of the turns' ratios.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
from pathlib import Path

from benchmarks.common import WORK, console, new_run, show, verdict
from benchmarks.corpora import small_jpegs
from benchmarks.figures import record
from tests.helpers.prism import REPOSITORY, free_port, process

_IMAGES, _SHARD = 1_200, 20
_POOL = """
import itertools, subprocess, sys, threading
from apache_beam.runners.worker import worker_pool_main as pool
start, number = subprocess.Popen, itertools.count()
pool.subprocess.Popen = lambda command, **given: start(["taskset", "-c", str(next(number) % 2), *command], **given)
running = pool.BeamFnExternalWorkerPoolServicer.start(use_process=True, port=int(sys.argv[1]))
threading.Event().wait()
"""
"""A worker pool that gives each worker a processor of its own."""


def images_per_second(home: Path, workers: int) -> float:
    """The rate of the step that encodes, in the middle of one embed run."""
    from apache_beam.options.pipeline_options import PipelineOptions
    from apache_beam.runners.portability.fn_api_runner import FnApiRunner
    from apache_beam.transforms.environments import ExternalEnvironment

    from pipelines.embed import run
    from transforms.corpus.options import ReadOptions
    from transforms.embed.job import EmbedJob
    from transforms.encoders import resolve

    table, port = home / f"table-{new_run()}", free_port()
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(REPOSITORY),
        "TF_NUM_INTRAOP_THREADS": "1",
        "TF_NUM_INTEROP_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }
    job = EmbedJob(
        inputs=(str(small_jpegs(_IMAGES)),),
        table=str(table),
        encoder=resolve("keras://MobileNetV2?weights=random", engine="tensorflow"),
        read=ReadOptions(modality="image"),
        run=new_run(),
        shard_items=_SHARD,
    )
    command = [sys.executable, "-c", _POOL, str(port)]
    with process(command, port=port, folder=home, log="pinned", environment=environment):
        runner = FnApiRunner(default_environment=ExternalEnvironment(f"localhost:{port}"))
        run(job, PipelineOptions([f"--direct_num_workers={workers}"]), runner=runner)
    ends = sorted(path.stat().st_mtime for path in table.glob("part-*.parquet"))
    shutil.rmtree(table)
    if len(ends) != _IMAGES // _SHARD:
        raise SystemExit(f"{len(ends)} parts, not one for each of {_IMAGES // _SHARD} shards")
    first, last = len(ends) // 5, len(ends) * 4 // 5
    rate = (last - first) * _SHARD / (ends[last] - ends[first])
    console.print(f"[dim]{workers} worker(s): {rate:.0f} images/s[/dim]")
    return rate


def turn(home: Path) -> tuple[float, float]:
    """The rates of one worker and of two, one run after the other."""
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    return images_per_second(home, 1), images_per_second(home, 2)


def figures(turns: list[tuple[float, float]]) -> dict[str, list[float]]:
    """What is recorded of all turns."""
    found = {
        "one": [one for one, _ in turns],
        "two": [two for _, two in turns],
        "ratio": [two / one for one, two in turns],
    }
    rows = [[str(number), f"{one:,.0f}", f"{two:,.0f}", f"{two / one:.2f}"] for number, (one, two) in enumerate(turns)]
    show("MobileNetV2, images/s in the middle of the run", ("turn", "one worker", "two", "ratio"), rows)
    console.print(f"two over one: {verdict(statistics.median(found['ratio']), 1.6)}")
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--turns", type=int, default=5)
    record(figures([turn(WORK / "two-workers") for _ in range(parser.parse_args().turns)]))


if __name__ == "__main__":
    main()
