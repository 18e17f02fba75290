"""Fits the MLP of a table's rows: it stops by its eval rows, which give the temperature, too."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np

from transforms.common.progress import METER
from transforms.heads.fit import mlp
from transforms.heads.fit.checkpoints import learning_curve
from transforms.heads.fit.fitted import Fitted, held_out_temperature
from transforms.heads.fit.training_data import HeadData, TrainingBatch
from transforms.heads.rows.split import EVAL, TRAIN

_BATCH_ROWS = 16_384
_SAMPLE_ROWS = 65_536
_MOST_CALIBRATION_ROWS = 65_536


def fit_mlp(data: HeadData, folder: str) -> Fitted:
    """An MLP on a stream of the table's batches, or on rows in memory where they fit; goes on from its checkpoint."""
    started = time.monotonic()
    train, evaluation = data.rows(TRAIN), data.rows(EVAL)
    seed = data.head.seed
    METER.begin("fitting")
    batches: Callable[[int], Iterator[TrainingBatch]]
    if data.fits(int(train.sum())):
        rows = data.in_memory(train)
        batches = lambda epoch: _permuted(rows, np.random.default_rng((seed, epoch)))  # noqa: E731
        sample = rows[0]
    else:
        batches = lambda epoch: data.batches(train, seed=seed * 1_000_003 + epoch)  # noqa: E731
        sample = data.in_memory(data.some(train, _SAMPLE_ROWS))[0]
    centre = sample.mean(axis=0)
    spread = float(np.sqrt(np.maximum(((sample - centre) ** 2).sum(axis=1).mean(), 1e-30)))
    trained = mlp.train(
        batches,
        lambda: data.batches(evaluation),
        dim=data.transform.width,
        classes=data.classes,
        loss=data.loss,
        options=data.head.mlp,
        checkpoint=folder,
        centre=centre,
        scale=mlp.NORM / spread,
        after_epoch=lambda epoch: METER.begin(f"epoch {epoch.number}, eval loss {epoch.eval_loss:.4f}"),
    )
    logits, truth = [], []
    for x, y, _ in data.batches(data.some(evaluation, _MOST_CALIBRATION_ROWS)):
        logits.append(trained.model.predict_on_batch(x))
        truth.append(y)
    return Fitted(
        model=trained.model,
        temperature=held_out_temperature(np.concatenate(logits), np.concatenate(truth)) if logits else 1.0,
        inverse_regularization=None,
        curve=learning_curve(trained.history, x_name="epoch"),
        seconds={"fit": time.monotonic() - started},
    )


def _permuted(rows: TrainingBatch, random: np.random.Generator) -> Iterator[TrainingBatch]:
    order = random.permutation(len(rows[0]))
    for start in range(0, len(order), _BATCH_ROWS):
        some = order[start : start + _BATCH_ROWS]
        yield rows[0][some], rows[1][some], rows[2][some]
