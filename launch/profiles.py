"""Describes where a job runs: a runner, its options, and files of them; turned into Beam's options here and nowhere else.

`direct` is Beam's FnApiRunner in this process, in memory; `DirectRunner` means the same, for Beam's own would first try to
download and start another program. `prism`, `flink` and `dataflow` have options of their own; any other name is a Beam runner's.
"""

from __future__ import annotations

import contextlib
import difflib
import io
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from pydantic import Field, field_validator

from launch.yaml_file import Description, misplaced, read_yaml
from transforms.common.errors import RequestError

DIRECT, PRISM, FLINK, DATAFLOW = "direct", "prism", "flink", "dataflow"
KNOWN = (DIRECT, PRISM, FLINK, DATAFLOW)
_OTHER_NAMES = {"directrunner": DIRECT, "prismrunner": PRISM, "flinkrunner": FLINK, "dataflowrunner": DATAFLOW}

_FOREVER = 30 * 24 * 3600
"""Seconds for which Beam listens to a job service: by default 60, after which a longer job would seem to have failed."""


def _of(*runners: str, help: str) -> Any:  # noqa: A002
    """An option of Beam that only these runners have."""
    return Field(
        default=None, description=f"{help} ({', '.join(runners)})", json_schema_extra={"runners": list(runners)}
    )


class Profile(Description):
    """Where a job runs: a file for --profile. Options have the names that Beam gives them, but for runner and shared_folder."""

    runner: str = Field(default=DIRECT, description="direct, prism, flink, dataflow, or the name of a Beam runner.")
    shared_folder: str | None = Field(
        default=None, description="A folder that every worker has at the same path: jobs may then name what is in it."
    )
    job_endpoint: str | None = _of(PRISM, FLINK, help="HOST:PORT of a job service that is running.")
    environment_type: Literal["DOCKER", "PROCESS", "EXTERNAL", "LOOPBACK"] | None = _of(
        PRISM, FLINK, help="Who starts workers: EXTERNAL is a worker pool, LOOPBACK the launcher itself."
    )
    environment_config: str | None = _of(
        PRISM, FLINK, help="For EXTERNAL the HOST:PORT of a worker pool, for PROCESS a JSON with the command."
    )
    sdk_worker_parallelism: int | None = _of(PRISM, FLINK, help="Worker processes on each machine.")
    prism_location: str | None = _of(PRISM, help="Prism's program. Default: VECTORMILL_PRISM, or what PATH finds.")
    parallelism: int | None = _of(FLINK, help="Tasks that work side by side; there must be as many slots.")
    flink_master: str | None = _of(FLINK, help="HOST:PORT of the cluster's job manager, where no job service runs.")
    flink_job_server_jar: str | None = _of(FLINK, help="Beam's job server, where no job service runs.")
    flink_version: str | None = _of(FLINK, help="Of the cluster: '1.19'.")
    project: str | None = _of(DATAFLOW, help="The Google Cloud project that pays.")
    region: str | None = _of(DATAFLOW, help="Where workers run: europe-west4.")
    temp_location: str | None = _of(DATAFLOW, help="A folder for the service's own files: gs://BUCKET/tmp.")
    staging_location: str | None = _of(DATAFLOW, help="A folder for the job's files. Default: in temp_location.")
    sdk_container_image: str | None = _of(DATAFLOW, help="The image of the workers, which holds the project.")
    machine_type: str | None = _of(DATAFLOW, help="Of the workers: n1-standard-8.")
    num_workers: int | None = _of(DATAFLOW, help="Workers at the start.")
    max_num_workers: int | None = _of(DATAFLOW, help="Workers at most.")
    service_account_email: str | None = _of(DATAFLOW, help="Whom workers act as.")
    subnetwork: str | None = _of(DATAFLOW, help="regions/REGION/subnetworks/NAME.")
    labels: Mapping[str, str] | None = _of(DATAFLOW, help="Labels of the job, for its bill.")
    beam: tuple[str, ...] = Field(default=(), description="Further options of Beam, each --OPTION=VALUE.")
    detach: bool = Field(default=False, description="Submit the job, and do not wait for its end.")

    @field_validator("runner")
    @classmethod
    def _short(cls, runner: str) -> str:
        return _OTHER_NAMES.get(runner.lower(), runner)

    @field_validator("beam")
    @classmethod
    def _with_dashes(cls, beam: tuple[str, ...]) -> tuple[str, ...]:
        for flag in beam:
            if not flag.startswith("--"):
                raise ValueError(f"--beam {flag}: write it as --beam --OPTION=VALUE")
        return beam

    def require_fitting(self) -> None:
        """Refuses options of another runner.

        Raises:
          RequestError: there are some, or a job in this process is to be left alone.
        """
        wrong = self._misfit()
        if wrong is not None:
            raise RequestError(f"{'--' if wrong[0] == 'detach' else ''}{wrong[0]}: {wrong[1]}")

    def _misfit(self) -> tuple[str, str] | None:
        """The first option that does not go with the runner, and what is wrong with it."""
        for name, runners in _RUNNERS.items():
            if getattr(self, name) is not None and self.runner in set(KNOWN) - set(runners):
                return name, f"an option of {' and '.join(runners)}, and the runner is {self.runner}"
        if self.detach and self.is_direct:
            return "detach", "the direct runner works in this process: choose another --runner"
        return None

    @property
    def is_direct(self) -> bool:
        return self.runner == DIRECT

    def beam_runner(self, options: Any) -> Any:
        """Beam's runner; None for the in-process one.

        Raises:
          RequestError: there is no such runner, or what it needs is not given.
        """
        if self.is_direct:
            return None
        name = self._beam_name(options)
        from apache_beam.runners.runner import create_runner

        try:
            return create_runner(name)
        except (ValueError, ImportError, AttributeError) as error:
            near = difflib.get_close_matches(self.runner.lower(), KNOWN, n=1)
            hint = f"did you mean {near[0]}?" if near else "direct runs in this process"
            raise RequestError(f"--runner {self.runner}: Beam knows no such runner ({error}); {hint}") from error

    def _beam_name(self, options: Any) -> str:
        from apache_beam.options.pipeline_options import FlinkRunnerOptions, PortableOptions, PrismRunnerOptions

        if self.runner in (PRISM, FLINK) and options.view_as(PortableOptions).job_endpoint:
            return "PortableRunner"
        if self.runner == PRISM:
            prism = options.view_as(PrismRunnerOptions)
            prism.prism_location = prism.prism_location or os.environ.get("VECTORMILL_PRISM") or shutil.which("prism")
            if not prism.prism_location:
                raise RequestError(
                    "--runner prism: there is no prism here: build it by `go install"
                    " github.com/apache/beam/sdks/v2/go/cmd/prism@v2.77.0` and put it on PATH, name it in VECTORMILL_PRISM,"
                    " or give the job_endpoint of one that runs"
                )
            return "PrismRunner"
        if self.runner == FLINK and not options.view_as(FlinkRunnerOptions).flink_job_server_jar:
            raise RequestError(
                "--runner flink: give job_endpoint, where Beam's job server runs, or flink_master and flink_job_server_jar,"
                " a file of that server: Beam would try to download it"
            )
        return {FLINK: "FlinkRunner", DATAFLOW: "DataflowRunner"}.get(self.runner, self.runner)

    def options(self) -> Any:
        """Beam's options.

        Raises:
          RequestError: Beam knows no such option or no such value of it, or one is missing. Other runners than the in-process
            one may have options that only they know, so those are let through.
        """
        from apache_beam.options.pipeline_options import PipelineOptions, PortableOptions

        own = ["--direct_running_mode=in_memory", "--direct_num_workers=1"] if self.is_direct else []
        given = [*self._flags(), *self.beam]
        complaint = io.StringIO()
        unknown: set[str] = set()
        try:
            with contextlib.redirect_stderr(complaint):
                options = PipelineOptions([*given, *own])
                if given:
                    known = options.get_all_options()
                    unknown = options.get_all_options(retain_unknown_options=True).keys() - known.keys()
        except SystemExit as error:  # argparse's way to refuse a value
            reason = complaint.getvalue().strip().rpartition("error: ")[2]
            raise RequestError(f"--beam: {reason}") from error
        if self.is_direct and unknown:
            raise RequestError(f"--beam --{min(unknown)}: Beam has no such option for --runner {self.runner}")
        portable = options.view_as(PortableOptions)
        if self.runner in (PRISM, FLINK) and not portable.environment_type:
            # Beam's default is a container that nobody has built.
            portable.environment_type = "EXTERNAL" if portable.environment_config else "LOOPBACK"
        if portable.job_endpoint and not any(flag.startswith("--job_server_timeout") for flag in self.beam):
            portable.job_server_timeout = _FOREVER
        return options

    def _flags(self) -> Iterator[str]:
        for name in _RUNNERS:
            value = getattr(self, name)
            if isinstance(value, Mapping):
                yield from (f"--{name}={key}={text}" for key, text in value.items())
            elif value is not None:
                yield f"--{name}={value}"


