"""Records a job that a runner elsewhere works on, beside what it writes: a later command finds it and how it ended."""

from __future__ import annotations

import json
import os
import time
import uuid
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields
from hashlib import blake2b
from typing import Any

from transforms.common.errors import RunError, VectormillError, failure_of
from transforms.storage import files

FOLDER = ".vectormill-job"
"""In the folder that a job writes to; other programs pass over names that start with a dot."""
_FORMAT = "vectormill-job-1"
_RECORD = "submitted.json"


def target_of(job: Any) -> str:
    """The folder that a job writes to."""
    given: str = next(getattr(job, name) for name in ("out", "to", "table") if hasattr(job, name))
    return given.rstrip("/") or "/"


def request_of(job: Any) -> str:
    """A hash of what is asked for: equal for the same command given again."""
    asked = {
        part.name: getattr(value, "fingerprint", None) or repr(value)
        for part in fields(job)
        if part.name not in ("run", "command", "slots") and (value := getattr(job, part.name)) is not None
    }
    text = json.dumps([type(job).__name__, asked], sort_keys=True)
    return blake2b(text.encode(), digest_size=8).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Submission:
    """One job at a runner's service.

    Attributes:
      target: the folder that the job writes to.
      request: `request_of` the job.
      name: what the job is called at the runner.
      run: the name of an embed run; "" for other jobs.
      job_id: the runner's own name for it; "" before it has one.
      service: where the runner was asked: an address, or the runner's name.
      key: tells this submission from others of the same request.
      submitted: seconds since 1970.
    """

    target: str
    request: str
    name: str
    run: str
    service: str
    job_id: str = ""
    key: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    submitted: float = field(default_factory=time.time)

    @staticmethod
    def of(job: Any, *, name: str, service: str) -> Submission:
        return Submission(
            target=target_of(job), request=request_of(job), name=name, run=getattr(job, "run", ""), service=service
        )

    @staticmethod
    def at(target: str) -> Submission | None:
        """The job that was submitted to write to `target`, and whose end nobody has seen; None where there is none."""
        try:
            stored = json.loads(files.read(files.join(target, FOLDER, _RECORD)))
        except (OSError, ValueError):
            return None
        if stored.pop("format", None) != _FORMAT:
            return None
        return Submission(**{**stored, "target": target})

    @property
    def failure_path(self) -> str:
        """Where a step leaves its failure: known before there is a plan, or anything else of the run."""
        return files.join(self.target, FOLDER, f"failure-{self.key}.json")

    @property
    def time(self) -> str:
        """When it was submitted: 2026-05-01 21:14 UTC."""
        return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(self.submitted))

    @property
    def known_as(self) -> str:
        """The runner's own name for the job, as the end of a phrase: " as job-7"; "" before it has one."""
        return f" as {self.job_id}" if self.job_id else ""

    def save(self) -> None:
        """Writes the record, in place of one of an earlier job."""
        stored = {"format": _FORMAT, **asdict(self)}
        del stored["target"]
        files.write(files.join(self.target, FOLDER, _RECORD), json.dumps(stored, indent=1).encode())

    def failure(self) -> VectormillError | None:
        """The failure that a step left; None where none did."""
        try:
            stored = json.loads(files.read(self.failure_path))
        except (OSError, ValueError, RunError):
            return None
        return failure_of(stored["exit_code"], stored["message"])

    def forget(self) -> None:
        """Deletes the record and the failure; a folder that holds nothing else was made by them, and goes too."""
        folder = files.join(self.target, FOLDER)
        with suppress(OSError, RunError):
            files.delete([files.join(folder, _RECORD), self.failure_path])
            if files.is_local(folder):
                os.rmdir(folder)
                os.rmdir(self.target)


def leave_failure(path: str, error: VectormillError) -> None:
    """Writes a step's failure for the launcher; where that fails, the runner's own text has to do."""
    with suppress(Exception):
        files.write(path, json.dumps({"message": str(error), "exit_code": error.exit_code}).encode())
