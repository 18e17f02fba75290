"""Checks whether a runner, its workers and the folders of a job are ready, before anything is submitted in earnest."""

from __future__ import annotations

import json
import os
import re
import threading
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

import click

from launch import remote
from launch.profiles import PRISM, Profile
from launch.terminal.text import printable
from transforms.common.errors import RunError, VectormillError, one_line
from transforms.storage import files

_PROBE_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing that was looked at.

    Attributes:
      name: "service", "version", "slots", "workers" or "folder PATH".
      ok: whether it is as it should be; None: it could not be found out.
      words: what was found, and where it is wrong what to do.
    """

    name: str
    ok: bool | None
    words: str


def examine(profile: Profile, folders: Sequence[str] = (), *, seconds: float = _PROBE_SECONDS) -> Iterator[Check]:
    """Looks at one thing after the other, and stops where the rest depends on one that is wrong.

    Args:
      folders: where jobs will read and write.
      seconds: how long the workers have for each of two jobs of one element.

    Raises:
      RequestError: the profile is wrong, or a folder is on a disk that the workers do not have.
    """
    options = profile.options()
    runner = profile.beam_runner(options)
    if runner is None:
        yield Check(name="service", ok=True, words="direct: jobs run in this process")
        return
    for folder in folders:
        if files.is_local(folder):
            remote.require_shared(folder, profile, options)
    service = remote.service_of(profile, options)
    try:
        remote.require_service(options)
    except RunError as error:
        yield Check(name="service", ok=False, words=str(error))
        return
    yield Check(name="service", ok=True, words=f"{service} answers")
    yield _version(profile, options)
    yield from _slots(profile, options)
    yield from _workers(profile, runner, options, tuple(files.absolute(folder) for folder in folders), seconds)


def print_checks(profile: Profile, folders: Sequence[str], *, as_json: bool) -> None:
    """Prints a line for each check, or all as one JSON line.

    Raises:
      RunError: something is not as it should be.
    """
    checks = []
    for check in examine(profile, folders):
        checks.append(check)
        if not as_json:
            mark = {True: click.style("ok", fg="green"), False: click.style("no", fg="red"), None: "??"}[check.ok]
            click.echo(f"{mark}  {check.name:<10} {printable(check.words)}")
    if as_json:
        click.echo(json.dumps([asdict(check) for check in checks]))
    wrong = [check.name for check in checks if check.ok is False]
    if wrong:
        raise RunError(f"{profile.runner} is not ready: {', '.join(wrong)}")


# ---- versions and slots -----------------------------------------------------------------------------------


def _version(profile: Profile, options: Any) -> Check:
    """Compares Beam's version here with that of the job server, where its file says it."""
    from apache_beam.options.pipeline_options import FlinkRunnerOptions, PortableOptions, PrismRunnerOptions
    from apache_beam.version import __version__ as ours

    if options.view_as(PortableOptions).job_endpoint:
        return Check(name="version", ok=None, words=f"the job service does not tell its version; Beam is {ours} here")
    if profile.runner == PRISM:
        path = options.view_as(PrismRunnerOptions).prism_location
        with suppress(OSError), open(path, "rb") as program:
            found = re.search(rb"\tgithub\.com/apache/beam/sdks/v2\tv([\d.]+)", program.read())
            if found is not None:
                return _compared("prism", found[1].decode(), ours, f"go install .../cmd/prism@v{ours}")
        return Check(name="version", ok=None, words=f"{path} does not tell its version; Beam is {ours} here")
    jar = options.view_as(FlinkRunnerOptions).flink_job_server_jar or ""
    found_in_name = re.search(r"job-server-(\d+\.\d+\.\d+)", os.path.basename(jar))
    if found_in_name is None:
        return Check(name="version", ok=None, words=f"the job server does not tell its version; Beam is {ours} here")
    return _compared("the job server", found_in_name[1], ours, f"take beam-runners-flink-FLINK-job-server-{ours}.jar")


def _compared(what: str, theirs: str, ours: str, cure: str) -> Check:
    if theirs == ours:
        return Check(name="version", ok=True, words=f"{what} and Beam are {ours}")
    return Check(name="version", ok=False, words=f"{what} is {theirs} and Beam {ours} here: {cure}")


