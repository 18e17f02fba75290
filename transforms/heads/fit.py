"""Fitting a head: which strength, which weights, which temperature.

A linear head, in this order:
  1. a strength, by log loss on rows that were not fitted: five-fold cross-validation over training and eval rows where these
     are few (an eval split of 50 rows chooses by luck), else the eval split, with at most 131,072 training rows;
  2. weights, at that strength: from all training rows (and, after a cross-validation, the eval rows, which have then been
     held out in turn), in memory where they fit, else as a stream, beginning with what was found before;
  3. a temperature, on the same held-out logits that chose the strength.

An MLP stops by its eval rows, which give the temperature, too.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from transforms import files
from transforms.heads import linear, mlp
from transforms.heads.calibration import fit_temperature
from transforms.heads.data import HeadData, Rows, StreamedBlocks, blocks_of
from transforms.heads.linear import Block, Geometry, LinearHeads
from transforms.heads.scores import log_losses
from transforms.heads.split import EVAL, TRAIN
from transforms.heads.vectors import Mask
from transforms.meter import METER

_FOLDS = 5
_FEW_EVAL_ROWS = 5_000
_MOST_FOLDED_ROWS = 60_000
_CHOOSING_ROWS = 131_072
_MOST_BLOCK_ROWS = 16_384
_BLOCK_LOGITS = 1 << 24
_STREAMED_PASSES = 6


@dataclass(frozen=True, eq=False, kw_only=True)
class Fitted:
    """A fitted head.

    Attributes:
      model: a keras.Model, float32 [n, width] -> logits float32 [n, K].
      temperature: what the logits are divided by before they become scores.
      strength: C of a linear head.
      curve: as "learning_curve" in a report.
      seconds: of each phase.
    """

    model: Any
    temperature: float
    strength: float | None
    curve: dict[str, Any]
    seconds: dict[str, float] = field(default_factory=dict)


def fit(data: HeadData, folder: str) -> Fitted:
    """Fits the head; `folder` keeps what a killed training goes on from."""
    return fit_linear(data) if data.head.kind == "linear" else fit_mlp(data, folder)


# ---- linear -----------------------------------------------------------------------------------------------


def fit_linear(data: HeadData) -> Fitted:
    started = time.monotonic()
    train, held = data.rows(TRAIN), data.rows(EVAL)
    few = held.sum() < _FEW_EVAL_ROWS and (train | held).sum() <= _MOST_FOLDED_ROWS
    METER.begin("choosing the strength")
    choice = _by_folds(data, train | held) if few else _by_eval(data, train, held)
    chosen = time.monotonic()
    METER.begin("fitting")
    weights, bias = _final(data, choice, train | held if few else train)
    temperature = fit_temperature(choice.logits, _truth(choice.truth))
    strengths = data.head.strengths
    return Fitted(
        model=linear_model(weights, bias),
        temperature=temperature,
        strength=choice.strength,
        curve={
            "x_name": "strength C (weaker regularisation to the right)",
            "x": list(strengths),
            "x_log": True,
            "series": {"held-out log loss": choice.losses.tolist()},
            "chosen": choice.strength,
        },
        seconds={"choose": chosen - started, "fit": time.monotonic() - chosen},
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class _Choice:
    """A strength, why (mean held-out log loss of each, [L]), held-out logits at it with their truth, and where to begin."""

    strength: float
    losses: npt.NDArray[np.float64]
    logits: npt.NDArray[np.float32]
    truth: npt.NDArray[Any]
    start: LinearHeads | None
    geometry: Geometry
    held: Rows | None


def _block_rows(data: HeadData, heads: int) -> int:
    """Rows of a block: so that its logits stay within 64 MB."""
    return int(np.clip(_BLOCK_LOGITS // (heads * data.classes), 64, _MOST_BLOCK_ROWS))


def _fit(data: HeadData, blocks: Any, geometry: Geometry, strengths: tuple[float, ...], **more: Any) -> LinearHeads:
    phase = METER.phase

    def tell(passes: int) -> None:
        METER.begin(f"{phase}, pass {passes}")

    try:
        return linear.fit(
            blocks,
            classes=data.classes,
            loss=data.loss,
            geometry=geometry,
            strengths=strengths,
            after_pass=tell,
            **more,
        )
    finally:
        METER.begin(phase)


def _by_folds(data: HeadData, wanted: Mask) -> _Choice:
    x, truth, weight = data.held(wanted)
    fold = _folds(data, wanted)
    strengths = data.head.strengths
    size = _block_rows(data, len(strengths))
    losses = np.zeros(len(strengths))
    heads: list[LinearHeads] = []
    for number in range(_FOLDS):
        METER.begin(f"choosing the strength, fold {number + 1} of {_FOLDS}")
        out = fold == number
        blocks = blocks_of((x[~out], truth[~out], weight[~out]), size)
        heads.append(_fit(data, blocks, _geometry(x[~out], weight[~out], blocks), strengths))
        for position in range(len(strengths)):
            losses[position] += log_losses(_logits(heads[-1], position, x[out]), truth[out]).sum()
    best = int(np.argmin(losses))
    logits = np.empty((len(x), data.classes), np.float32)
    for number, fitted in enumerate(heads):
        logits[fold == number] = _logits(fitted, best, x[fold == number])
    whole = blocks_of((x, truth, weight), size)
    return _Choice(
        strength=strengths[best],
        losses=losses / len(x),
        logits=logits,
        truth=truth,
        start=_alone(heads[0], best),
        geometry=_geometry(x, weight, whole),
        held=(x, truth, weight),
    )


def _geometry(x: npt.NDArray[np.float32], weight: npt.NDArray[np.float32], blocks: list[Block]) -> Geometry:
    return Geometry.of_few(x, weight) if len(x) < x.shape[1] else Geometry.of(blocks)


def _folds(data: HeadData, wanted: Mask) -> npt.NDArray[np.int64]:
    """A fold for each wanted row: groups in the order of their hashes, dealt out label by label."""
    groups = data.prepared.groups[wanted]
    codes = data.labels.codes[wanted]
    key = codes if codes.ndim == 1 else codes.argmax(axis=1)
    distinct, first, member = np.unique(groups, return_index=True, return_inverse=True)
    order = np.lexsort((distinct, key[first]))
    of_group = np.empty(len(distinct), np.int64)
    of_group[order] = np.arange(len(distinct)) % _FOLDS
    return of_group[member]


def _by_eval(data: HeadData, train: Mask, held: Mask) -> _Choice:
    strengths = data.head.strengths
    size = _block_rows(data, len(strengths))
    x, truth, weight = data.held(data.some(train, min(_CHOOSING_ROWS, _most_rows(data))))
    # The first rows decide the geometry, and a table may be sorted by label.
    order = np.random.default_rng(data.head.seed).permutation(len(x))
    x, truth, weight = x[order], truth[order], weight[order]
    blocks = blocks_of((x, truth, weight), size)
    geometry = _geometry(x, weight, blocks)
    heads = _fit(data, blocks, geometry, strengths)
    x_held, truth_held, _ = data.held(data.some(held, min(_CHOOSING_ROWS // 2, _most_rows(data))))
    losses = np.array([log_losses(_logits(heads, p, x_held), truth_held).mean() for p in range(len(strengths))])
    best = int(np.argmin(losses))
    return _Choice(
        strength=strengths[best],
        losses=losses,
        logits=_logits(heads, best, x_held),
        truth=truth_held,
        start=_alone(heads, best),
        geometry=geometry,
        held=(x, truth, weight) if len(x) == train.sum() else None,
    )


def _final(data: HeadData, choice: _Choice, wanted: Mask) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Weights [width, K] and bias [K] at the chosen strength, from all wanted rows."""
    size, strengths = _block_rows(data, 1), (choice.strength,)
    start = choice.start
    if choice.held is not None or data.fits(int(wanted.sum())):
        blocks = blocks_of(choice.held, size) if choice.held is not None else data.blocks(wanted, size)
    else:
        blocks = data.blocks(data.some(wanted, _most_rows(data)), size)
        start = _fit(data, blocks, choice.geometry, strengths, start=start)
        del blocks
        streamed = StreamedBlocks(data, wanted, size)
        total = float(data.weight(np.flatnonzero(wanted)).sum())
        fitted = _fit(data, streamed, choice.geometry, strengths, rows=total, start=start, most_passes=_STREAMED_PASSES)
        return fitted.weights[0], fitted.bias[0]
    fitted = _fit(data, blocks, choice.geometry, strengths, start=start)
    return fitted.weights[0], fitted.bias[0]