_RUNNERS: dict[str, Sequence[str]] = {
    name: field.json_schema_extra["runners"]  # type: ignore[index, misc]
    for name, field in Profile.model_fields.items()
    if field.json_schema_extra
}
"""The options of Beam that a profile has by name, and the runners that have them."""


def profile_of(runner: str | Profile, beam: Sequence[str] = ()) -> Profile:
    """The profile that a person means: a runner's name, or a profile, and further options of Beam.

    Raises:
      RequestError: an option is of another runner.
    """
    given = runner if isinstance(runner, Profile) else Profile(runner=runner)
    return _with(given, beam=(*given.beam, *beam))


def profile_from(
    runner: str | None,
    file: str | None,
    *,
    beam: Sequence[str] = (),
    shared_folder: str | None = None,
    detach: bool = False,
) -> Profile:
    """The profile that a command line gives: options beside a file add to it.

    Raises:
      RequestError: the file is wrong, or names another runner.
    """
    given = Profile(runner=runner or DIRECT) if file is None else read_profile(file)
    if runner is not None and given.runner != Profile(runner=runner).runner:
        raise RequestError(f"--runner {runner}: {file} is a profile of {given.runner}: give one of the two")
    return _with(
        given,
        beam=(*given.beam, *beam),
        shared_folder=given.shared_folder if shared_folder is None else shared_folder,
        detach=detach or given.detach,
    )


def _with(profile: Profile, **changed: Any) -> Profile:
    for flag in changed["beam"]:
        if not flag.startswith("--"):
            raise RequestError(f"--beam {flag}: write it as --beam --OPTION=VALUE")
    made = profile.model_copy(update=changed)
    made.require_fitting()
    return made


def read_profile(path: str) -> Profile:
    """The profile in a YAML file.

    Raises:
      RequestError: the file cannot be read, or a line of it is wrong: the message names it.
    """
    profile = read_yaml(path, Profile)
    wrong = profile._misfit()
    if wrong is not None:
        raise misplaced(path, (wrong[0],), wrong[1])
    return profile


def schema() -> dict[str, Any]:
    """The JSON schema of profile files, for editors; docs/profile.schema.json holds it."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Profile.model_json_schema()}
