"""Lets one process at a time compute on a GPU, where a runner starts several on one machine.

    with gpu_turn(waiting=lambda: print("another process has the GPU")):
        ...                                                           # this process's model is the one on its GPU

Two processes on one GPU are no faster than one, which keeps it busy by itself, and each would want memory for its own model. So a
process takes a GPU that nobody has, with several GPUs each process another, and waits where there is none; it has it until
its work ends, however that ends: the turn is a lock on a file, which the system lets go with the process.

Processes in containers of their own do not see each other's files: docs/encoders.md says how to start one on a machine.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator

from transforms.encoders import devices

_POLL_SECONDS = 0.2


class _Turns:
    """The turn that this process has; lines of one process share it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.users = 0
        self.file: int | None = None
        self.gpu: str | None = None


_turns = _Turns()


@contextlib.contextmanager
def gpu_turn(*, waiting: Callable[[], None]) -> Iterator[str]:
    """Takes a GPU for the block, and gives its name, as CUDA_VISIBLE_DEVICES has it.

    Args:
      waiting: called once if all GPUs are taken.
    """
    turns = _turns
    with turns.lock:
        if not turns.users:
            turns.gpu, turns.file = _taken(_names() if turns.gpu is None else [turns.gpu], waiting)
        turns.users += 1
        assert turns.gpu is not None, "it was taken"
        gpu = turns.gpu
    try:
        yield gpu
    finally:
        with turns.lock:
            turns.users -= 1
            if not turns.users and turns.file is not None:
                os.close(turns.file)
                turns.file = None


def _names() -> list[str]:
    """The GPUs that this process may take, as it first asks. Later it takes the one that it computes on."""
    given = os.environ.get("CUDA_VISIBLE_DEVICES")
    count = max(devices.gpus_used(), 1)
    return given.split(",")[:count] if given else [str(number) for number in range(count)]


def _taken(names: list[str], waiting: Callable[[], None]) -> tuple[str, int | None]:
    said = False
    while True:
        for position, name in enumerate(names):
            file = _locked(name)
            if file is None:
                continue
            if len(names) > 1 and not devices.compute_on(position):
                # TensorFlow computes on the first one already.
                os.close(file)
                names = names[:1]
                break
            return name, file
        else:
            if not said:
                waiting()
                said = True
            time.sleep(_POLL_SECONDS)


def _locked(name: str) -> int | None:
    """An open file whose lock is this GPU's; None where another process has it."""
    path = os.path.join(tempfile.gettempdir(), f"vectormill-gpu-{name.replace('/', '-')}.lock")
    try:
        file = os.open(path, os.O_RDONLY)  # of another user: to be read is enough
    except FileNotFoundError:
        file = os.open(path, os.O_RDONLY | os.O_CREAT, 0o644)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return None
    return file
