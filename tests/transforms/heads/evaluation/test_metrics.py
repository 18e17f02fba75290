from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.helpers.scores import calibrated
from transforms.common.errors import RequestError
from transforms.common.intervals import Interval, share_interval
from transforms.heads.evaluation.metrics import gain, majority, measure, measure_multi, quick_metrics, slices
from transforms.heads.evaluation.ranking import Ranking

Case = tuple[NDArray[np.float32], NDArray[Any]]

# Four items of three classes; c is never true, and predicted once.
SCORES = np.array([[0.7, 0.2, 0.1], [0.4, 0.5, 0.1], [0.2, 0.7, 0.1], [0.1, 0.3, 0.6]], np.float32)
TRUTH = np.array([0, 0, 1, 1])
NAMES = ["a", "b", "c"]


def names_of(scores: NDArray[Any]) -> list[str]:
    return [str(at) for at in range(scores.shape[1])]


def drawn(seed: int, items: int, classes: int, levels: int) -> NDArray[np.float32]:
    """Probabilities with few distinct values, so that many are tied."""
    rows = np.random.default_rng(seed).integers(1, levels + 1, size=(items, classes)).astype(np.float32)
    return rows / rows.sum(axis=1, keepdims=True)


@st.composite
def single(draw: st.DrawFn) -> Case:
    items, classes, levels = draw(st.integers(1, 40)), draw(st.integers(2, 5)), draw(st.sampled_from([1, 2, 4, 1000]))
    seed = draw(st.integers(0, 2**31))
    used = draw(st.integers(1, classes))
    return drawn(seed, items, classes, levels), np.random.default_rng(seed + 1).integers(0, used, items)


@st.composite
def multiple(draw: st.DrawFn) -> Case:
    scores, _ = draw(single())
    chance = draw(st.sampled_from([0.0, 0.3, 0.9, 1.0]))
    return scores, np.random.default_rng(draw(st.integers(0, 2**31))).random(scores.shape) < chance


def same(found: float, expected: float) -> bool:
    return found == pytest.approx(expected, abs=1e-6, nan_ok=True)


def mean_defined(figures: list[float]) -> float:
    defined = [figure for figure in figures if not math.isnan(figure)]
    return sum(defined) / len(defined) if defined else math.nan


def test_four_items_worked_by_hand() -> None:
    measures = measure(SCORES, TRUTH, NAMES)

    value = {name: figure.value for name, figure in measures.metrics.items()}
    a, b, c = measures.per_class
    assert measures.confusion is not None
    assert measures.confusion.tolist() == [[1, 1, 0], [0, 1, 1], [0, 0, 0]]
    assert [(row.label, row.support) for row in measures.per_class] == [("a", 2), ("b", 2), ("c", 0)]
    assert [row.precision.value for row in (a, b, c)] == [1.0, 0.5, 0.0]
    assert [row.recall.value for row in (a, b)] == [0.5, 0.5]
    assert math.isnan(c.recall.value)
    assert [row.f1.value for row in (a, b, c)] == [pytest.approx(2 / 3), 0.5, 0.0]
    # b ranks 0.7 (b), 0.5 (a), 0.3 (b), 0.2 (a): one of four pairs is out of order.
    assert [row.roc_auc.value for row in (a, b)] == [1.0, 0.75]
    assert [row.average_precision.value for row in (a, b)] == [1.0, pytest.approx((1 + 2 / 3) / 2)]
    assert math.isnan(c.roc_auc.value) and math.isnan(c.average_precision.value)
    assert list(value) == [
        "accuracy",
        "macro_precision",
        "macro_recall",
        "macro_f1",
        "macro_roc_auc",
        "macro_average_precision",
        "log_loss",
        "ece",
    ]
    assert value["accuracy"] == 0.5
    assert value["macro_precision"] == pytest.approx(0.5)
    assert value["macro_recall"] == 0.5
    assert value["macro_f1"] == pytest.approx((2 / 3 + 0.5) / 3)
    assert value["macro_roc_auc"] == pytest.approx(0.875)
    assert value["macro_average_precision"] == pytest.approx(11 / 12)
    assert value["log_loss"] == pytest.approx(-math.log(0.7 * 0.4 * 0.7 * 0.3) / 4)
    # 0.7 (right, right), 0.5 (wrong), 0.6 (wrong) are three bins of fifteen.
    assert value["ece"] == pytest.approx((0.6 + 0.5 + 0.6) / 4)


