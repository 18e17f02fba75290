"""Matches whose places fit together, among matches of chance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.search.ask.verified_matching import Points, verified

DIM = 40


def unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def features(count: int, seed: int) -> tuple[np.ndarray, Points]:
    random = np.random.default_rng(seed)
    return unit(random.standard_normal((count, DIM))), random.uniform(0, (300, 400), (count, 2))


def seen(photograph: tuple[np.ndarray, Points], rows: np.ndarray, *, degrees: float, scale: float, seed: int):
    """Some features of a photograph as another picture has them: turned, scaled, shifted, with noise, among others."""
    random = np.random.default_rng(seed)
    angle = np.radians(degrees)
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    places = photograph[1][rows] @ turn.T + (40, -70) + random.normal(0, 0.5, (len(rows), 2))
    vectors = unit(photograph[0][rows] + random.normal(0, 0.05, (len(rows), DIM)))
    others, _ = features(100, seed + 1)
    beside = random.uniform(places.min(axis=0), places.max(axis=0), (100, 2))
    return np.concatenate([vectors, others]), np.concatenate([places, beside])


@settings(max_examples=12, deadline=None)
@given(st.floats(0, 360), st.floats(0.4, 2.5), st.integers(0, 1_000))
def test_planted_matches_are_found_whatever_the_turn_and_the_scale(degrees: float, scale: float, seed: int) -> None:
    photograph = features(300, seed)
    rows = np.flatnonzero((photograph[1] > (50, 60)).all(axis=1) & (photograph[1] < (200, 260)).all(axis=1))
    match = verified(seen(photograph, rows, degrees=degrees, scale=scale, seed=seed), photograph, candidates=50)
    assert match is not None
    assert 0.7 * len(rows) <= match.inliers <= len(rows) + 3
    top, left, bottom, right = match.region
    assert 0 <= top < bottom <= 250 and 10 <= left < right <= 310
    assert np.isin(match.rows[:5], rows).all()


@pytest.mark.parametrize("seed", range(12))
def test_features_that_have_nothing_in_common_never_match(seed: int) -> None:
    assert verified(features(300, seed), features(300, seed + 1_000), candidates=50) is None


def test_a_mirror_image_is_no_match() -> None:
    photograph = features(200, 0)
    assert verified((photograph[0], photograph[1] * (1, -1)), photograph) is None


def test_features_at_one_place_count_once() -> None:
    vectors, places = features(200, 0)
    crowded = np.repeat(places[:5], 40, axis=0)
    assert verified((vectors, crowded), (vectors, crowded)) is None


def test_few_features_verify_nothing() -> None:
    for count in (0, 1, 5):
        assert verified(features(count, 0), features(count, 0)) is None


def test_the_same_question_has_the_same_answer() -> None:
    photograph = features(200, 3)
    query = seen(photograph, np.arange(30), degrees=30, scale=1, seed=4)
    one, other = verified(query, photograph), verified(query, photograph)
    assert one is not None and other is not None
    assert (one.inliers, one.region, one.rows.tolist()) == (other.inliers, other.region, other.rows.tolist())
