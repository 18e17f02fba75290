"""Fits the linear head of a table's rows: chooses its regularisation, then its weights, then its temperature.

1. C, the inverse of regularisation strength, by accuracy on rows that were not fitted (log loss where that is a tie, or an item
   has several labels): five-fold cross-validation over training and eval rows where these are few (an eval split of 50 rows
   chooses by luck), else the eval split, with at most 131,072 training rows;
2. weights, at that C: from all training rows (and, after a cross-validation, the eval rows, which have then been
   held out in turn), in memory where they fit; else from as many as fit, and then as a stream from all;
3. a temperature, on the same held-out logits that chose C.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from transforms.common.arrays import Mask
from transforms.common.progress import METER
from transforms.heads.fit import held_out, linear
from transforms.heads.fit.fitted import Fitted, held_out_temperature
from transforms.heads.fit.linear import Block, Geometry, LinearHeads
from transforms.heads.fit.training_data import HeadData, StreamedBlocks, TrainingBatch, blocks_of
from transforms.heads.rows.split import EVAL, TRAIN

_CHOOSING_ROWS = 131_072
_MOST_BLOCK_ROWS = 16_384
_BLOCK_LOGITS = 1 << 24
_STREAMED_PASSES = 6
_CHOOSING, _FITTING = "choosing the regularization", "fitting"


def fit_linear(data: HeadData, *, folded: Sequence[LinearHeads] = ()) -> Fitted:
    """The linear head of a table's rows: see the module.

    Args:
      folded: heads of all folds but one each, where a choice among kinds has fitted them already; else they are fitted here.
    """
    started = time.monotonic()
    train, evaluation = data.rows(TRAIN), data.rows(EVAL)
    few = held_out.by_folds(train, evaluation)
    METER.begin(_CHOOSING)
    choice = _by_folds(data, train | evaluation, folded) if few else _by_eval(data, train, evaluation)
    chosen = time.monotonic()
    weights, bias = _final(data, choice, train | evaluation if few else train)
    temperature = held_out_temperature(choice.logits, choice.truth)
    candidates = data.head.inverse_regularization
    return Fitted(
        kind="linear",
        model=linear_model(weights, bias),
        temperature=temperature,
        inverse_regularization=choice.c,
        curve={
            "x_name": "inverse regularization C (weaker to the right)",
            "x": list(candidates),
            "x_log": True,
            "series": {"held-out log loss": choice.losses.tolist(), "held-out error": choice.errors.tolist()},
            "chosen": choice.c,
        },
        seconds={"choose": chosen - started, "fit": time.monotonic() - chosen},
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class _Choice:
    """The chosen C, and what the final fit begins with.

    Attributes:
      losses, errors: mean held-out log loss and share of wrong rows of each C, [L].
      logits, truth: of the held-out rows, at the chosen C.
      start: a head of that C, of fewer rows.
      blocks: rows for the final fit, in memory; all of them if `whole`.
    """

    c: float
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


def _fit(
    data: HeadData,
    blocks: Iterable[Block],
    geometry: Geometry,
    candidates: tuple[float, ...],
    *,
    phase: str,
    rows: float | None = None,
    start: LinearHeads | None = None,
    most_passes: int = 100,
) -> LinearHeads:
    """`linear.fit` of the head's loss, with its passes shown as steps of `phase`."""
    METER.begin(phase)
    return linear.fit(
        blocks,
        classes=data.classes,
        loss=data.loss,
        geometry=geometry,
        inverse_regularization=candidates,
        rows=rows,
        start=start,
        most_passes=most_passes,
        after_pass=lambda passes: METER.begin(f"{phase}, pass {passes}"),
    )


def _by_folds(data: HeadData, wanted: Mask, folded: Sequence[LinearHeads]) -> _Choice:
    x, truth, weight = data.in_memory(wanted)
    fold = held_out.folds_of(data.prepared.groups[wanted], data.labels.codes[wanted])
    candidates = data.head.inverse_regularization
    size = _block_rows(data, len(candidates))
    losses, errors = np.zeros(len(candidates)), np.zeros(len(candidates))
    heads: list[LinearHeads] = []
    for number in range(held_out.FOLDS):
        out = fold == number
        phase = f"{_CHOOSING}, fold {number + 1} of {held_out.FOLDS}"
        known = len(folded) == held_out.FOLDS
        heads.append(folded[number] if known else heads_of(data, (x[~out], truth[~out], weight[~out]), phase=phase))
        for position in range(len(candidates)):
            loss, error = held_out.errors_of(logits_of(heads[-1], position, x[out]), truth[out], weight[out])
            losses[position] += loss / weight.sum()
            errors[position] += error / weight.sum()
    best = held_out.best_setting(losses, errors, several=data.labels.several)
    logits = np.empty((len(x), data.classes), np.float32)
    for number, fitted in enumerate(heads):
        logits[fold == number] = logits_of(fitted, best, x[fold == number])
    whole = blocks_of((x, truth, weight), size)
    return _Choice(
        c=candidates[best],
        losses=losses,
        errors=errors,
        logits=logits,
        truth=truth,
        start=_alone(heads[0], best),
        geometry=_geometry(x, weight, whole),
        blocks=whole,
        whole=True,
    )


