from __future__ import annotations

import pytest
from apache_beam.options.pipeline_options import PipelineOptions

from pipelines.workers import accelerator_of, slots_of
from transforms.common.errors import RequestError


@pytest.mark.parametrize(
    ("options", "slots"),
    [
        ([], None),
        (["--parallelism=6"], 6),
        (["--parallelism=-1"], None),
        (["--max_num_workers=10", "--machine_type=n2-standard-8"], 80),
        (["--num_workers=3", "--max_num_workers=5", "--worker_machine_type=e2-highmem-2"], 10),
        (["--num_workers=3"], 12),
        (["--num_workers=3", "--machine_type=g2-standard-8", "--experiments=no_use_multiple_sdk_containers"], 3),
    ],
)
def test_slots_follow_from_a_runners_options(options: list[str], slots: int | None) -> None:
    assert slots_of(PipelineOptions(options)) == slots


def test_the_accelerator_is_checked_before_it_is_ordered() -> None:
    well = "type:nvidia-l4;count:1;install-nvidia-driver"
    assert accelerator_of(PipelineOptions([f"--encoder_accelerator={well}"])) == well
    assert accelerator_of(PipelineOptions([])) is None
    with pytest.raises(RequestError, match=r"--encoder_accelerator=nvidia-l4: write it as type:NAME;count:N"):
        accelerator_of(PipelineOptions(["--encoder_accelerator=nvidia-l4"]))
