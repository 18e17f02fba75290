from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from transforms.annotation.confident import (
    confident_class,
    confident_joint,
    estimated_joint,
    label_errors,
    label_errors_of_several,
    thresholds,
)


def test_the_example_of_a_page() -> None:
    scores = np.array([[0.9, 0.1], [0.8, 0.2], [0.1, 0.9], [0.3, 0.7], [0.2, 0.8]], np.float32)
    codes = np.array([0, 0, 0, 1, 1], np.int32)

    limits = thresholds(scores, codes)
    np.testing.assert_allclose(limits, [0.6, 0.75], rtol=1e-6)
    confident = confident_class(scores, limits)
    assert confident.tolist() == [0, 0, 1, -1, 1]
    assert confident_joint(codes, confident, 2).tolist() == [[2, 1], [0, 1]]
    found = label_errors(scores, codes)
    assert found.is_error.tolist() == [False, False, True, False, False]
    assert found.suggested[2] == 1
    np.testing.assert_allclose(found.quality, [0.9, 0.8, 0.1, 0.7, 0.8], rtol=1e-6)
    np.testing.assert_allclose(found.estimated, 1.0)


def test_of_several_labels_the_doubtful_one_is_flipped() -> None:
    scores = np.array([[0.9, 0.1], [0.95, 0.96], [0.9, 0.05], [0.1, 0.9], [0.1, 0.95]], np.float32)
    given_labels = np.array([[1, 0], [1, 0], [1, 0], [0, 1], [0, 1]], np.bool_)

    found = label_errors_of_several(scores, given_labels)

    assert found.is_error.tolist() == [False, True, False, False, False]
    assert found.suggested[1].tolist() == [True, True]
    assert found.quality.argmin() == 1


@st.composite
def scored(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    rows, classes = draw(st.integers(1, 20)), draw(st.integers(2, 5))
    raw = draw(arrays(np.float32, (rows, classes), elements=st.floats(0.0625, 1, width=32)))
    codes = draw(arrays(np.int32, rows, elements=st.integers(0, classes - 1)))
    return raw / raw.sum(axis=1, keepdims=True), codes


@settings(max_examples=60, deadline=None)
@given(scored())
def test_the_joint_is_a_distribution_with_the_shares_of_the_given_labels(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    scores, codes = drawn
    classes = scores.shape[1]
    counts = np.bincount(codes, minlength=classes)
    confident = confident_class(scores, thresholds(scores, codes))
    counted = confident_joint(codes, confident, classes)
    joint = estimated_joint(counted, counts)

    assert counted.sum() == (confident >= 0).sum()
    np.testing.assert_allclose(joint.sum(), 1)
    np.testing.assert_allclose(joint.sum(axis=1), counts / counts.sum())
    found = label_errors(scores, codes)
    given_scores = scores[np.arange(len(codes)), codes]
    doubtful = (scores.max(axis=1) > given_scores).sum()
    assert found.is_error.sum() == min(np.ceil(found.estimated - 1e-6), doubtful)
    if found.is_error.any() and found.is_error.sum() < doubtful:
        rest = ~found.is_error & (scores.max(axis=1) > given_scores)
        assert given_scores[found.is_error].max() <= given_scores[rest].min()
    assert 0 <= found.estimated <= len(codes) + 1e-9
    assert (found.suggested != codes).all()
