"""Compares the versions of a runner's service, and the free slots of a Flink cluster, with what a job asks for."""

from __future__ import annotations

import json
import os
import re
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from launch.preflight.check import Check
from launch.profiles import FLINK, PRISM, Profile
from launch.remote import host_and_port
from transforms.common.errors import one_line

_ANSWER_SECONDS = 2.0
_FLINK_PORT = 8081
"""Of a job manager's pages, unless its configuration says otherwise."""


def version(profile: Profile, options: Any) -> Check:
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


def _flink_version(profile: Profile, flink: Any) -> tuple[str | None, str]:
    """The version of Flink that the job server is for, and where that is written; Beam has a default, which says nothing."""
    if profile.flink_version or any(flag.startswith("--flink_version") for flag in profile.beam):
        return str(flink.flink_version), "flink_version"
    jar = os.path.basename(flink.flink_job_server_jar or "")
    found = re.search(r"flink-(\d+\.\d+)-job-server", jar)
    return (found[1] if found else None), jar


def slots(profile: Profile, options: Any) -> Iterator[Check]:
    """Compares parallelism and version with a Flink cluster's, at `flink_master` or where its pages are by default."""
    from apache_beam.options.pipeline_options import FlinkRunnerOptions, PortableOptions

    if profile.runner != FLINK:
        return
    flink = options.view_as(FlinkRunnerOptions)
    host, port = host_and_port(flink.flink_master or "")
    is_given = port > 0
    if not is_given:
        host, port = host_and_port(options.view_as(PortableOptions).job_endpoint or "")[0], _FLINK_PORT
    address = f"http://{host}:{port}/overview"
    try:
        with urllib.request.urlopen(address, timeout=_ANSWER_SECONDS) as answer:
            overview = json.load(answer)
        free, theirs = int(overview["slots-available"]), str(overview["flink-version"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        words = f"{address} does not tell them ({one_line(error)})"
        if not is_given:
            words += ": give --beam --flink_master=HOST:PORT, the address of the cluster's pages, to have them counted"
        yield Check(name="slots", ok=None, words=words)
        return
    asked, where = _flink_version(profile, flink)
    if asked is not None and not f"{theirs}.".startswith(f"{asked}."):
        yield Check(name="flink", ok=False, words=f"the cluster is Flink {theirs}, and {where} says {asked}: mend it")
    wanted = max(int(flink.parallelism or 1), 1)
    words = f"{free} are free at {host}:{port}, and parallelism is {wanted}"
    cure = "" if free >= wanted else ": lower it or start task managers; a job would wait without a word"
    yield Check(name="slots", ok=free >= wanted, words=words + cure)
