"""A million random files through the readers: every record is a row, a dead letter with a reason, or part of a refusal.

    python -m benchmarks.fuzz_readers [--inputs 1000000] [--minutes 60]
    python -m benchmarks.fuzz_readers --only comma:4711      # one input again, with its content

Each input is a small file in memory (`/dev/shm`), drawn from a seed, the format and its number: a table that must come back
equal, such a file with damage (bits, ranges, signs, marks), the signs of its format at random, or noise. Of lines, delimited
files and JSON lines, a second, slow reader says what any bytes hold; of all formats, ranges must give what the whole gives.
A failure is any exception but a refusal in one line, anything on standard error, another result than the second reader's,
an end of the process, or none within a minute. Failing inputs are kept in a folder; the exit code is then 1. Ctrl-C ends the
run after the inputs that are being checked.

The checks and the files are those of the property tests: `tests/transforms/corpus/readers/test_random_files.py`.
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import os
import re
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from multiprocessing.connection import Connection, wait
from pathlib import Path
from random import Random
from typing import Any, get_args

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from benchmarks.common import WORK, console, show
from benchmarks.figures import record
from tests.helpers.damaged_files import Kind, random_bytes
from tests.helpers.random_files import FORMS, File, random_file
from tests.helpers.reader_checks import Outcome, check_bytes, check_file, written

_FORK = multiprocessing.get_context("fork")
_CHUNK = 200
_LONGEST_SECONDS = 60
_MOST_MEMORY = 12 << 30
_MOST_KEPT = 20
_SHARE_OF_TABLES = 0.25
_DAMAGES_OF_ONE = 6
_KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass
class Tally:
    """What became of the inputs of one format."""

    inputs: int = 0
    rows: int = 0
    dead: int = 0
    refusals: int = 0
    seconds: float = 0.0
    failures: Counter[str] = field(default_factory=Counter)

    def add(self, other: Tally) -> None:
        self.inputs += other.inputs
        self.rows += other.rows
        self.dead += other.dead
        self.refusals += other.refusals
        self.seconds += other.seconds
        self.failures += other.failures


@dataclass(frozen=True)
class Chunk:
    """Inputs of one format, by their numbers."""

    form: str
    start: int
    stop: int


def drawn(seed: int, form: str, number: int) -> tuple[Random, File, bool]:
    """An input, the generator to go on with, and whether its rows are known."""
    random = Random(f"{seed}/{form}/{number}")
    if random.random() < _SHARE_OF_TABLES:
        return random, random_file(random, form), True
    whole = drawn_table(seed, form, number // _DAMAGES_OF_ONE)
    return random, random_bytes(random, form, random.choices(_KINDS, (4, 2, 1))[0], whole=whole), False


@lru_cache(maxsize=1)
def drawn_table(seed: int, form: str, number: int) -> File:
    """A table that several inputs damage."""
    return random_file(Random(f"{seed}/{form}/table {number}"), form)


def checked(random: Random, file: File, folder: Path, *, is_known: bool) -> Outcome:
    """Reads an input and holds it to what it must give."""
    source = written(folder, file)
    if is_known:
        return check_file(source, file, random)
    return check_bytes(source, file.content, file.options, random)


# ---- in a process of its own ------------------------------------------------------------------------------


def work(connection: Connection, current: Any, folder: Path, kept: Path, seed: int) -> None:
    """Checks the inputs of each chunk that it is sent, and answers with a tally; None ends it."""
    errors = folder / "stderr"
    descriptor = os.open(errors, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND)
    os.dup2(descriptor, 2)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    while (chunk := connection.recv()) is not None:
        tally = Tally()
        started = time.perf_counter()
        for number in range(chunk.start, chunk.stop):
            current.value = number
            random, file, is_known = drawn(seed, chunk.form, number)
            complaint = None
            try:
                outcome = checked(random, file, folder, is_known=is_known)
                tally.rows += len(outcome.rows)
                tally.dead += outcome.dead
                tally.refusals += outcome.refusal is not None
            except Exception:
                complaint = traceback.format_exc()
            if os.fstat(descriptor).st_size:
                complaint = complaint or "on standard error: " + errors.read_text("utf-8", "replace")
                os.ftruncate(descriptor, 0)
            tally.inputs += 1
            if complaint is not None:
                tally.failures[_name_of(complaint)] += 1
                keep(kept, chunk.form, number, file, complaint)
        tally.seconds = time.perf_counter() - started
        connection.send(tally)


def keep(kept: Path, form: str, number: int, file: File, complaint: str) -> None:
    """Stores a failing input and what was said of it, up to some of each format."""
    kept.mkdir(parents=True, exist_ok=True)
    if len(list(kept.glob(f"{form}-*.log"))) >= _MOST_KEPT:
        return
    (kept / f"{form}-{number}-{file.name}").write_bytes(file.content)
    (kept / f"{form}-{number}.log").write_text(f"{file}\n\n{complaint}", errors="backslashreplace")


def _name_of(complaint: str) -> str:
    """A failure's kind: the last place in this project that it went through, and its error."""
    lines = complaint.strip().splitlines()
    places = [line.strip().partition("/transforms/")[2] for line in lines if "/transforms/" in line and "File" in line]
    error = next((line for line in reversed(lines) if line and line[0] != " "), "")
    place = places[-1].replace('"', "") if places else "check"
    return f"{place}: {re.split(r'[^A-Za-z ,.:]', error)[0][:80]}"


# ---- the processes ----------------------------------------------------------------------------------------


