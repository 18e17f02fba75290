"""Prepares a job for a runner whose workers are other processes, perhaps on other machines."""

from __future__ import annotations

import re
import socket
from dataclasses import fields, replace
from typing import Any

from transforms.common.errors import RequestError, RunError
from transforms.storage import files

_PATHS = ("inputs", "table", "to", "out", "index", "model", "labels_file")
"""The fields of jobs that are paths."""
_WITHOUT_OUR_DISK = ("dataflow", "dataflowrunner")
_ANSWER_SECONDS = 5.0


def located(job: Any, runner: str) -> Any:
    """The job with local paths from the root on: workers stand in another folder.

    Raises:
      RequestError: the runner's workers never have this machine's disk, and a path is on it.
    """
    changed: dict[str, Any] = {}
    for field in fields(job):
        given = getattr(job, field.name)
        if field.name not in _PATHS or given is None:
            continue
        paths = (given,) if isinstance(given, str) else given
        local = next((path for path in paths if files.is_local(path)), None)
        if local is not None and runner.lower() in _WITHOUT_OUR_DISK:
            raise RequestError(
                f"{local}: {runner} works on machines that do not have this disk: give a place of an object store, gs://BUCKET/..."
            )
        absolute = tuple(files.absolute(path) for path in paths)
        changed[field.name] = absolute[0] if isinstance(given, str) else absolute
    return replace(job, **changed)


def name(options: Any, job: Any) -> None:
    """Gives the job a name that says what it does, unless `--job_name` gives one: vectormill-embed-reviews-table."""
    from apache_beam.options.pipeline_options import GoogleCloudOptions

    cloud = options.view_as(GoogleCloudOptions)
    if cloud.job_name:
        return
    place = next(getattr(job, field) for field in ("out", "to", "table") if hasattr(job, field))
    kind = type(job).__name__.removesuffix("Job")
    words = re.sub("[^a-z0-9]+", "-", f"vectormill-{kind}-{files.basename(place.rstrip('/'))}".lower()).strip("-")
    cloud.job_name = words[:60].rstrip("-")


def require_service(options: Any) -> None:
    """Asks whether something answers where the job is to be submitted: Beam itself would wait for minutes.

    Raises:
      RunError: nothing does.
    """
    from apache_beam.options.pipeline_options import FlinkRunnerOptions, PortableOptions

    endpoint = options.view_as(PortableOptions).job_endpoint
    flink = options.view_as(FlinkRunnerOptions).flink_master
    for option, address in (("--job_endpoint", endpoint), ("--flink_master", flink)):
        host, _, port = (address or "").rpartition("://")[2].partition("/")[0].rpartition(":")
        if not host or not port.isdigit():
            continue
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=_ANSWER_SECONDS).close()
        except OSError as error:
            raise RunError(
                f"nothing answers at {address} ({error.strerror or error}): start the service, or mend"
                f" --beam {option}=HOST:PORT"
            ) from error
