"""Trains encoder and head as one network from raw items, epoch by epoch.

Adam (Kingma and Ba, ICLR 2015), without weight decay, takes steps of `batch` items at a rate that rises for one epoch and then
falls to zero along a cosine; images are mirrored half of the time. After each epoch the loss on the eval rows is taken; the
network of the least one is what remains, and epoch 0, before any step, is one of them.

In mixed precision, on a GPU, the steps alone multiply in float16, with scaled losses; the losses that choose the epoch are taken
in float32.

Resume: after each epoch all state is in a folder, and the same training goes on from there: the order of the items and which are
mirrored follow from the seed and the epoch's number alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import numpy as np
import numpy.typing as npt

from transforms.common.errors import RequestError
from transforms.common.progress import METER
from transforms.encoders.trainable import TrainableEncoder
from transforms.heads.evaluation.scores import log_losses
from transforms.heads.fit.checkpoints import Checkpoints, Epoch
from transforms.heads.fit.training_data import HeadData
from transforms.heads.fit.training_items import SCORED_AT_A_TIME, Positions, TrainingItems
from transforms.heads.job import FineTuneOptions
from transforms.heads.rows.split import EVAL, TRAIN

Logits = npt.NDArray[np.float32]


class JointTraining:
    """A training of encoder and head together.

    Args:
      network: changed in place, as is `head`, a keras.Model of float32 [n, width] to logits float32 [n, K].
      folder: what a killed training goes on from; of this training alone.
      mixed: in mixed precision.

    Raises:
      RequestError: there is nothing to learn from, or nothing to choose by.
    """

    def __init__(
        self,
        data: HeadData,
        *,
        options: FineTuneOptions,
        network: TrainableEncoder,
        head: Any,
        items: TrainingItems,
        folder: str,
        mixed: bool = False,
    ) -> None:
        import keras
        import tensorflow as tf

        self._mixed = mixed
        self._data, self._options, self._network, self._items = data, options, network, items
        self.head = head
        self._train, self._eval = items.rows(data.rows(TRAIN)), items.rows(data.rows(EVAL))
        if not len(self._train) or not len(self._eval):
            raise RequestError("--fine-tune needs rows to train on and eval rows to choose by: give --eval-fraction")
        self._variables = [*network.variables, *(variable.value for variable in head.trainable_variables)]
        self._optimizer = keras.optimizers.Adam(_rate(options, -(-len(self._train) // options.batch)))
        if mixed:
            self._optimizer = keras.optimizers.LossScaleOptimizer(self._optimizer)
        self._optimizer.build(self._variables)
        encoder = tf.Module()
        encoder.state = network.state
        self._checkpoints = Checkpoints(folder, {"encoder": encoder, "head": head}, self._optimizer)
        size = None if items.decoder is None else items.decoder.size
        self._item = tf.TensorSpec([None], tf.string) if size is None else tf.TensorSpec([None, *size, 3], tf.float32)
        truth = tf.TensorSpec([None], tf.int32) if data.loss == "softmax" else tf.TensorSpec([None, None], tf.float32)
        self._step = self._compiled(self._learn, self._item, truth, tf.TensorSpec([None], tf.float32))
        self._logits = self._logits_of(head)

    def run(self) -> list[Epoch]:
        """Trains to the end; encoder and head then are those of the best epoch.

        Raises:
          RequestError: a loss is no longer a number.
        """
        history = self._checkpoints.restore()
        if not history:
            METER.begin("fine-tuning, before the first step")
            history = [Epoch(number=0, train_loss=self._frozen_loss(), eval_loss=self.eval_loss()[0])]
            self._checkpoints.save(history)
        while len(history) <= self._options.epochs:
            number = len(history)
            METER.begin(f"fine-tuning, epoch {number}/{self._options.epochs}")
            train_loss, eval_loss = self._pass(number), self.eval_loss()[0]
            if not math.isfinite(train_loss) or not math.isfinite(eval_loss):
                raise RequestError(
                    f"fine-tuning diverged in epoch {number} (loss {train_loss}, on eval rows {eval_loss}):"
                    f" lower --learning-rate from {self._options.learning_rate:g}"
                )
            history.append(Epoch(number=number, train_loss=train_loss, eval_loss=eval_loss))
            self._checkpoints.save(history)
        self._checkpoints.restore_best(history)
        return history

    def eval_loss(self) -> tuple[float, Logits, npt.NDArray[Any]]:
        """Weighted mean loss on the eval rows, with their logits [n, K] and truth."""
        rows, logits = self._applied(self._logits, self._items.batches(self._eval, SCORED_AT_A_TIME))
        truth = self._data.truth(rows)
        return float(np.average(log_losses(logits, truth), weights=self._data.weight(rows))), logits, truth

    def score(self, head: Any, batches: Iterable[tuple[Positions, Any]]) -> tuple[Positions, Logits]:
        """Positions, rising, and logits of some items under another head on this encoder."""
        rows, logits = self._applied(self._logits if head is self.head else self._logits_of(head), batches)
        order = np.argsort(rows)
        return rows[order], logits[order]

    def _logits_of(self, head: Any) -> Callable[[Any], Any]:
        """Items to logits, as in use."""

        def apply(x: Any) -> Any:
            return head(self._data.transform.x_of(self._network.encode(x), {}), training=False)

        return self._compiled(apply, self._item)

    def _compiled(self, function: Callable[..., Any], *signature: Any) -> Callable[..., Any]:
        import tensorflow as tf

        if self._options.eager:
            return function
        # Autograph would look for loops that are not there, and wrap this project's own errors.
        compiled: Callable[..., Any] = tf.function(function, input_signature=signature, autograph=False)
        return compiled

    def _applied(
        self, function: Callable[[Any], Any], batches: Iterable[tuple[Positions, Any]]
    ) -> tuple[Positions, Logits]:
        positions, logits = [np.empty(0, np.int64)], [np.empty((0, self._data.classes), np.float32)]
        for rows, x in batches:
            positions.append(rows)
            logits.append(np.asarray(function(x), np.float32))
        return np.concatenate(positions), np.concatenate(logits)

    def _frozen_loss(self) -> float:
        """Weighted mean loss of the head on the frozen vectors of the training rows."""
        losses, weights = [], []
        for x, truth, weight in self._data.batches(self._data.rows(TRAIN)):
            losses.append(log_losses(np.asarray(self.head(x, training=False), np.float32), truth))
            weights.append(weight)
        return float(np.average(np.concatenate(losses), weights=np.concatenate(weights)))

    def _pass(self, number: int) -> float:
        import tensorflow as tf

        random = np.random.default_rng((self._options.seed, number))
        order = self._train[random.permutation(len(self._train))]
        mirrored = random.random(len(order)) < 0.5
        total = weights = 0.0
        for rows, x in self._items.batches(order, self._options.batch, mirrored):
            truth, weight = self._data.truth(rows), self._data.weight(rows)
            with _in_float16() if self._mixed else nullcontext():
                total += float(self._step(x, tf.constant(truth), tf.constant(weight)))
            weights += float(weight.sum())
        return total / weights

    def _learn(self, x: Any, truth: Any, weight: Any) -> Any:
        """One step; the sum of its weighted losses."""
        import tensorflow as tf

        with tf.GradientTape() as tape:
            # Without dropout in the head: it is fitted by now and follows the encoder.
            logits = self.head(self._data.transform.x_of(self._network.learn(x), {}), training=False)
            if self._data.loss == "softmax":
                losses = tf.nn.sparse_softmax_cross_entropy_with_logits(truth, logits)
            else:
                losses = tf.reduce_sum(tf.nn.sigmoid_cross_entropy_with_logits(truth, logits), axis=1)
            losses *= weight
            mean = self._optimizer.scale_loss(tf.reduce_mean(losses))
        gradients = tape.gradient(mean, self._variables)
        if all(gradient is None for gradient in gradients[: len(self._network.variables)]):
            raise RequestError("--fine-tune: the encoder's graph passes no gradient to its variables: leave it out")
        # There may be variables that the vectors do not depend on.
        pairs = [
            (gradient, variable)
            for gradient, variable in zip(gradients, self._variables, strict=True)
            if gradient is not None
        ]
        self._optimizer.apply_gradients(pairs)
        return tf.reduce_sum(losses)


@contextmanager
def _in_float16() -> Iterator[None]:
    """Functions that are called meanwhile multiply in float16 where TensorFlow's graph optimiser finds it safe, on a GPU."""
    import tensorflow as tf

    before = tf.config.optimizer.get_experimental_options().get("auto_mixed_precision", False)
    tf.config.optimizer.set_experimental_options({"auto_mixed_precision": True})
    try:
        yield
    finally:
        tf.config.optimizer.set_experimental_options({"auto_mixed_precision": before})


def _rate(options: FineTuneOptions, steps: int) -> Any:
    """The learning rate at each step, of `steps` an epoch."""
    import keras

    # Adam's first steps are of full size in every direction, whatever the gradient: they would undo a good start.
    warm = steps if options.epochs > 1 else steps // 2
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=0.0,
        decay_steps=max(options.epochs * steps - warm, 1),
        warmup_target=options.learning_rate,
        warmup_steps=warm,
    )
