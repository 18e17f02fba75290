"""Reads documents in a process of its own, for `DocumentProcesses`: bytes come through a pipe, blocks go back as JSON.

    python -m transforms.corpus.documents.process MEMORY_BYTES PARENT

The process ends when its standard input does, when nothing came for a while, when its parent is killed, and when a file takes far
longer than it may. It imports neither Arrow nor TensorFlow nor Beam.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import select
import signal
import sys
from dataclasses import asdict
from typing import Any, BinaryIO

from transforms.common.errors import ItemError
from transforms.common.pipes import receive, send
from transforms.corpus.documents.parsing import parse

_IDLE_SECONDS = 30.0
_MAPPED_BYTES = 512 << 20
"""Addresses that a process takes for its programs, beside the memory that it uses."""
_SET_PARENT_DEATH_SIGNAL = 1
_READY = b"ready"


def serve(given: BinaryIO, answers: BinaryIO) -> None:
    """Reads file after file, until there is no more. A file is a request as JSON and its bytes."""
    send(answers, _READY)
    while True:
        ready, _, _ = select.select([given], [], [], _IDLE_SECONDS)
        if not ready:
            return
        try:
            request = json.loads(receive(given))
            data = receive(given)
        except EOFError:
            return
        # Whatever the file does, and whoever has gone meanwhile, the system ends the process then.
        signal.setitimer(signal.ITIMER_REAL, request["seconds"])
        answer = _answer(data, request)
        signal.setitimer(signal.ITIMER_REAL, 0)
        del data
        send(answers, answer)


def _answer(data: bytes, request: dict[str, Any]) -> bytes:
    try:
        document = parse(data, request["kind"], encoding=request["encoding"])
        found = asdict(document)
        found["modified"] = document.modified.isoformat() if document.modified else None
        return json.dumps({"document": found}).encode()
    except ItemError as error:
        return _failed(error.kind, str(error))
    except MemoryError:
        return _failed("TooMuchMemory", "")
    except RecursionError:
        return _failed("Damaged", "it is nested too deep")
    except Exception as error:  # readers of strangers' formats fail in many ways, none of which may cost other files
        return _failed("Damaged", f"it cannot be read: {type(error).__name__}: {error}")


def _failed(kind: str, message: str) -> bytes:
    return json.dumps({"error": kind, "message": " ".join(message.split())[:300]}).encode()


def _end_with_parent(parent: int) -> None:
    """Asks the system, where it is Linux, to end this process with the thread that started it."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


def main() -> None:
    memory, parent = int(sys.argv[1]), int(sys.argv[2])
    _end_with_parent(parent)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (memory + _MAPPED_BYTES, resource.getrlimit(resource.RLIMIT_AS)[1]))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    given, answers = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # What libraries print must not come among the answers.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    with contextlib.suppress(BrokenPipeError, EOFError):
        serve(given, answers)


if __name__ == "__main__":
    main()
