"""Models on disk: a head with its encoder becomes one SavedModel; a SavedModel becomes scores.

Two signatures, both with `label` (string [n]), `score` (float32 [n]) and `scores` (float32 [n, K], in the order of the lineage's
labels) out:

    serving_default   text: string [n] of UTF-8, or image: string [n] of encoded images
    from_vectors      vectors: float32 [n, dim] of the encoder that the head was trained on

and, where the head sees other columns, an input for each of them: float32 [n] (NaN where missing) or string [n] ("" where
missing). Nothing but TensorFlow is needed to load it (and tensorflow-text, where the encoder's own tokenizer does).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from transforms import encoders
from transforms.common.errors import RequestError
from transforms.encoders.resolved import ResolvedEncoder
from transforms.heads import model_folder
from transforms.heads.evaluation.scores import THRESHOLD, Activation
from transforms.heads.fit.fit import Fitted
from transforms.heads.rows.feature_transform import HeadTransform, Inputs, plain_name
from transforms.storage import files

if TYPE_CHECKING:
    from transforms.encoders.load import Module
    from transforms.encoders.trainable import TrainableEncoder
    from transforms.heads.fit.fine_tune import Tuned

FROM_VECTORS, FROM_ITEMS = "from_vectors", "serving_default"


def save(
    folder: str,
    *,
    fitted: Fitted,
    transform: HeadTransform,
    names: Sequence[str],
    activation: Activation,
    encoder: ResolvedEncoder,
    tuned: Tuned | None = None,
) -> None:
    """Writes the SavedModel with both signatures to `folder`, and the head alone below its `assets.extra`.

    Args:
      encoder: the encoder that the head was trained on; opened here.
      tuned: its fine-tuned successor, which then takes its place, and is written below `assets.extra` as an encoder of its own.
    """
    import tensorflow as tf

    head = tf.Module()
    head.model = fitted.model
    head.held = _held(fitted.model.variables)
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
    if tuned is not None and tuned.network is not None:
        encode, whole.encoder, whole.held = tuned.encode, tuned.network.owner, _held(tuned.network.state)
        _save_encoder(files.join(folder, model_folder.EXTRA, model_folder.ENCODER), tuned.network, encoder)
    else:
        encode, module = _opened(encoder)
        whole.encoder, whole.held = module.owner, _held(module.call.variables)  # type: ignore[attr-defined]
    from_items = _traced(
        lambda first, columns: scored(encode(first), columns),
        tf.TensorSpec([None], tf.string, name=encoder.spec.modality),
        transform.inputs,
    )
    tf.saved_model.save(whole, folder, {FROM_ITEMS: from_items, FROM_VECTORS: from_vectors})


def _save_encoder(folder: str, network: TrainableEncoder, encoder: ResolvedEncoder) -> None:
    """Writes a tuned encoder as a SavedModel such as TF Hub's: texts, or pixels in 0..1, to vectors."""
    import tensorflow as tf

    size = encoder.spec.image_size
    spec = tf.TensorSpec([None], tf.string) if size is None else tf.TensorSpec([None, *size, 3], tf.float32)
    module = tf.Module()
    module.owner, module.held = network.owner, _held(network.state)
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


def argument(feature: str) -> str:
    """The name of a feature's input in a signature."""
    return f"feature_{plain_name(feature)}"


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


def _held(variables: Any) -> list[Any]:
    """Plain variables, for a module to hold itself: a session (and so TensorFlow Serving) restores no others.

    Those of Keras are wrapped, and only `tf.saved_model.load` finds them behind the wrapper.
    """
    return [variable.value if hasattr(variable, "path") else variable for variable in variables]


def _opened(encoder: ResolvedEncoder) -> tuple[Callable[[Any], Any], Module]:
    """The encoder as a function of raw items inside a graph, and the module that it is."""
    from transforms.encoders import cache, load
    from transforms.encoders.frozen import scaled

    spec = encoder.spec
    module = load.open_module(spec, cache.fetch(spec.handle))
    if module.modality == "text":
        return module.call, module
    from transforms.encoders.image_graph import decode_in_graph

    assert spec.image_size is not None
    size = spec.image_size
    return (
        lambda encoded: module.call(scaled(decode_in_graph(encoded, size=size, fit=spec.fit), spec.pixel_range)),
        module,
    )


# ---- from disk --------------------------------------------------------------------------------------------