def _slots(profile: Profile, options: Any) -> Iterator[Check]:
    """Compares the parallelism with the free slots of a Flink cluster, where its address is known."""
    from apache_beam.options.pipeline_options import FlinkRunnerOptions

    flink = options.view_as(FlinkRunnerOptions)
    if profile.runner != "flink" or not flink.flink_master or ":" not in flink.flink_master:
        return
    address = flink.flink_master.rpartition("://")[2]
    try:
        with urllib.request.urlopen(f"http://{address}/overview", timeout=2) as answer:
            overview = json.load(answer)
        free, version = int(overview["slots-available"]), str(overview["flink-version"])
    except (OSError, ValueError, KeyError) as error:
        yield Check(name="slots", ok=None, words=f"http://{address}/overview does not tell them: {one_line(error)}")
        return
    if flink.flink_version and not version.startswith(flink.flink_version):
        words = f"the cluster is Flink {version}, and flink_version says {flink.flink_version}: mend it"
        yield Check(name="flink", ok=False, words=words)
    wanted = max(int(flink.parallelism or 1), 1)
    words = f"{free} are free, and parallelism is {wanted}"
    cure = "" if free >= wanted else ": lower it or start task managers; a job would wait without a word"
    yield Check(name="slots", ok=free >= wanted, words=words + cure)


# ---- workers ----------------------------------------------------------------------------------------------


def _workers(profile: Profile, runner: Any, options: Any, folders: tuple[str, ...], seconds: float) -> Iterator[Check]:
    from pipelines.probe import PROJECT, find_project, try_folders

    started = time.monotonic()
    text = _run(runner, options, find_project, seconds)
    if text is not None:
        words = text
        if "ModuleNotFoundError" in text and PROJECT.partition(".")[0] in text:
            words = (
                "they have no vectormill: install it in their image or where the worker pool starts them, or give"
                " --beam --setup_file=…"
            )
        yield Check(name="workers", ok=False, words=words)
        return
    name = f".vectormill-probe-{uuid.uuid4().hex[:8]}"
    made = [folder for folder in folders if files.is_local(folder) and not files.exists(folder)]
    text = _run(runner, options, lambda pipeline: try_folders(pipeline, folders, name), seconds)
    took = time.monotonic() - started
    at_fault = next((folder for folder in folders if text is not None and text.startswith(f"folder {folder}: ")), None)
    if text is not None and at_fault is None:
        yield Check(name="workers", ok=False, words=text.removeprefix("workers: "))
        return
    yield Check(
        name="workers", ok=True, words=f"they have this release of vectormill (two jobs of one element: {took:.1f} s)"
    )
    for folder in folders:
        yield _folder(folder, name, text if folder == at_fault else None)
    for folder in made:
        with suppress(OSError):
            os.rmdir(folder)


def _folder(folder: str, name: str, failure: str | None) -> Check:
    path = files.join(folder, name)
    if failure is not None:
        words = failure.removeprefix(f"folder {folder}: ") + ": mount it there, or mend its permissions"
        return Check(name=f"folder {folder}", ok=False, words=words)
    try:
        host = files.read(path).decode()
        files.delete([path])
    except OSError:
        words = "what workers write there is not seen here: it must be the same place for both"
        return Check(name=f"folder {folder}", ok=False, words=words)
    return Check(name=f"folder {folder}", ok=True, words=f"{host} can write there, and it is seen here")


def _run(runner: Any, options: Any, build: Callable[[Any], None], seconds: float) -> str | None:
    """Runs a small graph; None where it ended well, else why not."""
    import apache_beam as beam

    from pipelines.running import failure_in

    outcome: list[str | None] = []
    results: list[Any] = []

    def work() -> None:
        try:
            pipeline = beam.Pipeline(runner=runner, options=options)
            build(pipeline)
            results.append(pipeline.run())
            results[0].wait_until_finish()
            outcome.append(None)
        except VectormillError as error:
            outcome.append(str(error).partition(" [while running")[0])
        except Exception as error:
            lines = [line for line in str(error).splitlines() if line.strip()]
            named = next((line for line in reversed(lines) if "Error: " in line), lines[-1] if lines else "")
            outcome.append(str(failure_in(str(error)) or named.strip()[:300] or type(error).__name__))

    thread = threading.Thread(target=work, daemon=True, name="probe")
    thread.start()
    thread.join(seconds)
    if outcome:
        return outcome[0]
    with suppress(Exception):
        results[0].cancel()
    return (
        f"none has answered within {seconds:.0f} s: look into the logs of the runner's workers (whether they start, and have this"
        " project), and whether there are free slots"
    )
