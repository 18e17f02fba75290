"""How much faster two workers embed images than one.

    python -m benchmarks.two_workers

Each worker is a process with a processor of its own and one thread of TensorFlow; they get 500 and 2,000 JPEGs on Beam's
FnApiRunner, for Prism gives a job one worker. The ratio is that of the seconds an image between the two sizes, so that
neither start-up nor commit counts.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path

from benchmarks.common import WORK, console, new_run, show, verdict
from benchmarks.corpora import small_jpegs
from benchmarks.figures import record
from tests.helpers.prism import REPOSITORY, free_port, process

_SIZES = (500, 2_000)
_POOL = """
import itertools, subprocess, sys, threading
from apache_beam.runners.worker import worker_pool_main as pool
start, number = subprocess.Popen, itertools.count()
pool.subprocess.Popen = lambda command, **given: start(["taskset", "-c", str(next(number) % 2), *command], **given)
running = pool.BeamFnExternalWorkerPoolServicer.start(use_process=True, port=int(sys.argv[1]))
threading.Event().wait()
"""
"""A worker pool that gives each worker a processor of its own."""


def embed_seconds(home: Path, images: int, workers: int) -> float:
    """Seconds of one embed run, the start of its workers included."""
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
        inputs=(str(small_jpegs(images)),),
        table=str(table),
        encoder=resolve("keras://MobileNetV2?weights=random", engine="tensorflow"),
        read=ReadOptions(modality="image"),
        run=new_run(),
        shard_items=50,
    )
    command = [sys.executable, "-c", _POOL, str(port)]
    with process(command, port=port, folder=home, log="pinned", environment=environment):
        runner = FnApiRunner(default_environment=ExternalEnvironment(f"localhost:{port}"))
        began = time.perf_counter()
        run(job, PipelineOptions([f"--direct_num_workers={workers}"]), runner=runner)
        seconds = time.perf_counter() - began
    shutil.rmtree(table)
    console.print(f"[dim]{images:,} images, {workers} worker(s): {seconds:.1f} s[/dim]")
    return seconds


def scaling(home: Path) -> dict[str, float]:
    small, large = _SIZES
    rates = {}
    for workers in (1, 2):
        taken = [embed_seconds(home, size, workers) for size in _SIZES]
        rates[workers] = (large - small) / (taken[1] - taken[0])
    ratio = rates[2] / rates[1]
    rows = [[str(workers), f"{rate:,.0f}"] for workers, rate in rates.items()]
    show("the slope between 500 and 2,000 images, MobileNetV2", ("workers", "images/s"), rows)
    console.print(f"two over one: {verdict(ratio, 1.6)}")
    return {"one": rates[1], "two": rates[2], "ratio": ratio}


def main() -> None:
    home = WORK / "two-workers"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    record(scaling(home))


if __name__ == "__main__":
    main()
