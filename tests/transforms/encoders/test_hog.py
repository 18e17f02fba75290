from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.encoders import hog


def describe(pixels: np.ndarray) -> np.ndarray:
    return np.asarray(hog.describe(pixels.astype(np.float32)))


def noise(seed: int, n: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (n, hog.SIDE, hog.SIDE, 3)).astype(np.float32)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_vectors_are_finite_and_of_length_one(seed: int):
    vectors = describe(noise(seed, 2))
    assert vectors.shape == (2, hog.DIM)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)


@pytest.mark.parametrize("grey", [0, 100, 255])
def test_a_flat_image_has_a_vector_too(grey: int):
    assert np.isfinite(describe(np.full((1, hog.SIDE, hog.SIDE, 3), grey))).all()


def test_contrast_matters_little_and_content_much():
    pixels = noise(1)
    vector, faint, other = describe(np.concatenate([pixels, pixels * 0.6 + 40, noise(2)]))
    blocks = np.kron(noise(3)[:, :8, :8], np.ones((1, 16, 16, 1)))
    assert vector @ faint > 0.98
    assert vector @ describe(blocks)[0] < vector @ faint
    assert vector @ other < vector @ faint


def test_stripes_are_told_by_their_direction():
    ramp = np.where(np.arange(hog.SIDE) // 4 % 2, 255.0, 0.0)
    upright = np.broadcast_to(ramp[None, None, :, None], (1, hog.SIDE, hog.SIDE, 3))
    vectors = describe(np.concatenate([upright, upright.transpose(0, 2, 1, 3), 255 - upright]))
    assert vectors[0] @ vectors[1] < 0.3
    assert vectors[0] @ vectors[2] > 0.98


def test_colour_is_told_from_grey():
    red, green = (np.zeros((1, hog.SIDE, hog.SIDE, 3)) for _ in range(2))
    red[..., 0] = green[..., 1] = 200
    a, b = describe(np.concatenate([red, green]))
    assert a @ b < 0.5


def test_digits_are_told_apart():
    """Logistic regression on scikit-learn's digits at 16 times their size (raw pixels: 0.97)."""
    import tensorflow as tf
    from sklearn.datasets import load_digits
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import train_test_split

    digits = load_digits()
    small = np.repeat(digits.images[:1000, :, :, None] * 255 / 16, 3, axis=3).astype(np.float32)
    batches = (tf.image.resize(small[start : start + 100], (hog.SIDE, hog.SIDE)) for start in range(0, 1000, 100))
    vectors = np.concatenate([describe(batch.numpy()) for batch in batches])
    labels = digits.target[:1000]
    train, test, train_labels, test_labels = train_test_split(vectors, labels, random_state=0, stratify=labels)
    assert LogisticRegression(C=10, max_iter=300).fit(train, train_labels).score(test, test_labels) > 0.95
