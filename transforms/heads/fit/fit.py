"""Fitting a head: which strength, which weights, which temperature.

A linear head, in this order:
  1. a strength, by accuracy on rows that were not fitted (log loss where that is a tie, or an item has several labels): five-fold
     cross-validation over training and eval rows where these are few (an eval split of 50 rows chooses by luck), else the eval
     split, with at most 131,072 training rows;
  2. weights, at that strength: from all training rows (and, after a cross-validation, the eval rows, which have then been
     held out in turn), in memory where they fit; else from as many as fit, and then as a stream from all;
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

from transforms.common.progress import METER
from transforms.heads.evaluation.calibration import COLDEST, fit_temperature
from transforms.heads.evaluation.scores import log_losses
from transforms.heads.fit import linear, mlp
from transforms.heads.fit.linear import Block, Geometry, LinearHeads
from transforms.heads.fit.training_data import HeadData, Rows, StreamedBlocks, blocks_of
from transforms.heads.rows.split import EVAL, TRAIN
from transforms.storage import files
from transforms.table.vectors import Mask

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
    temperature = _temperature(choice.logits, choice.truth)
    strengths = data.head.strengths
    return Fitted(
        model=linear_model(weights, bias),
        temperature=temperature,
        strength=choice.strength,
        curve={
            "x_name": "strength C (weaker regularisation to the right)",
            "x": list(strengths),
            "x_log": True,
            "series": {"held-out log loss": choice.losses.tolist(), "held-out error": choice.errors.tolist()},
            "chosen": choice.strength,
        },
        seconds={"choose": chosen - started, "fit": time.monotonic() - chosen},
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class _Choice:
    """A strength, and what the final fit begins with.

    Attributes:
      losses, errors: mean held-out log loss and share of wrong rows of each strength, [L].
      logits, truth: of the held-out rows, at the chosen strength.
      start: a head of that strength, of fewer rows.
      blocks: rows for the final fit, in memory; all of them if `whole`.
    """

    strength: float
    losses: npt.NDArray[np.float64]
    errors: npt.NDArray[np.float64]
    logits: npt.NDArray[np.float32]
    truth: npt.NDArray[Any]
    start: LinearHeads
    geometry: Geometry
    blocks: list[Block]
    whole: bool


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
    losses, errors = np.zeros(len(strengths)), np.zeros(len(strengths))
    heads: list[LinearHeads] = []
    for number in range(_FOLDS):
        METER.begin(f"choosing the strength, fold {number + 1} of {_FOLDS}")
        out = fold == number
        blocks = blocks_of((x[~out], truth[~out], weight[~out]), size)
        heads.append(_fit(data, blocks, _geometry(x[~out], weight[~out], blocks), strengths))
        for position in range(len(strengths)):
            loss, error = _judged(_logits(heads[-1], position, x[out]), truth[out], weight[out])
            losses[position] += loss / weight.sum()
            errors[position] += error / weight.sum()
    best = _best(data, losses, errors)
    logits = np.empty((len(x), data.classes), np.float32)
    for number, fitted in enumerate(heads):
        logits[fold == number] = _logits(fitted, best, x[fold == number])
    whole = blocks_of((x, truth, weight), size)
    return _Choice(
        strength=strengths[best],
        losses=losses,
        errors=errors,
        logits=logits,
        truth=truth,
        start=_alone(heads[0], best),
        geometry=_geometry(x, weight, whole),
        blocks=whole,
        whole=True,
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
    pool = data.some(train, _most_rows(data))
    some = data.some(held, min(_CHOOSING_ROWS // 2, _most_rows(data)))
    blocks, (x_held, truth_held, weight_held) = _gathered(data, pool, some)
    x, truth, weight = _sampled(blocks, np.random.default_rng(data.head.seed))
    few = blocks_of((x, truth, weight), _block_rows(data, len(strengths)))
    geometry = _geometry(x, weight, few)
    heads = _fit(data, few, geometry, strengths)
    judged = [_judged(_logits(heads, p, x_held), truth_held, weight_held) for p in range(len(strengths))]
    losses, errors = np.array(judged).T / weight_held.sum()
    best = _best(data, losses, errors)
    return _Choice(
        strength=strengths[best],
        losses=losses,
        errors=errors,
        logits=_logits(heads, best, x_held),
        truth=truth_held,
        start=_alone(heads, best),
        geometry=geometry,
        blocks=blocks,
        whole=int(pool.sum()) == int(train.sum()),
    )


def _judged(
    logits: npt.NDArray[np.float32], truth: npt.NDArray[Any], weight: npt.NDArray[np.float32]
) -> tuple[float, float]:
    """Summed log loss and summed weight of the wrong rows."""
    wrong = logits.argmax(axis=1) != (truth if truth.ndim == 1 else truth.argmax(axis=1))
    return float(log_losses(logits, truth) @ weight), float(wrong @ weight)


def _best(data: HeadData, losses: npt.NDArray[np.float64], errors: npt.NDArray[np.float64]) -> int:
    """The position of the strength to take."""
    if data.labels.several:
        return int(np.argmin(losses))
    least = np.flatnonzero(errors <= errors.min() + 1e-9)
    return int(least[np.argmin(losses[least])])


def _gathered(data: HeadData, pool: Mask, held: Mask) -> tuple[list[Block], Rows]:
    """Blocks of the rows of `pool`, and those of `held` in one piece: in one walk through the table."""
    size = _block_rows(data, 1)
    blocks: list[Block] = []
    parts: list[Rows] = []
    for chunk in data.chunks(pool | held):
        x, truth, weight = data.transform.apply(chunk), data.truth(chunk.rows), data.weight(chunk.rows)
        here = pool[chunk.rows]
        blocks += blocks_of((x[here], truth[here], weight[here]), size)
        parts.append((x[~here], truth[~here], weight[~here]))
    x, truth, weight = (np.concatenate(pieces) for pieces in zip(*parts, strict=True))
    return blocks, (x, truth, weight)


def _sampled(blocks: list[Block], random: np.random.Generator) -> Rows:
    """At most about 131,072 rows of the blocks, in any order: the first rows decide the geometry, and tables may be sorted."""
    sizes = [int(block.x.shape[0]) for block in blocks]
    chosen = [np.flatnonzero(random.random(rows) < _CHOOSING_ROWS / sum(sizes)) for rows in sizes]
    count = sum(map(len, chosen))
    order, start = random.permutation(count), 0
    first = blocks[0]
    x, truth, weight = (
        np.empty((count, *array.shape[1:]), array.dtype.as_numpy_dtype) for array in (first.x, first.y, first.weight)
    )
    for block, rows in zip(blocks, chosen, strict=True):
        place = order[start : start + len(rows)]
        x[place], truth[place], weight[place] = (a.numpy()[rows] for a in (block.x, block.y, block.weight))
        start += len(rows)
    return x, truth, weight


def _final(data: HeadData, choice: _Choice, wanted: Mask) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Weights [width, K] and bias [K] at the chosen strength, from all wanted rows."""
    strengths = (choice.strength,)
    fitted = _fit(data, choice.blocks, choice.geometry, strengths, start=choice.start)
    if not choice.whole:
        fitted = _fit(
            data,
            StreamedBlocks(data, wanted, _block_rows(data, 1)),
            choice.geometry,
            strengths,
            rows=float(data.weight(np.flatnonzero(wanted)).sum()),
            start=fitted,
            most_passes=_STREAMED_PASSES,
        )
    return fitted.weights[0], fitted.bias[0]


def _most_rows(data: HeadData) -> int:
    return max(data.job.memory // (data.transform.width * 4), 1)


def _logits(heads: LinearHeads, position: int, x: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    made: npt.NDArray[np.float32] = x @ heads.weights[position] + heads.bias[position]
    return made


def _temperature(logits: npt.NDArray[np.float32], truth: npt.NDArray[Any]) -> float:
    """The temperature on held-out rows; 1 where all of a few are right, which would ask for the coldest one there is."""
    found = fit_temperature(logits, truth if truth.ndim == 1 else truth > 0.5)
    return found if found > COLDEST * 1.01 else 1.0


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
        temperature=_temperature(np.concatenate(logits), np.concatenate(truth)) if logits else 1.0,
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