def test_two_items_of_two_labels_worked_by_hand() -> None:
    scores = np.array([[0.9, 0.2], [0.5, 0.4]], np.float32)
    truth = np.array([[True, False], [True, True]])

    measures = measure_multi(scores, truth, ["x", "y"])

    value = {name: figure.value for name, figure in measures.metrics.items()}
    x, y = measures.per_class
    assert measures.confusion is None
    assert (x.support, x.precision.value, x.recall.value, x.f1.value) == (2, 1.0, 1.0, 1.0)
    assert (y.support, y.precision.value, y.recall.value, y.f1.value) == (1, 0.0, 0.0, 0.0)
    assert math.isnan(x.roc_auc.value) and x.average_precision.value == 1.0  # nothing but positives
    assert (y.roc_auc.value, y.average_precision.value) == (1.0, 1.0)
    assert value["accuracy"] == 0.5
    assert value["micro_f1"] == 0.8
    assert value["macro_f1"] == 0.5
    assert value["log_loss"] == pytest.approx(-math.log(0.9 * 0.8 * 0.5 * 0.4) / 4)
    assert value["ece"] == pytest.approx((0.1 + 0.2 + 0.5 + 0.6) / 4)
    assert measure_multi(scores, truth, ["x", "y"], threshold=0.4).metrics["accuracy"].value == 1.0


@settings(max_examples=60, deadline=None)
@given(single())
def test_a_single_label_agrees_with_scikit_learn(case: Case) -> None:
    from sklearn import metrics

    scores, truth = case
    classes = range(scores.shape[1])
    predicted = scores.argmax(axis=1)

    measures = measure(scores, truth, names_of(scores), resamples=3)

    value = {name: figure.value for name, figure in measures.metrics.items()}
    precision, _, f1, _ = metrics.precision_recall_fscore_support(truth, predicted, average="macro", zero_division=0)
    assert measures.confusion is not None
    assert (measures.confusion == metrics.confusion_matrix(truth, predicted, labels=list(classes))).all()
    assert same(value["accuracy"], metrics.accuracy_score(truth, predicted))
    assert same(value["macro_precision"], precision)
    assert same(value["macro_recall"], metrics.balanced_accuracy_score(truth, predicted))
    assert same(value["macro_f1"], f1)
    assert same(value["log_loss"], metrics.log_loss(truth, scores, labels=list(classes)))
    areas = [
        metrics.roc_auc_score(truth == at, scores[:, at]) if 0 < (truth == at).mean() < 1 else math.nan
        for at in classes
    ]
    averages = [
        metrics.average_precision_score(truth == at, scores[:, at]) if (truth == at).any() else math.nan
        for at in classes
    ]
    assert [row.roc_auc.value for row in measures.per_class] == pytest.approx(areas, abs=1e-6, nan_ok=True)
    assert [row.average_precision.value for row in measures.per_class] == pytest.approx(averages, abs=1e-6, nan_ok=True)
    assert same(value["macro_roc_auc"], mean_defined(areas))
    assert same(value["macro_average_precision"], mean_defined(averages))


