from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray

from transforms.heads.fit import linear
from transforms.heads.fit.linear import Block, Geometry, LinearHeads, fit
from transforms.heads.job import INVERSE_REGULARIZATION, Loss

LogisticRegression = pytest.importorskip("sklearn.linear_model").LogisticRegression

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Labels = NDArray[np.int64]

TIGHT = 1e-7


def rows_of(
    rows: int = 600, dim: int = 20, classes: int = 4, *, least: float = 0.05, seed: int = 0
) -> tuple[Singles, Labels]:
    """Vectors whose deviation falls from 1 to `least` along the axes, and labels that a linear head explains partly."""
    generator = np.random.default_rng(seed)
    x = generator.standard_normal((rows, dim)) * np.geomspace(1, least, dim) + 0.3
    turned = x @ np.linalg.qr(generator.standard_normal((dim, dim)))[0]
    logits = turned @ generator.standard_normal((dim, classes)) * 2 / np.sqrt(dim * turned.var())
    return turned.astype(np.float32), (logits + generator.gumbel(size=logits.shape)).argmax(axis=1)


def one_hot(y: Labels) -> Singles:
    return np.eye(int(y.max()) + 1, dtype=np.float32)[y]


def block(x: Singles, y: NDArray[np.generic], weight: NDArray[np.generic] | None = None) -> Block:
    given = np.ones(len(x)) if weight is None else weight
    return Block(
        tf.constant(x, tf.float32),
        tf.constant(y, tf.int32 if y.ndim == 1 else tf.float32),
        tf.constant(given, tf.float32),
    )


def heads_of(
    blocks: list[Block],
    *,
    classes: int,
    loss: Loss = "softmax",
    inverse_regularization: tuple[float, ...] = (1.0, 100.0),
    tolerance: float = TIGHT,
) -> LinearHeads:
    geometry = Geometry.of(blocks)
    return fit(
        blocks,
        classes=classes,
        loss=loss,
        geometry=geometry,
        inverse_regularization=inverse_regularization,
        tolerance=tolerance,
    )


def objective(x: Singles, y: Labels, weights: Floats, bias: Floats, penalty: float) -> float:
    logits = x.astype(np.float64) @ weights + bias
    losses = np.logaddexp.reduce(logits, axis=1) - logits[np.arange(len(y)), y]
    return float(losses.mean() + penalty / 2 * (weights**2).sum())


def binary_objective(x: Singles, given: Singles, weights: Floats, bias: float, penalty: float) -> float:
    margin = (x.astype(np.float64) @ weights + bias) * (1 - 2 * given.astype(np.float64))
    return float(np.logaddexp(0, margin).mean() + penalty / 2 * (weights**2).sum())


def reference(x: Singles, y: NDArray[np.generic], c: float) -> tuple[Floats, Floats]:
    """scikit-learn's weights [d, K] and bias [K] at its C."""
    model = LogisticRegression(C=c, tol=1e-8, max_iter=20_000).fit(x.astype(np.float64), y)
    return model.coef_.T, model.intercept_


@pytest.mark.parametrize(
    ("rows", "dim", "classes", "tolerance"), [(600, 20, 4, TIGHT), (600, 20, 4, 1e-5), (60, 90, 3, TIGHT)]
)
def test_softmax_heads_reach_scikit_learns_objective(rows: int, dim: int, classes: int, tolerance: float) -> None:
    x, y = rows_of(rows, dim, classes)
    blocks = [block(x, y)]
    scale = Geometry.of(blocks).scale

    heads = heads_of(blocks, classes=classes, tolerance=tolerance)

    assert scale == pytest.approx(x.astype(np.float64).var(axis=0).sum(), rel=1e-5)
    for at, c in enumerate(heads.inverse_regularization):
        penalty = scale / (c * rows)
        weights, bias = reference(x, y, c / scale)
        best = objective(x, y, weights, bias, penalty)
        reached = objective(x, y, heads.weights[at].astype(np.float64), heads.bias[at].astype(np.float64), penalty)
        assert best * (1 - 1e-6) <= reached <= best * (1 + 1e-4)
        assert heads.objective[at] == pytest.approx(reached, rel=1e-5)
        if tolerance == TIGHT:
            found = x @ heads.weights[at] + heads.bias[at]
            wanted = x @ weights + bias
            found, wanted = (each - each.mean(axis=1, keepdims=True) for each in (found, wanted))
            assert np.abs(found - wanted).max() < 0.02 * np.abs(wanted).max()


