"""Fits a k-nearest head: rows that it keeps vote for their labels.

A vector is centred on the mean of the kept rows and brought to unit length. The k kept rows of the highest cosine vote, each with
exp(cosine / 0.07) over that of the nearest (Wu et al., Unsupervised Feature Learning via Non-Parametric Instance Discrimination,
CVPR 2018), and the labels' shares of the kept rows count as one vote more, so that no score is 0. k is chosen by rows that were
not kept: in five folds where rows are few, else by the eval rows; a temperature then calibrates the votes' logarithms.

Bounded: it keeps at most 16,384 rows and 64 MiB, vectors and votes together. Of more rows each label keeps its share, drawn by
chance from the seed, and at least ten where there is room.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from transforms.common.arrays import Mask
from transforms.common.progress import METER
from transforms.heads.fit import held_out
from transforms.heads.fit.fitted import Fitted, held_out_temperature
from transforms.heads.fit.training_data import HeadData, TrainingBatch
from transforms.heads.job import Loss
from transforms.heads.rows.split import EVAL, TRAIN

SHARPNESS = 0.07
"""What cosines are divided by. The best accuracy on 341 photographs of clothes: 0.87 with 0.07, 0.80 with 0.02, 0.84 with 0.2."""
_NEIGHBOURS = (1, 3, 5, 10, 20, 50, 100, 200)
_MOST_ROWS = 16_384
_MOST_BYTES = 64 << 20
_LEAST_OF_LABEL = 10
_BLOCK = 1 << 22
_LEAST_SHARE = 1e-6

Array = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False, kw_only=True)
class KeptRows:
    """The rows that vote.

    Attributes:
      centre: their mean, float32 [width].
      unit: what is left of them, at unit length, float32 [m, width].
      votes: float32 [m, K], the weight of a row for each label that it has.
      against: float32 [m, K], for each that it has not.
      share: of each label, float32 [K], between 0 and 1 without its ends.
      loss: "softmax" of one label an item, else "sigmoid".
    """

    centre: Array
    unit: Array
    votes: Array
    against: Array
    share: Array
    loss: Loss

    @staticmethod
    def of(rows: TrainingBatch, *, classes: int, loss: Loss) -> KeptRows:
        x, truth, weight = rows
        has = np.eye(classes, dtype=np.float32)[truth] if truth.ndim == 1 else truth
        centre = x.mean(axis=0, dtype=np.float64).astype(np.float32)
        votes = has * weight[:, None]
        return KeptRows(
            centre=centre,
            unit=_unit(x - centre),
            votes=votes,
            against=weight[:, None] - votes,
            share=np.clip(votes.sum(axis=0) / max(float(weight.sum()), 1e-30), _LEAST_SHARE, 1 - _LEAST_SHARE),
            loss=loss,
        )

    def logits(self, x: Array, neighbours: tuple[int, ...]) -> Array:
        """Logits float32 [len(neighbours), n, K] of x float32 [n, width], for each number of neighbours."""
        most, classes = max(neighbours), self.votes.shape[1]
        made = np.empty((len(neighbours), len(x), classes), np.float32)
        size = int(np.clip(_BLOCK // (most * classes), 1, 1_024))
        for start in range(0, len(x), size):
            cosines = _unit(x[start : start + size] - self.centre) @ self.unit.T
            nearest = np.argpartition(-cosines, most - 1, axis=1)[:, :most]
            near = np.take_along_axis(cosines, nearest, axis=1)
            order = np.argsort(-near, axis=1, kind="stable")
            nearest, near = np.take_along_axis(nearest, order, axis=1), np.take_along_axis(near, order, axis=1)
            shares = np.exp((near - near[:, :1]) / SHARPNESS)[:, :, None]
            for position, k in enumerate(neighbours):
                here = nearest[:, :k]
                logits = np.log((shares[:, :k] * self.votes[here]).sum(axis=1) + self.share)
                if self.loss == "sigmoid":
                    logits -= np.log((shares[:, :k] * self.against[here]).sum(axis=1) + 1 - self.share)
                made[position, start : start + size] = logits
        return made

    def model(self, k: int) -> Any:
        """The same as a Keras model of built-in layers: float32 [n, width] -> logits float32 [n, K]."""
        import keras

        inputs = keras.Input((self.unit.shape[1],), name="x")
        centred = keras.layers.Rescaling(1.0, (-self.centre.astype(np.float64)).tolist(), dtype="float32")(inputs)
        unit = keras.layers.UnitNormalization(name="unit", dtype="float32")(centred)
        kept = keras.layers.Dense(len(self.unit), use_bias=False, name="cosines", dtype="float32")
        cosines = kept(unit)
        highest = keras.ops.top_k(cosines, k)[0]
        shares = keras.ops.exp((cosines - highest[:, :1]) * (1 / SHARPNESS))
        shares = keras.ops.where(cosines >= highest[:, -1:], shares, 0.0)
        votes = keras.layers.Dense(self.votes.shape[1], name="votes", dtype="float32")
        logits = keras.ops.log(votes(shares))
        if self.loss == "sigmoid":
            against = keras.layers.Dense(self.votes.shape[1], name="against", dtype="float32")
            logits = logits - keras.ops.log(against(shares))
            against.set_weights([self.against, 1 - self.share])
        kept.set_weights([self.unit.T])
        votes.set_weights([self.votes, self.share])
        return keras.Model(inputs, logits, name="knn_head")


def neighbours_of(rows: int) -> tuple[int, ...]:
    """The numbers of neighbours to try where so many rows are kept."""
    return tuple(k for k in _NEIGHBOURS if k <= max(rows // 2, 1))


def fit_knn(data: HeadData) -> Fitted:
    """The k-nearest head of a table's rows: see the module."""
    started = time.monotonic()
    train, evaluation = data.rows(TRAIN), data.rows(EVAL)
    few = held_out.by_folds(train, evaluation)
    METER.begin("choosing the number of neighbours")
    kept = _kept(data, train | evaluation if few else train)
    rows = data.in_memory(kept)
    if few:
        fold = held_out.folds_of(data.prepared.groups[kept], data.labels.codes[kept])
        smallest = len(fold) - int(np.bincount(fold).max())
        neighbours = neighbours_of(smallest)
        logits = np.empty((len(neighbours), len(fold), data.classes), np.float32)
        for number in np.unique(fold):
            out = fold == number
            logits[:, out] = _kept_of(data, taken(rows, ~out)).logits(rows[0][out], neighbours)
        _, truth, weight = rows
    else:
        x, truth, weight = data.in_memory(data.some(evaluation, _MOST_ROWS))
        neighbours = neighbours_of(len(rows[0]))
        logits = _kept_of(data, rows).logits(x, neighbours)
    losses, errors = np.array([held_out.errors_of(one, truth, weight) for one in logits]).T / weight.sum()
    best = held_out.best_setting(losses, errors, several=data.labels.several)
    chosen = time.monotonic()
    return Fitted(
        kind="knn",
        model=_kept_of(data, rows).model(neighbours[best]),
        temperature=held_out_temperature(logits[best], truth),
        inverse_regularization=None,
        neighbours=neighbours[best],
        curve={
            "x_name": "neighbours that vote",
            "x": list(neighbours),
            "x_log": True,
            "series": {"held-out log loss": losses.tolist(), "held-out error": errors.tolist()},
            "chosen": neighbours[best],
        },
        seconds={"choose": chosen - started, "fit": time.monotonic() - chosen},
    )


