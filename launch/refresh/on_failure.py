"""Calls the command or the webhook that a job file names for runs that fail or hold something back."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from contextlib import suppress
from typing import Any

from pydantic import Field, model_validator

from launch.refresh.post import post, require_address
from launch.refresh.record import RunRecord
from launch.refresh.report.words import headline
from launch.yaml_file import Description
from transforms.common.errors import RequestError, one_line
from transforms.storage import files, local_disk


class OnFailure(Description):
    """What is done when a refresh ends with another exit code than 0. One of the two is given."""

    command: str | None = Field(
        None, description="A command for /bin/sh; what happened is on its standard input as JSON."
    )
    webhook: str | None = Field(None, description="An address that what happened is sent to as JSON, by POST.")
    seconds: float = Field(10.0, gt=0, le=600, description="How long it may take; then it is left, or stopped.")

    @model_validator(mode="after")
    def _one(self) -> OnFailure:
        if (self.command is None) == (self.webhook is None):
            raise ValueError("give a command or a webhook, one of the two")
        if self.webhook is not None:
            try:
                require_address(self.webhook)
            except RequestError as error:
                raise ValueError(str(error)) from error
        return self


def call(on_failure: OnFailure, record: RunRecord) -> str:
    """Calls it, and gives one line where that fails; "" where it does not. It takes no longer than its `seconds`."""
    if on_failure.webhook is not None:
        problem = post(on_failure.webhook, _message(record), seconds=on_failure.seconds)
        return f"on_failure: {on_failure.webhook}: {problem}" if problem else ""
    problem = _run(str(on_failure.command), record, on_failure.seconds)
    return f"on_failure: the command {problem}" if problem else ""


def _message(record: RunRecord) -> dict[str, Any]:
    """What is sent: `text` is a line for people, which chats show."""
    line = headline(record)
    bad = record.of("failed", "held back")
    return {
        "text": f"vectormill refresh of {record.job}: {line.strong.lower()}: {line.rest}",
        "job": record.job,
        "run": record.id,
        "slot": record.slot,
        "exit_code": record.exit_code,
        "report": record.report,
        "steps": [{"step": step.step, "action": step.action, "message": step.message} for step in bad],
    }


def _run(command: str, record: RunRecord, seconds: float) -> str:
    environment = {"VECTORMILL_RUN": record.id, "VECTORMILL_REPORT": record.report}
    at = files.parent(record.job)
    with local_disk.scratch() as folder:
        given, said = files.join(folder, "given"), files.join(folder, "said")
        files.write(given, json.dumps(_message(record)).encode())
        # No pipes: a process that the command leaves behind may keep them open for ever.
        try:
            with files.open_read(given) as stdin, files.open_write(said) as stderr:
                process = subprocess.Popen(
                    ["/bin/sh", "-c", command],
                    stdin=stdin,
                    stdout=subprocess.DEVNULL,
                    stderr=stderr,
                    env={**os.environ, **environment, "VECTORMILL_EXIT_CODE": str(record.exit_code)},
                    cwd=at if files.is_local(at) else None,
                    start_new_session=True,
                )
        except OSError as error:
            return f"cannot be run: {one_line(error)}"
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            with suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return f"was stopped: it has not ended within {seconds:g} s"
        if code == 0:
            return ""
        with files.open_read(said) as stream:
            lines = stream.read(10_000).decode(errors="replace").split("\n")
        last = next((line.strip() for line in reversed(lines) if line.strip()), "")
        return f"ended with {code}{f': {last[:200]}' if last else ''}"
