"""The files of `launch/flink`: manifests that Kubernetes takes, a profile that fits them, a script that says what is wrong."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from launch.profiles import read_profile

FLINK = Path(__file__).parents[2] / "launch" / "flink"
MANIFESTS = sorted(path for path in (FLINK / "kubernetes").glob("*.yaml") if path.name != "profile.yaml")
SCHEMA = json.loads((Path(__file__).parents[1] / "data" / "kubernetes.schema.json").read_text())


def documents() -> dict[str, dict[str, Any]]:
    found = [one for path in MANIFESTS for one in yaml.safe_load_all(path.read_text())]
    return {f"{one['kind']}/{one['metadata']['name']}": one for one in found}


def test_manifests_fit_the_schemas_of_their_kinds() -> None:
    assert set(documents()) == {
        "FlinkDeployment/vectormill", "Deployment/job-server", "Service/job-server", "PersistentVolumeClaim/corpora",
    }  # fmt: skip
    for one in documents().values():
        jsonschema.Draft202012Validator(SCHEMA).validate(one)


@pytest.mark.parametrize(
    "path", ["spec.taskManager.podTemplate.spec.containers.1.imagee", "spec.flinkversion", "spec.x"]
)
def test_a_misspelt_field_of_a_manifest_is_refused(path: str) -> None:
    cluster = documents()["FlinkDeployment/vectormill"]
    *places, last = path.split(".")
    at: Any = cluster
    for place in places:
        at = at[int(place) if place.isdigit() else place]
    at[last] = "x"

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(SCHEMA).validate(cluster)


def test_the_profile_fits_the_cluster() -> None:
    profile = read_profile(str(FLINK / "kubernetes" / "profile.yaml"))
    cluster, server = documents()["FlinkDeployment/vectormill"]["spec"], documents()["Service/job-server"]
    main, pool = cluster["taskManager"]["podTemplate"]["spec"]["containers"]
    slots = int(cluster["flinkConfiguration"]["taskmanager.numberOfTaskSlots"])

    assert profile.parallelism == slots * cluster["taskManager"]["replicas"]
    assert profile.job_endpoint == f"{server['metadata']['name']}:{server['spec']['ports'][0]['port']}"
    assert profile.environment_config == f"localhost:{pool['ports'][0]['containerPort']}"
    for container in (main, pool):
        assert [mount["mountPath"] for mount in container["volumeMounts"]] == [profile.shared_folder]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["start", "--flink-job-server-jar", "none.jar"], "cluster: none.jar is not there: give the file of"),
        (
            ["start", "--slot", "3"],
            "cluster: there is no option --slot; there are --flink-job-server-jar FILE and --slots N",
        ),
        ([], "Runs Flink on this machine: a job manager, a task manager, a worker pool"),
    ],
)
def test_the_script_says_what_is_wrong(arguments: list[str], complaint: str, tmp_path: Path) -> None:
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    done = subprocess.run(
        ["bash", str(FLINK / "cluster"), *arguments], env=environment, capture_output=True, text=True, check=False
    )

    assert done.returncode == 2
    assert done.stderr.startswith(complaint)
