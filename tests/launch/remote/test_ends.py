"""How a job on Prism may end while somebody waits, or while nobody does: what a person sees, and what the next command does."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipelines.submission import FOLDER, Submission
from tests.helpers import embedding, prism
from tests.helpers.embedding import Corpus, rows
from tests.helpers.prism import REPOSITORY, Pool, Prism
from tests.launch.conftest import Command, version

pytestmark = pytest.mark.prism
PATIENCE = 120.0


@pytest.fixture
def processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pool]:
    """A pool whose workers are processes, with an encoder that stalls after two batches until `go` is there."""
    folder = tmp_path / "pool"
    folder.mkdir()
    monkeypatch.setenv("PACE", "0,0,600")
    monkeypatch.setenv("PACE_UNTIL", str(tmp_path / "go"))
    with prism.worker_pool(folder, log="pool") as pool:
        yield pool


@pytest.fixture
def large(corpus: Corpus) -> Corpus:
    for name in range(6):
        corpus.write(f"{name}.txt", [f"line {line} of {name}" for line in range(16)])
    return corpus


def start(*arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.launch.with_fakes", *map(str, arguments)],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(ready: Callable[[], bool], process: subprocess.Popen[str] | None = None) -> None:
    deadline = time.monotonic() + PATIENCE
    while not ready():
        assert time.monotonic() < deadline
        assert process is None or process.poll() is None, process.communicate()
        time.sleep(0.05)


def receipts(table: str) -> int:
    return len(list(Path(table).glob("_vectormill/receipts/*.parquet")))


def asked(corpus: Corpus, table: str) -> list[object]:
    return ["embed", corpus.root, "--shard-items", 1, "--to", table, "--encoder", "fake-text"]


def test_ctrl_c_cancels_the_job_and_the_same_command_does_the_rest(
    service: Prism, processes: Pool, large: Corpus, table: str, tmp_path: Path, vectormill: Command
) -> None:
    process = start(*asked(large, table), *service.options(processes))
    wait_for(lambda: receipts(table) >= 2, process)

    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE)

    assert (process.returncode, out) == (1, "")
    assert err.splitlines()[-1] == (
        "vectormill: interrupted, and the job was cancelled at its runner; what is finished is kept, the same command goes on"
        " from there"
    )
    assert not Path(table, FOLDER).exists()
    (tmp_path / "go").touch()
    assert version(table) is None
    outcome = vectormill(*asked(large, table), *service.options(), "--json")
    assert json.loads(outcome.out)["encoded"] <= 64
    assert rows(table) == embedding.expected(large)


def test_a_job_outlives_its_launcher_and_the_same_command_shows_its_end(
    service: Prism, processes: Pool, large: Corpus, table: str, tmp_path: Path, vectormill: Command
) -> None:
    process = start(*asked(large, table), *service.options(processes))
    wait_for(lambda: receipts(table) >= 2, process)
    process.kill()
    process.wait()

    detached = vectormill(*asked(large, table), *service.options(processes), "--detach")
    following = start(*asked(large, table), *service.options(processes), "--json")
    assert following.stderr is not None
    said = next(line for line in following.stderr if line.startswith("vectormill-embed-table, submitted "))
    (tmp_path / "go").touch()
    out, _ = following.communicate(timeout=PATIENCE)

    assert "to follow it:  the same command without --detach" in detached.out
    assert "is still running: following it" in said
    assert (json.loads(out)["encoded"], json.loads(out)["version"]) == (96, 0)
    assert rows(table) == embedding.expected(large)
    assert Submission.at(table) is None


def test_a_job_that_nobody_waits_for(
    service: Prism, processes: Pool, corpus: Corpus, table: str, tmp_path: Path, vectormill: Command
) -> None:
    (tmp_path / "go").touch()
    corpus.write("a.txt", ["one", "POISON"])
    options = service.options(processes)

    left = json.loads(vectormill(*asked(corpus, table), *options, "--detach", "--json").out)
    submission = Submission.at(table)
    assert submission is not None
    wait_for(lambda: submission.failure() is not None)
    time.sleep(1)
    outcome = vectormill(*asked(corpus, table), *options)

    assert left == {"job": "vectormill-embed-table", "id": submission.job_id, "service": f"localhost:{service.port}"}
    assert outcome.code == 1
    assert f"as {submission.job_id}, has ended: failed" in outcome.err
    assert outcome.err.splitlines()[-1].startswith("vectormill: 1 of 2 items cannot be embedded")
    assert Submission.at(table) is None


def test_a_worker_that_is_killed_in_mid_shard(
    service: Prism, processes: Pool, large: Corpus, table: str, tmp_path: Path, vectormill: Command
) -> None:
    process = start(*asked(large, table), *service.options(processes))
    wait_for(lambda: receipts(table) >= 2, process)

    for worker in processes.workers():
        os.kill(worker, signal.SIGKILL)
    out, err = process.communicate(timeout=PATIENCE)

    assert (process.returncode, out) == (1, "")
    assert err.splitlines()[-1].startswith(
        "vectormill: vectormill-embed-table: a worker has ended in the middle of its work; what is finished is kept"
    )
    assert version(table) is None
    (tmp_path / "go").touch()
    outcome = vectormill(*asked(large, table), *service.options(), "--json")
    assert json.loads(outcome.out)["encoded"] <= 64
    assert rows(table) == embedding.expected(large)
