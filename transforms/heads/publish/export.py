"""Exports a head with its encoder as one SavedModel: raw items or vectors in, labels and scores out.

An encoder that is no TensorFlow graph (ONNX, a tokenizer that TensorFlow Text lacks) stays outside: such a model takes vectors.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from transforms.common.errors import RequestError
from transforms.encoders import cache
from transforms.encoders.resolved import ResolvedEncoder
from transforms.heads import model_folder
from transforms.heads.evaluation.scores import THRESHOLD
from transforms.heads.fit.fitted import Fitted
from transforms.heads.job import Activation
from transforms.heads.rows.feature_transform import HeadTransform
from transforms.heads.rows.inputs import Inputs
from transforms.heads.serve.served_model import FROM_ITEMS, FROM_VECTORS, argument
from transforms.storage import files

if TYPE_CHECKING:
    from transforms.encoders.load import Module
    from transforms.encoders.trainable import TrainableEncoder
    from transforms.heads.fit.fine_tune import Tuned


def save(
    folder: str,
    *,
    fitted: Fitted,
    transform: HeadTransform,
    names: Sequence[str],
    activation: Activation,
    encoder: ResolvedEncoder | None,
    tuned: Tuned | None = None,
) -> str:
    """Writes the SavedModel with both signatures to `folder`, and the head alone below its `assets.extra`.

    Returns why it has no signature that takes raw items; "" where it has one.

    Args:
      encoder: the encoder that the head was trained on; opened here. None: the vectors were imported, and vectors are all that
        the model takes.
      tuned: its fine-tuned successor, which then takes its place, and is written below `assets.extra` as an encoder of its own.
    """
    import tensorflow as tf

    head = tf.Module()
    head.model = fitted.model
    head.tracked_variables = _tracked(fitted.model.variables)
    head.transform = None if transform.inputs.is_identity else transform.loaded

    def scored(vectors: Any, columns: dict[str, Any]) -> dict[str, Any]:
        logits = tf.cast(fitted.model(transform.x_of(vectors, columns), training=False), tf.float32)
        return _answers(logits / fitted.temperature, list(names), activation)

    from_vectors = _traced(
        scored,
        tf.TensorSpec([None, transform.inputs.dim], tf.float32, name="vectors"),
        transform.inputs,
    )
    tf.saved_model.save(head, files.join(folder, model_folder.EXTRA, model_folder.HEAD), {FROM_VECTORS: from_vectors})
    fitted.model.save(files.join(folder, model_folder.EXTRA, model_folder.KERAS))

    whole = tf.Module()
    whole.head = head
    if encoder is None:
        tf.saved_model.save(whole, folder, {FROM_VECTORS: from_vectors})
        return "the vectors were imported, and their encoder is not here"
    if tuned is not None and tuned.network is not None:
        encode, whole.encoder, whole.tracked_variables = (
            tuned.encode,
            tuned.network.owner,
            _tracked(tuned.network.state),
        )
        _save_encoder(files.join(folder, model_folder.EXTRA, model_folder.ENCODER), tuned.network, encoder)
    else:
        try:
            encode, module = _opened(encoder)
        except RequestError as error:
            if not cache.is_model_folder(encoder.spec.handle):
                raise
            tf.saved_model.save(whole, folder, {FROM_VECTORS: from_vectors})
            return str(error)
        whole.encoder, whole.tracked_variables = module.owner, _tracked(module.call.variables)  # type: ignore[attr-defined]
    from_items = _traced(
        lambda first, columns: scored(encode(first), columns),
        tf.TensorSpec([None], tf.string, name=encoder.spec.modality),
        transform.inputs,
    )
    tf.saved_model.save(whole, folder, {FROM_ITEMS: from_items, FROM_VECTORS: from_vectors})
    return ""


def _save_encoder(folder: str, network: TrainableEncoder, encoder: ResolvedEncoder) -> None:
    """Writes a tuned encoder as a SavedModel such as TF Hub's: texts, or pixels in 0..1, to vectors."""
    import tensorflow as tf

    size = encoder.spec.image_size
    spec = tf.TensorSpec([None], tf.string) if size is None else tf.TensorSpec([None, *size, 3], tf.float32)
    module = tf.Module()
    module.owner, module.tracked_variables = network.owner, _tracked(network.state)
    module.__call__ = tf.function(
        lambda batch: network.encode(batch if size is None else batch * 255.0), input_signature=[spec]
    )
    tf.saved_model.save(module, folder, {FROM_ITEMS: module.__call__})


def _traced(function: Callable[[Any, dict[str, Any]], Any], first: Any, inputs: Inputs) -> Any:
    """A concrete function of `first` and of an input for each feature."""
    import tensorflow as tf

    specs = [tf.TensorSpec([None], tf.float32, name=argument(name)) for name in inputs.numeric]
    specs += [tf.TensorSpec([None], tf.string, name=argument(name)) for name in inputs.categorical]

    def called(items: Any, *columns: Any) -> Any:
        return function(items, dict(zip(inputs.features, columns, strict=True)))

    return tf.function(called).get_concrete_function(first, *specs)


def _answers(logits: Any, names: list[str], activation: Activation) -> dict[str, Any]:
    import tensorflow as tf

    labels = tf.constant(names)
    if activation == "softmax":
        scores = tf.nn.softmax(logits)
    else:
        scores = tf.sigmoid(logits)
        if activation == "one-vs-rest":
            scores = tf.maximum(scores, 1e-12)
            scores /= tf.reduce_sum(scores, axis=1, keepdims=True)
    best = tf.reduce_max(scores, axis=1)
    if activation == "sigmoid":
        there = tf.where(scores >= THRESHOLD, tf.broadcast_to(labels, tf.shape(scores)), "")
        joined = tf.strings.reduce_join(there, axis=1, separator="|")
        label = tf.strings.regex_replace(tf.strings.regex_replace(joined, r"\|+", "|"), r"^\||\|$", "")
    else:
        label = tf.gather(labels, tf.argmax(scores, axis=1))
    return {"label": label, "score": best, "scores": scores}


def _tracked(variables: Any) -> list[Any]:
    """Plain variables, for a module to have as attributes of its own: a session (and so TensorFlow Serving) restores no others.

    Those of Keras are wrapped, and only `tf.saved_model.load` finds them behind the wrapper.
    """
    return [variable.value if hasattr(variable, "path") else variable for variable in variables]


def _opened(encoder: ResolvedEncoder) -> tuple[Callable[[Any], Any], Module]:
    """The encoder as a function of raw items inside a graph, and the module that it is."""
    from transforms.encoders import load
    from transforms.encoders.frozen import scaled

    spec = encoder.spec
    module = load.open_module(spec, cache.fetch(spec.handle))
    if module.modality == "text":
        return module.call, module
    from transforms.encoders.image_graph import decode_for

    def encode(encoded: Any) -> Any:
        return module.call(scaled(decode_for(encoded, spec), spec.pixel_range))

    return encode, module
