"""Fits the MLP of a table's rows: it stops by its eval rows, which give the temperature, too.

What mixed precision learnt answers in float32. On a GPU it is tried by itself: where it diverges, or where the same weights
answer otherwise in float32, the training is made again in float32.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from transforms.common.errors import RequestError
from transforms.common.progress import METER
from transforms.heads.fit import mlp
from transforms.heads.fit.checkpoints import learning_curve
from transforms.heads.fit.fitted import Fitted, held_out_temperature
from transforms.heads.fit.training_data import HeadData, TrainingBatch
from transforms.heads.fit.training_device import TrainingDevice
from transforms.heads.rows.split import EVAL, TRAIN

_BATCH_ROWS = 16_384
_SAMPLE_ROWS = 65_536
_MOST_CALIBRATION_ROWS = 65_536
_CHECKED_ROWS = 4_096
_SAME_LOGITS = 0.01
"""Root mean square that mixed precision may change logits by, over that of the logits. float16 rounds by 0.0005."""


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
    device = TrainingDevice.of(data.head.mlp.mixed_precision)

    def trained_on(device: TrainingDevice) -> mlp.TrainedMlp:
        return mlp.train(
            batches,
            lambda: data.batches(evaluation),
            dim=data.transform.width,
            classes=data.classes,
            loss=data.loss,
            options=replace(data.head.mlp, mixed_precision=device.mixed),
            checkpoint=f"{folder}-mixed" if device.mixed else folder,
            centre=centre,
            scale=mlp.NORM / spread,
            after_epoch=lambda epoch: METER.begin(f"epoch {epoch.number}, eval loss {epoch.eval_loss:.4f}"),
        )

    def in_float32(model: Any) -> Any:
        exact = mlp.build(
            data.transform.width,
            data.classes,
            replace(data.head.mlp, mixed_precision=False),
            centre=centre,
            scale=mlp.NORM / spread,
        )
        exact.set_weights(model.get_weights())
        return exact

    trained, device = _safely_trained(trained_on, in_float32, device, sample[:_CHECKED_ROWS])
    logits, truth = [], []
    for x, y, _ in data.batches(data.some(evaluation, _MOST_CALIBRATION_ROWS)):
        logits.append(trained.model.predict_on_batch(x))
        truth.append(y)
    return Fitted(
        kind="mlp",
        model=trained.model,
        temperature=held_out_temperature(np.concatenate(logits), np.concatenate(truth)) if logits else 1.0,
        inverse_regularization=None,
        curve=learning_curve(trained.history, x_name="epoch"),
        seconds={"fit": time.monotonic() - started},
        trained=str(device),
    )


def _permuted(rows: TrainingBatch, random: np.random.Generator) -> Iterator[TrainingBatch]:
    order = random.permutation(len(rows[0]))
    for start in range(0, len(order), _BATCH_ROWS):
        some = order[start : start + _BATCH_ROWS]
        yield rows[0][some], rows[1][some], rows[2][some]


def _safely_trained(
    train: Callable[[TrainingDevice], mlp.TrainedMlp],
    in_float32: Callable[[Any], Any],
    device: TrainingDevice,
    sample: npt.NDArray[np.float32],
) -> tuple[mlp.TrainedMlp, TrainingDevice]:
    """A training whose model computes in float32, and what it was made on."""
    if not device.mixed:
        return train(device), device
    try:
        trained = train(device)
        exact = in_float32(trained.model)
        if not device.may_fall_back or _answer_alike(exact, trained.model, sample):
            return replace(trained, model=exact), device
    except RequestError:  # it diverged
        if not device.may_fall_back:
            raise
    return train(device.in_float32()), device.in_float32()


def _answer_alike(exact: Any, mixed: Any, sample: npt.NDArray[np.float32]) -> bool:
    expected = np.asarray(exact.predict_on_batch(sample), np.float64)
    found = np.asarray(mixed.predict_on_batch(sample), np.float64)
    return bool(np.square(found - expected).mean() <= _SAME_LOGITS**2 * np.square(expected).mean())
