"""Reads documents in a few processes that have a limit of time and of memory, so that no file costs more than itself.

    processes = DocumentProcesses.shared(Limits())
    for outcome in processes.read(requests): ...          # a Document, or the ItemError of a file that cannot be read

A file that takes too long, swells or ends its process is an `ItemError` of kind TimedOut, TooMuchMemory or Crashed; its process
is started anew for the next file. Processes are started when they are needed, serve all threads of this process, end when they
have been idle for half a minute, and with this process, also when it is killed.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

from transforms.common.errors import ItemError, RunError
from transforms.common.pipes import receive, send
from transforms.corpus.documents.document import Block, Document
from transforms.corpus.documents.suffixes import DocumentKind
from transforms.encoders import devices

_MOST_PROCESSES = 8
_MOST_FILES = 1000
"""A process is replaced after so many, whatever its libraries have kept."""
_WAITING_BYTES = 128 << 20
_LOOK_SECONDS = 0.02
_START_SECONDS = 60.0
_OF_WALL = 3
"""A file may take so many times its limit while other work has the processors."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one file may take.

    Attributes:
      seconds: of a processor, for a small file; a second is added for each megabyte.
      memory: bytes of a process that reads it.
      size: bytes of a file, unpacked where it is packed.
    """

    seconds: float = 30.0
    memory: int = 1 << 30
    size: int = 256 << 20

    def seconds_for(self, size: int) -> float:
        """Of a file of so many bytes."""
        return self.seconds + size / (1 << 20)


@dataclass(frozen=True, kw_only=True)
class Request:
    """A file to read: its bytes, what its name says it is, and the encoding that a person said."""

    data: bytes
    kind: DocumentKind
    encoding: str | None = None


Outcome = Document | ItemError


class DocumentProcesses:
    """Processes that read documents. Thread-safe."""

    def __init__(self, limits: Limits, *, most: int | None = None) -> None:
        self._limits = limits
        self._most = most or min(devices.cores(), _MOST_PROCESSES)
        self._idle: list[_Process] = []
        self._lock = threading.Lock()
        self._threads = ThreadPoolExecutor(self._most, thread_name_prefix="document-processes")

    @staticmethod
    def shared(limits: Limits) -> DocumentProcesses:
        """Those that all threads of this process share."""
        return _shared(limits, os.getpid())

    def read(self, requests: Iterator[Request | ItemError]) -> Iterator[Outcome]:
        """What came of each request, in their order; of a failure that is given, itself. A few are read ahead."""
        waiting: deque[tuple[Future[Outcome] | ItemError, int]] = deque()
        size = 0
        stop = threading.Event()
        try:
            for request in requests:
                if isinstance(request, ItemError):
                    waiting.append((request, 0))
                else:
                    waiting.append((self._threads.submit(self.read_one, request, stop), len(request.data)))
                    size += len(request.data)
                del request
                while waiting and (len(waiting) > 2 * self._most or size > _WAITING_BYTES):
                    outcome, taken = waiting.popleft()
                    size -= taken
                    yield outcome if isinstance(outcome, ItemError) else outcome.result()
            while waiting:
                outcome, _ = waiting.popleft()
                yield outcome if isinstance(outcome, ItemError) else outcome.result()
        finally:
            # Who is not waited for must not keep this process from ending.
            stop.set()
            for outcome, _ in waiting:
                if isinstance(outcome, Future):
                    outcome.cancel()

    def read_one(self, request: Request, stop: threading.Event | None = None) -> Outcome:
        """What came of one request; of one that is stopped, a failure."""
        while True:
            with self._lock:
                process = self._idle.pop() if self._idle else None
            process = process or _Process(self._limits)
            was_used = process.files > 0
            outcome = process.read(request, stop)
            if process.is_alive and process.files < _MOST_FILES:
                with self._lock:
                    self._idle.append(process)
            else:
                process.end()
            # One that had been idle may have ended by itself at that very moment.
            if isinstance(outcome, ItemError) and outcome.kind == "Crashed" and was_used:
                continue
            return outcome

    def close(self) -> None:
        """Ends the processes that are idle."""
        with self._lock:
            while self._idle:
                self._idle.pop().end()

    @property
    def ids(self) -> list[int]:
        """The numbers of the idle processes in the system."""
        with self._lock:
            return [process.id for process in self._idle]


@lru_cache(maxsize=4)
def _shared(limits: Limits, process: int) -> DocumentProcesses:
    return DocumentProcesses(limits)


@lru_cache(maxsize=1)
def _starter(process: int) -> ThreadPoolExecutor:
    """The thread that starts all processes: the system ends them with it."""
    return ThreadPoolExecutor(1, thread_name_prefix="document-starter")


class _Process:
    """One process. `is_alive`: it can be given another file."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.files = 0
        self.is_alive = True
        self._largest = 0
        self._process = _starter(os.getpid()).submit(_start, limits.memory).result()
        assert self._process.stdin is not None and self._process.stdout is not None, "both are pipes"
        self._given: BinaryIO = self._process.stdin  # type: ignore[assignment]
        self._answers: BinaryIO = self._process.stdout  # type: ignore[assignment]
        self._wait(_START_SECONDS, _START_SECONDS)
        try:
            receive(self._answers)
        except EOFError as error:
            code = self.end()
            raise RunError(f"the process that reads documents does not start ({_ending(code)})") from error

    @property
    def id(self) -> int:
        """Its number in the system."""
        return self._process.pid

    def read(self, request: Request, stop: threading.Event | None = None) -> Outcome:
        """What came of a file; the process may have ended then."""
        self.files += 1
        self._largest = 0
        allowed = self._limits.seconds_for(len(request.data))
        wall = _OF_WALL * allowed
        about = {"kind": request.kind, "encoding": request.encoding, "seconds": wall + 5}
        try:
            send(self._given, json.dumps(about).encode(), request.data)
            failure = self._wait(allowed, wall, stop)
            if failure is not None:
                self.is_alive = False
                return failure
            answer = json.loads(receive(self._answers))
        except (EOFError, OSError, ValueError):
            self.is_alive = False
            code = self.end()
            if self._largest > 0.8 * self._limits.memory:
                return self._too_much()
            return ItemError("Crashed", f"its reader ended ({_ending(code)}) on {len(request.data):,} bytes")
        if "error" in answer:
            if answer["error"] == "TooMuchMemory":
                self.is_alive = False  # what it still holds is not known
                return self._too_much()
            return ItemError(answer["error"], answer["message"])
        return _document(answer["document"])

    def _wait(self, allowed: float, wall: float, stop: threading.Event | None = None) -> ItemError | None:
        """Waits for an answer, or for the end of the process; the failure where a limit is passed before."""
        start, before = time.monotonic(), _usage(self.id)[0]
        pause = _LOOK_SECONDS
        while True:
            ready, _, _ = select.select([self._answers], [], [], pause)
            if ready:
                return None
            if stop is not None and stop.is_set():
                return ItemError("Stopped", "nobody waits for it any more")
            seconds, memory = _usage(self.id)
            self._largest = max(self._largest, memory)
            if memory > self._limits.memory:
                return self._too_much()
            passed = time.monotonic() - start
            if (seconds - before if before is not None and seconds is not None else passed) > allowed or passed > wall:
                return ItemError("TimedOut", f"reading it took longer than {allowed:,.0f} s")
            pause = min(pause * 1.5, 0.1)

    def _too_much(self) -> ItemError:
        return ItemError("TooMuchMemory", f"reading it takes more than {self._limits.memory >> 20:,} MB of memory")

    def end(self) -> int:
        """Ends it, whatever it is at, and gives its exit code."""
        for stream in (self._given, self._answers):
            with contextlib.suppress(OSError):
                stream.close()
        try:
            return self._process.wait(timeout=0.2 if self.is_alive else 0.05)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()


def _start(memory: int) -> subprocess.Popen[bytes]:
    root = str(Path(__file__).parents[3])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    return subprocess.Popen(
        [sys.executable, "-m", "transforms.corpus.documents.process", str(memory), str(os.getpid())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is for this process, whose end is theirs
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
    )


def _usage(process: int) -> tuple[float | None, int]:
    """Seconds of a processor that a process has used, and bytes of memory that it uses; where the system says so."""
    try:
        # After the name, which may hold blanks, come the fields from the third on.
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"), int(fields[21]) * os.sysconf(
            "SC_PAGE_SIZE"
        )
    except (OSError, IndexError, ValueError):
        return None, 0


def _document(values: dict[str, Any]) -> Document:
    return Document(
        title=values["title"],
        blocks=tuple(
            Block(text=block["text"], headings=tuple(block["headings"]), page=block["page"])
            for block in values["blocks"]
        ),
        modified=datetime.fromisoformat(values["modified"]) if values["modified"] else None,
        key=values["key"],
    )


def _ending(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