@pytest.mark.parametrize("c", [1.0, 100.0])
def test_a_softmax_over_two_labels_is_a_binary_head_at_twice_the_c(c: float) -> None:
    """Weights -v/2 and v/2 have half the penalty of v."""
    x, y = rows_of(classes=2)
    blocks = [block(x, y)]
    scale = Geometry.of(blocks).scale
    weights, bias = reference(x, y, 2 * c / scale)

    heads = heads_of(blocks, classes=2, inverse_regularization=(c,))

    apart = (heads.weights[0, :, 1] - heads.weights[0, :, 0]).astype(np.float64)
    reached = binary_objective(x, y, apart, float(heads.bias[0, 1] - heads.bias[0, 0]), scale / (2 * c * len(y)))
    best = binary_objective(x, y, weights[:, 0], float(bias[0]), scale / (2 * c * len(y)))
    assert best * (1 - 1e-6) <= reached <= best * (1 + 1e-5)


def test_sigmoid_heads_reach_scikit_learns_objective_for_each_label() -> None:
    x, y = rows_of()
    given = np.maximum(one_hot(y), one_hot(np.roll(y, 1) % 3 + 1))  # one or two labels a row
    blocks = [block(x, given)]
    scale = Geometry.of(blocks).scale

    heads = heads_of(blocks, classes=4, loss="sigmoid")

    for at, c in enumerate(heads.inverse_regularization):
        penalty, total = scale / (c * len(y)), 0.0
        for label in range(4):
            weights, bias = reference(x, given[:, label], c / scale)
            best = binary_objective(x, given[:, label], weights[:, 0], float(bias[0]), penalty)
            found = heads.weights[at, :, label].astype(np.float64)
            reached = binary_objective(x, given[:, label], found, float(heads.bias[at, label]), penalty)
            assert best * (1 - 1e-6) <= reached <= best * (1 + 1e-4)
            total += reached
        assert heads.objective[at] == pytest.approx(total, rel=1e-5)


def test_one_against_the_rest_is_as_many_separate_heads() -> None:
    x, y = rows_of(300, 8, 3)
    together = heads_of([block(x, one_hot(y))], classes=3, loss="sigmoid")

    for label in range(3):
        alone = heads_of([block(x, one_hot(y)[:, [label]])], classes=1, loss="sigmoid")
        assert np.allclose(together.weights[:, :, [label]], alone.weights, atol=0.01 * np.abs(alone.weights).max())
        assert np.allclose(together.bias[:, [label]], alone.bias, atol=0.02)


def test_the_weights_of_a_softmax_sum_to_nothing_over_the_labels() -> None:
    x, y = rows_of()
    heads = heads_of([block(x, y)], classes=4, inverse_regularization=INVERSE_REGULARIZATION)

    assert heads.weights.shape == (11, 20, 4)
    assert np.abs(heads.weights.sum(axis=2)).max() < 1e-4 * np.abs(heads.weights).max()
    assert np.abs(heads.bias.sum(axis=1)).max() < 1e-3


def test_stronger_regularisation_gives_smaller_weights() -> None:
    x, y = rows_of()
    sizes = np.linalg.norm(
        heads_of([block(x, y)], classes=4, inverse_regularization=INVERSE_REGULARIZATION).weights, axis=(1, 2)
    )

    assert (np.diff(sizes) > 0).all()
    assert sizes[0] < 0.2 * sizes[-1]


