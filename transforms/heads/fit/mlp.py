"""Trains heads by gradient descent: a multilayer perceptron, or a linear head where `hidden` is empty.

    trained = train(batches, eval_rows, dim=512, classes=4, loss="softmax", options=MlpOptions(), checkpoint=folder)
    trained.model(vectors)                                   # logits

Rows come as a stream, once an epoch, and are never all in memory: it holds a few of the caller's batches and the parameters.
AdamW (Loshchilov and Hutter, ICLR 2019) takes steps of `options.batch` rows; after `patience` epochs without a lower loss
on the eval rows the training ends, with the weights of the best epoch. Without eval rows it runs all epochs and keeps the last.

Resume: after each epoch all state is under `checkpoint` before the caller hears of it. The same call goes on from there, and
if the caller shuffles by the epoch's number it ends with the weights of an undisturbed training, bit for bit on one machine's
CPU: an epoch's noise follows from the seed and its number alone. Nobody's global random state is read or set. The caller
gives each training (data and all) its own folder and deletes it; a folder of a training with other options is refused.

Failure modes: RequestError for options out of range, mixed precision without a GPU, a stream without rows, another
training's checkpoint, or a loss or weights that are no longer numbers. What a stream raises arrives as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt

from transforms.common.errors import RequestError
from transforms.heads.fit.checkpoints import Checkpoints, Epoch, best_epoch
from transforms.heads.job import Loss, MlpOptions

Batch = tuple[npt.NDArray[np.float32], npt.NDArray[Any], npt.NDArray[np.float32]]
"""Vectors float32 [b, d]; truth int32 [b] (softmax) or float32 [b, K] of 0 and 1 (sigmoid); weights float32 [b]."""

Batches = Callable[[int], Iterable[Batch]]
"""The training rows of an epoch (counted from 1), in an order that is the same whenever that epoch is asked for."""

NORM = 2.0
"""Root mean square of the norms of normalised vectors: with more (the square root of the dimension, as of whitened ones) the
same options overfit; a linear start, near 0, regularises."""

_AHEAD = 2  # batches that wait for the next step


@dataclass(frozen=True, kw_only=True, eq=False)
class TrainedMlp:
    """A trained head: `model` is a keras.Model from vectors [n, d] to logits [n, K], with the weights of `best_epoch`."""

    model: Any
    history: list[Epoch]
    best_epoch: int


def build(
    dim: int,
    classes: int,
    options: MlpOptions,
    *,
    centre: npt.NDArray[np.float32] | None = None,
    scale: float | None = None,
) -> Any:
    """An untrained keras.Model: vectors float32 [n, dim] to logits float32 [n, classes].

    Args:
      centre: [dim], subtracted from each vector.
      scale: what the difference is then multiplied by; NORM / sqrt(mean squared norm of the differences) makes the
        vectors of every encoder alike. Both are constants of the model and saved with it.

    Raises:
      RequestError: mixed precision without a GPU.
    """
    import keras
    import tensorflow as tf

    if options.mixed_precision and not tf.config.list_physical_devices("GPU"):
        raise RequestError("--mixed-precision needs a GPU and this machine has none: leave it out")
    precision = "mixed_float16" if options.mixed_precision else "float32"

    def dense(units: int, place: int, *, name: str, dtype: str, activation: str | None = None) -> Any:
        start = keras.initializers.GlorotUniform(seed=_seed(options, place))
        return keras.layers.Dense(units, activation, kernel_initializer=start, dtype=dtype, name=name)

    def dropout(share: float, *, name: str) -> list[Any]:
        # The seed is a placeholder, which no global generator gives: `_reseed` sets what counts.
        return [keras.layers.Dropout(share, seed=0, dtype=precision, name=name)] if share else []

    layers = [keras.Input((dim,), dtype="float32", name="vectors")]
    if centre is not None or scale is not None:
        factor = 1.0 if scale is None else float(scale)
        offset = 0.0 if centre is None else (-factor * np.asarray(centre, np.float64)).tolist()
        layers.append(keras.layers.Rescaling(factor, offset, dtype="float32", name="normalised"))
    layers += dropout(options.input_dropout, name="input_dropout")
    for place, units in enumerate(options.hidden):
        layers.append(dense(units, place, name=f"hidden_{place}", dtype=precision, activation="relu"))
        layers += dropout(options.dropout, name=f"dropout_{place}")
    layers.append(dense(classes, len(options.hidden), name="logits", dtype="float32"))
    return keras.Sequential(layers, name="mlp")


def train(
    train: Batches,
    eval_rows: Callable[[], Iterable[Batch]],
    *,
    dim: int,
    classes: int,
    loss: Loss,
    options: MlpOptions,
    checkpoint: str,
    centre: npt.NDArray[np.float32] | None = None,
    scale: float | None = None,
    after_epoch: Callable[[Epoch], None] = lambda epoch: None,
) -> TrainedMlp:
    """Trains a head, or goes on with the training that `checkpoint` holds.

    A step follows the gradient of sum(weight * loss) / rows; of several labels an item's loss is the mean over its K.

    Args:
      train: called with the number of each epoch; batches of any size, which are cut and joined to `options.batch` rows.
      eval_rows: called after each epoch; the rows whose loss decides when to stop. May be empty.
      checkpoint: a folder, made where missing.
      centre, scale: as in `build`.
      after_epoch: called when an epoch is done and saved; an exception of its own ends the training, which may resume.
    """
    model = build(dim, classes, options, centre=centre, scale=scale)
    optimizer = _optimizer(model, options)
    identity = _identity(dim=dim, classes=classes, loss=loss, options=options, centre=centre, scale=scale)
    saved = Checkpoints(checkpoint, {"model": model}, optimizer, identity=identity)
    history = saved.restore()
    learn, measure_loss = _passes(model, optimizer, loss, eager=options.eager)
    training = _Stream(lambda: train(len(history) + 1), dim=dim, classes=classes, loss=loss, batch=options.batch)
    evaluation = _Stream(eval_rows, dim=dim, classes=classes, loss=loss, batch=max(options.batch, 4096))
    while not _is_done(history, options):
        number = len(history) + 1
        _reseed(model, options, number)
        train_loss = training.mean(learn)
        if train_loss is None:
            raise RequestError("no row to train on: the training stream is empty, or all of its weights are 0")
        epoch = Epoch(number=number, train_loss=train_loss, eval_loss=evaluation.mean(measure_loss))
        # The weights, too: relu makes 0 of what is not a number, so that the loss may look well.
        numbers = [epoch.train_loss, epoch.eval_loss or 0.0, *(float(abs(w).max()) for w in model.get_weights())]
        if not np.isfinite(numbers).all():
            raise RequestError(
                f"the training diverged in epoch {number} (loss {epoch.train_loss}, on held rows {epoch.eval_loss}): "
                f"lower --learning-rate from {options.learning_rate:g}, or look for extreme vectors"
            )
        history.append(epoch)
        saved.save(history)
        after_epoch(epoch)
    saved.restore_best(history)
    return TrainedMlp(model=model, history=history, best_epoch=best_epoch(history))


def _is_done(history: list[Epoch], options: MlpOptions) -> bool:
    return len(history) >= options.epochs or (bool(history) and len(history) - best_epoch(history) >= options.patience)


def _seed(options: MlpOptions, *place: int) -> int:
    # 31 bits: Keras takes a seed for a signed number on its way into TensorFlow's operations.
    return int(np.random.SeedSequence([options.seed, *place]).generate_state(1)[0] >> 1)


def _reseed(model: Any, options: MlpOptions, epoch: int) -> None:
    """Makes the epoch's dropout a function of seed and number, whatever was drawn before: nothing of it needs saving."""
    import keras

    noisy = [layer for layer in model.layers if isinstance(layer, keras.layers.Dropout)]
    for place, layer in enumerate(noisy):
        layer.seed_generator.state.assign([_seed(options, place, epoch), 0])


