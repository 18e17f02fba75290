"""Opens encoders as networks that learn: with their variables, not frozen.

Batch norms keep their statistics, gamma and beta, unless asked: with batches of 16 they forget what millions of images taught
them faster than the kernels learn. All else is trained that the network itself calls trainable
and that has a gradient: tables of whole numbers (use-multilingual's) stay.

Failure modes: RequestError for an encoder without trainable variables, and where batch norms shall adapt but the model
cannot be told that it is training.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from transforms.common.errors import RequestError
from transforms.encoders import cache, handles, keras_models, load
from transforms.encoders.frozen import scaled
from transforms.encoders.resolved import ResolvedEncoder
from transforms.encoders.spec import EncoderSpec


@dataclass(frozen=True, eq=False, kw_only=True)
class TrainableEncoder:
    """A network in float32.

    Attributes:
      encode: a batch, string [n] or pixels 0..255 float32 [n, height, width, 3], to vectors float32 [n, dim].
      learn: the same for a training step; differs only where batch norms adapt.
      variables: tf.Variables that a step changes by gradient.
      state: all tf.Variables, in an order that is the same whenever this encoder is opened.
      owner: a tf.Module that keeps variables and tables alive and through which a SavedModel finds them.
    """

    encode: Callable[[Any], Any]
    learn: Callable[[Any], Any]
    variables: list[Any]
    state: list[Any]
    owner: Any


def open_trainable(encoder: ResolvedEncoder, *, batch_norms: bool) -> TrainableEncoder:
    """Opens an encoder for training.

    Raises:
      RequestError: it has nothing to train, or its batch norms cannot adapt.
    """
    spec = encoder.spec
    path = cache.fetch(spec.handle)
    kind = handles.kind(spec.handle)
    if kind in ("keras", "keras_file"):
        if kind == "keras":
            model, preprocess = keras_models.build(handles.parse_keras(spec.handle))
        else:
            assert path is not None, "a .keras file has a path"
            model, preprocess = keras_models.read(path), lambda batch: batch
        opened = _of_keras(spec, model, preprocess, batch_norms=batch_norms)
    else:
        opened = _of_saved_model(spec, load.open_module(spec, path), batch_norms=batch_norms)
    if not opened.variables:
        raise RequestError(
            f"--fine-tune: {spec.name} has no trainable variables (its weights are constants of the graph, or it has"
            " none): leave it out, or take an encoder such as keras://MobileNetV2"
        )
    return opened


def _of_keras(
    spec: EncoderSpec, model: Any, preprocess: Callable[[Any], Any], *, batch_norms: bool
) -> TrainableEncoder:
    import keras

    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = batch_norms

    def call(batch: Any, training: bool) -> Any:
        return load._vectors(model(preprocess(scaled(batch, spec.pixel_range)), training=training), spec.handle)

    return TrainableEncoder(
        encode=lambda batch: call(batch, False),
        learn=lambda batch: call(batch, batch_norms),
        variables=[variable.value for variable in model.trainable_variables],
        state=[variable.value for variable in model.variables],
        owner=_owner(model, None),
    )


def _of_saved_model(spec: EncoderSpec, module: load.Module, *, batch_norms: bool) -> TrainableEncoder:
    restored, call = module.owner
    traced: Any = module.call
    state = _in_order(traced.variables, restored)
    kept = _of_batch_norms(state)
    if batch_norms and kept and not _takes_training(restored, traced):
        raise RequestError(
            f"--batch-norms: {spec.name} cannot be told that it is training, so its batch norms cannot adapt: leave it out"
        )
    adapt = batch_norms and bool(kept)

    def encode(batch: Any) -> Any:
        return load._vectors(call(scaled(batch, spec.pixel_range)), spec.handle)

    def learn(batch: Any) -> Any:
        return load._vectors(restored(scaled(batch, spec.pixel_range), training=True), spec.handle)

    return TrainableEncoder(
        encode=encode,
        learn=learn if adapt else encode,
        variables=[v for v in state if v.trainable and v.dtype.is_floating and (adapt or id(v) not in kept)],
        state=state,
        owner=_owner(restored, getattr(call, "tokenizer", None)),
    )


def _in_order(variables: Iterable[Any], restored: Any) -> list[Any]:
    """Variables as the saved objects hold them: a restored function keeps its own in an order that differs from run to run."""
    import tensorflow as tf

    place = {id(node): position for position, node in enumerate(tf.train.TrackableView(restored).descendants())}
    return sorted(variables, key=lambda variable: place.get(id(variable), len(place)))


def _of_batch_norms(state: list[Any]) -> set[int]:
    """Ids of the variables of batch norms. A SavedModel has no layers: a batch norm is where a moving mean is."""
    names = [variable.name.split(":")[0].rpartition("/") for variable in state]
    scopes = {scope for scope, _, name in names if name == "moving_mean"}
    return {id(variable) for variable, (scope, _, _) in zip(state, names, strict=True) if scope in scopes}


def _takes_training(restored: Any, traced: Any) -> bool:
    import tensorflow as tf

    if not callable(restored):
        return False
    taken = traced.structured_input_signature[0][0]
    try:
        tf.function(lambda batch: restored(batch, training=True)).get_concrete_function(taken)
    except (TypeError, ValueError):
        return False
    return True


def _owner(network: Any, tokenizer: Any) -> Any:
    import tensorflow as tf

    owner = tf.Module()
    owner.network = network
    owner.tokenizer = tokenizer
    return owner