def test_the_weight_of_a_row_is_how_often_it_counts() -> None:
    x, y = rows_of(300, 8, 3)
    times = np.random.default_rng(1).integers(0, 4, 300)
    weighed = [block(x, y, times)]
    repeated = [block(np.repeat(x, times, axis=0), np.repeat(y, times))]

    assert Geometry.of(weighed).scale == pytest.approx(Geometry.of(repeated).scale, rel=1e-5)
    assert_same(heads_of(weighed, classes=3), heads_of(repeated, classes=3))


def test_rows_of_no_weight_are_not_there() -> None:
    x, y = rows_of(300, 8, 3)
    padded = block(np.concatenate([x, np.zeros((50, 8), np.float32)]), np.concatenate([y, np.zeros(50, np.int64)]))
    padded = replace(padded, weight=tf.constant([1.0] * 300 + [0.0] * 50))

    assert_same(heads_of([padded], classes=3), heads_of([block(x, y)], classes=3))


def assert_same(one: LinearHeads, other: LinearHeads) -> None:
    """The same up to the solver's tolerance."""
    assert one.objective == pytest.approx(other.objective, rel=1e-5)
    assert np.allclose(one.weights, other.weights, atol=0.01 * np.abs(other.weights).max(axis=(1, 2), keepdims=True))
    assert np.allclose(one.bias, other.bias, atol=0.02)


@pytest.mark.parametrize("at", [0, 5, 10])
def test_a_c_is_fitted_alone_as_among_others(at: int) -> None:
    x, y = rows_of()
    among = heads_of([block(x, y)], classes=4, inverse_regularization=INVERSE_REGULARIZATION)
    alone = heads_of([block(x, y)], classes=4, inverse_regularization=(INVERSE_REGULARIZATION[at],))

    part = replace(among, weights=among.weights[[at]], bias=among.bias[[at]], objective=among.objective[[at]])
    assert_same(part, alone)


class Stream:
    """Blocks that are made anew for each pass."""

    def __init__(self, x: Singles, y: Labels, size: int) -> None:
        self.x, self.y, self.size = x, y, size
        self.walks = 0

    def __iter__(self) -> Iterator[Block]:
        self.walks += 1
        for low in range(0, len(self.x), self.size):
            yield block(self.x[low : low + self.size], self.y[low : low + self.size])


@pytest.mark.parametrize("size", [7, 250, 600])
def test_streamed_blocks_give_what_one_block_in_memory_gives(size: int) -> None:
    x, y = rows_of()
    stream = Stream(x, y, size)
    geometry = Geometry.of([block(x, y)])
    printed: list[int] = []

    streamed = fit(
        stream,
        classes=4,
        loss="softmax",
        geometry=geometry,
        inverse_regularization=(1.0, 100.0),
        tolerance=TIGHT,
        after_pass=printed.append,
    )

    assert_same(streamed, heads_of([block(x, y)], classes=4))
    assert stream.walks == streamed.passes + 1, "once more, to count the rows"
    assert printed == list(range(1, streamed.passes + 1))


def test_the_geometry_of_blocks_is_that_of_the_rows() -> None:
    x, y = rows_of()
    geometry = Geometry.of(Stream(x, y, 70))
    wide = x.astype(np.float64)

    assert geometry.mean == pytest.approx(wide.mean(axis=0), abs=1e-5)
    assert geometry.axes is not None
    restored = geometry.axes @ np.diag(geometry.variance) @ geometry.axes.T
    assert restored == pytest.approx(np.cov(wide.T, bias=True), abs=1e-5)


@pytest.mark.parametrize("away", [100.0, 1000.0])
def test_the_scale_of_vectors_far_from_zero_is_still_that_around_their_mean(away: float) -> None:
    x = (np.random.default_rng(0).standard_normal((5000, 8)) * 0.1 + away).astype(np.float32)

    geometry = Geometry.of(Stream(x, np.zeros(5000, np.int64), 1000))

    assert geometry.scale == pytest.approx(x.astype(np.float64).var(axis=0).sum(), rel=1e-3)


