from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import beta, binom

from transforms.common.intervals import (
    Interval,
    affordable,
    bootstrap_interval,
    draws,
    effective_items,
    item_draws,
    mean_interval,
    share,
    share_interval,
)

ENDS = (0.0, 1.0)


def test_all_of_a_few_right_leave_room_for_a_worse_model() -> None:
    assert share_interval(23, 23) == (pytest.approx(0.025 ** (1 / 23)), 1.0)
    assert share_interval(0, 23) == (0.0, pytest.approx(1 - 0.025 ** (1 / 23)))
    assert [round(end, 3) for end in share_interval(23, 23)] == [0.852, 1.0]
    assert share_interval(0, 0) == (0.0, 1.0)
    assert [round(end, 4) for end in share_interval(9, 10)] == [0.555, 0.9975]  # as in tables of the exact interval
    assert share_interval(23, 23, confidence=0.5)[0] == pytest.approx(0.25 ** (1 / 23))


def test_a_share_of_nothing_is_undefined_unless_it_is_said_what_it_is() -> None:
    assert share(0, 0).to_json() == {"value": None, "low": None, "high": None}
    assert share(0, 0, undefined=0.0) == Interval(0.0, 0.0, 1.0)
    assert share(3, 4).value == 0.75


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 200), st.floats(0.5, 0.9999))
def test_a_share_is_in_its_interval_at_least_95_times_in_100(items: int, true: float) -> None:
    found = np.array([share_interval(successes, items) for successes in range(items + 1)])

    holds = (found[:, 0] <= true) & (true <= found[:, 1])
    assert binom.pmf(np.arange(items + 1), items, true)[holds].sum() >= 0.95


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 60), st.data())
def test_more_successes_move_both_ends_up_and_failures_mirror_them(items: int, data: st.DataObject) -> None:
    successes = data.draw(st.integers(0, items - 1))

    low, high = share_interval(successes, items)
    more = share_interval(successes + 1, items)

    assert low <= successes / items <= high
    assert low <= more[0] and high <= more[1]
    assert share_interval(items - successes, items) == pytest.approx((1 - high, 1 - low))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from([0.0, 1.0]), min_size=1, max_size=60))
def test_the_mean_of_zeros_and_ones_has_the_interval_of_a_share(values: list[float]) -> None:
    assert mean_interval(values) == share(sum(values), len(values))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=60))
def test_a_mean_lies_in_its_interval_which_never_collapses_and_knows_no_order(values: list[float]) -> None:
    found = mean_interval(values)

    assert found.value == pytest.approx(np.mean(values))
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert found.high - found.low > 0.5 / len(values)
    backwards = mean_interval(values[::-1])
    assert (backwards.value, backwards.low, backwards.high) == pytest.approx((found.value, found.low, found.high))


def test_values_that_are_all_alike_leave_as_much_room_as_their_number_says() -> None:
    room = 1 - 0.025 ** (1 / 50)

    half = mean_interval(np.full(50, 0.5))
    nothing = mean_interval(np.zeros(50), ends=(-1.0, 1.0))

    assert (half.value, half.low, half.high) == pytest.approx((0.5, 0.5 - room / 2, 0.5 + room / 2), abs=0.004)
    assert (nothing.value, nothing.low, nothing.high) == pytest.approx((0.0, -room, room), abs=0.008)
    assert mean_interval([]).to_json() == {"value": None, "low": None, "high": None}


def test_a_mean_of_many_has_about_the_interval_of_the_normal_distribution() -> None:
    values = np.random.default_rng(0).beta(2, 2, 2000)

    found = mean_interval(values)

    assert found.high - found.low == pytest.approx(2 * 1.96 * values.std() / math.sqrt(2000), rel=0.1)


@pytest.mark.parametrize("items", [20, 60, 200])
@pytest.mark.parametrize("mean", [0.9, 0.98, 0.995])
def test_a_mean_near_the_end_is_in_its_interval_as_often_as_that_says(items: int, mean: float) -> None:
    """Recall of a query: nine in ten find all, the others between nothing and all."""
    generator = np.random.default_rng(items)
    tried, stored = 150, 0
    for _ in range(tried):
        missed = (generator.random(items) < 10 * (1 - mean)) * generator.beta(0.5, 4.5, items)
        found = mean_interval(1 - missed)
        stored += found.low <= mean <= found.high
    assert stored / tried >= 0.93


