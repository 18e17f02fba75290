"""`kill -9` while a model is trained and published: the version in use always answers, and the same command finishes the rest.

    python -m benchmarks.head_kills [--kills 20]

A table of 20,000 mixtures has a published model. A second training, allowed to be worse (`--min-gain -1`), is killed at a random
moment of its work, or as it publishes; after each kill the newest version must be whole and give the scores that it gave
before (or be the new one, whole). Then the same command is run to its end and must publish version 2 with the weights of an
undisturbed training.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks.common import WORK, console
from benchmarks.feature_tables import labelled_table
from benchmarks.figures import record
from transforms.heads import model_folder
from transforms.heads.serve.served_model import ServedModel

ROOT = Path(__file__).parents[1]


def command(table: Path, model: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "launch.cli", "train", str(table), "--to", str(model), "--no-leakage-check", *more]


SECOND = ("--seed", "1", "--strengths", "1,10", "--min-gain", "-1")


def scores(model: Path, vectors: np.ndarray) -> np.ndarray:
    """What the newest version says."""
    import pyarrow as pa

    number = model_folder.MODELS.newest(str(model))
    assert number is not None, "no version is left"
    served = ServedModel(str(model / str(number)))
    return served.from_vectors(vectors, pa.RecordBatch.from_pydict({}))


def killed(arguments: list[str], model: Path, moment: float | None) -> str:
    """Starts the command and kills it: after `moment` seconds, or (None) between writing the model and renaming it."""
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT)
    started = time.monotonic()
    while process.poll() is None:
        written = list(model.glob("_runs/*/head-0/built/saved_model.pb"))
        if (moment is None and written) or (moment is not None and time.monotonic() - started >= moment):
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            return f"killed after {time.monotonic() - started:.1f} s"
        time.sleep(0.002)
    return "had finished"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=20)
    asked = parser.parse_args()
    table = labelled_table(20_000, classes=5)
    vectors = np.random.default_rng(0).standard_normal((256, 512), np.float32)
    first, undisturbed, model = (WORK / name for name in ("kills-first", "kills-undisturbed", "kills-model"))
    for folder in (first, undisturbed):
        shutil.rmtree(folder, ignore_errors=True)
    subprocess.run(command(table, first), check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
    shutil.copytree(first, undisturbed)
    started = time.monotonic()
    subprocess.run(command(table, undisturbed, *SECOND), check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
    whole = time.monotonic() - started
    old, new = scores(first, vectors), scores(undisturbed, vectors)
    moments = random.Random(0)
    exact = 0
    for turn in range(asked.kills):
        shutil.rmtree(model, ignore_errors=True)
        shutil.copytree(first, model)
        moment = None if turn % 2 == 1 else moments.uniform(0.1, 1.0) * whole
        printed = killed(command(table, model, *SECOND), model, moment)
        found = scores(model, vectors)
        serving = (
            "the old one" if np.array_equal(found, old) else "the new one" if np.array_equal(found, new) else "neither"
        )
        subprocess.run(command(table, model, *SECOND), check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
        ended = model_folder.MODELS.numbers(str(model)) == [1, 2] and np.allclose(
            scores(model, vectors), new, atol=1e-6
        )
        clean = not list(model.glob("_runs/*"))
        exact += serving != "neither" and ended and clean
        console.print(
            f"{turn + 1}/{asked.kills} {printed}: {serving} answered; the rerun {'is exact' if ended else 'DIFFERS'}"
        )
    console.print(
        f"{exact} of {asked.kills} kills: an old or new version answered whole, and the rerun ended as undisturbed"
    )
    record({"exact": exact})
    if exact < asked.kills:
        sys.exit(1)


if __name__ == "__main__":
    main()