def _optimizer(model: Any, options: MlpOptions) -> Any:
    import keras

    optimizer = keras.optimizers.AdamW(options.learning_rate, weight_decay=options.weight_decay)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    if options.mixed_precision:
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    optimizer.build(model.trainable_variables)
    return optimizer


def _passes(model: Any, optimizer: Any, loss: Loss, *, eager: bool) -> tuple[Any, Any]:
    """Functions (learn, measure_loss) of a tf.data.Dataset: a whole pass in one call, to summed loss and summed weight."""
    import keras
    import tensorflow as tf

    kinds = {"softmax": keras.losses.SparseCategoricalCrossentropy, "sigmoid": keras.losses.BinaryCrossentropy}
    losses_of = kinds[loss](from_logits=True, reduction=None, dtype="float32")

    def learn(rows: Any) -> Any:
        total, weights = tf.zeros((), tf.float64), tf.zeros((), tf.float64)
        for x, y, weight in rows:
            with tf.GradientTape() as tape:
                losses = losses_of(y, model(x, training=True)) * weight
                step = optimizer.scale_loss(tf.reduce_mean(losses))
            variables = model.trainable_variables
            optimizer.apply(tape.gradient(step, variables), variables)
            total += tf.cast(tf.reduce_sum(losses), tf.float64)
            weights += tf.cast(tf.reduce_sum(weight), tf.float64)
        return total, weights

    def measure_loss(rows: Any) -> Any:
        total, weights = tf.zeros((), tf.float64), tf.zeros((), tf.float64)
        for x, y, weight in rows:
            losses = losses_of(y, model(x, training=False)) * weight
            total += tf.cast(tf.reduce_sum(losses), tf.float64)
            weights += tf.cast(tf.reduce_sum(weight), tf.float64)
        return total, weights

    return (learn, measure_loss) if eager else (tf.function(learn), tf.function(measure_loss))