class ServedModel:
    """A published version, or a candidate, to score with.

    Attributes:
      lineage: where it came from.
      labels: its K labels, in the order of its scores.
    """

    def __init__(self, folder: str) -> None:
        self.folder = folder
        path = files.join(folder, model_folder.EXTRA, model_folder.LINEAGE)
        try:
            self.lineage: dict[str, Any] = json.loads(files.read(path))
        except (OSError, ValueError) as error:
            raise RequestError(f"{folder} is no whole model: {path} is missing or broken") from error
        self.labels: tuple[str, ...] = tuple(self.lineage["labels"])
        self.activation: Activation = self.lineage["activation"]
        self.inputs = Inputs(**{**self.lineage["inputs"], **_tuples(self.lineage["inputs"])})

    @cached_property
    def head(self) -> Any:
        """The restored head and its signature `from_vectors`."""
        return self._restored(files.join(self.folder, model_folder.EXTRA, model_folder.HEAD), FROM_VECTORS)

    @cached_property
    def _whole(self) -> Any:
        import tensorflow_text  # noqa: F401  (registers what text encoders' graphs are made of)

        return self._restored(self.folder, FROM_ITEMS)

    def _restored(self, folder: str, signature: str) -> Any:
        import tensorflow as tf

        try:
            restored = tf.saved_model.load(folder)
        except (OSError, ValueError, KeyError, tf.errors.OpError) as error:
            raise RequestError(f"{folder} cannot be loaded, half of it is missing: {str(error)[:200]}") from error
        return restored, restored.signatures[signature]

    def from_vectors(self, vectors: npt.NDArray[np.float32], columns: pa.RecordBatch) -> npt.NDArray[np.float32]:
        """Scores float32 [n, K] of vectors [n, dim]; `columns` has the features."""
        import tensorflow as tf

        _, function = self.head
        return function(vectors=tf.constant(vectors), **self._fed(columns))["scores"].numpy()

    def from_items(self, items: Sequence[bytes], columns: pa.RecordBatch) -> npt.NDArray[np.float32]:
        """Scores float32 [n, K] of texts or encoded images."""
        import tensorflow as tf

        _, function = self._whole
        name = self.lineage["encoder"]["modality"]
        return function(**{name: tf.constant(list(items), tf.string)}, **self._fed(columns))["scores"].numpy()

    def _fed(self, columns: pa.RecordBatch) -> dict[str, Any]:
        import tensorflow as tf

        fed: dict[str, Any] = {}
        for name in self.inputs.numeric:
            values = columns.column(name).cast(pa.float32()).fill_null(float("nan"))
            fed[argument(name)] = tf.constant(values.to_numpy(zero_copy_only=False))
        for name in self.inputs.categorical:
            fed[argument(name)] = tf.constant(
                columns.column(name).cast(pa.string()).fill_null("").to_pylist(), tf.string
            )
        return fed

    def encoder(self) -> ResolvedEncoder:
        """The encoder whose vectors the head knows, as it is on this machine.

        Raises:
          RequestError: it cannot be had here, or is another one by now.
        """
        told, tuned = self.lineage["encoder"], self.lineage["fine_tuned"]
        handle = files.join(self.folder, model_folder.EXTRA, model_folder.ENCODER) if tuned else told["handle"]
        resolved: ResolvedEncoder = encoders.resolve(
            handle, precision=told["precision"], trust=True, remember=not tuned
        )
        if resolved.fingerprint != told["fingerprint"]:
            raise RequestError(
                f"{self.folder} was trained on vectors of another {told['name']} ({told['fingerprint'][:8]}) than the one on"
                f" this machine ({resolved.fingerprint[:8]}): fetch that encoder, or train again"
            )
        return resolved

    def require_encoder(self, fingerprint: str, table: str, encoder: str) -> None:
        """Refuses vectors that are not of the head's own encoder.

        Raises:
          RequestError: they are of another one.
        """
        ours = self.lineage["encoder"]
        if ours["fingerprint"] != fingerprint:
            tuned = " (its own, fine-tuned)" if self.lineage["fine_tuned"] else ""
            raise RequestError(
                f"{table} holds vectors of {encoder} ({fingerprint[:8]}), but {self.folder} knows those of"
                f" {ours['name']}{tuned} ({ours['fingerprint'][:8]}): give the corpus itself, or embed it with that encoder"
            )

    def require_columns(self, schema: pa.Schema, table: str) -> None:
        """Refuses a table that lacks a column that the head sees.

        Raises:
          RequestError: it does.
        """
        missing = [name for name in self.inputs.features if name not in schema.names]
        if missing:
            raise RequestError(
                f"{self.folder} sees the column {missing[0]!r}, which {table} lacks: embed it with --keep"
            )


def _tuples(inputs: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(inputs[name]) for name in ("numeric", "categorical")}


def aligned(scores: npt.NDArray[np.float32], names: Sequence[str], wanted: Sequence[str]) -> npt.NDArray[np.float32]:
    """Scores [n, K] of `names` as scores of the `wanted` labels; 0 for a label that the model does not know."""
    out = np.zeros((len(scores), len(wanted)), np.float32)
    place = {name: position for position, name in enumerate(names)}
    for position, name in enumerate(wanted):
        if name in place:
            out[:, position] = scores[:, place[name]]
    return out
