"""Lets one process at a time work on something, and keeps one that lost its turn from publishing.

    FOLDER/00000007.json     the newest number is the lease; its owner rewrites the file every few seconds

A lease is taken by creating the next number, which one of several processes can where `files.create` is exclusive. Whoever
finds a higher number than his own has lost his turn, however long he slept: `require_leases` is asked right before anything is
published.

An owner is dead if its process on this machine is gone, or if its file has not changed while another process watched: the
clocks of two machines are compared to find out whether watching is worth it, never to decide.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import partial

from transforms.common.background import beside
from transforms.common.errors import RunError
from transforms.storage import files

BEAT_SECONDS = 3.0
"""Between two signs of life."""
LOST_SECONDS = 30.0
"""After so long without one an owner is looked at."""
WATCH_SECONDS = 10.0
"""How long it is looked at."""

_FORMAT = "vectormill-lease-1"
_CURRENT: list[Lease] = []
"""The leases of this process."""


@dataclass(frozen=True, kw_only=True)
class _Holder:
    """Content of a lease's file: who has it, how often it was renewed, and when by the owner's clock (seconds since 1970)."""

    host: str
    pid: int
    born: str
    beat: int
    at: float
    released: bool = False

    def encoded(self) -> bytes:
        return json.dumps({"format": _FORMAT, **asdict(self)}).encode()

    @staticmethod
    def decoded(content: bytes) -> _Holder | None:
        try:
            found = json.loads(content)
            found.pop("format")
            return _Holder(**found)
        except (ValueError, KeyError, TypeError, AttributeError):
            return None


@dataclass(frozen=True, kw_only=True)
class Lease:
    """A turn at what the folder stands for."""

    folder: str
    number: int

    def require_current(self) -> None:
        """Refuses to go on if another process has taken its turn.

        Raises:
          RunError: one has.
        """
        newest = _newest(self.folder)
        if newest != self.number:
            raise RunError(
                "another run has taken over while this one gave no sign of life: nothing of it is published; what is finished"
                " is kept for the next run"
            )

    @property
    def path(self) -> str:
        return _path(self.folder, self.number)


def require_leases() -> None:
    """Asks for every lease of this process whether it is still current.

    Raises:
      RunError: one is not.
    """
    for lease in _CURRENT:
        lease.require_current()


@contextlib.contextmanager
def leased(folder: str, *, what: str) -> Iterator[Lease]:
    """Takes the lease for the time of the block, and renews it in a thread.

    Args:
      folder: of the lease alone, local or remote; it is made.
      what: what it is for, in words.

    Raises:
      RunError: another process has it, and is alive.
    """
    lease = _taken(folder, what)
    _CURRENT.append(lease)
    try:
        with beside(partial(_renew, lease), name="lease", patience=BEAT_SECONDS):
            yield lease
    finally:
        _CURRENT.remove(lease)
        with contextlib.suppress(OSError):
            if _newest(folder) == lease.number:
                files.write(lease.path, _own(0, released=True).encoded())


def _taken(folder: str, what: str) -> Lease:
    newest = _newest(folder)
    if newest is not None and (owner := _owner(folder, newest)) is not None:
        raise RunError(
            f"{what} is being worked on by {owner}: let it finish, or stop it; then run the same command again"
        )
    lease = Lease(folder=folder, number=(newest or 0) + 1)
    try:
        files.create(lease.path, _own(0).encoded())
    except FileExistsError as error:
        raise RunError(f"{what} has just been taken up by another run: let it finish") from error
    files.delete([_path(folder, number) for number in _numbers(folder) if number < lease.number])
    return lease


def _owner(folder: str, number: int) -> str | None:
    """Words for the process that has the lease and is alive; None where there is none any more."""
    path = _path(folder, number)
    try:
        before = files.read(path)
    except OSError:
        return None
    holder = _Holder.decoded(before)
    if holder is None or holder.released:
        return None
    if holder.host == socket.gethostname() and _born(holder.pid) != holder.born:
        return None
    name = f"process {holder.pid} of {holder.host}"
    if abs(time.time() - holder.at) < LOST_SECONDS:
        return name
    deadline = time.monotonic() + WATCH_SECONDS
    while time.monotonic() < deadline:
        time.sleep(min(BEAT_SECONDS, WATCH_SECONDS) / 4)
        try:
            if files.read(path) != before:
                return name
        except OSError:
            return None  # whoever deleted it has taken the next number
    return None


def _renew(lease: Lease, stop: threading.Event) -> None:
    beat = 0
    while not stop.wait(BEAT_SECONDS):
        beat += 1
        with contextlib.suppress(OSError):
            if _newest(lease.folder) != lease.number:
                return
            files.write(lease.path, _own(beat).encoded())


def _own(beat: int, *, released: bool = False) -> _Holder:
    pid = os.getpid()
    return _Holder(host=socket.gethostname(), pid=pid, born=_born(pid), beat=beat, at=time.time(), released=released)


def _born(pid: int) -> str:
    """When a process of this machine began, as the kernel counts it; "" where there is none, or nobody can tell."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as stream:
            return stream.read().rpartition(b")")[2].split()[19].decode()
    except (OSError, IndexError):
        return "" if os.path.isdir("/proc/self") else "unknown"


def _numbers(folder: str) -> list[int]:
    names = [name.removesuffix(".json") for name in files.names(folder) if name.endswith(".json")]
    return sorted(int(name) for name in names if name.isdigit())


def _newest(folder: str) -> int | None:
    numbers = _numbers(folder)
    return numbers[-1] if numbers else None


def _path(folder: str, number: int) -> str:
    return files.join(folder, f"{number:08d}.json")