class _Stream:
    """A caller's batches as a dataset of batches of one size, asked for anew with each pass."""

    def __init__(
        self, batches: Callable[[], Iterable[Batch]], *, dim: int, classes: int, loss: Loss, batch: int
    ) -> None:
        import tensorflow as tf

        self._failure: Exception | None = None

        def rows() -> Iterable[Batch]:
            try:
                yield from batches()
            except Exception as error:
                self._failure = error
                raise

        truth = tf.TensorSpec([None], tf.int32) if loss == "softmax" else tf.TensorSpec([None, classes], tf.float32)
        signature = (tf.TensorSpec([None, dim], tf.float32), truth, tf.TensorSpec([None], tf.float32))
        source = tf.data.Dataset.from_generator(rows, output_signature=signature)
        self._dataset = source.prefetch(1).rebatch(batch).prefetch(_AHEAD)

    def mean(self, run: Any) -> float | None:
        """The weighted mean loss of a pass by `run`; None if there was nothing of weight."""
        import tensorflow as tf

        try:
            total, weight = run(self._dataset)
        except tf.errors.OpError:
            if self._failure is not None:  # TensorFlow reports it as text inside an error of its own
                raise self._failure from None
            raise
        return float(total) / float(weight) if float(weight) else None


def _identity(
    *,
    dim: int,
    classes: int,
    loss: Loss,
    options: MlpOptions,
    centre: npt.NDArray[np.float32] | None,
    scale: float | None,
) -> dict[str, Any]:
    """What makes a checkpoint this training's, as JSON gives it back."""
    middle = None if centre is None else blake2b(np.asarray(centre, "<f4").tobytes(), digest_size=8).hexdigest()
    normalisation = {"centre": middle, "scale": None if scale is None else float(scale)}
    return {
        "dim": dim,
        "classes": classes,
        "loss": loss,
        **normalisation,
        **asdict(options),
        "hidden": list(options.hidden),
    }