def heads_of(data: HeadData, rows: TrainingBatch, *, phase: str) -> LinearHeads:
    """Heads of these rows in memory, one for each C that is to be tried."""
    candidates = data.head.inverse_regularization
    blocks = blocks_of(rows, _block_rows(data, len(candidates)))
    return _fit(data, blocks, _geometry(rows[0], rows[2], blocks), candidates, phase=phase)


def _geometry(x: npt.NDArray[np.float32], weight: npt.NDArray[np.float32], blocks: list[Block]) -> Geometry:
    return Geometry.of_few(x, weight) if len(x) < x.shape[1] else Geometry.of(blocks)


def _by_eval(data: HeadData, train: Mask, evaluation: Mask) -> _Choice:
    candidates = data.head.inverse_regularization
    pool = data.some(train, _most_rows(data))
    some = data.some(evaluation, min(_CHOOSING_ROWS // 2, _most_rows(data)))
    blocks, (x_eval, truth_eval, weight_eval) = _gathered(data, pool, some)
    x, truth, weight = _sampled(blocks, np.random.default_rng(data.head.seed))
    few = blocks_of((x, truth, weight), _block_rows(data, len(candidates)))
    geometry = _geometry(x, weight, few)
    heads = _fit(data, few, geometry, candidates, phase=_CHOOSING)
    sums = [held_out.errors_of(logits_of(heads, p, x_eval), truth_eval, weight_eval) for p in range(len(candidates))]
    losses, errors = np.array(sums).T / weight_eval.sum()
    best = held_out.best_setting(losses, errors, several=data.labels.several)
    return _Choice(
        c=candidates[best],
        losses=losses,
        errors=errors,
        logits=logits_of(heads, best, x_eval),
        truth=truth_eval,
        start=_alone(heads, best),
        geometry=geometry,
        blocks=blocks,
        whole=int(pool.sum()) == int(train.sum()),
    )


def _gathered(data: HeadData, pool: Mask, evaluation: Mask) -> tuple[list[Block], TrainingBatch]:
    """Blocks of the rows of `pool`, and those of `evaluation` in one piece: in one walk through the table."""
    size = _block_rows(data, 1)
    blocks: list[Block] = []
    parts: list[TrainingBatch] = []
    for chunk in data.chunks(pool | evaluation):
        x, truth, weight = data.transform.apply(chunk), data.truth(chunk.rows), data.weight(chunk.rows)
        here = pool[chunk.rows]
        blocks += blocks_of((x[here], truth[here], weight[here]), size)
        parts.append((x[~here], truth[~here], weight[~here]))
    x, truth, weight = (np.concatenate(pieces) for pieces in zip(*parts, strict=True))
    return blocks, (x, truth, weight)


def _sampled(blocks: list[Block], random: np.random.Generator) -> TrainingBatch:
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
    """Weights [width, K] and bias [K] at the chosen C, from all wanted rows."""
    candidates = (choice.c,)
    fitted = _fit(data, choice.blocks, choice.geometry, candidates, start=choice.start, phase=_FITTING)
    if not choice.whole:
        fitted = _fit(
            data,
            StreamedBlocks(data, wanted, _block_rows(data, 1)),
            choice.geometry,
            candidates,
            rows=float(data.weight(np.flatnonzero(wanted)).sum()),
            start=fitted,
            most_passes=_STREAMED_PASSES,
            phase=_FITTING,
        )
    return fitted.weights[0], fitted.bias[0]


def _most_rows(data: HeadData) -> int:
    return max(data.job.memory // (data.transform.width * 4), 1)


def logits_of(heads: LinearHeads, position: int, x: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Logits float32 [n, K] of x float32 [n, width] under one of the heads."""
    made: npt.NDArray[np.float32] = x @ heads.weights[position] + heads.bias[position]
    return made


def _alone(heads: LinearHeads, position: int) -> LinearHeads:
    one = slice(position, position + 1)
    return LinearHeads(
        inverse_regularization=heads.inverse_regularization[one],
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
