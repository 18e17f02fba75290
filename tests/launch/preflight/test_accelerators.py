"""Accelerators of Dataflow by name, and the quotas that a job takes up, as far as they are known without asking."""

from __future__ import annotations

import pytest

from launch.preflight import accelerators
from launch.profiles import Profile, read_profile

GOOD = "type:nvidia-l4;count:1;machine_type:g2-standard-8;install-nvidia-driver"


@pytest.mark.parametrize(
    ("hint", "printed"),
    [
        (
            "type:nvidia-14;count:1",
            "nvidia-14 is no accelerator of Dataflow that is known here; did you mean nvidia-l4?",
        ),
        ("type:NVIDIA-L4;count:1", "did you mean nvidia-l4?"),
        ("type:nvidia-tesla-a10080gb;count:1", "did you mean nvidia-"),
        ("type:gaudi;count:1", "gaudi is no accelerator of Dataflow that is known here; known on "),
        (GOOD.replace("g2", "n2"), "nvidia-l4 goes with machines g2-..., not with n2-standard-8"),
        ("type:nvidia-l4;count:1", "add ;install-nvidia-driver"),
    ],
)
def test_what_is_probably_wrong_is_said(hint: str, printed: str) -> None:
    doubt = accelerators.doubt_about(hint)

    assert doubt is not None
    assert printed in doubt


def test_the_profile_of_this_repository_is_well_spelled_and_its_quotas_are_counted() -> None:
    profile = read_profile("launch/dataflow/gpu.yaml")

    accelerator, quota = accelerators.checks(profile, profile.options())

    assert (accelerator.ok, accelerator.words) == (True, GOOD)
    assert quota.ok is None
    assert quota.words.startswith("at most 160 CPUs of g2-standard-8 and 20 nvidia-l4: compare them with `gcloud")
    assert accelerators.doubts(profile, profile.options()) == []


def test_a_name_like_no_other_is_left_to_the_provider() -> None:
    profile = Profile(runner="dataflow", beam=("--encoder_accelerator=type:gaudi;count:1",))

    assert [check.ok for check in accelerators.checks(profile, profile.options())] == [None, None]


def test_other_runners_are_not_asked() -> None:
    profile = Profile(runner="flink", beam=("--encoder_accelerator=type:gaudi;count:1",))

    assert list(accelerators.checks(profile, profile.options())) == []
    assert accelerators.doubts(profile, profile.options()) == []