@pytest.mark.parametrize("items", [20, 60, 200])
@pytest.mark.parametrize("right", [0.9, 0.98, 0.995])
def test_a_bootstrapped_figure_near_the_end_is_in_its_interval_as_often_as_that_says(items: int, right: float) -> None:
    generator = np.random.default_rng(items)
    tried, stored, collapsed = 200, 0, 0
    for seed in range(tried):
        errors = int((generator.random(items) > right).sum())
        resampled = generator.binomial(items, 1 - errors / items, 200) / items
        found = bootstrap_interval(1 - errors / items, resampled, items=items, ends=ENDS, seed=seed)
        stored += found.low <= right <= found.high
        collapsed += found.low == found.high
    assert stored / tried >= 0.93 and not collapsed


def test_resamples_that_are_all_alike_leave_the_interval_of_a_share() -> None:
    found = bootstrap_interval(1.0, np.ones(20_000), items=23, ends=ENDS)

    assert (found.value, found.high) == (1.0, 1.0)
    assert found.low == pytest.approx(beta(23, 1).ppf(0.025), abs=0.01)


def test_many_items_leave_the_percentiles_as_they_are() -> None:
    resampled = np.random.default_rng(0).normal(0.5, 0.05, 5000)

    found = bootstrap_interval(0.5, resampled, items=1e6, ends=ENDS)

    assert (found.low, found.high) == pytest.approx(tuple(np.percentile(resampled, [2.5, 97.5])), abs=1e-4)


def test_an_interval_leaves_out_resamples_without_the_figure() -> None:
    assert bootstrap_interval(0.5, np.array([np.nan, 0.25, 0.25]), items=1e12, ends=ENDS) == Interval(
        0.5, pytest.approx(0.25), 0.5
    )
    unknown = bootstrap_interval(0.5, np.array([np.nan]), items=3, ends=ENDS)
    assert unknown.to_json() == {"value": 0.5, "low": None, "high": None}
    undefined = bootstrap_interval(math.nan, np.array([0.5]), items=3, ends=ENDS)
    assert undefined.to_json() == {"value": None, "low": None, "high": None}


def test_without_items_an_interval_is_the_whole_range() -> None:
    assert bootstrap_interval(0.5, np.array([0.5, 0.5]), items=0, ends=ENDS) == Interval(0.5, 0.0, 1.0)


@pytest.mark.parametrize(
    ("counts", "items"), [([50, 50], 100.0), ([2, 98], 4 / (1 / 2 + 1 / 98)), ([7], 7.0), ([5, 0], 5.0), ([0, 0], 0.0)]
)
def test_a_mean_over_classes_rests_on_the_items_of_the_rare_ones(counts: list[int], items: float) -> None:
    assert effective_items(counts) == pytest.approx(items)


@pytest.mark.parametrize("cells", [[1, 1, 1, 1, 1], [3, 1, 7], [900, 100], [40]])
def test_resampled_cells_keep_their_total_and_their_share(cells: list[int]) -> None:
    counts: NDArray[np.int64] = np.array(cells)

    rows = np.concatenate(list(draws(counts, 4000, seed=3)))

    total = counts.sum()
    expected_variance = counts * (1 - counts / total)
    assert rows.shape == (4000, len(cells))
    assert (rows.sum(axis=1) == total).all()
    assert rows.mean(axis=0) == pytest.approx(counts, rel=0.1)
    assert rows.var(axis=0) == pytest.approx(expected_variance, rel=0.15)


def test_item_draws_are_as_many_as_can_be_afforded() -> None:
    assert item_draws(10, 7, seed=0).shape == (7, 10)
    assert item_draws(10, 7, seed=0).sum(axis=1).tolist() == [10] * 7
    assert [affordable(n, 500) for n in (0, 1000, 400_000, 1_000_000, 50_000_000)] == [500, 500, 500, 200, 100]
    assert affordable(50_000_000, 20) == 20