def test_the_axes_decide_the_speed_and_not_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = rows_of(least=0.01)
    blocks = [block(x, y)]
    known = heads_of(blocks, classes=4)
    monkeypatch.setattr(linear, "_MOST_AXES", 5)

    unknown = fit(
        blocks,
        classes=4,
        loss="softmax",
        geometry=Geometry.of(blocks),
        inverse_regularization=(1.0, 100.0),
        tolerance=1e-10,
        most_passes=1000,
    )

    assert Geometry.of(blocks).axes is None
    assert unknown.objective == pytest.approx(known.objective, rel=1e-4)
    assert unknown.passes > known.passes


def test_a_fit_that_starts_from_its_end_is_done_at_once() -> None:
    x, y = rows_of()
    blocks = [block(x, y)]
    geometry = Geometry.of(blocks)
    cold = fit(blocks, classes=4, loss="softmax", geometry=geometry)

    warm = fit(blocks, classes=4, loss="softmax", geometry=geometry, start=cold)

    assert cold.passes > 5
    assert warm.passes <= cold.passes / 2
    assert (warm.objective <= cold.objective * (1 + 1e-6)).all()


def test_a_fit_that_starts_from_the_head_of_fewer_rows_needs_fewer_passes() -> None:
    x, y = rows_of(2000)
    few, all_ = [block(x[:1800], y[:1800])], [block(x, y)]
    geometry = Geometry.of(all_)
    start = fit(few, classes=4, loss="softmax", geometry=geometry, tolerance=TIGHT)

    cold = fit(all_, classes=4, loss="softmax", geometry=geometry, tolerance=1e-4)
    warm = fit(all_, classes=4, loss="softmax", geometry=geometry, tolerance=1e-4, start=start)

    assert warm.passes < cold.passes
    assert warm.objective == pytest.approx(cold.objective, rel=1e-3)


def test_a_constant_column_gets_no_weight() -> None:
    x, y = rows_of(300, 8, 3)
    widened = np.concatenate([x, np.full((300, 1), 2.5, np.float32), np.zeros((300, 1), np.float32)], axis=1)

    heads = heads_of([block(widened, y)], classes=3)

    assert np.abs(heads.weights[:, 8:]).max() < 1e-2 * np.abs(heads.weights).max()
    assert heads.objective == pytest.approx(heads_of([block(x, y)], classes=3).objective, rel=1e-5)


def test_columns_that_are_equal_share_their_weight() -> None:
    x, y = rows_of(300, 8, 3)

    heads = heads_of([block(np.concatenate([x, x], axis=1), y)], classes=3)

    assert np.allclose(heads.weights[:, :8], heads.weights[:, 8:], atol=0.01 * np.abs(heads.weights).max())
    # Half the weight in each of two columns has half the penalty; the scale is twice as large.
    assert heads.objective == pytest.approx(heads_of([block(x, y)], classes=3).objective, rel=1e-5)


def test_rows_that_are_all_equal_leave_the_shares_of_the_labels() -> None:
    y = np.array([0] * 5 + [1] * 3 + [2] * 2)

    heads = heads_of([block(np.ones((10, 4), np.float32), y)], classes=3, inverse_regularization=INVERSE_REGULARIZATION)

    logits = heads.weights.sum(axis=1) + heads.bias
    chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert chances == pytest.approx(np.tile([0.5, 0.3, 0.2], (11, 1)), abs=0.01)


def test_a_fit_ends_after_the_most_passes() -> None:
    x, y = rows_of()
    blocks = [block(x, y)]

    heads = fit(blocks, classes=4, loss="softmax", geometry=Geometry.of(blocks), tolerance=0.0, most_passes=4)

    assert heads.passes == 4
    assert (heads.objective < np.log(4)).all()
