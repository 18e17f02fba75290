"""Fine-tunes: trains encoder and head together from raw items, at a low rate.

    tuned = fine_tune(data, fitted, snapshot, encoder, folder=folder)

It begins with the head that was fitted on frozen vectors and keeps the epoch of the least loss on the eval rows. Where no epoch
is better than the start, the outcome is the very head that came in. Where that head is linear it may have been fitted to the
eval rows, too, so the training begins with its like from training rows alone: else no epoch could win.

Failure modes: RequestError for an encoder without trainable variables, for features beside the vector, and as
`TrainingItems` and `JointTraining` say.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from transforms.common.errors import RequestError
from transforms.common.progress import METER
from transforms.encoders.image_decoder import decoder_of
from transforms.encoders.resolved import ResolvedEncoder
from transforms.encoders.spec import EncoderSpec
from transforms.encoders.trainable import TrainableEncoder, open_trainable
from transforms.heads.evaluation.calibration import fit_temperature
from transforms.heads.evaluation.scores import scores_of
from transforms.heads.fit import linear
from transforms.heads.fit.checkpoints import Epoch, best_epoch, learning_curve
from transforms.heads.fit.fitted import Fitted
from transforms.heads.fit.joint_training import JointTraining
from transforms.heads.fit.linear_head import linear_model
from transforms.heads.fit.training_data import HeadData, blocks_of
from transforms.heads.fit.training_device import TrainingDevice
from transforms.heads.fit.training_items import Positions, TrainingItems
from transforms.heads.rows.split import TRAIN
from transforms.table.snapshot import Snapshot

_BLOCK_ROWS = 4_096

Scores = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False, kw_only=True)
class Tuned:
    """A head with the encoder that it learnt with.

    Attributes:
      fitted: the head; its temperature is for this encoder.
      network: the tuned encoder; None where no epoch was better than the frozen one.
      encode: raw items, string [n] -> vectors float32 [n, dim]; for the inside of a graph.
      test_scores: positions int64 [m], rising, of the test rows whose item could be had, and their scores float32 [m, K].
      frozen_scores: float32 [m, K], of the head that came in, on the frozen vectors of the same rows.
    """

    fitted: Fitted
    network: TrainableEncoder | None
    encode: Callable[[Any], Any]
    test_scores: tuple[Positions, Scores]
    frozen_scores: Scores


def fine_tune(data: HeadData, fitted: Fitted, snapshot: Snapshot, encoder: ResolvedEncoder, *, folder: str) -> Tuned:
    """Trains encoder and head together, or goes on with the training that `folder` holds.

    Args:
      fitted: the head on frozen vectors; it is not changed.
      encoder: what made the vectors of `snapshot`; trained in float32, whatever its precision was.

    Raises:
      RequestError: as the module says.
    """
    options = data.head.fine_tune
    assert options is not None, "asked for by the head's options"
    if data.job.features:
        raise RequestError("--fine-tune learns from the items alone: leave out --features, or --fine-tune")
    started = time.monotonic()
    # The tuned network is an encoder of its own, so it sees transparent images as every new one does.
    spec = replace(encoder.spec, transparency="composite")
    items = TrainingItems.read(data, snapshot, decoder_of(spec))
    device = TrainingDevice.of(data.head.mlp.mixed_precision)

    def trained_on(device: TrainingDevice) -> tuple[JointTraining, list[Epoch], TrainableEncoder]:
        network = open_trainable(encoder, batch_norms=options.batch_norms)
        training = JointTraining(
            data,
            options=options,
            network=network,
            head=_start(data, fitted),
            items=items,
            folder=f"{folder}-mixed" if device.mixed else folder,
            mixed=device.mixed,
        )
        return training, training.run(), network

    try:
        training, history, network = trained_on(device)
    except RequestError:  # it diverged
        if not device.mixed or not device.may_fall_back:
            raise
        device = device.in_float32()
        training, history, network = trained_on(device)
    tuned = fitted
    if best_epoch(history) > 0:
        _, logits, truth = training.eval_loss()
        tuned = replace(fitted, model=training.head, temperature=_temperature(logits, truth, fitted.temperature))
    METER.begin("scoring the test items")
    positions, logits = training.score(tuned.model, items.test_batches(data, snapshot))
    return Tuned(
        fitted=replace(
            tuned,
            curve=learning_curve(history, x_name="epoch (0: the head on the frozen encoder)"),
            seconds={**fitted.seconds, "fine-tune": time.monotonic() - started},
            trained=str(device),
        ),
        network=network if best_epoch(history) > 0 else None,
        encode=_encode(network, spec),
        test_scores=(positions, scores_of(logits, activation=data.activation, temperature=tuned.temperature)),
        frozen_scores=_frozen_scores(data, fitted, positions),
    )


def _start(data: HeadData, fitted: Fitted) -> Any:
    """A head for the training to begin with, which knows nothing of the eval rows but what chose its regularisation."""
    import keras

    train = data.rows(TRAIN)
    if fitted.inverse_regularization is None or not data.fits(int(train.sum())):
        copy = keras.models.clone_model(fitted.model)
        copy.set_weights(fitted.model.get_weights())
        return copy
    blocks = blocks_of(data.in_memory(train), _BLOCK_ROWS)
    heads = linear.fit(
        blocks,
        classes=data.classes,
        loss=data.loss,
        geometry=linear.Geometry.of(blocks),
        inverse_regularization=(fitted.inverse_regularization,),
    )
    return linear_model(heads.weights[0], heads.bias[0])


def _temperature(logits: Scores, truth: npt.NDArray[Any], frozen: float) -> float:
    """The temperature of the tuned network on the eval rows.

    It is never below 1, or the frozen head's: a few dozen eval rows that are all right would ask for the least one that there
    is, and networks that learn on are hardly ever too unsure.
    """
    return max(fit_temperature(logits, truth if truth.ndim == 1 else truth > 0.5), min(frozen, 1.0))


def _encode(network: TrainableEncoder, spec: EncoderSpec) -> Callable[[Any], Any]:
    if spec.modality == "text":
        return network.encode
    from transforms.encoders.image_graph import decode_for

    return lambda encoded: network.encode(decode_for(encoded, spec))


def _frozen_scores(data: HeadData, fitted: Fitted, positions: Positions) -> Scores:
    wanted = np.zeros(len(data.prepared.sides), np.bool_)
    wanted[positions] = True
    logits = [np.empty((0, data.classes), np.float32)]
    for chunk in data.chunks(wanted):
        logits.append(np.asarray(fitted.model(data.transform.apply(chunk), training=False), np.float32))
    return scores_of(np.concatenate(logits), activation=data.activation, temperature=fitted.temperature)
