"""Fits linear heads: logistic regression at several values of C, the inverse of regularisation strength, at once.

For each C the same objective as scikit-learn's, divided by the rows:

    f(W, b) = 1/n sum_i w_i loss(x_i W + b, y_i) + 1/2 1/(C n) scale ||W||^2        (b is not penalised)

`loss` is the cross-entropy of a softmax (one label an item) or the sum of those of sigmoids (several labels an item, or one
against the rest); `scale`, the mean squared distance of a vector to the mean, makes C mean the same for every encoder.

The solver is L-BFGS (Nocedal, 1980) for all values of C side by side, so that a pass over the vectors serves them all:
one matrix product gives the logits of every C, one their gradients. It works in the axes of the vectors' covariance
V diag(s) V', where the curvature's bound by Boehning (1992), H <= c s_j + 1/(C n), is diagonal: as first guess of the inverse
Hessian it makes ill-conditioned vectors as easy as white ones (10 to 20 passes where plain L-BFGS takes hundreds). The
covariance, of at most 65,536 rows, decides the speed, and through `scale` what C means; nothing else of the result.

Memory: parameters and 8 pairs of history per C; vectors are passed as blocks, in memory or streamed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from transforms.heads.job import INVERSE_REGULARIZATION, Loss

Array = npt.NDArray[np.float64]


_BOUND: dict[Loss, float] = {"softmax": 0.5, "sigmoid": 0.25}
_AXES_ROWS = 65_536
_MOST_AXES = 2_048
_HISTORY = 8
_ARMIJO = 1e-4
_SHORTEST = 2.0**-20


@dataclass(frozen=True, eq=False)
class Block:
    """Some rows, as TensorFlow tensors: `x` float32 [n, d]; `y` int32 [n] or float32 [n, K]; `weight` float32 [n]."""

    x: Any
    y: Any
    weight: Any


@dataclass(frozen=True, kw_only=True)
class LinearHeads:
    """One head for each C.

    Attributes:
      inverse_regularization: C of each head, float64 [L].
      weights: float32 [L, d, K]; logits are `x @ weights[l] + bias[l]`.
      bias: float32 [L, K].
      objective: float64 [L], its last value.
      passes: how often the vectors were walked through.
    """

    inverse_regularization: Array
    weights: npt.NDArray[np.float32]
    bias: npt.NDArray[np.float32]
    objective: Array
    passes: int


@dataclass(frozen=True, eq=False, kw_only=True)
class Geometry:
    """Where the vectors lie: mean [d], principal axes [d, r] (None: the coordinates' own), variance along each [r].

    Fewer rows than dimensions span r < d axes: the others are left out, for the weights along them would stay 0.
    """

    mean: Array
    axes: Array | None
    variance: Array

    @property
    def scale(self) -> float:
        """Mean squared distance of a vector to the mean."""
        return float(self.variance.sum()) or 1.0

    @staticmethod
    def of(blocks: Iterable[Block]) -> Geometry:
        """The geometry of the first rows of `blocks`, weighted as they are."""
        import tensorflow as tf

        origin, total, moment, rows = None, 0.0, 0.0, 0.0
        for block in blocks:
            if origin is None:  # far from zero, squares in single precision would have no digits left for the variance
                origin = tf.reduce_mean(block.x, axis=0)
            root = tf.sqrt(block.weight)[:, None]
            near = (block.x - origin) * root
            total = total + tf.reduce_sum(near * root, axis=0).numpy().astype(np.float64)
            moment = moment + tf.matmul(near, near, transpose_a=True).numpy().astype(np.float64)
            rows += float(np.sum(block.weight.numpy()))
            if rows >= _AXES_ROWS:
                break
        shift = np.asarray(total / max(rows, 1e-30))
        mean = shift + (0.0 if origin is None else origin.numpy().astype(np.float64))
        covariance = np.asarray(moment / max(rows, 1e-30)) - np.outer(shift, shift)
        if len(mean) > _MOST_AXES:  # the decomposition would cost more than it saves
            return Geometry(mean=mean, axes=None, variance=np.maximum(np.diag(covariance), 0.0))
        variance, axes = np.linalg.eigh(covariance)
        return Geometry(mean=mean, axes=axes, variance=np.maximum(variance, 0.0))

    @staticmethod
    def of_few(x: npt.NDArray[np.float32], weight: npt.NDArray[np.float32]) -> Geometry:
        """The geometry of fewer rows than dimensions, by the decomposition of their products [n, n].

        Good for fitting these very rows, x float32 [n, d], and no others: it knows of no axis beyond theirs.
        """
        root = np.sqrt(weight.astype(np.float64) / max(float(weight.sum()), 1e-30))[:, None]
        mean = (x * root**2).sum(axis=0)
        near = (x - mean) * root
        variance, turns = np.linalg.eigh(near @ near.T)
        along = variance > 1e-10 * max(variance[-1], 1e-30)
        variance = variance[along]
        return Geometry(mean=mean, axes=near.T @ turns[:, along] / np.sqrt(variance), variance=variance)


def fit(
    blocks: Iterable[Block],
    *,
    classes: int,
    loss: Loss,
    geometry: Geometry,
    inverse_regularization: Iterable[float] = INVERSE_REGULARIZATION,
    rows: float | None = None,
    start: LinearHeads | None = None,
    tolerance: float = 1e-5,
    most_passes: int = 100,
    after_pass: Callable[[int], None] = lambda passes: None,
) -> LinearHeads:
    """Fits a head for each C.

    Args:
      blocks: the training rows; iterated once a pass.
      classes: K.
      geometry: of these rows or of a sample of them.
      rows: the sum of their weights, where it is known; else it costs one more walk through the blocks.
      start: heads of the same values of C to begin with, in any scale of rows.
      tolerance: a head is done when the decrease that its model promises is below this share of the objective's fall
        from where all weights are 0, so that as much is asked of a warm start as of a cold one.
      most_passes: the end, however far from done.
      after_pass: called with the number of passes so far.
    """
    chosen = np.array(list(inverse_regularization), np.float64)
    if rows is None:
        rows = float(sum(np.sum(block.weight.numpy()) for block in blocks))
    problem = _Problem(blocks, classes=classes, loss=loss, geometry=geometry, inverse_regularization=chosen, rows=rows)
    point = problem.parameters(start)
    value, gradient = problem.evaluate(point, np.arange(len(chosen)))
    after_pass(problem.passes)
    inverse = 1.0 / problem.curvature
    history: list[tuple[Array, Array, Array]] = []
    active = np.arange(len(chosen))
    while problem.passes < most_passes:
        promised = np.einsum("lp,lp->l", gradient, inverse * gradient) / 2
        fallen = np.maximum(problem.at_zero - value, 1e-3 * problem.at_zero)
        active = np.flatnonzero(promised > tolerance * fallen)
        if not len(active):
            break
        direction = -_two_loops(
            gradient[active], [(s[active], y[active], r[active]) for s, y, r in history], inverse[active]
        )
        slope = np.einsum("lp,lp->l", direction, gradient[active])
        uphill = slope >= 0
        direction[uphill] = -(inverse[active] * gradient[active])[uphill]
        slope[uphill] = -2 * promised[active][uphill]
        step = np.ones(len(active))
        new_point, new_value, new_gradient = point.copy(), value.copy(), gradient.copy()
        open_ = np.arange(len(active))
        while len(open_) and problem.passes < most_passes:
            these = active[open_]
            tried = point[these] + step[open_, None] * direction[open_]
            tried_value, tried_gradient = problem.evaluate(tried, these)
            after_pass(problem.passes)
            # Values are sums in single precision: a difference smaller than their last digits means nothing.
            slack = 1e-7 * np.abs(value[these])
            good = tried_value <= value[these] + _ARMIJO * step[open_] * slope[open_] + slack
            new_point[these[good]], new_value[these[good]] = tried[good], tried_value[good]
            new_gradient[these[good]] = tried_gradient[good]
            open_ = open_[~good]
            step[open_] /= 4
            if len(open_) and step[open_].max() < _SHORTEST:
                break
        moved, turned = new_point - point, new_gradient - gradient
        history = [*history[-_HISTORY + 1 :], _pair(moved, turned)]
        stuck = np.einsum("lp,lp->l", moved, moved)[active] == 0
        point, value, gradient = new_point, new_value, new_gradient
        if stuck.all():
            break
    weights, bias = problem.unpacked(point, np.arange(len(chosen)))
    return LinearHeads(
        inverse_regularization=chosen,
        weights=np.ascontiguousarray(weights, np.float32),
        bias=np.ascontiguousarray(bias, np.float32),
        objective=value,
        passes=problem.passes,
    )


def _pair(moved: Array, turned: Array) -> tuple[Array, Array, Array]:
    """A pair of L-BFGS for each C, and 1 / (s'y); 0 where it carries no curvature."""
    product = np.einsum("lp,lp->l", moved, turned)
    useful = product > 1e-10 * np.einsum("lp,lp->l", turned, turned)
    useful &= product > 0
    return moved, turned, np.where(useful, 1.0 / np.where(useful, product, 1.0), 0.0)


def _two_loops(gradient: Array, history: list[tuple[Array, Array, Array]], inverse: Array) -> Array:
    """The inverse Hessian's estimate times the gradient, for each C (Nocedal and Wright, algorithm 7.4)."""
    q = gradient.copy()
    shares = []
    for moved, turned, rho in reversed(history):
        share = rho * np.einsum("lp,lp->l", moved, q)
        q -= share[:, None] * turned
        shares.append(share)
    q *= inverse
    if history:
        moved, turned, rho = history[-1]
        spread = np.einsum("lp,lp->l", turned, inverse * turned)
        q *= np.where(rho > 0, 1.0 / np.maximum(rho * spread, 1e-30), 1.0)[:, None]
    for (moved, turned, rho), share in zip(history, reversed(shares), strict=True):
        q += (share - rho * np.einsum("lp,lp->l", turned, q))[:, None] * moved
    return q


class _Problem:
    """The objective in the solver's coordinates: float64 [L, (r + 1) K], along the principal axes, bias at the mean."""

    def __init__(
        self,
        blocks: Iterable[Block],
        *,
        classes: int,
        loss: Loss,
        geometry: Geometry,
        inverse_regularization: Array,
        rows: float,
    ) -> None:
        self._blocks = blocks
        self._classes = classes
        self._loss: Loss = loss
        self._geometry = geometry
        self._inverse_regularization = inverse_regularization
        self.passes = 0
        self._rows = rows
        self._dim = len(geometry.mean)
        self._rank = len(geometry.variance)

    @property
    def at_zero(self) -> float:
        """The objective where all parameters are 0."""
        return math.log(self._classes) if self._loss == "softmax" else self._classes * math.log(2)

    @property
    def curvature(self) -> Array:
        """Boehning's bound on the diagonal of the Hessian, [L, (d + 1) K]."""
        bound = _BOUND[self._loss] * self._geometry.variance[None] + self._penalty()[:, None]
        whole = np.concatenate([bound, np.full((len(self._inverse_regularization), 1), _BOUND[self._loss])], axis=1)
        # An axis along which nothing varies has no curvature but the penalty's, which may round to nothing.
        return np.repeat(np.maximum(whole, 1e-12 * whole.max()), self._classes, axis=1)

    def _penalty(self) -> Array:
        return self._geometry.scale / (self._inverse_regularization * self._rows)

    def parameters(self, start: LinearHeads | None) -> Array:
        if start is None:
            return np.zeros((len(self._inverse_regularization), (self._rank + 1) * self._classes))
        weights = start.weights.astype(np.float64)
        bias = start.bias + np.einsum("d,ldk->lk", self._geometry.mean, weights)
        if self._geometry.axes is not None:
            weights = np.einsum("de,ldk->lek", self._geometry.axes, weights)
        return np.concatenate([weights.reshape(len(weights), -1), bias], axis=1)

    def unpacked(self, point: Array, rows: npt.NDArray[np.int64]) -> tuple[Array, Array]:
        """Weights [l, d, K] and bias [l, K] in the vectors' own coordinates."""
        weights = point[:, : self._rank * self._classes].reshape(len(rows), self._rank, self._classes)
        if self._geometry.axes is not None:
            weights = np.einsum("de,lek->ldk", self._geometry.axes, weights, optimize=True)
        bias = point[:, self._rank * self._classes :] - np.einsum("d,ldk->lk", self._geometry.mean, weights)
        return weights, bias

    def evaluate(self, point: Array, rows: npt.NDArray[np.int64]) -> tuple[Array, Array]:
        """Objective [l] and gradient [l, (d + 1) K] for the values of C at `rows`: one pass."""
        self.passes += 1
        weights, bias = self.unpacked(point, rows)
        count = len(rows)
        flat = weights.transpose(1, 0, 2).reshape(self._dim, count * self._classes).astype(np.float32)
        summed = _pass_function(self._loss)
        value, slope, shift = (
            np.zeros(count),
            np.zeros((self._dim, count * self._classes)),
            np.zeros(count * self._classes),
        )
        for block in self._blocks:
            part = summed(block.x, block.y, block.weight, flat, bias.astype(np.float32))
            value += part[0].numpy()
            slope += part[1].numpy()
            shift += part[2].numpy()
        slope = (slope - np.outer(self._geometry.mean, shift)) / self._rows
        gradient = slope.reshape(self._dim, count, self._classes).transpose(1, 0, 2)
        if self._geometry.axes is not None:
            gradient = np.einsum("de,ldk->lek", self._geometry.axes, gradient, optimize=True)
        penalty = self._penalty()[rows]
        inner = point[:, : self._rank * self._classes]
        value = value / self._rows + penalty / 2 * np.einsum("lp,lp->l", inner, inner)
        gradient = gradient.reshape(count, -1) + penalty[:, None] * inner
        return value, np.concatenate([gradient, shift.reshape(count, self._classes) / self._rows], axis=1)


@lru_cache
def _pass_function(loss: Loss) -> Any:
    """A traced function: a block and parameters to the sums of losses [l], of slopes [d, l K] and of shifts [l K]."""
    import tensorflow as tf

    def summed(x: Any, y: Any, weight: Any, weights: Any, bias: Any) -> Any:
        count, classes = tf.unstack(tf.shape(bias))
        logits = tf.reshape(tf.matmul(x, weights), [-1, count, classes]) + bias
        if loss == "softmax":
            truth = tf.one_hot(y, classes)[:, None]
            logs = tf.nn.log_softmax(logits)
            losses = -tf.reduce_sum(logs * truth, axis=2)
            rest = tf.exp(logs) - truth
        else:
            truth = tf.broadcast_to(y[:, None], tf.shape(logits))
            losses = tf.reduce_sum(tf.nn.sigmoid_cross_entropy_with_logits(truth, logits), axis=2)
            rest = tf.sigmoid(logits) - truth
        flat = tf.reshape(rest * weight[:, None, None], [-1, count * classes])
        slope = tf.matmul(x, flat, transpose_a=True)
        return tf.reduce_sum(losses * weight[:, None], axis=0), slope, tf.reduce_sum(flat, axis=0)

    return tf.function(summed, reduce_retracing=True)
