"""One process at a time has a lease, and one that slept through its turn publishes nothing."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.helpers.drive import Drive
from transforms.common.errors import RunError
from transforms.storage import files, lease
from transforms.storage.lease import leased, require_leases

assert Drive.scheme() == "drive"


@pytest.fixture(params=["", "drive:/"])
def folder(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(lease, "BEAT_SECONDS", 0.02)
    monkeypatch.setattr(lease, "LOST_SECONDS", 0.5)
    monkeypatch.setattr(lease, "WATCH_SECONDS", 0.2)
    return f"{request.param}{tmp_path}/lease"


def write_holder(folder: str, number: int, **changed: object) -> None:
    holder = {"host": "elsewhere", "pid": 1, "born": "1", "beat": 0, "at": time.time(), "released": False, **changed}
    files.write(f"{folder}/{number:08d}.json", json.dumps({"format": "vectormill-lease-1", **holder}).encode())


def test_one_process_at_a_time_has_it(folder: str) -> None:
    with leased(folder, what="job.yaml") as first:
        require_leases()
        own = f"process {os.getpid()} of {socket.gethostname()}"
        with (
            pytest.raises(RunError, match=f"job.yaml is being worked on by {own}: let it finish"),
            leased(folder, what="job.yaml"),
        ):
            pass
    with leased(folder, what="job.yaml") as second:
        assert (first.number, second.number) == (1, 2)
    assert files.names(folder) == ["00000002.json"]


def test_of_many_who_want_it_at_once_one_gets_it(tmp_path: Path) -> None:
    folder = str(tmp_path / "lease")
    write_holder(folder, 6, released=True)
    start, outcomes = threading.Barrier(8), []

    def take() -> None:
        start.wait()
        try:
            outcomes.append(lease._taken(folder, "it").number)
        except RunError:
            outcomes.append(None)

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes, key=bool) == [None] * 7 + [7]


def test_a_dead_process_of_this_machine_loses_it_at_once(tmp_path: Path) -> None:
    folder = str(tmp_path / "lease")
    code = f"import os; from transforms.storage import lease; lease._taken({folder!r}, 'it'); os._exit(9)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 9
    with leased(folder, what="it") as taken:
        assert taken.number == 2


def test_another_machine_keeps_it_while_it_gives_signs_of_life_whatever_its_clock_says(folder: str) -> None:
    write_holder(folder, 1)
    with pytest.raises(RunError, match="process 1 of elsewhere"), leased(folder, what="it"):
        pass

    for clock in (0.0, time.time() + 1e9):
        done = threading.Event()

        def live(clock: float = clock, done: threading.Event = done) -> None:
            beat = 0
            while not done.wait(0.01):
                beat += 1
                write_holder(folder, 1, beat=beat, at=clock)

        write_holder(folder, 1, at=clock)
        thread = threading.Thread(target=live)
        thread.start()
        with pytest.raises(RunError, match="process 1 of elsewhere"), leased(folder, what="it"):
            pass
        done.set()
        thread.join()

    with leased(folder, what="it") as taken:  # the last clock is wrong, and nobody beats any more
        assert taken.number == 2


def test_who_slept_through_his_turn_may_not_publish(folder: str) -> None:
    with leased(folder, what="it"):
        write_holder(folder, 2, at=0.0)
        with pytest.raises(RunError, match="another run has taken over while this one gave no sign of life"):
            require_leases()
    assert files.names(folder) == ["00000001.json", "00000002.json"]
    assert json.loads(files.read(f"{folder}/00000002.json"))["released"] is False
    require_leases()


def test_a_broken_file_is_nobodys(folder: str) -> None:
    files.write(f"{folder}/00000003.json", b"{")
    with leased(folder, what="it") as taken:
        assert taken.number == 4