class Worker:
    """A process that checks chunks, started anew where an input ends it or holds it up."""

    def __init__(self, folder: Path, kept: Path, seed: int) -> None:
        self.folder, self._kept, self._seed = folder, kept, seed
        folder.mkdir(parents=True, exist_ok=True)
        self._current = _FORK.Value("q", -1, lock=False)
        self.chunk: Chunk | None = None
        self._seen: tuple[int, float] = (-1, 0.0)
        self._start()

    def _start(self) -> None:
        self.connection, theirs = _FORK.Pipe()
        arguments = (theirs, self._current, self.folder, self._kept, self._seed)
        self._process = _FORK.Process(target=work, args=arguments, daemon=True)
        self._process.start()
        theirs.close()

    def send(self, chunk: Chunk) -> None:
        self.chunk = chunk
        self._seen = (-1, time.monotonic())
        self.connection.send(chunk)

    def answer(self) -> Tally | None:
        """The tally of the chunk, or None where the process has ended."""
        try:
            tally: Tally = self.connection.recv()
        except (EOFError, ConnectionError):
            return None
        return tally

    @property
    def is_stuck(self) -> bool:
        """Whether one input takes longer than any may."""
        if self._current.value != self._seen[0]:
            self._seen = (self._current.value, time.monotonic())
        return time.monotonic() - self._seen[1] > _LONGEST_SECONDS

    def restart(self, reason: str) -> tuple[Tally, Chunk]:
        """Starts the process anew; gives a tally of the input that ended it, and what is left of the chunk."""
        assert self.chunk is not None
        number, chunk = self._current.value, self.chunk
        self._process.kill()
        self._process.join()
        self.connection.close()
        keep(self._kept, chunk.form, number, drawn(self._seed, chunk.form, number)[1], reason)
        self._start()
        done = number - chunk.start + 1
        return Tally(inputs=done, failures=Counter({reason: 1})), Chunk(chunk.form, number + 1, chunk.stop)

    def stop(self) -> None:
        self.connection.send(None)
        self._process.join()


def chunks(inputs: int) -> Iterator[Chunk]:
    """The formats in turns, so that a run that is cut short has seen all of them."""
    share = -(-inputs // len(FORMS))
    for start in range(0, share, _CHUNK):
        for form in FORMS:
            yield Chunk(form, start, min(start + _CHUNK, share))


def run(inputs: int, seconds: float, processes: int, seed: int, kept: Path) -> dict[str, Tally]:
    """Checks the inputs of all formats; fewer where the time is up."""
    home = Path(tempfile.mkdtemp(prefix="fuzz-readers-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
    tallies = {form: Tally() for form in FORMS}
    left = deque(chunks(inputs))
    workers = [Worker(home / str(number), kept, seed) for number in range(processes)]
    ends = time.monotonic() + seconds

    def stop(*_: object) -> None:
        nonlocal ends
        ends = 0.0

    signal.signal(signal.SIGINT, stop)
    columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    try:
        with Progress(*columns, console=console) as progress:
            task = progress.add_task("files", total=inputs)
            for worker in workers:
                worker.send(left.popleft())
            while busy := [worker for worker in workers if worker.chunk is not None]:
                ready = wait([worker.connection for worker in busy], timeout=1)
                for worker in busy:
                    assert worker.chunk is not None
                    form = worker.chunk.form
                    tally = worker.answer() if worker.connection in ready else None
                    if tally is None:
                        if worker.connection not in ready and not worker.is_stuck:
                            continue
                        reason = "the process ended" if worker.connection in ready else "no end within a minute"
                        tally, rest = worker.restart(reason)
                        left.appendleft(rest)
                    tallies[form].add(tally)
                    failures = sum(each.failures.total() for each in tallies.values())
                    progress.update(task, advance=tally.inputs, description=f"files, {failures} failures")
                    worker.chunk = None
                    if left and time.monotonic() < ends:
                        worker.send(left.popleft())
        for worker in workers:
            worker.stop()
    finally:
        shutil.rmtree(home, ignore_errors=True)
    return tallies


def again(seed: int, form: str, number: int) -> None:
    """Checks one input in this process and shows it."""
    random, file, is_known = drawn(seed, form, number)
    console.print(file, markup=False)
    with tempfile.TemporaryDirectory() as folder:
        outcome = checked(random, file, Path(folder), is_known=is_known)
    console.print(outcome, markup=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=1_000_000, help="how many files, over all formats")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="stop after so long")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--failures", type=Path, default=WORK / "fuzz_readers", help="where failing inputs are kept")
    parser.add_argument("--only", metavar="FORMAT:NUMBER", help="check this input alone and show it")
    asked = parser.parse_args()
    if asked.only:
        form, _, number = asked.only.partition(":")
        again(asked.seed, form, int(number))
        return
    shutil.rmtree(asked.failures, ignore_errors=True)
    tallies = run(asked.inputs, asked.minutes * 60, asked.processes, asked.seed, asked.failures)
    whole = Tally()
    for tally in tallies.values():
        whole.add(tally)
    rows = [
        [form, *(f"{number:,}" for number in (tally.inputs, tally.rows, tally.dead, tally.refusals)),
         f"{tally.seconds:,.0f}", str(tally.failures.total())]
        for form, tally in [*tallies.items(), ("all", whole)]
    ]  # fmt: skip
    show(
        "Random files through the readers",
        ["format", "inputs", "rows", "dead letters", "refusals", "seconds", "failures"],
        rows,
    )
    for failure, count in whole.failures.most_common():
        console.print(f"{count:6,}  {failure}", markup=False)
    record({"inputs": whole.inputs, "failures": whole.failures.total()})
    if whole.failures:
        sys.exit(f"failing inputs are in {asked.failures}")


if __name__ == "__main__":
    main()
