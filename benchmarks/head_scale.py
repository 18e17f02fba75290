"""A head of 20 classes on 1,000,000 x 512 vectors: time, accuracy and memory, against scikit-learn in memory.

    python -m benchmarks.head_scale [--rows 1000000] [--more-rows 3000000]

`vectormill train` is the whole command in a process of its own, from the table on disk to a published model, with its split, its
evaluation and its report; "choose and fit" is the part that scikit-learn's `fit` does. The leakage check is left out here: it is
not what is compared. scikit-learn gets the training rows of the same table as float32 arrays; loading them is not counted. Each
is a single run: LogisticRegression takes a quarter of an hour.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import WORK, console, show, verdict
from benchmarks.feature_tables import labelled_table
from benchmarks.figures import record

CLASSES = 20
_SHARPEST = 31.6


def train(table: Path) -> dict[str, Any]:
    """Runs the command; seconds, peak memory in MB, and the report."""
    model = WORK / "model"
    shutil.rmtree(model, ignore_errors=True)
    command = [sys.executable, "-m", "launch.cli", "train", str(table), "--to", str(model), "--no-leakage-check"]
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=Path(__file__).parents[1])
    _, status, usage = wait(process)
    assert status == 0, "vectormill train failed"
    report = json.loads((model / "1" / "assets.extra" / "report.json").read_text())
    return {"seconds": time.perf_counter() - started, "memory": usage / 1024, "report": report}


def wait(process: subprocess.Popen[bytes]) -> tuple[int, int, int]:
    """(pid, exit status, peak resident kB) of a child."""
    import os

    pid, status, usage = os.wait4(process.pid, 0)
    return pid, status, usage.ru_maxrss


def sides_of(table: Path) -> np.ndarray:
    """The sides of the rows, as the training split them."""
    from transforms.heads.job import HeadOptions, TrainJob
    from transforms.heads.rows.prepare import prepare

    job = TrainJob(table=str(table), version=0, to=str(WORK / "sides"), heads=(HeadOptions(),), leakage_threshold=None)
    shutil.rmtree(job.to, ignore_errors=True)
    return prepare(job).sides


def fit_theirs(table: Path, name: str) -> None:
    """In a process of its own: fits scikit-learn's model on the training rows; prints seconds, accuracy, peak memory."""
    import pyarrow as pa
    from sklearn.linear_model import LogisticRegression, SGDClassifier

    from transforms.heads.rows.labels import Labels
    from transforms.heads.rows.split import TEST, TRAIN
    from transforms.table.open import existing
    from transforms.table.vectors import TableVectors

    sides = sides_of(table)
    vectors = TableVectors(str(table), existing(str(table)))
    x = np.empty((len(sides), vectors.dim), np.float32)
    for chunk in vectors.chunks():
        x[chunk.rows] = chunk.vectors
    labels = Labels.of(pa.chunked_array([b.column("label") for b in vectors.columns(["label"])]), separator=None)
    x_train, y_train = x[sides == TRAIN], labels.codes[sides == TRAIN]
    x_test, y_test = x[sides == TEST], labels.codes[sides == TEST]
    del x
    models = {
        "lbfgs": LogisticRegression(C=_SHARPEST, max_iter=1000),
        "sgd": SGDClassifier(loss="log_loss", n_jobs=2, random_state=0),
        "ours": _Solver(),
    }
    started = time.perf_counter()
    model = models[name].fit(x_train, y_train)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    accuracy = float((model.predict(x_test) == y_test).mean())
    print(json.dumps({"seconds": seconds, "accuracy": accuracy, "memory": peak}))


class _Solver:
    """The linear solver alone, from arrays in memory, at one C: what scikit-learn's `fit` does."""

    def fit(self, x: np.ndarray, y: np.ndarray) -> _Solver:
        from transforms.heads.fit import linear
        from transforms.heads.fit.training_data import blocks_of

        blocks = blocks_of((x, y.astype(np.int32), np.ones(len(x), np.float32)), 16_384)
        geometry = linear.Geometry.of(blocks)
        heads = linear.fit(
            blocks, classes=CLASSES, loss="softmax", geometry=geometry, inverse_regularization=(_SHARPEST,)
        )
        self.weights, self.bias = heads.weights[0], heads.bias[0]
        return self

    def predict(self, x: np.ndarray) -> np.ndarray:
        found: np.ndarray = (x @ self.weights + self.bias).argmax(axis=1)
        return found


def theirs(table: Path, name: str) -> dict[str, float]:
    console.print(f"[dim]{name}[/dim]")
    command = [sys.executable, "-m", "benchmarks.head_scale", "--theirs", name, "--table", str(table)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=Path(__file__).parents[1])
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--more-rows", type=int, default=3_000_000)
    parser.add_argument("--theirs")
    parser.add_argument("--table", type=Path)
    asked = parser.parse_args()
    if asked.theirs:
        fit_theirs(asked.table, asked.theirs)
        return
    table = labelled_table(asked.rows, classes=CLASSES)
    ours = train(table)
    accuracy = ours["report"]["metrics"]["accuracy"]["value"]
    phases = ours["report"]["seconds"]
    fitting = phases["choose"] + phases["fit"]
    rows = [
        ("vectormill train, all of it", f"{ours['seconds']:.0f} s", f"{accuracy:.4f}", f"{ours['memory']:,.0f} MB"),
        ("  choose among 11 values of C and fit", f"{fitting:.0f} s", "", ""),
    ]
    found = {name: theirs(table, name) for name in ("ours", "sgd", "lbfgs")}
    for name, label in (
        ("ours", f"  its solver alone, arrays in memory, C = {_SHARPEST}"),
        ("sgd", "SGDClassifier, arrays in memory"),
        ("lbfgs", f"LogisticRegression, arrays in memory, C = {_SHARPEST}"),
    ):
        printed = found[name]
        rows.append(
            (label, f"{printed['seconds']:.0f} s", f"{printed['accuracy']:.4f}", f"{printed['memory']:,.0f} MB")
        )
    show(f"{asked.rows:,} x 512 vectors, {CLASSES} classes", ("what", "time", "accuracy", "peak memory"), rows)
    slow = found["lbfgs"]["seconds"]
    console.print(f"LogisticRegression over the solver alone: {verdict(slow / found['ours']['seconds'], 5)}")
    console.print(f"LogisticRegression over choose (11 values of C) and fit, from disk: {verdict(slow / fitting, 5)}")
    console.print(f"LogisticRegression over the whole command: {slow / ours['seconds']:.1f}")
    console.print(f"accuracy over LogisticRegression's: {accuracy - found['lbfgs']['accuracy']:+.4f}")
    figures = {
        "solver_over_sklearn": slow / found["ours"]["seconds"],
        "command_seconds": ours["seconds"],
        "fit_seconds": fitting,
        "accuracy": accuracy,
    }
    if asked.more_rows:
        more = train(labelled_table(asked.more_rows, classes=CLASSES))
        growth = more["memory"] / ours["memory"]
        console.print(f"{asked.more_rows:,} rows: {more['seconds']:.0f} s, {more['memory']:,.0f} MB")
        console.print(f"peak memory over that of {asked.rows:,} rows: {verdict(growth, 1.1, at_least=False)}")
        figures["memory_growth"] = growth
    record(figures)


if __name__ == "__main__":
    main()
