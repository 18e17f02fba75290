"""Recall on the queries that people asked counts each as often as it was asked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.search.measure import recall
from transforms.search.measure.logged_hits import LoggedHits
from transforms.search.plan import planned


def logged(shares: list[float], times: list[float]) -> LoggedHits:
    values = np.array(shares, np.float64)
    return LoggedHits(hits=dict.fromkeys(recall.AT, values), times=np.array(times, np.float64))


@given(st.lists(st.tuples(st.sampled_from([0.0, 0.5, 0.9, 1.0]), st.integers(1, 50)), min_size=1, max_size=30))
def test_recall_is_that_of_all_that_was_asked_and_its_interval_holds_it(pairs: list[tuple[float, int]]) -> None:
    found = logged([share for share, _ in pairs], [times for _, times in pairs])
    asked = np.repeat([share for share, _ in pairs], [times for _, times in pairs])

    assert found.recall() == pytest.approx(asked.mean())
    interval = found.interval()
    assert 0 <= interval.low <= interval.value + 1e-12 and interval.value - 1e-12 <= interval.high <= 1


def test_one_query_asked_a_thousand_times_is_no_thousand_queries() -> None:
    assert logged([1.0], [1_000]).interval().low < 0.1
    assert logged([1.0] * 1_000, [1] * 1_000).interval().low > 0.99


def test_the_search_parameter_is_the_first_that_is_good_for_both_kinds_of_queries() -> None:
    plan = planned(100_000, 32, memory=1 << 30, min_recall=0.95, kind="ivf", store="float16")

    def measured(search_parameter: int) -> recall.Point:
        share = np.array([min(search_parameter / 40, 0.99)])
        point = recall.Point(search_parameter, dict.fromkeys(recall.AT, share), 0.001, 100.0)
        return replace(point, logged=logged([float(share[0]) / 2], [3]))

    points = recall.curve(plan, measured, 0.4)
    assert next(point for point in points if recall.reaches(point, 0.4)).search_parameter == 32
    assert not recall.reaches(measured(32), 0.41)
