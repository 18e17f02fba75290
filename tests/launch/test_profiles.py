"""Profiles of runners: files, what is wrong in them, and the options of Beam that they become."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from apache_beam.options.pipeline_options import (
    FlinkRunnerOptions,
    GoogleCloudOptions,
    PipelineOptions,
    PortableOptions,
    WorkerOptions,
)

import launch
from launch import profiles
from launch.profiles import Profile, profile_from, profile_of, read_profile
from tests.launch.conftest import Command
from transforms.common.errors import RequestError

LAUNCH = Path(launch.__path__[0])
SCHEMA = Path(__file__).parents[2] / "docs" / "profile.schema.json"

FLINK = """\
# A cluster with a job server.
runner: flink
job_endpoint: flink:8099
environment_config: localhost:50000
parallelism: 8
shared_folder: /mnt/corpora
beam:
  - --environment_cache_millis=10000
"""
DATAFLOW = """\
runner: dataflow
project: library
region: europe-west4
temp_location: gs://library/tmp
sdk_container_image: europe-docker.pkg.dev/library/vectormill:1
machine_type: n1-standard-8
max_num_workers: 20
labels: {team: search, stage: test}
"""


@pytest.fixture
def file(tmp_path: Path) -> Any:
    def written(text: str) -> Path:
        path = tmp_path / "profile.yaml"
        path.write_text(text)
        return path

    return written


def test_a_profile_of_flink_becomes_options_of_beam(file: Any) -> None:
    profile = read_profile(str(file(FLINK)))
    options = profile.options()
    portable = options.view_as(PortableOptions)

    assert (profile.runner, profile.shared_folder) == ("flink", "/mnt/corpora")
    assert (portable.job_endpoint, portable.environment_type) == ("flink:8099", "EXTERNAL")
    assert portable.environment_config == "localhost:50000"
    assert portable.job_server_timeout > 24 * 3600
    assert options.view_as(FlinkRunnerOptions).parallelism == 8
    assert options.get_all_options(retain_unknown_options=True)["environment_cache_millis"] == "10000"
    assert type(profile.beam_runner(options)).__name__ == "PortableRunner"


def test_a_profile_of_dataflow_becomes_options_of_beam(file: Any) -> None:
    options: PipelineOptions = read_profile(str(file(DATAFLOW))).options()
    cloud, worker = options.view_as(GoogleCloudOptions), options.view_as(WorkerOptions)

    assert (cloud.project, cloud.region, cloud.temp_location) == ("library", "europe-west4", "gs://library/tmp")
    assert cloud.labels == ["team=search", "stage=test"]
    assert (worker.machine_type, worker.max_num_workers) == ("n1-standard-8", 20)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("runner: flink\nparalelism: 4\n", "line 2, column 1: there is no 'paralelism': is parallelism meant?"),
        ("runner: flink\n\nparallelism: four\n", "line 3, column 1: parallelism: input should be a valid integer"),
        ("runner: flink\nbeam: --streaming\n", "line 2, column 1: beam: input should be a valid tuple"),
        ("runner: flink\nbeam: [streaming]\n", "line 2, column 1: beam: --beam streaming: write it as --beam --OPTION"),
        ("labels: [a]\nrunner: dataflow\n", "line 1, column 1: labels: "),
        ("project: x\nrunner: flink\n", "line 1, column 1: project: an option of dataflow, and the runner is flink"),
        ("runner: flink\nrunner: prism\n", "line 2, column 1: runner is given twice"),
        ("environment_type: external\n", "line 1, column 1: environment_type: input should be 'DOCKER', 'PROCESS', "),
        ("runner: [\n", "line 2, column 1: expected the node content"),
        ("- flink\n", "line 1, column 1: the file: this should be a mapping"),
    ],
)
def test_what_is_wrong_in_a_file_is_said_with_its_line(file: Any, text: str, complaint: str) -> None:
    path = file(text)

    with pytest.raises(RequestError) as refused:
        read_profile(str(path))

    assert str(refused.value).startswith(f"{path}, {complaint}")


def test_options_beside_a_file_add_to_it(file: Any) -> None:
    path = str(file(FLINK))

    profile = profile_from(None, path, beam=["--streaming"], shared_folder="/mnt/b", detach=True)

    assert profile.beam == ("--environment_cache_millis=10000", "--streaming")
    assert (profile.shared_folder, profile.detach) == ("/mnt/b", True)
    assert profile_from("FlinkRunner", path).runner == "flink"
    with pytest.raises(RequestError, match=r"--runner prism: .* is a profile of flink: give one of the two"):
        profile_from("prism", path)


def test_what_a_runner_needs_is_said_before_it_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("VECTORMILL_PRISM", raising=False)
    for runner, needed in (
        ("prism", "there is no prism here"),
        ("flink", "give job_endpoint, where Beam's job server"),
    ):
        profile = Profile(runner=runner)
        with pytest.raises(RequestError, match=needed):
            profile.beam_runner(profile.options())
    with pytest.raises(RequestError, match=r"did you mean flink\?"):
        Profile(runner="flnk").beam_runner(Profile().options())
    with pytest.raises(RequestError, match="--detach: the direct runner works in this process"):
        profile_of(Profile(detach=True))


def test_a_profile_on_the_command_line(vectormill: Command, file: Any, tmp_path: Path) -> None:
    asked = ("embed", tmp_path, "--to", tmp_path / "t", "--encoder", "fake-text", "--profile")

    missing = vectormill(*asked, tmp_path / "none.yaml").complaint(2)
    wrong = vectormill(*asked, file("runner: direct\nregion: x\n")).complaint(2)

    assert missing == f"{tmp_path}/none.yaml cannot be read: No such file or directory"
    assert wrong.endswith("line 2, column 1: region: an option of dataflow, and the runner is direct")


def test_the_schema_is_that_of_the_documents() -> None:
    assert json.loads(SCHEMA.read_text()) == profiles.schema()
    for text in (FLINK, DATAFLOW):
        jsonschema.validate(yaml.safe_load(text), profiles.schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"runner": "flink", "paralelism": 1}, profiles.schema())


@pytest.mark.parametrize(
    "path",
    [*sorted(LAUNCH.glob("dataflow/*.yaml")), LAUNCH / "flink/kubernetes/profile.yaml"],
    ids=lambda path: path.name,
)
def test_profiles_that_come_with_the_project_can_be_read(path: Path) -> None:
    assert read_profile(str(path)).options() is not None
