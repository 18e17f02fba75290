"""Keeps which slot of a schedule was finished last, so that one slot is worked on once.

A slot is a time that a scheduler gives a run: `--as-of`. It is finished when a run for it ends with exit code 0. A slot that is
finished is not run again, nor is one before it: a run works on the corpus as it is, so the later one has done its work, too.

    RUNS/slot.json     the newest finished slot, and the run that finished it
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

from transforms.common.errors import RequestError
from transforms.storage import files

_FORMAT = "vectormill-slot-1"
_AHEAD = timedelta(days=1)


def slot_of(given: str) -> str:
    """A time as a slot is written, in UTC to the second: `2026-11-29T03:00:00Z`; one without a zone is UTC.

    Raises:
      RequestError: it is no time, or more than a day ahead: all slots before it would count as finished.
    """
    try:
        time = datetime.fromisoformat(given.strip().replace("Z", "+00:00"))
    except ValueError as error:
        raise RequestError(f"--as-of {given}: write a time as 2026-11-29 or 2026-11-29T03:00:00+01:00") from error
    time = time.replace(tzinfo=time.tzinfo or timezone.utc).astimezone(timezone.utc)
    if time > datetime.now(timezone.utc) + _AHEAD:
        raise RequestError(f"--as-of {given}: this is still to come: give the time that the run is for")
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def finished_by(runs: str, slot: str) -> str | None:
    """The id of the run that finished this slot or a later one; None where none did."""
    try:
        found = json.loads(files.read(files.join(runs, "slot.json")))
        return str(found["run"]) if found["format"] == _FORMAT and found["slot"] >= slot else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def finish(runs: str, slot: str, run: str) -> None:
    """Keeps that a run finished a slot."""
    files.write(files.join(runs, "slot.json"), json.dumps({"format": _FORMAT, "slot": slot, "run": run}).encode())
