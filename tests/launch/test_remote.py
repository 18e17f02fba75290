"""What is done to a job before it goes to workers that are other processes or machines."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest
from apache_beam.options.pipeline_options import GoogleCloudOptions, PipelineOptions

from launch import remote
from launch.profiles import Profile
from pipelines.cluster import ClusterJob
from tests.helpers.embedding import Corpus, job
from tests.launch.conftest import Command
from transforms.common.errors import RequestError, RunError

CLUSTER = ClusterJob(table="t/x", version=0, out="gs://bucket/clusters", k=3)


def located(job: Any, **profile: Any) -> Any:
    chosen = Profile(**profile)
    return remote.located(job, chosen, chosen.options())


def test_local_paths_are_from_the_root_on(corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    made = located(CLUSTER, runner="flink", job_endpoint="localhost:8099")

    assert (made.table, made.out) == (f"{tmp_path}/t/x", "gs://bucket/clusters")
    given = job(corpus, "table")
    embedding = located(given, runner="prism")
    assert (embedding.table, embedding.inputs) == (f"{tmp_path}/table", given.corpus)


@pytest.mark.parametrize(
    "profile",
    [
        {"runner": "dataflow"},
        {"runner": "flink", "job_endpoint": "flink:8099", "environment_config": "localhost:50000"},
        {"runner": "flink", "job_endpoint": "localhost:8099", "environment_config": "worker-1:50000"},
        {"runner": "flink", "flink_master": "10.0.0.1:8081", "environment_type": "DOCKER"},
    ],
)
def test_workers_without_this_disk_get_no_local_path(profile: dict[str, str]) -> None:
    with pytest.raises(RequestError, match=r"t/x: (dataflow|flink) works on machines that do not have this disk"):
        located(CLUSTER, **profile)


def test_a_shared_folder_is_on_every_worker(tmp_path: Path) -> None:
    shared = {"runner": "flink", "job_endpoint": "flink:8099", "environment_type": "DOCKER"}
    inside = ClusterJob(table=f"{tmp_path}/t", version=0, out=f"{tmp_path}/out", k=3)

    assert located(inside, **shared, shared_folder=str(tmp_path)).table == f"{tmp_path}/t"
    with pytest.raises(
        RequestError, match=rf"t/x is not in the shared folder {tmp_path}, so that workers do not have it"
    ):
        located(CLUSTER, **shared, shared_folder=str(tmp_path))


@pytest.mark.parametrize(("given", "name"), [([], "vectormill-cluster-my-clusters-2"), (["--job_name=mine"], "mine")])
def test_jobs_are_named_by_what_they_do(given: list[str], name: str) -> None:
    options = PipelineOptions(given)

    remote.name(options, ClusterJob(table="t", version=0, out="out/My clusters.2/", k=3))

    assert options.view_as(GoogleCloudOptions).job_name == name


@pytest.mark.parametrize("option", ["--job_endpoint", "--flink_master"])
def test_a_service_that_does_not_answer_is_said_at_once(option: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    with pytest.raises(
        RunError, match=rf"nothing answers at 127.0.0.1:{port} \(Connection refused\).*--beam {option}="
    ):
        remote.require_service(PipelineOptions([f"{option}=127.0.0.1:{port}"]))


def test_a_service_of_another_kind_is_said_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "_ANSWER_SECONDS", 0.3)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]
        remote.require_service(PipelineOptions([f"--flink_master=127.0.0.1:{port}"]))

        with pytest.raises(RunError, match=rf"127.0.0.1:{port} answers, but not as Beam's job service does"):
            remote.require_service(PipelineOptions([f"--job_endpoint=127.0.0.1:{port}"]))


def test_what_is_no_address_is_left_to_beam() -> None:
    remote.require_service(PipelineOptions(["--flink_master=[local]"]))
    remote.require_service(PipelineOptions([]))


def test_an_endpoint_that_is_dead_is_one_line(vectormill: Command, corpus: Any, tmp_path: Path) -> None:
    corpus.write("a.txt", ["one"])
    asked = ("--runner", "PortableRunner", "--beam", "--job_endpoint=localhost:1")

    outcome = vectormill("embed", corpus.root, "--encoder", "fake-text", "--to", tmp_path / "table", *asked)

    assert outcome.complaint(1).startswith("nothing answers at localhost:1 (Connection refused): start the service")
