"""Reads and writes the folder of an index: its numbered versions, their metadata, the lock and the work of builds.

INDEXES/NAME/
  3/                     a version, whole from the moment that it has its name
    index.json           metadata: options, origin, segments, recall, the files of the version with their sizes
    base-0/ recent/ held/   segments (`segment`); held/ has the holdout rows
    base-0.gone.npy      rows of a segment that were deleted since it was built
    base-0.truth.npz     the exact neighbours of the holdout rows in a segment (`ground_truth`)
    words/               the lexical index
    dead.parquet         dead letters: rows whose vectors are zero or not finite
    report.json, report.html
  _candidates/<key>/     the last version whose recall was not enough
  _runs/<key>/           unfinished work; _runs/lock is held by the process that builds
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from transforms.common.errors import RequestError
from transforms.storage import files, local_disk
from transforms.storage.formats import require_format
from transforms.storage.numbered_versions import RUNS, Versions

FORMAT = "vectormill-index-1"
MARKER, REPORT, PAGE, DEAD, LEXICAL = "index.json", "report.json", "report.html", "dead.parquet", "words"
_OUTCOME = "outcome.json"
_REQUIRED = ("plan", "segments", "effort", "dim", "modality", "encoder", "table", "asked", "files")
"""Fields of `index.json` that an index cannot be searched or updated without."""
INDEXES = Versions(noun="index", marker=MARKER, work="build")


def located(path: str) -> str:
    """The folder of the version that `path` names: INDEXES/NAME (its newest) or INDEXES/NAME/3.

    Raises:
      RequestError: there is no index.
    """
    found = INDEXES.located(path)
    if found is None:
        if files.exists(files.join(path, MARKER)):
            return path
        raise RequestError(f"{path} holds no index: make one with `vectormill index TABLE --to {path}`")
    return files.join(found[0], str(found[1]))


def read_metadata(folder: str) -> dict[str, Any]:
    """Reads `index.json` of a version, and checks that all the files that it lists are there.

    Fields that this release does not know are left in it.

    Raises:
      RequestError: a newer release wrote it, it is damaged, or some of its files are missing or cut short.
    """
    try:
        metadata: dict[str, Any] = json.loads(files.read(files.join(folder, MARKER)))
    except ValueError as error:
        raise RequestError(f"{folder}/{MARKER} is cut short: copy the whole folder again") from error
    require_format(metadata.get("format"), FORMAT, where=folder, noun="index")
    missing = [name for name in _REQUIRED if name not in metadata]
    if missing:
        raise RequestError(f"{folder}/{MARKER} is damaged (it lacks {missing[0]!r}): restore it from a copy")
    for name, size in metadata["files"].items():
        path = files.join(folder, name)
        found = files.entry(path)
        actual = None if found is None else found.size
        if actual != size:
            state = "missing" if actual is None else f"{actual:,} bytes long, not {size:,}"
            raise RequestError(
                f"{folder} is half an index: its {name} is {state}; copy the whole folder, or build it again"
            )
    return metadata


def write_metadata(folder: str, metadata: dict[str, Any]) -> None:
    """Writes `index.json` as the last file of a folder, with the list of all others and their sizes."""
    start = folder.rstrip("/") + "/"
    sizes = {entry.path.removeprefix(start): entry.size for entry in files.below(folder)}
    sizes.pop(MARKER, None)
    whole = {"format": FORMAT, **metadata, "files": dict(sorted(sizes.items()))}
    files.write(files.join(folder, MARKER), json.dumps(whole, indent=1).encode())


@contextmanager
def building(index: str) -> Iterator[None]:
    """Locks an index on a disk against other builders; the lock of a killed builder is free. A store has no locks.

    Raises:
      RequestError: another process is building it.
    """
    if not files.is_local(index):
        yield
        return
    try:
        lock = local_disk.lock(files.join(index, RUNS, "lock"), shared=False, wait=False)
    except OSError as error:
        raise RequestError(f"{index} is being built by another process: wait for it, or give another --to") from error
    with lock:
        yield


def write_outcome(work: str, outcome: dict[str, Any]) -> None:
    """Writes how a run ended into its folder of work, for the launcher."""
    files.write(files.join(work, _OUTCOME), json.dumps(outcome).encode())


def read_outcome(work: str) -> dict[str, Any]:
    """Reads what `write_outcome` wrote; empty before that."""
    path = files.join(work, _OUTCOME)
    if not files.exists(path):
        return {}
    outcome: dict[str, Any] = json.loads(files.read(path))
    return outcome
