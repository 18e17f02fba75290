"""Starts Prism, Beam's portable runner, and worker pools: a job is then run by processes of their own, in another folder."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
_PATIENCE = 120.0


def binary() -> str | None:
    """Prism's program: `VECTORMILL_PRISM`, what PATH finds, or what `.ci/prism` has built; None where there is none."""
    from apache_beam.version import __version__

    cache = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    built = cache / f"vectormill/prism-{__version__}/prism"
    named = os.environ.get("VECTORMILL_PRISM") or shutil.which("prism") or str(built)
    return named if os.access(named, os.X_OK) else None


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


@contextmanager
def process(
    command: Sequence[str], *, port: int, folder: Path, log: str, environment: dict[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Runs a service until the block ends; it begins when the port answers. What it prints is in `folder`/`log`.log."""
    with open(folder / f"{log}.log", "wb") as output:
        # A session of its own: Ctrl-C at the terminal is for the launcher.
        service = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=output, stderr=output, start_new_session=True
        )
        try:
            deadline = time.monotonic() + _PATIENCE
            while not answers(port):
                assert service.poll() is None and time.monotonic() < deadline, (folder / f"{log}.log").read_text()
                time.sleep(0.05)
            yield service
        finally:
            service.terminate()
            with suppress(subprocess.TimeoutExpired):
                service.wait(10)
            service.kill()


@dataclass(frozen=True)
class Pool:
    """A worker pool: its port and its process."""

    port: int
    pid: int

    def workers(self) -> list[int]:
        """The processes of its workers."""
        children = Path(f"/proc/{self.pid}/task").glob("*/children")
        return [int(child) for path in children for child in path.read_text().split()]


@dataclass
class Prism:
    """A running Prism and the worker pools that its jobs take turns with.

    Attributes:
      port: of its job service.
      pools: the worker pools.
      folder: where all of them stand; their logs are here.
    """

    port: int
    pools: Sequence[Pool]
    folder: Path
    _turns: Iterator[Pool] = field(init=False)

    def __post_init__(self) -> None:
        self._turns = cycle(self.pools)

    def options(self, pool: Pool | None = None) -> list[str]:
        """Options of a job that the next pool works on, or this one."""
        config = f"--environment_config=localhost:{(pool or next(self._turns)).port}"
        return ["--runner", "prism", "--beam", f"--job_endpoint=localhost:{self.port}", "--beam", config]


@contextmanager
def prism(folder: Path) -> Iterator[int]:
    """Runs Prism and gives the port of its job service."""
    program = binary()
    assert program is not None
    port = free_port()
    command = [program, f"-job_port={port}", "-serve_http=false", "-log_kind=text"]
    with process(command, port=port, folder=folder, log="prism"):
        yield port


@contextmanager
def worker_pool(folder: Path, *, log: str, in_threads: bool = False, path: Path = REPOSITORY) -> Iterator[Pool]:
    """Runs a worker pool.

    Args:
      in_threads: workers are threads of the pool's process, which spares their imports; else a process a job.
      path: the folder of the project's packages.
    """
    port = free_port()
    code = (
        "import threading, apache_beam, tests.helpers.fakes;"
        "from apache_beam.runners.worker.worker_pool_main import BeamFnExternalWorkerPoolServicer as Pool;"
        f"running = Pool.start(use_process=False, port={port}); threading.Event().wait()"
    )
    main = ["-m", "apache_beam.runners.worker.worker_pool_main", f"--service_port={port}"]
    environment = {
        **os.environ,
        # The pool starts "python".
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(path),
        "PYTHONSAFEPATH": "1",
        "VECTORMILL_CACHE_DIR": str(folder / "cache"),
    }
    command = [sys.executable, *(["-c", code] if in_threads else main)]
    with process(command, port=port, folder=folder, log=log, environment=environment) as running:
        yield Pool(port, running.pid)
