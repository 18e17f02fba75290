"""Prepares a job for a runner whose workers are other processes, perhaps on other machines."""

from __future__ import annotations

import re
import tempfile
from dataclasses import fields, replace
from typing import Any

from launch.profiles import DATAFLOW, Profile
from pipelines.submission import target_of
from transforms.common.errors import RequestError, RunError, one_line
from transforms.storage import files

_PATHS = ("inputs", "table", "to", "out", "index", "model", "labels_files")
"""The fields of jobs that are paths."""
_ANSWER_SECONDS = 2.0
_HERE = ("localhost", "127.0.0.1", "::1", "")


def located(job: Any, profile: Profile, options: Any) -> Any:
    """The job with local paths from the root on: workers stand in another folder.

    Raises:
      RequestError: the runner's workers do not have this machine's disk, and a path is on it.
    """
    changed: dict[str, Any] = {}
    for field in fields(job):
        given = getattr(job, field.name)
        if field.name not in _PATHS or given is None:
            continue
        paths = (given,) if isinstance(given, str) else given
        for path in paths:
            if path.startswith("mem://"):
                raise RequestError(
                    f"{path} is this process's memory, and {profile.runner} works in others: give another place"
                )
            if files.is_local(path.removeprefix("file://")):
                require_shared(path, profile, options)
        paths = tuple(files.absolute(path) for path in paths)
        changed[field.name] = paths[0] if isinstance(given, str) else paths
    return replace(job, **changed)


def require_shared(path: str, profile: Profile, options: Any) -> None:
    """Refuses a local path that the runner's workers do not have, as far as that can be known.

    Raises:
      RequestError: it is such a path.
    """
    shared = profile.shared_folder
    if shared is not None:
        root = files.absolute(shared).rstrip("/")
        if f"{files.absolute(path)}/".startswith(f"{root}/"):
            return
        raise RequestError(f"{path} is not in the shared folder {root}, so that workers do not have it: move it there")
    if has_this_disk(profile, options):
        return
    way = (
        "give a place of an object store, gs://BUCKET/..."
        if profile.runner == DATAFLOW
        else "give a place of an object store, or --shared-folder FOLDER if every worker has it at the same path"
    )
    raise RequestError(f"{path}: {profile.runner} works on machines that do not have this disk: {way}")


def has_this_disk(profile: Profile, options: Any) -> bool:
    """Whether all services that a job needs are on this machine, as far as their addresses say, and so are its workers."""
    from apache_beam.options.pipeline_options import FlinkRunnerOptions, PortableOptions

    if profile.runner == DATAFLOW:
        return False
    portable = options.view_as(PortableOptions)
    if portable.environment_type == "LOOPBACK":
        return True
    addresses = [portable.job_endpoint, options.view_as(FlinkRunnerOptions).flink_master]
    if portable.environment_type == "EXTERNAL":
        addresses.append(portable.environment_config)
    return all(host_and_port(address)[0] in _HERE for address in addresses if address)


def shared_folder(profile: Profile, options: Any) -> str | None:
    """A folder that this machine and all workers have at the same path, as far as is known; None: none is."""
    if profile.shared_folder is not None:
        return files.absolute(profile.shared_folder)
    return tempfile.gettempdir() if has_this_disk(profile, options) else None


def name(options: Any, job: Any) -> None:
    """Gives the job a name that says what it does, unless `--job_name` gives one: vectormill-embed-reviews-table."""
    from apache_beam.options.pipeline_options import GoogleCloudOptions

    cloud = options.view_as(GoogleCloudOptions)
    if cloud.job_name:
        return
    kind = type(job).__name__.removesuffix("Job")
    words = re.sub("[^a-z0-9]+", "-", f"vectormill-{kind}-{files.basename(target_of(job))}".lower()).strip("-")
    cloud.job_name = words[:60].rstrip("-")


def service_of(profile: Profile, options: Any) -> str:
    """Where the runner is asked, in words: an address, or the runner's name."""
    from apache_beam.options.pipeline_options import FlinkRunnerOptions, PortableOptions

    endpoint = options.view_as(PortableOptions).job_endpoint
    flink = options.view_as(FlinkRunnerOptions).flink_master
    return str(endpoint or (flink if profile.runner == "flink" and host_and_port(flink)[1] else profile.runner))


def require_service(options: Any) -> None:
    """Asks whether something answers where the job is to be submitted, for two seconds: Beam itself would wait for minutes.

    Raises:
      RunError: nothing does, or something that is no job service.
    """
    from apache_beam.options.pipeline_options import FlinkRunnerOptions, PortableOptions

    portable = options.view_as(PortableOptions)
    endpoint, flink = portable.job_endpoint, options.view_as(FlinkRunnerOptions).flink_master
    pool = portable.environment_config if portable.environment_type == "EXTERNAL" else None
    for option, address in (("--job_endpoint", endpoint), ("--flink_master", flink), ("--environment_config", pool)):
        host, port = host_and_port(address or "")
        # A pool elsewhere is what the runner's machines reach, not this one. Where there is none, Prism dies.
        if port and (address != pool or (host in _HERE and host_and_port(endpoint or "")[0] in _HERE)):
            _require_open(option, str(address), host, port)
    if host_and_port(endpoint or "")[1]:
        _require_job_service(endpoint)


def host_and_port(address: str) -> tuple[str, int]:
    """Splits an address: ("localhost", 8099); the port is 0 where there is none."""
    host, _, port = address.rpartition("://")[2].partition("/")[0].rpartition(":")
    return (host.strip("[]"), int(port)) if port.isdigit() else ("", 0)


def _require_open(option: str, address: str, host: str, port: int) -> None:
    import socket

    try:
        socket.create_connection((host, port), timeout=_ANSWER_SECONDS).close()
    except OSError as error:
        raise RunError(
            f"nothing answers at {address} ({error.strerror or error}): start the service, or mend"
            f" --beam {option}=HOST:PORT"
        ) from error


def _require_job_service(address: str) -> None:
    import grpc

    with grpc.insecure_channel(address) as channel:
        try:
            grpc.channel_ready_future(channel).result(timeout=_ANSWER_SECONDS)
        except grpc.FutureTimeoutError as error:
            raise RunError(
                f"{address} answers, but not as Beam's job service does: mend --beam --job_endpoint=HOST:PORT (the port of"
                " its pages is another one)"
            ) from error


def find(options: Any, job_id: str) -> Any:
    """The result of a job that was submitted earlier; None where the service does not know it, or cannot be asked.

    Raises:
      RunError: the service does not answer.
    """
    from apache_beam.options.pipeline_options import PortableOptions

    endpoint = options.view_as(PortableOptions).job_endpoint
    if not endpoint:
        return None
    import grpc
    from apache_beam.portability.api import beam_job_api_pb2, beam_job_api_pb2_grpc
    from apache_beam.runners.portability.portable_runner import PipelineResult

    service = beam_job_api_pb2_grpc.JobServiceStub(grpc.insecure_channel(endpoint))
    asked = beam_job_api_pb2.GetJobStateRequest(job_id=job_id)
    try:
        service.GetState(asked, timeout=_ANSWER_SECONDS)
    except grpc.RpcError as error:
        if error.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED):
            raise RunError(f"{endpoint} does not answer ({one_line(error)}): start the service") from error
        return None
    messages = service.GetMessageStream(beam_job_api_pb2.JobMessagesRequest(job_id=job_id))
    return PipelineResult(service, job_id, messages, service.GetStateStream(asked))
