"""How wide the intervals of a head's figures are: as wide as theory says, and never nothing."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.helpers.scores import calibrated
from transforms.common.intervals import Interval, share_interval
from transforms.heads.evaluation.metrics import gain, measure, quick_metrics

NAMES = ["a", "b", "c"]


def names_of(scores: NDArray[Any]) -> list[str]:
    return [str(at) for at in range(scores.shape[1])]


def test_the_interval_of_accuracy_is_that_of_a_binomial() -> None:
    scores, truth = calibrated(2000, 4)

    accuracy = measure(scores, truth, names_of(scores), resamples=2000).metrics["accuracy"]

    half = 1.96 * math.sqrt(accuracy.value * (1 - accuracy.value) / 2000)
    assert accuracy.high - accuracy.value == pytest.approx(half, rel=0.15)
    assert accuracy.value - accuracy.low == pytest.approx(half, rel=0.15)


def test_the_interval_of_roc_auc_is_that_of_delong() -> None:
    scores, truth = calibrated(1500, 2)
    positive, negative = scores[truth == 1, 1], scores[truth == 0, 1]
    above = (positive[:, None] > negative).astype(float)

    area = measure(scores, truth, ["a", "b"], resamples=1000).per_class[1].roc_auc

    half = 1.96 * math.sqrt(above.mean(axis=1).var() / len(positive) + above.mean(axis=0).var() / len(negative))
    assert area.value == pytest.approx(above.mean())
    assert area.high - area.low == pytest.approx(2 * half, rel=0.15)


def test_the_interval_of_log_loss_is_that_of_a_mean() -> None:
    scores, truth = calibrated(2000, 3)
    losses = -np.log(scores[np.arange(2000), truth])

    loss = quick_metrics(scores, truth, multi_label=False, resamples=1000)["log_loss"]

    assert loss.high - loss.low == pytest.approx(2 * 1.96 * losses.std() / math.sqrt(2000), rel=0.15)


def test_the_same_seed_gives_the_same_intervals_and_another_one_others() -> None:
    scores, truth = calibrated(300, 3)

    first, again, other = (measure(scores, truth, NAMES, resamples=50, seed=seed).to_json() for seed in (1, 1, 2))

    assert first == again
    assert first["metrics"]["log_loss"]["low"] != other["metrics"]["log_loss"]["low"]
    assert first["metrics"]["log_loss"]["value"] == other["metrics"]["log_loss"]["value"]


def test_one_item_says_next_to_nothing() -> None:
    metrics = measure(np.array([[0.25, 0.75]], np.float32), np.array([1]), ["a", "b"]).metrics

    assert metrics["accuracy"] == Interval(1.0, pytest.approx(0.025), 1.0)
    assert metrics["macro_f1"] == Interval(1.0, pytest.approx(0.025, abs=0.02), 1.0)
    assert metrics["log_loss"].low < 0.1 < metrics["log_loss"].value == pytest.approx(-math.log(0.75))
    assert metrics["log_loss"].high == pytest.approx(math.log(2), rel=0.05)  # of a blind guess
    assert math.isnan(metrics["macro_roc_auc"].value)


def test_all_of_23_right_is_not_shown_as_certain() -> None:
    truth = np.arange(23) % 2
    scores = np.where(np.eye(2)[truth] > 0, 0.99, 0.01)

    measures = measure(scores, truth, ["a", "b"])

    ends = {name: (figure.low, figure.high) for name, figure in measures.metrics.items()}
    assert measures.metrics["accuracy"] == Interval(1.0, *share_interval(23, 23))
    assert measures.per_class[0].recall == Interval(1.0, *share_interval(12, 12))
    assert measures.per_class[1].precision == Interval(1.0, *share_interval(11, 11))
    assert measures.per_class[1].f1.low == pytest.approx(2 / (1 + 1 / share_interval(11, 11)[0]))
    for name in ("macro_f1", "macro_precision", "macro_recall", "macro_roc_auc", "macro_average_precision"):
        assert 0.8 < ends[name][0] < 0.9 and ends[name][1] == 1.0
    assert ends["ece"][0] < 0.01 and 0.1 < ends["ece"][1] < 0.2
    assert ends["log_loss"][1] > 0.05 > measures.metrics["log_loss"].value


def test_the_same_scores_gain_exactly_nothing_as_surely_as_so_many_items_can_tell() -> None:
    scores, truth = calibrated(500, 3)
    room = 1 - 0.025 ** (1 / 500)

    for found in (
        gain(scores, scores.copy(), truth, multi_label=False),
        gain(scores, scores.copy(), scores > 0.4, multi_label=True),
    ):
        assert found.value == 0.0
        assert (found.low, found.high) == pytest.approx((-room, room), rel=0.1)


@pytest.mark.parametrize(("items", "better", "worse"), [(40, 0.05, 0.0), (100, 0.03, 0.01), (200, 0.1, 0.08)])
def test_a_gain_on_few_items_is_in_its_interval_as_often_as_that_says(items: int, better: float, worse: float) -> None:
    generator = np.random.default_rng(items)
    truth, right, tried, stored = np.zeros(items, np.int64), np.array([[0.9, 0.1]]), 200, 0
    for _ in range(tried):
        chance = generator.random((items, 1))
        ours = np.where(chance < worse, 1 - right, right)
        theirs = np.where(chance > 1 - better, 1 - right, right)
        found = gain(ours, theirs, truth, multi_label=False)
        stored += found.low <= better - worse <= found.high
    assert stored / tried >= 0.93


def test_a_gain_is_the_difference_of_accuracies_and_narrower_than_an_unpaired_one() -> None:
    scores, truth = calibrated(1000, 3)
    worse = scores.copy()
    worse[:40] = np.roll(worse[:40], 1, axis=1)
    right = scores.argmax(axis=1) == truth
    difference = right.astype(float) - (worse.argmax(axis=1) == truth)

    found = gain(scores, worse, truth, multi_label=False)

    assert found.value == difference.mean()
    assert found.high - found.low == pytest.approx(2 * 1.96 * difference.std() / math.sqrt(1000), rel=0.15)
    assert found.high - found.low < 0.5 * 2 * 1.96 * math.sqrt(2 * right.var() / 1000)
    assert gain(worse, scores, truth, multi_label=False).value == -found.value
