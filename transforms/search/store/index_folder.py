"""The versions of an index.

INDEXES/NAME/
  3/                     a version, whole from the moment that it has its name
    index.json           what it is, what it came from, which files it has (with their sizes)
    base-0/ recent/ held/   segments (`segment`)
    base-0.gone.npy      rows of a segment that are no longer to be found
    base-0.truth.npz     the exact neighbours of the held-out rows in a segment (`truth`)
    words/               the lexical index
    dead.parquet         rows without a direction
    report.json, report.html
  _candidates/<key>/     the last one whose recall was not enough
  _runs/<key>/           unfinished work; _runs/lock is held by whoever builds
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from transforms.common.errors import RequestError
from transforms.storage import files
from transforms.storage.numbered_versions import RUNS, Versions

FORMAT = "vectormill-index-1"
MARKER, REPORT, PAGE, DEAD, WORDS = "index.json", "report.json", "report.html", "dead.parquet", "words"
_OUTCOME = "outcome.json"
INDEXES = Versions(noun="index", marker=MARKER, work="build")


def located(path: str) -> str:
    """The folder of the version that a person names: INDEXES/NAME (its newest) or INDEXES/NAME/3.

    Raises:
      RequestError: no index is there.
    """
    found = INDEXES.located(path)
    if found is None:
        if files.exists(files.join(path, MARKER)):
            return path
        raise RequestError(f"{path} holds no index: make one with `vectormill index TABLE --to {path}`")
    return files.join(found[0], str(found[1]))


def read_about(folder: str) -> dict[str, Any]:
    """What an index says of itself.

    Raises:
      RequestError: it is of another format, or some of its files are missing or cut short.
    """
    try:
        about: dict[str, Any] = json.loads(files.read(files.join(folder, MARKER)))
    except ValueError as error:
        raise RequestError(f"{folder}/{MARKER} is cut short: copy the whole folder again") from error
    if about.get("format") != FORMAT:
        raise RequestError(f"{folder} is an index of format {about.get('format')!r}, only {FORMAT!r} can be read")
    for name, size in about["files"].items():
        path = files.join(folder, name)
        there = os.path.getsize(path) if os.path.exists(path) else None
        if there != size:
            held = "missing" if there is None else f"{there:,} bytes long, not {size:,}"
            raise RequestError(
                f"{folder} is half an index: its {name} is {held}; copy the whole folder, or build it again"
            )
    return about


def write_about(folder: str, about: dict[str, Any]) -> None:
    """Writes `index.json` as the last file of a folder, with the list of all others."""
    held = {}
    for root, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(root, name)
            held[os.path.relpath(path, folder)] = os.path.getsize(path)
    held.pop(MARKER, None)
    told = {"format": FORMAT, **about, "files": dict(sorted(held.items()))}
    files.write(files.join(folder, MARKER), json.dumps(told, indent=1).encode())


@contextmanager
def building(index: str) -> Iterator[None]:
    """Keeps other builders of the same index away; a killed builder keeps nobody away.

    Raises:
      RequestError: another one is at work.
    """
    os.makedirs(files.join(index, RUNS), exist_ok=True)
    with open(files.join(index, RUNS, "lock"), "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise RequestError(
                f"{index} is being built by another process: wait for it, or give another --to"
            ) from error
        yield


def remember_outcome(work: str, told: dict[str, Any]) -> None:
    """Leaves word of how a run ended in its folder of work, for who launched it."""
    files.write(files.join(work, _OUTCOME), json.dumps(told).encode())


def outcome_of(work: str) -> dict[str, Any]:
    """What `remember_outcome` left; empty before that."""
    path = files.join(work, _OUTCOME)
    if not files.exists(path):
        return {}
    told: dict[str, Any] = json.loads(files.read(path))
    return told