def taken(rows: TrainingBatch, wanted: Mask) -> TrainingBatch:
    """Some of the rows."""
    x, truth, weight = rows
    return x[wanted], truth[wanted], weight[wanted]


def _kept_of(data: HeadData, rows: TrainingBatch) -> KeptRows:
    return KeptRows.of(rows, classes=data.classes, loss=data.loss)


def drawn(data: HeadData, rows: TrainingBatch) -> TrainingBatch:
    """The rows that a head of these would keep."""
    key = rows[1] if rows[1].ndim == 1 else rows[1].argmax(axis=1)
    return taken(rows, _drawn(data, key.astype(np.int64)))


def _kept(data: HeadData, pool: Mask) -> Mask:
    """Which rows of the pool are kept: all, or of each label its share."""
    codes = data.labels.codes[pool]
    kept = np.zeros(len(pool), np.bool_)
    kept[pool] = _drawn(data, codes if codes.ndim == 1 else codes.argmax(axis=1))
    return kept


def _drawn(data: HeadData, key: npt.NDArray[Any]) -> Mask:
    """Bool [n]: which rows of these labels are kept."""
    most = min(_MOST_ROWS, max(_MOST_BYTES // (4 * (data.transform.width + 2 * data.classes)), 1))
    if len(key) <= most:
        return np.ones(len(key), np.bool_)
    rows = np.random.default_rng(data.head.seed).permutation(len(key))
    rows = rows[np.argsort(key[rows], kind="stable")]
    counts = np.bincount(key, minlength=data.classes)
    rank = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    quota = np.maximum(counts * most // len(rows), min(_LEAST_OF_LABEL, most // (2 * data.classes)))
    kept = np.zeros(len(rows), np.bool_)
    kept[rows[rank < quota[key[rows]]]] = True
    return kept


def _unit(x: Array) -> Array:
    unit: Array = x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-6)
    return unit
