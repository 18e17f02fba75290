from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from transforms.common.errors import RequestError
from transforms.heads.evaluation.calibration import ece, fit_temperature, gaps, reliability


def calibrated(items: int, classes: int, seed: int = 0) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Logits whose softmax is the true chance of the truth."""
    generator = np.random.default_rng(seed)
    logits = generator.normal(scale=2.0, size=(items, classes))
    return logits, (logits + generator.gumbel(size=logits.shape)).argmax(axis=1)


def loss(logits: NDArray[np.float64], truth: NDArray[np.int64], temperature: float) -> float:
    scaled = logits / temperature
    highest = scaled.max(axis=1, keepdims=True)
    normal = highest[:, 0] + np.log(np.exp(scaled - highest).sum(axis=1))
    return float((normal - scaled[np.arange(len(truth)), truth]).mean())


@pytest.mark.parametrize("scale", [0.3, 1.0, 3.0])
def test_the_scaling_of_calibrated_logits_is_found(scale: float) -> None:
    logits, truth = calibrated(20_000, 5)

    assert fit_temperature((logits * scale).astype(np.float32), truth) == pytest.approx(scale, rel=0.05)


@pytest.mark.parametrize("scale", [0.3, 1.0, 3.0])
def test_the_scaling_of_calibrated_logits_of_several_labels_is_found(scale: float) -> None:
    generator = np.random.default_rng(1)
    logits = generator.normal(scale=2.0, size=(5000, 4))
    truth = generator.random(logits.shape) < 1 / (1 + np.exp(-logits))

    assert fit_temperature(logits * scale, truth) == pytest.approx(scale, rel=0.05)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 30), st.integers(2, 4), st.sampled_from([0.01, 1.0, 30.0, 1000.0]), st.integers(0, 2**31))
def test_no_other_temperature_has_a_lower_loss(items: int, classes: int, scale: float, seed: int) -> None:
    logits, _ = calibrated(items, classes, seed)
    logits *= scale
    truth = np.random.default_rng(seed + 1).integers(0, classes, items)

    found = fit_temperature(logits, truth)

    best = min(loss(logits, truth, other) for other in np.geomspace(0.05, 20, 200))
    assert 0.05 <= found <= 20
    assert loss(logits, truth, found) <= best + 1e-9 + 1e-6 * abs(best)


def test_more_rows_than_a_block_give_the_same_temperature() -> None:
    logits, truth = calibrated(1000, 3)
    again = 400  # 400,000 rows of three logits are several blocks

    many = fit_temperature(np.tile(logits, (again, 1)), np.tile(truth, again))

    assert many == pytest.approx(fit_temperature(logits, truth), rel=1e-6)


def test_logits_without_a_best_temperature_keep_theirs() -> None:
    assert fit_temperature(np.empty((0, 3)), np.empty(0, np.int64)) == 1.0
    assert fit_temperature(np.empty((0, 3)), np.empty((0, 3), bool)) == 1.0
    assert fit_temperature(np.full((4, 3), 7.0), np.array([0, 1, 2, 2])) == 1.0
    assert fit_temperature(np.array([[4000.0, 0.0], [0.0, 4000.0]]), np.array([0, 1])) == 1.0  # no loss left to lower


def test_logits_that_are_always_right_or_always_wrong_go_to_an_end() -> None:
    logits = np.array([[4.0, 0.0], [0.0, 4.0]])

    assert fit_temperature(logits, np.array([0, 1])) == pytest.approx(0.05, rel=1e-5)
    assert fit_temperature(logits, np.array([1, 0])) == pytest.approx(20.0, rel=1e-5)
    assert fit_temperature(1000 * logits, np.array([[False, True], [True, False]])) == pytest.approx(20.0, rel=1e-5)


def test_logits_that_are_not_numbers_are_a_wrong_request() -> None:
    with pytest.raises(RequestError, match="2 logits of the eval split are not finite"):
        fit_temperature(np.array([[np.nan, -np.inf], [0.0, 1.0]]), np.array([0, 1]))


def test_the_bins_hold_confidence_and_accuracy() -> None:
    scores = np.array([[0.0, 1.0], [0.5, 0.5], [0.75, 0.25], [0.25, 0.75]], np.float32)

    bins = reliability(scores, np.array([1, 1, 0, 0]))

    assert [(row["low"], row["high"]) for row in bins] == [(at / 15, (at + 1) / 15) for at in range(15)]
    filled = {at: row for at, row in enumerate(bins) if row["count"]}
    assert {at: (row["count"], row["confidence"], row["accuracy"]) for at, row in filled.items()} == {
        7: (1, 0.5, 0.0),
        11: (2, 0.75, 0.5),
        14: (1, 1.0, 1.0),
    }
    assert bins[0] == {"low": 0.0, "high": 1 / 15, "count": 0, "confidence": None, "accuracy": None}
    assert ece(scores, np.array([1, 1, 0, 0])) == (0.5 + 2 * 0.25) / 4


def test_each_label_of_several_is_a_decision() -> None:
    scores = np.array([[0.75, 0.25], [0.25, 0.0]], np.float32)
    truth = np.array([[True, True], [False, False]])

    bins = reliability(scores, truth)

    assert [(row["count"], row["confidence"], row["accuracy"]) for row in bins if row["count"]] == [
        (3, 0.75, pytest.approx(2 / 3)),
        (1, 1.0, 1.0),
    ]
    assert ece(scores, truth) == pytest.approx(3 * (0.75 - 2 / 3) / 4)
    # At 0.2 the two scores of 0.25 are labels given, with a confidence of 0.25: one right, one wrong.
    lower = reliability(scores, truth, threshold=0.2)
    assert [(row["count"], row["confidence"], row["accuracy"]) for row in lower if row["count"]] == [
        (2, 0.25, 0.5),
        (1, 0.75, 1.0),
        (1, 1.0, 1.0),
    ]


def test_what_the_items_add_sums_to_the_error() -> None:
    logits, truth = calibrated(500, 3)
    scores = np.exp(3 * logits) / np.exp(3 * logits).sum(axis=1, keepdims=True)
    bins = reliability(scores, truth)

    by_bins = sum(
        row["count"] * abs(row["accuracy"] - row["confidence"]) / 500
        for row in bins
        if row["count"] and row["accuracy"] is not None and row["confidence"] is not None
    )

    assert gaps(scores, truth).shape == (500, 15)
    assert ece(scores, truth) == pytest.approx(by_bins)
    assert by_bins > 0.1


def test_without_items_the_error_is_undefined() -> None:
    assert math.isnan(ece(np.empty((0, 2)), np.empty(0, np.int64)))
    assert [row["count"] for row in reliability(np.empty((0, 2)), np.empty(0, np.int64))] == [0] * 15
