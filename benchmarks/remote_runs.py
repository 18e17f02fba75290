"""What a person sees, and after how many seconds, when a job on a runner elsewhere is stopped, left, or meets what is not ready.

    python -m benchmarks.remote_runs

On Prism, with workers in processes of their own: Ctrl-C; a killed launcher, and the same command after it; a killed worker; an
endpoint that is dead; workers without the project. It needs a prism (tests/helpers/prism.py says where it is looked for).
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.common import WORK, console, show
from benchmarks.corpora import small_jpegs
from benchmarks.figures import record
from tests.helpers.prism import REPOSITORY, Pool, Prism, free_port, prism, worker_pool

_IMAGES = 3_000


def start(*arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "launch.cli", *map(str, arguments)]
    return subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def embed(table: Path, options: Sequence[str]) -> subprocess.Popen[str]:
    return start("embed", small_jpegs(_IMAGES), "--to", table, "--encoder", "hog", "--shard-items", 50, *options)


def wait_for_receipts(table: Path, running: subprocess.Popen[str]) -> None:
    while len(list(table.glob("_vectormill/receipts/*.parquet"))) < 3:
        if running.poll() is not None:
            raise SystemExit(f"the job ended too soon: {running.communicate()}")
        time.sleep(0.02)


def last_line(running: subprocess.Popen[str], since: float) -> tuple[float, str]:
    """Seconds until the command ends, and its last words."""
    out, err = running.communicate()
    return time.monotonic() - since, ((err.strip() or out.strip()).splitlines() or [""])[-1]


Case = Callable[[Prism, Pool, Path], tuple[float, str]]


def ctrl_c(service: Prism, pool: Pool, table: Path) -> tuple[float, str]:
    running = embed(table, service.options(pool))
    wait_for_receipts(table, running)
    running.send_signal(signal.SIGINT)
    return last_line(running, time.monotonic())


def killed_launcher(service: Prism, pool: Pool, table: Path) -> tuple[float, str]:
    """Until the same command says what became of the job."""
    running = embed(table, service.options(pool))
    wait_for_receipts(table, running)
    running.kill()
    running.communicate()
    began = time.monotonic()
    again = embed(table, service.options(pool))
    assert again.stderr is not None
    line = again.stderr.readline()
    seconds = time.monotonic() - began
    _, end = last_line(again, began)
    return seconds, f"{line.strip()} … {end}"


def killed_worker(service: Prism, pool: Pool, table: Path) -> tuple[float, str]:
    running = embed(table, service.options(pool))
    wait_for_receipts(table, running)
    for worker in pool.workers():
        os.kill(worker, signal.SIGKILL)
    return last_line(running, time.monotonic())


def dead_endpoint(service: Prism, pool: Pool, table: Path) -> tuple[float, str]:
    dead = ["--runner", "prism", "--beam", f"--job_endpoint=localhost:{free_port()}"]
    return last_line(embed(table, dead), time.monotonic())


def no_project(service: Prism, pool: Pool, table: Path) -> tuple[float, str]:
    with _bare_pool(table.parent) as bare:
        return last_line(embed(table, service.options(bare)), time.monotonic())


def no_project_doctor(service: Prism, pool: Pool, table: Path) -> tuple[float, str]:
    with _bare_pool(table.parent) as bare:
        began = time.monotonic()
        out, _ = start("doctor", *service.options(bare)).communicate()
        return time.monotonic() - began, out.splitlines()[-1]


@contextmanager
def _bare_pool(folder: Path) -> Iterator[Pool]:
    """Workers whose Python has all dependencies and no project."""
    bare = folder / "bare"
    for name in ("transforms", "pipelines", "launch"):
        (bare / name).mkdir(parents=True, exist_ok=True)
        missing = f"raise ModuleNotFoundError(\"No module named '{name}'\", name='{name}')\n"
        (bare / name / "__init__.py").write_text(missing)
    with worker_pool(folder, log="bare", path=bare) as pool:
        yield pool


CASES: dict[str, Case] = {
    "ctrl_c": ctrl_c,
    "launcher_killed": killed_launcher,
    "worker_killed": killed_worker,
    "dead_endpoint": dead_endpoint,
    "no_project": no_project,
    "no_project_doctor": no_project_doctor,
}


def ends(home: Path, only: str | None) -> dict[str, float]:
    found: dict[str, float] = {}
    rows = []
    with prism(home) as port, worker_pool(home, log="pool") as pool:
        service = Prism(port, [pool], home)
        for name, case in CASES.items():
            if only in (None, name):
                found[name], words = case(service, pool, home / f"table-{name}")
                rows.append([name, f"{found[name]:.1f} s", words])
                console.print(f"[dim]{name}: {found[name]:.1f} s: {words}[/dim]", markup=True)
    show("jobs on Prism, and what a person sees", ("case", "after", "last words"), rows)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=CASES)
    only = parser.parse_args().only
    home = WORK / "remote-runs"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    record(ends(home, only))


if __name__ == "__main__":
    main()
