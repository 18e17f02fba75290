from __future__ import annotations

import pytest
from apache_beam.options.pipeline_options import PipelineOptions

from pipelines.slots import slots_of


@pytest.mark.parametrize(
    ("options", "slots"),
    [
        ([], None),
        (["--parallelism=6"], 6),
        (["--parallelism=-1"], None),
        (["--max_num_workers=10", "--machine_type=n2-standard-8"], 80),
        (["--num_workers=3", "--max_num_workers=5", "--worker_machine_type=e2-highmem-2"], 10),
        (["--num_workers=3"], 12),
    ],
)
def test_slots_follow_from_a_runners_options(options: list[str], slots: int | None) -> None:
    assert slots_of(PipelineOptions(options)) == slots