def _most_rows(data: HeadData) -> int:
    return max(data.job.memory // (data.transform.width * 4), 1)


def _logits(heads: LinearHeads, position: int, x: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    made: npt.NDArray[np.float32] = x @ heads.weights[position] + heads.bias[position]
    return made


def _truth(truth: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return truth if truth.ndim == 1 else truth > 0.5


def _alone(heads: LinearHeads, position: int) -> LinearHeads:
    one = slice(position, position + 1)
    return LinearHeads(
        strengths=heads.strengths[one],
        weights=heads.weights[one],
        bias=heads.bias[one],
        objective=heads.objective[one],
        passes=heads.passes,
    )


def linear_model(weights: npt.NDArray[np.float32], bias: npt.NDArray[np.float32]) -> Any:
    """A Keras model with these weights [width, K] and bias [K]."""
    import keras

    inputs = keras.Input((weights.shape[0],), name="x")
    dense = keras.layers.Dense(weights.shape[1], name="logits")
    model = keras.Model(inputs, dense(inputs), name="linear_head")
    dense.set_weights([weights, bias])
    return model


# ---- MLP --------------------------------------------------------------------------------------------------


def fit_mlp(data: HeadData, folder: str) -> Fitted:
    """An MLP on a stream of the table's batches, or on rows in memory where they fit; goes on from its checkpoint."""
    started = time.monotonic()
    train, held = data.rows(TRAIN), data.rows(EVAL)
    seed = data.head.seed
    METER.begin("fitting")
    batches: Callable[[int], Iterator[Rows]]
    if data.fits(int(train.sum())):
        rows = data.held(train)
        batches = lambda epoch: _permuted(rows, np.random.default_rng((seed, epoch)))  # noqa: E731
        sample = rows[0]
    else:
        batches = lambda epoch: data.batches(train, seed=seed * 1_000_003 + epoch)  # noqa: E731
        sample = data.held(data.some(train, 65_536))[0]
    centre = sample.mean(axis=0)
    spread = float(np.sqrt(np.maximum(((sample - centre) ** 2).sum(axis=1).mean(), 1e-30)))
    trained = mlp.train(
        batches,
        lambda: data.batches(held),
        dim=data.transform.width,
        classes=data.classes,
        loss=data.loss,
        options=data.head.mlp,
        checkpoint=files.join(folder, "mlp"),
        centre=centre,
        scale=mlp.NORM / spread,
        after_epoch=lambda epoch: METER.begin(f"epoch {epoch.number}, eval loss {epoch.eval_loss:.4f}"),
    )
    logits, truth = [], []
    for x, y, _ in data.batches(data.some(held, _CHOOSING_ROWS // 2)):
        logits.append(trained.model.predict_on_batch(x))
        truth.append(y)
    epochs = trained.history
    return Fitted(
        model=trained.model,
        temperature=fit_temperature(np.concatenate(logits), _truth(np.concatenate(truth))) if logits else 1.0,
        strength=None,
        curve={
            "x_name": "epoch",
            "x": [epoch.number for epoch in epochs],
            "x_log": False,
            "series": {
                "training loss": [epoch.train_loss for epoch in epochs],
                "eval loss": [epoch.eval_loss for epoch in epochs],
            },
            "chosen": trained.best_epoch,
        },
        seconds={"fit": time.monotonic() - started},
    )


def _permuted(rows: Rows, random: np.random.Generator) -> Iterator[Rows]:
    order = random.permutation(len(rows[0]))
    for start in range(0, len(order), _MOST_BLOCK_ROWS):
        some = order[start : start + _MOST_BLOCK_ROWS]
        yield rows[0][some], rows[1][some], rows[2][some]
