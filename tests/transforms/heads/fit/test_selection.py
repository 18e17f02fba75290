"""The choice of a head: by rows that were not fitted, for the smallest that is not shown to be worse."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.transforms.heads.fit.conftest import Rows, head_data
from transforms.heads.fit import held_out, selection
from transforms.heads.fit.numpy_mlp import NumpyMlp
from transforms.heads.fit.selection import Candidate, by_folds, fit_head, smallest, standard_error
from transforms.heads.job import Loss, MlpOptions
from transforms.heads.rows.split import EVAL, TRAIN


def candidate(kind: str, behind: float, error: float) -> Candidate:
    return Candidate(kind=kind, value=0, low=0, high=0, behind=behind, standard_error=error)  # type: ignore[arg-type]


def quarters(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Points of a plane, labelled alike in quarters that face each other: no line parts them."""
    x = np.random.default_rng(0).standard_normal((count, 2)).astype(np.float32)
    return x, (x[:, 0] * x[:, 1] > 0).astype(np.int32)


def test_the_smallest_within_one_standard_error_of_the_best_is_taken() -> None:
    behind = [candidate("linear", 0.02, 0.01), candidate("mlp", 0.009, 0.01), candidate("knn", 0.0, 0.0)]

    assert smallest(behind) == "mlp"
    assert smallest([candidate("linear", 0.01, 0.01), *behind[1:]]) == "linear"
    assert smallest([behind[0], candidate("mlp", 0.03, 0.01), behind[2]]) == "knn"


def test_rows_of_a_group_count_once() -> None:
    values = np.array([1.0, 0.0, 1.0, 1.0])
    alone, together = np.arange(4, dtype=np.uint64), np.array([0, 0, 1, 1], np.uint64)
    ones = np.ones(4, np.float32)

    assert standard_error(values, ones, alone) == pytest.approx(values.std() / 2)
    assert standard_error(np.repeat(values, 2), np.ones(8, np.float32), np.repeat(alone, 2)) == pytest.approx(
        values.std() / 2
    )
    assert standard_error(values, ones, together) == pytest.approx(np.sqrt(2 * 0.5**2) / 4)


def test_planes_part_blobs_and_a_linear_head_is_enough(blobs: Rows) -> None:
    data = head_data(*blobs(150), kind="auto")

    found = by_folds(data, data.rows(TRAIN, EVAL))

    count = int(data.rows(TRAIN, EVAL).sum())
    assert (found.kind, found.measure, found.rows) == ("linear", "accuracy", f"3 x 5 folds of {count} rows")
    assert [one.kind for one in found.candidates] == ["linear", "mlp", "knn"]
    assert all(one.low <= one.value <= one.high for one in found.candidates)
    assert by_folds(data, data.rows(TRAIN, EVAL)) == found


@pytest.mark.parametrize("several", [False, True])
def test_what_no_plane_parts_is_left_to_another_head(several: bool) -> None:
    x, truth = quarters(300)
    data = head_data(x, np.eye(2, dtype=np.bool_)[truth] if several else truth, kind="auto")

    found = by_folds(data, data.rows(TRAIN, EVAL))

    linear, *others = found.candidates
    assert found.kind != "linear"
    assert found.measure == ("log loss" if several else "accuracy")
    assert linear.behind > 2 * linear.standard_error
    assert min(one.behind for one in others) == 0


def test_many_rows_choose_by_their_eval_side_among_whole_heads(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(held_out, "FEW_EVAL_ROWS", 0)
    x, truth = quarters(400)
    data = head_data(x, truth, kind="auto", mlp=MlpOptions(epochs=2))

    found = fit_head(data, str(tmp_path))

    assert found.kind == "knn"
    assert found.selection is not None
    assert found.selection["rows"] == f"{data.rows(EVAL).sum()} eval rows"


def test_a_choice_that_was_made_is_not_made_again(blobs: Rows, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    data = head_data(*blobs(60), kind="auto")
    first = fit_head(data, str(tmp_path))
    monkeypatch.setattr(selection, "by_folds", None)

    again = fit_head(data, str(tmp_path))

    assert again.selection == first.selection
    np.testing.assert_array_equal(again.model.get_weights()[0], first.model.get_weights()[0])
    assert fit_head(replace(data, head=replace(data.head, kind="knn")), str(tmp_path)).selection is None


@pytest.mark.parametrize("loss", ["softmax", "sigmoid"])
def test_the_slopes_of_the_network_in_numpy_are_those_of_its_loss(loss: Loss) -> None:
    random = np.random.default_rng(0)
    x = random.standard_normal((6, 4)).astype(np.float32)
    truth = np.arange(6, dtype=np.int32) % 3
    given = truth if loss == "softmax" else np.eye(3, dtype=np.float32)[truth]
    weight = np.linspace(1, 2, 6, dtype=np.float32)
    options = MlpOptions(hidden=(5, 4), dropout=0.0, input_dropout=0.0)
    network = NumpyMlp(x, classes=3, loss=loss, options=options, seed=0)

    def loss_of() -> float:
        from transforms.heads.evaluation.scores import log_losses

        losses = log_losses(network.logits(x), given) / (3 if loss == "sigmoid" else 1)
        return float((losses * weight).mean())

    slopes = network._slopes(network._normalised(x), given, weight)

    for parameter, slope in zip([*network.kernels, *network.biases], slopes, strict=True):
        for place in ((0,) * parameter.ndim, (-1,) * parameter.ndim):
            before = parameter[place]
            parameter[place] = before + 1e-2
            above = loss_of()
            parameter[place] = before - 1e-2
            below = loss_of()
            parameter[place] = before
            assert slope[place] == pytest.approx((above - below) / 2e-2, abs=2e-3)


def test_a_linear_head_that_was_chosen_is_the_one_that_is_asked_for(blobs: Rows, tmp_path: Path) -> None:
    x, truth = blobs(150)
    chosen = fit_head(head_data(x, truth, kind="auto"), str(tmp_path / "auto"))
    asked = fit_head(head_data(x, truth, kind="linear"), str(tmp_path / "linear"))

    # The heads of the folds of the choice served both.
    assert (chosen.kind, chosen.inverse_regularization) == ("linear", asked.inverse_regularization)
    assert chosen.temperature == asked.temperature
    for one, other in zip(chosen.model.get_weights(), asked.model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
