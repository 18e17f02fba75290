"""The key of a training, under which its unfinished work lies and by which a later run knows that it has been done."""

from __future__ import annotations

from dataclasses import replace

import pytest

from transforms.common.errors import RequestError
from transforms.heads.job import HeadKind, HeadOptions, TrainJob, implied_kind

JOB = TrainJob(table="t", version=0, to="m", heads=(HeadOptions(),))


def test_a_training_has_the_key_that_early_releases_gave_it() -> None:
    several = HeadOptions(label="a", inverse_regularization=(1.0, 10.0))

    assert JOB.key == "ea380d2c4a29e33e"
    assert replace(JOB, version=3, heads=(several,)).key == "42afc2a930a8eb2e"


def test_what_decides_the_outcome_decides_the_key_and_nothing_else() -> None:
    assert replace(JOB, to="elsewhere", command="another").key == JOB.key
    assert replace(JOB, memory=1).key != JOB.key
    assert replace(JOB, heads=(HeadOptions(seed=1),)).key != JOB.key


def test_options_have_their_first_names_on_disk() -> None:
    stored = HeadOptions(inverse_regularization=(2.0,)).to_json()

    assert stored["strengths"] == (2.0,)
    assert "inverse_regularization" not in stored


@pytest.mark.parametrize(
    ("asked", "given", "kind"),
    [
        ("auto", {}, "auto"),
        ("auto", {"of_linear": True}, "linear"),
        ("auto", {"of_mlp": True}, "mlp"),
        ("auto", {"of_linear": True, "of_mlp": True}, "auto"),
        ("auto", {"fine_tune": True}, "linear"),
        ("auto", {"fine_tune": True, "of_mlp": True}, "mlp"),
        ("mlp", {"of_linear": True}, "mlp"),
        ("knn", {"of_linear": True}, "knn"),
    ],
)
def test_options_of_one_kind_ask_for_it_where_no_kind_is_asked_for(
    asked: HeadKind, given: dict[str, bool], kind: str
) -> None:
    assert implied_kind(asked, **{"fine_tune": False, "of_linear": False, "of_mlp": False, **given}) == kind


def test_a_k_nearest_head_is_not_fine_tuned() -> None:
    with pytest.raises(RequestError, match="a k-nearest head has nothing that --fine-tune trains"):
        implied_kind("knn", fine_tune=True, of_linear=False, of_mlp=False)
