from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import psutil
import pytest

from transforms.common.errors import ItemError
from transforms.corpus.documents.document import Document
from transforms.corpus.documents.processes import DocumentProcesses, Limits, Request

GOOD = Request(data=b"# One", kind="markdown")
SLOW = Request(data=b"[" * 100_000, kind="markdown")
"""It takes minutes to see that none of the brackets is closed."""
LARGE = Request(data=b"<p>" + b"a <b>b</b> " * 1_500_000, kind="html")


@pytest.fixture
def processes() -> Iterator[Callable[..., DocumentProcesses]]:
    made: list[DocumentProcesses] = []

    def make(**limits: float) -> DocumentProcesses:
        made.append(DocumentProcesses(Limits(**limits), most=2))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for one in made:
        one.close()


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children() if child.status() != psutil.STATUS_ZOMBIE}


def eventually(condition: Callable[[], bool]) -> bool:
    for _ in range(3000):
        if condition():
            return True
        time.sleep(0.02)
    return False


def kind(outcome: Document | ItemError) -> str | None:
    return outcome.kind if isinstance(outcome, ItemError) else outcome.title


def test_a_document_that_takes_too_long_or_swells_costs_itself(processes: Callable[..., DocumentProcesses]) -> None:
    reading = processes(seconds=1.0, memory=96 << 20)
    before = children()
    outcomes = list(reading.read(iter([GOOD, SLOW, GOOD, LARGE, GOOD, ItemError("Given", "as it is")])))
    assert [kind(outcome) for outcome in outcomes] == ["One", "TimedOut", "One", "TooMuchMemory", "One", "Given"]
    assert str(outcomes[3]) == "reading it takes more than 96 MB of memory"
    reading.close()
    assert eventually(lambda: children() == before)


def test_a_document_that_ends_its_process_is_told_from_one_whose_process_had_ended(
    processes: Callable[..., DocumentProcesses],
) -> None:
    reading = processes()
    assert kind(reading.read_one(GOOD)) == "One"
    (idle,) = reading.ids
    os.kill(idle, signal.SIGKILL)
    assert kind(reading.read_one(GOOD)) == "One"
    reading.close()

    before = children()
    outcomes: list[Document | ItemError] = []
    thread = threading.Thread(target=lambda: outcomes.append(reading.read_one(SLOW)))
    thread.start()
    assert eventually(lambda: bool(children() - before))
    (child,) = children() - before
    assert eventually(lambda: psutil.Process(child).cpu_times().user > 0.2)
    os.kill(child, signal.SIGSEGV)
    thread.join()
    assert (kind(outcomes[0]), str(outcomes[0])) == ("Crashed", "its reader ended (signal 11) on 100,000 bytes")


def test_who_stops_waiting_ends_what_is_read(processes: Callable[..., DocumentProcesses]) -> None:
    reading = processes()
    before = children()
    outcomes = reading.read(iter([GOOD, SLOW]))
    assert kind(next(outcomes)) == "One"
    outcomes.close()  # type: ignore[attr-defined]
    reading.close()
    assert eventually(lambda: len(children() - before) <= len(reading.ids))


def test_no_process_outlives_the_one_that_started_it() -> None:
    program = """
import threading, time
from tests.transforms.corpus.documents.test_processes import GOOD, SLOW
from transforms.corpus.documents.processes import DocumentProcesses, Limits
reading = DocumentProcesses(Limits(), most=2)
thread = threading.Thread(target=reading.read_one, args=[SLOW])
thread.start()
reading.read_one(GOOD)
print(flush=True)
time.sleep(600)
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        started = psutil.Process(parent.pid).children()
        assert len(started) == 2
        parent.kill()
    assert eventually(lambda: not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in started))


def test_a_process_starts_light() -> None:
    program = "import sys, transforms.corpus.documents.process; print(*{name.split('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert {"tensorflow", "apache_beam", "pyarrow", "numpy", "lxml"}.isdisjoint(done.stdout.split())
