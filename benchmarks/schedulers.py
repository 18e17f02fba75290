"""Runs what `vectormill schedule` renders, by the schedulers themselves.

    AIRFLOW=ENV/bin/airflow python -m benchmarks.schedulers

Airflow (2.7 or newer, in an environment of its own: `pip install apache-airflow`; AIRFLOW names its program) keeps its
database in SQLite, and runs the DAG by `airflow dags test`: a first day, the same slot again, a day that is held back (the task
must fail, and not be tried again), and the next good day. systemd checks units by `systemd-analyze verify`, in a folder and with
a job file whose names need quoting; sh runs the line for cron with such names.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.common import console, show
from benchmarks.figures import record
from launch.cli import run

ROOT = Path(__file__).parents[1]
NEEDS_QUOTES = "it's 100% $HOME `id` job"


def photographs(folder: Path, count: int, seed: int, *, black: bool = False) -> None:
    """JPEGs of noise; or all black."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(seed)
    for number in range(count):
        pixels = np.zeros((64, 64, 3)) if black else random.integers(0, 256, (64, 64, 3))
        Image.fromarray(pixels.astype(np.uint8)).save(folder / f"{seed}-{number}.jpg")


def job_file(folder: Path, name: str = "job.yaml") -> Path:
    """A job over photographs, which are embedded without a network."""
    photographs(folder / "photos", 120, 0)
    path = folder / name
    lines = ["tables:", "  photos: {inputs: photos/*.jpg, encoder: hog, contracts: {duplicates: 0.5}}"]
    path.write_text("\n".join([*lines, "indexes:", "  photos: {table: photos, recall: 0.5}", ""]))
    return path


def rendered(job: Path, scheduler: str, to: Path, *options: str) -> dict[str, Path]:
    """Writes a scheduler's files: suffix -> path."""
    if run(["schedule", str(job), "--for", scheduler, "--to", str(to), *options]):
        raise SystemExit(f"{scheduler}: nothing was rendered")
    return {path.suffix: path for path in to.iterdir()}


def program(home: Path) -> Path:
    """The command of this checkout, as one file."""
    path = home / "bin" / "vectormill"
    path.parent.mkdir(exist_ok=True)
    path.write_text(
        f'#!/bin/sh\ncd {shlex.quote(str(ROOT))} && exec {shlex.quote(sys.executable)} -m launch.cli "$@"\n'
    )
    path.chmod(0o755)
    return path


def airflow_days(airflow: Path, home: Path) -> int:
    """Days that went as they should."""
    job = job_file(home / "work")
    dag = rendered(job, "airflow", home / "airflow" / "dags", "--program", str(program(home)))[".py"]
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(home / "airflow"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(dag.parent),
        "VECTORMILL_CACHE_DIR": str(home / "cache"),
    }
    name = dag.stem.replace("_", "-")

    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [airflow, *arguments], env=environment, capture_output=True, text=True, check=False, timeout=600
        )

    migrated = call("db", "migrate")
    if migrated.returncode:
        raise SystemExit(migrated.stdout + migrated.stderr)
    good = 0

    def day(slot: str, *, succeeds: bool, says: str) -> None:
        nonlocal good
        done = call("dags", "test", name, slot)
        said = done.stdout + done.stderr
        ended = succeeds == ("state=success" in said and "state=failed" not in said)
        once = "up_for_retry" not in said.lower().replace(" ", "_")
        good += ended and once and says in said
        console.print(f"{slot}: {'as it should' if ended and once and says in said else said}")

    day("2026-01-01", succeeds=True, says="tables.photos: done, version 0")
    day("2026-01-01", succeeds=True, says="nothing to do: the slot 2026-01-01T00:00:00Z was finished by")
    photographs(home / "work" / "photos", 120, 1, black=True)
    day("2026-01-02", succeeds=False, says="duplicates is 1, at most 0.5 is allowed")
    photographs(home / "work" / "photos", 120, 1)
    day("2026-01-03", succeeds=True, says="tables.photos: done, version 1")
    record_of = sorted((home / "work" / "runs").glob("2*.json"))
    slots = [json.loads(path.read_text())["slot"] for path in record_of]
    console.print(f"slots of the records: {slots}")
    return good


def cron_lines(home: Path) -> int:
    """1 if sh runs the line, as cron hands it over, on a job file whose name needs quoting."""
    job = job_file(home / NEEDS_QUOTES)
    line = rendered(job, "cron", home / "cron", "--program", str(program(home)))[".cron"].read_text().splitlines()[-1]
    command = line.split(maxsplit=5)[5].replace("\\%", "%")
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=False, cwd="/")
    is_silent = done.returncode == 0 and not done.stdout + done.stderr
    return int(is_silent and (job.parent / "tables" / "photos" / "_delta_log").exists())


def systemd_units(home: Path) -> int | None:
    """1 if systemd finds nothing wrong; None where there is no systemd."""
    if shutil.which("systemd-analyze") is None:
        return None
    options = ["--at", "*/15 3-5 * 1,7 1-5", "--program", str(program(home))]
    units = rendered(job_file(home / f"{NEEDS_QUOTES}2"), "systemd", home / "systemd", *options)
    done = subprocess.run(
        ["systemd-analyze", "verify", *map(str, units.values())], capture_output=True, text=True, check=False
    )
    console.print(done.stderr)
    return int(done.returncode == 0 and not done.stderr)


def main() -> None:
    argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None).parse_args()
    found = os.environ.get("AIRFLOW") or shutil.which("airflow")
    home = Path(tempfile.mkdtemp(prefix="schedulers-"))
    os.environ["VECTORMILL_CACHE_DIR"] = str(home / "cache")
    try:
        figures = {"cron": cron_lines(home), "systemd": systemd_units(home)}
        figures["airflow"] = None if found is None else airflow_days(Path(found).absolute(), home)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    show("Schedulers", ["", ""], [[name, "not here" if good is None else str(good)] for name, good in figures.items()])
    record({name: good for name, good in figures.items() if good is not None})


if __name__ == "__main__":
    main()
