"""What Dataflow gets of an embed job: through Beam's own client, over HTTP, to a stand-in of service and storage.

The golden files show it: which step carries which hint, the image, the labels, the autoscaling, what is staged. After a
change that is meant: `VECTORMILL_GOLDEN=write pytest tests/launch/dataflow`.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from launch.profiles import profile_from
from pipelines.embed import build, submit
from pipelines.running import pipeline_on
from pipelines.submitted_job import RemoteRunner
from tests.helpers import fakes
from tests.helpers.cloud_service import CloudService, cloud_service
from transforms.common.errors import Detached
from transforms.corpus.options import ReadOptions
from transforms.embed.job import EmbedJob

pytest.importorskip("google.cloud.dataflow", reason="needs Beam's Google Cloud parts: make cloud")
pytestmark = pytest.mark.cloud

HERE = Path(__file__).parent
PROFILES = Path(__file__).parents[3] / "launch" / "dataflow"


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[CloudService]:
    with cloud_service() as found:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", found.address)
        yield found


def described() -> EmbedJob:
    return EmbedJob(
        inputs=("gs://corpora/reviews",),
        table="gs://tables/reviews",
        encoder=fakes.text_encoder(),
        read=ReadOptions(modality="text"),
        run="a-run",
    )


def chosen(service: CloudService, profile: str, *more: str) -> tuple[Any, Any]:
    """Beam's options and runner of a profile that this project brings along."""
    own = (*stand_in(service), "--job_name=vectormill-embed-reviews", *more)
    where = profile_from("dataflow", str(PROFILES / f"{profile}.yaml"), beam=own)
    options = where.options()
    return options, where.beam_runner(options)


def stand_in(service: CloudService) -> tuple[str, ...]:
    return "--no_auth", f"--dataflow_endpoint={service.address}"


def ordered(service: CloudService) -> dict[str, Any]:
    """What a person wants to know of the one job that was submitted, without what changes from run to run."""
    from apache_beam.portability.api import beam_runner_api_pb2

    (job,) = service.jobs.values()
    (staged,) = [content for address, content in service.objects.items() if address.endswith("/pipeline.pb")]
    pipeline = beam_runner_api_pb2.Pipeline.FromString(staged)
    environments = pipeline.components.environments
    steps: dict[str, set[str]] = {}
    for transform in _leaves(pipeline):
        step = "/".join(transform.unique_name.split("/")[:2])
        hints = environments[transform.environment_id].resource_hints if transform.environment_id else {}
        steps.setdefault(step, set()).update(f"{name}={value.decode()}" for name, value in hints.items())
    (pool,) = job["environment"]["workerPools"]
    return {
        "name": job["name"],
        "type": job["type"],
        "project": job["projectId"],
        "region": job["location"],
        "labels": job["labels"],
        "steps": {step: sorted(hints) for step, hints in steps.items()},
        "images": sorted({image["containerImage"] for image in pool["sdkHarnessContainerImages"]}),
        "machine_type": pool["machineType"],
        "disk_size_gb": pool.get("diskSizeGb"),
        "autoscaling": pool["autoscalingSettings"],
        "experiments": sorted(
            name for name in job["environment"]["experiments"] if name == "no_use_multiple_sdk_containers"
        ),
        "staged": sorted(re.sub(r"\.\d+\.\d+/", ".TIME/", address) for address in service.objects),
    }


def _leaves(pipeline: Any) -> Iterator[Any]:
    """The transforms that do something, in the order of the graph."""
    transforms = pipeline.components.transforms

    def below(name: str) -> Iterator[Any]:
        if not transforms[name].subtransforms:
            yield transforms[name]
        for child in transforms[name].subtransforms:
            yield from below(child)

    for root in pipeline.root_transform_ids:
        yield from below(root)


@pytest.mark.parametrize("profile", ["cpu", "gpu"])
def test_the_service_gets_what_the_golden_file_shows(service: CloudService, profile: str) -> None:
    options, runner = chosen(service, profile)

    result = submit(described(), options, runner=runner)

    assert result.job_id() == "job-0"
    golden = HERE / f"{profile}.json"
    found = ordered(service)
    if os.environ.get("VECTORMILL_GOLDEN") == "write":
        golden.write_text(json.dumps(found, indent=2) + "\n")
    assert found == json.loads(golden.read_text())
    hinted = {step: hints for step, hints in found["steps"].items() if hints}
    accelerator = "type:nvidia-l4;count:1;machine_type:g2-standard-8;install-nvidia-driver"
    wanted = {"EmbedCorpus/EmbedShards": [f"beam:resources:accelerator:v1={accelerator}"]}
    assert hinted == (wanted if profile == "gpu" else {})


def test_a_template_is_written_and_nobody_waits_for_it_or_reads_a_summary(service: CloudService) -> None:
    options, runner = chosen(service, "cpu", "--template_location=gs://templates/embed")
    job = described()

    with pytest.raises(Detached, match="the template is gs://templates/embed; nothing runs yet"):
        with pipeline_on(RemoteRunner(runner=runner), options, job) as pipeline:
            build(pipeline, job)

    assert service.jobs == {}
    assert json.loads(service.objects["gs://templates/embed"])["name"] == "vectormill-embed-reviews"
    assert {address.split("/")[2] for address in service.objects} == {"templates", "BUCKET"}


def test_the_flex_templates_launcher_submits_the_job_that_its_parameters_describe(
    service: CloudService, monkeypatch: pytest.MonkeyPatch
) -> None:
    from launch.dataflow import template
    from transforms import encoders

    monkeypatch.setattr(encoders, "resolve", lambda name, **_: fakes.text_encoder())
    flags = ["--inputs=gs://corpora/a,gs://corpora/b", "--to=gs://tables/t", "--encoder=fake-text", "--keep=a,b"]
    places = ["--project=p", "--region=europe-west4", "--temp_location=gs://BUCKET/tmp", "--sdk_location=container"]
    beam = [*stand_in(service), *places, "--job_name=from-template"]

    template.main([*flags, *beam])

    assert [job["name"] for job in service.jobs.values()] == ["from-template"]
    job = template.job_of(template.parser().parse_known_args([*flags, *beam])[0])
    assert (job.inputs, job.table, job.read.keep) == (("gs://corpora/a", "gs://corpora/b"), "gs://tables/t", ("a", "b"))