@settings(max_examples=60, deadline=None)
@given(multiple())
def test_several_labels_agree_with_scikit_learn(case: Case) -> None:
    from sklearn import metrics

    scores, truth = case
    given_ = scores >= 0.3

    measures = measure_multi(scores, truth, names_of(scores), threshold=0.3, resamples=3)

    value = {name: figure.value for name, figure in measures.metrics.items()}
    f1 = metrics.f1_score(truth, given_, average=None, zero_division=np.nan)
    assert same(value["accuracy"], metrics.accuracy_score(truth, given_))
    assert same(value["micro_f1"], metrics.f1_score(truth, given_, average="micro", zero_division=np.nan))
    assert [row.f1.value for row in measures.per_class] == pytest.approx(f1.tolist(), nan_ok=True)
    assert same(value["macro_f1"], mean_defined(f1.tolist()))
    assert same(value["log_loss"], metrics.log_loss(truth.ravel(), scores.ravel(), labels=[False, True]))
    for at, row in enumerate(measures.per_class):
        positive = truth[:, at]
        area = metrics.roc_auc_score(positive, scores[:, at]) if 0 < positive.mean() < 1 else math.nan
        average = metrics.average_precision_score(positive, scores[:, at]) if positive.any() else math.nan
        assert same(row.roc_auc.value, area)
        assert same(row.average_precision.value, average)
        assert row.support == positive.sum()


@settings(max_examples=40, deadline=None)
@given(single(), st.integers(0, 2**31))
def test_counts_rank_like_items_that_are_repeated(case: Case, seed: int) -> None:
    scores, truth = case
    counts = np.random.default_rng(seed).integers(0, 4, size=(1, len(truth))).astype(np.uint8)
    repeated = np.repeat(np.arange(len(truth)), counts[0])

    area, average = Ranking.of(scores[:, 0], truth == 0).measure(counts)

    if len(repeated) and (truth[repeated] == 0).any():
        once = np.ones((1, len(repeated)), np.uint8)
        expected = Ranking.of(scores[repeated, 0], truth[repeated] == 0).measure(once)
        assert same(area[0], expected[0][0]) and same(average[0], expected[1][0])
    else:
        assert math.isnan(area[0]) and math.isnan(average[0])


@settings(max_examples=40, deadline=None)
@given(single() | multiple())
def test_every_value_lies_in_its_interval_and_the_report_is_plain_json(case: Case) -> None:
    scores, truth = case
    measured = measure_multi if truth.ndim == 2 else measure

    measures = measured(scores, truth, names_of(scores), resamples=20)

    report = json.loads(json.dumps(measures.to_json(), allow_nan=False))
    assert list(report) == ["metrics", "per_class", "confusion", "reliability", "precision_recall"]
    figures = [*report["metrics"].values()]
    figures += [figure for row in report["per_class"] for figure in row.values() if isinstance(figure, dict)]
    assert len(figures) == 8 + (truth.ndim == 2) + 5 * scores.shape[1]
    for figure in figures:
        if figure["value"] is None:
            assert figure == {"value": None, "low": None, "high": None}
        elif figure["low"] is not None:  # undefined in each of the few resamples
            assert figure["low"] <= figure["value"] <= figure["high"]
    quick = quick_metrics(scores, truth, multi_label=truth.ndim == 2, resamples=20)
    assert list(quick) == ["accuracy", "macro_f1", "log_loss"]
    for name, figure in quick.items():
        full = measures.metrics[name]
        assert (figure.low, figure.value, figure.high) == pytest.approx((full.low, full.value, full.high), nan_ok=True)


@settings(max_examples=40, deadline=None)
@given(single())
def test_the_steps_under_the_precision_recall_curve_are_the_average_precision(case: Case) -> None:
    scores, truth = case

    measures = measure(scores, truth, names_of(scores), resamples=1)

    for row, curve in zip(measures.per_class, measures.curves, strict=True):
        if row.support:
            steps = np.diff(curve["recall"]) @ np.array(curve["precision"][1:])
            assert steps == pytest.approx(row.average_precision.value)
            assert (curve["recall"][0], curve["recall"][-1]) == (0.0, 1.0)
        else:
            assert (curve["precision"], curve["recall"]) == ([], [])


def test_a_long_precision_recall_curve_is_thinned_to_200_points() -> None:
    scores, truth = calibrated(3000, 2)

    curve = measure(scores, truth, ["a", "b"], resamples=1).curves[0]

    assert len(curve["precision"]) == len(curve["recall"]) == 200
    assert curve["recall"] == sorted(curve["recall"])
    assert curve["recall"][-1] == 1.0
    assert curve["precision"][-1] == pytest.approx(
        (truth == 0).sum() / (np.flatnonzero(truth[np.argsort(-scores[:, 0])] == 0)[-1] + 1)
    )


def test_no_items_leave_every_figure_undefined() -> None:
    single_label = measure(np.empty((0, 3), np.float32), np.empty(0, np.int64), NAMES)
    several = measure_multi(np.empty((0, 3), np.float32), np.empty((0, 3), bool), NAMES)

    for measures in (single_label, several):
        assert all(math.isnan(figure.value) for figure in measures.metrics.values())
        assert [row.support for row in measures.per_class] == [0, 0, 0]
    nothing = gain(np.empty((0, 3)), np.empty((0, 3)), np.empty(0, np.int64), multi_label=False)
    assert nothing.to_json() == {"value": None, "low": None, "high": None}


def test_slices_come_largest_first_and_the_rest_is_left_out() -> None:
    values = ["red", "blue", None, "red"]

    rows = slices(SCORES, TRUTH, "colour", values, multi_label=False, most=2)

    assert [(row["column"], row["value"], row["rows"]) for row in rows] == [
        ("colour", "red", 2),
        ("colour", "(none)", 1),
    ]
    # red: the first item (a, right) and the last one (b, taken for c).
    assert rows[0]["accuracy"] == Interval(0.5, *share_interval(1, 2)).to_json()
    assert rows[0]["macro_f1"]["value"] == pytest.approx(1 / 3)
    assert rows[1]["accuracy"] == {"value": 1.0, "low": pytest.approx(0.025), "high": 1.0}
    assert len(slices(SCORES, TRUTH, "colour", values, multi_label=False)) == 3


def test_slices_of_several_labels_count_whole_items() -> None:
    truth = np.array([[True, False], [True, True]])

    rows = slices(np.array([[0.9, 0.2], [0.5, 0.4]]), truth, "kind", ["x", "x"], multi_label=True)

    assert [(row["value"], row["rows"], row["accuracy"]["value"]) for row in rows] == [("x", 2, 0.5)]


def test_a_column_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="column colour has 1 values for 4 items"):
        slices(SCORES, TRUTH, "colour", ["red"], multi_label=False)


def test_the_majority_baseline_scores_every_item_alike() -> None:
    baseline = majority(np.array([0, 1, 1, 1]), 3)

    assert baseline.dtype == np.float32
    assert baseline.tolist() == [0.25, 0.75, 0.0]
    quick = quick_metrics(baseline, TRUTH, multi_label=False)
    assert quick["accuracy"].value == 0.5
    assert quick["macro_f1"].value == pytest.approx((0 + 2 / 3) / 2)
    assert quick["log_loss"].value == pytest.approx(-math.log(0.25 * 0.75) / 2)
    assert majority(np.array([[True, False], [True, True]]), 2).tolist() == [1.0, 0.5]


def test_a_score_of_zero_for_the_truth_costs_a_bounded_loss() -> None:
    assert quick_metrics(np.array([1.0, 0.0]), np.array([1]), multi_label=False)["log_loss"].value == pytest.approx(
        23 * math.log(2)
    )


def test_scores_that_are_not_numbers_are_a_wrong_request() -> None:
    scores = SCORES.copy()
    scores[1, 2] = np.nan

    with pytest.raises(RequestError, match="scores 1 of 4 items as NaN or infinite"):
        measure(scores, TRUTH, NAMES)


@pytest.mark.parametrize(
    ("truth", "names", "reason"),
    [
        (np.array([0, 0, 1, 3]), NAMES, "outside 0 to 2"),
        (np.array([-1, 0, 1, 2]), NAMES, "outside 0 to 2"),
        (TRUTH, ["a", "b"], "2 labels for scores of 3 classes"),
        (SCORES > 0.5, NAMES, "does not fit"),
    ],
)
def test_truth_and_names_must_fit_the_scores(truth: NDArray[Any], names: list[str], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        measure(SCORES, truth, names)
