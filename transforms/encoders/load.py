"""Loads a SavedModel, a TF1 hub module or a Keras model as a `Module`: one function from a batch to vectors.

A module's own signature says what it takes: strings [n] make it a text encoder, float32 [n, h, w, 3] an image
encoder. Anything else is a RequestError that says what was found.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transforms.common.errors import RequestError
from transforms.encoders import cache, handles, hub_attachments, keras_models
from transforms.encoders.local_features.encoder import several_vectors
from transforms.encoders.local_features.module import LocalFeatureModule, local_feature_module
from transforms.encoders.spec import EncoderSpec, Modality

_USUAL_SIGNATURES = ("default", "serving_default")

Batch = Any
"""A TensorFlow tensor: string [n], or float32 [n, height, width, 3]."""

_VECTOR_KEYS = ("embedding", "embeddings", "default", "outputs", "output_0", "feature_vector", "pooled_output")
_DEFAULT_SIDE = 224
_SIDES = {"inception_v3": 299, "inception_resnet_v2": 299, "nasnet_large": 331}
"""Sides of the images that networks were trained on which take images of any size: as their pages on TF Hub say."""


@dataclass
class Module:
    """A model that was opened, not yet frozen.

    Attributes:
      call: a concrete function: batch -> float32 [n, dim]. Pixels are in the module's own range.
      digest: hash of its weights where they come from no file of their own, else None.
      owner: keeps the model's variables and tables alive; a function alone does not.
    """

    call: Callable[[Batch], Any]
    modality: Modality
    image_size: tuple[int, int] | None
    dim: int
    digest: str | None
    owner: Any


def open_module(spec: EncoderSpec, path: Path | None) -> Module:
    """Opens and traces the encoder that `spec` names, whose files lie at `path`.

    Raises:
      RequestError: it cannot be loaded, takes neither strings nor images, or does not give one vector of each.
    """
    opened = open_any_module(spec, path)
    if isinstance(opened, LocalFeatureModule):
        raise RequestError(several_vectors(spec.handle))
    return opened


def open_any_module(spec: EncoderSpec, path: Path | None) -> Module | LocalFeatureModule:
    """As `open_module`; or a module that gives local features of an image."""
    kind = handles.kind(spec.handle)
    if kind == "keras":
        model, preprocess = keras_models.build(handles.parse_keras(spec.handle))
        digest = keras_models.digest(model)
        calls = [lambda batch: model(preprocess(batch), training=False)]
        return _module(spec, calls, _keras_input(model), digest, model)
    assert path is not None, "only a network of keras.applications has no files"
    if cache.is_model_folder(spec.handle):
        return _of_folder(spec, path)
    if kind == "keras_file":
        model = keras_models.read(path)
        return _module(spec, [lambda batch: model(batch, training=False)], _keras_input(model), None, model)
    restored = _restore(path)
    local = local_feature_module(restored, spec.handle)
    if local is not None:
        return local
    calls, taken = _entry_points(restored, spec.handle)
    return _module(spec, calls, taken, None, restored, path)


def _of_folder(spec: EncoderSpec, path: Path) -> Module:
    import tensorflow as tf

    from transforms.encoders.hugging_face import text_graph, vision

    onnx = handles.graph_of(spec.handle)
    if spec.modality == "image":
        seen = vision.open_graph(path, onnx=onnx)
        assert spec.image_size is not None, "a folder says the size of its images"
        return _module(spec, [seen.call], tf.TensorSpec([None, *spec.image_size, 3], tf.float32), None, seen.owner)
    graph = text_graph.open_graph(path, onnx=onnx, prompt=spec.document_prompt)
    return _module(spec, [graph.call], tf.TensorSpec([None], tf.string), None, graph.owner)


def _module(
    spec: EncoderSpec,
    calls: list[Callable[[Batch], Any]],
    taken: Any,
    digest: str | None,
    owner: Any,
    path: Path | None = None,
) -> Module:
    """Traces the first of `calls` that takes items of the kind that `taken` (a TensorSpec) describes."""
    import tensorflow as tf

    modality: Modality = "text" if taken.dtype == tf.string else "image"
    size = None if modality == "text" else _image_size(taken.shape, spec, path)
    items = tf.TensorSpec([None] if size is None else [None, *size, 3], taken.dtype)
    fault = ""
    for call in calls:
        try:
            traced = tf.function(lambda batch, call=call: _vectors(call(batch), spec.handle)).get_concrete_function(
                items
            )
            # A graph may keep its output's shape to itself until it runs.
            shape = traced.structured_outputs.shape
            if shape.rank is None or shape[-1] is None:
                shape = traced(tf.constant(["a trial"]) if size is None else tf.zeros([1, *size, 3])).shape
        except RequestError:
            raise
        except (TypeError, ValueError, KeyError, tf.errors.OpError) as error:
            fault = fault or _first_line(error)
            continue
        if shape.rank != 2:
            raise RequestError(
                f"{spec.handle} gives {shape} and not a vector per item: take its feature_vector variant"
            )
        return Module(
            call=traced, modality=modality, image_size=size, dim=int(shape[-1]), digest=digest, owner=(owner, call)
        )
    raise RequestError(f"{spec.handle} cannot be called on a batch of {modality}s: {fault}")


def _vectors(output: Any, handle: str) -> Any:
    """The one float32 tensor of whatever a module gave."""
    import tensorflow as tf

    if isinstance(output, dict):
        key = next((key for key in _VECTOR_KEYS if key in output), None)
        if key is None and len(output) != 1:
            raise RequestError(f"{handle} gives {', '.join(sorted(output))}: which of them are vectors is not known")
        output = output[key] if key is not None else next(iter(output.values()))
    elif isinstance(output, list | tuple) and len(output) == 1:
        output = output[0]
    if not isinstance(output, tf.Tensor) or not output.dtype.is_floating:
        raise RequestError(f"{handle} gives {type(output).__name__} and not a vector of floats per item")
    return tf.cast(output, tf.float32)


# --- SavedModels ---------------------------------------------------------------------------------------------


def _restore(path: Path) -> Any:
    import tensorflow as tf

    # A TF1 hub module is known by this file; its inference graph is the one that has no tags.
    tags: list[str] | None = [] if (path / "tfhub_module.pb").exists() else None
    for _ in range(3):
        try:
            return tf.saved_model.load(str(path), tags=tags)
        except (OSError, ValueError, KeyError, RuntimeError, tf.errors.OpError) as error:
            if tags is None and "more than one MetaGraph" in str(error):  # such a module, copied without that file
                tags = []
            elif "Op type not registered" not in str(error) or "tensorflow_text" in sys.modules:
                raise RequestError(f"cannot load the model in {path}: {_first_line(error)}") from error
            else:
                _register_tokenizers(path)
    raise AssertionError("a fault that is mended does not come again")


def _register_tokenizers(path: Path) -> None:
    """Tokenizers live in tensorflow_text, whose import registers them; it costs seconds, so only when wanted."""
    try:
        import tensorflow_text  # noqa: F401
    except ImportError as error:
        raise RequestError(f"{path} needs tensorflow-text: pip install tensorflow-text") from error


def _entry_points(restored: Any, handle: str) -> tuple[list[Callable[[Batch], Any]], Any]:
    """Ways to call the model, the best first, and the TensorSpec that all of them take."""
    calls: list[Callable[[Batch], Any]] = []
    taken: list[Any] = []
    if callable(restored):
        # Beside the items some take numbers with a default, as TF Hub's image networks do (batch_norm_momentum).
        found = [specs[0] for specs in _traced_inputs(restored) if specs and not any(s.shape.rank for s in specs[1:])]
        if any(_is_item(spec) for spec in found):
            taken += found
            # A model that was traced with `training` and without a default for it must be given it.
            calls += [restored, lambda batch: restored(batch, training=False)]
    signatures = dict(getattr(restored, "signatures", {}))
    names = sorted(signatures, key=lambda name: (name not in _USUAL_SIGNATURES, name))
    if not taken and names and _makes_images(signatures[names[0]]):
        raise RequestError(
            f"{handle} makes images out of noise (its signature is {_described(names[0], signatures[names[0]])}): it is no"
            " encoder, which makes vectors of images; take one of `vectormill encoders`"
        )
    for name in names:
        inputs: dict[str, Any] = signatures[name].structured_input_signature[1]
        if len(inputs) == 1 and _is_item(*inputs.values()):
            (argument,) = inputs
            taken += inputs.values()
            calls.append(
                lambda batch, call=signatures[name], argument=argument: call(**{argument: batch})  # type: ignore[misc]
            )
        elif set(inputs) == {"values", "indices", "dense_shape"} and "spm_path" in signatures:
            return _through_sentencepiece(signatures[name], signatures["spm_path"])
    chosen = next((spec for spec in taken if _is_item(spec)), None)
    if chosen is None:
        inputs_seen = sorted({name for call in signatures.values() for name in call.structured_input_signature[1]})
        seen = "it has no signature that can be called"
        if inputs_seen:
            listed = "; ".join(_described(name, signatures[name]) for name in names)
            seen = f"it takes {', '.join(inputs_seen)}, by its signatures {listed}"
        raise RequestError(f"{handle} takes neither strings [n] nor images [n, height, width, 3]: {seen}")
    return calls, chosen


def _described(name: str, signature: Any) -> str:
    """A signature as a person reads it: `default(image float32 [?, ?, 3]) -> descriptors, locations`."""
    inputs: dict[str, Any] = signature.structured_input_signature[1]
    outputs = signature.structured_outputs
    takes = ", ".join(f"{key} {spec.dtype.name} {_shape(spec)}" for key, spec in sorted(inputs.items()))
    return f"{name}({takes}) -> {', '.join(sorted(outputs)) if isinstance(outputs, dict) else 'nothing'}"


def _shape(spec: Any) -> str:
    if spec.shape.rank is None:
        return "[...]"
    return f"[{', '.join('?' if side is None else str(side) for side in spec.shape)}]"


def _makes_images(signature: Any) -> bool:
    """Whether it takes vectors and gives images, as the generators of GANs do."""
    inputs = signature.structured_input_signature[1].values()
    outputs = signature.structured_outputs
    if not isinstance(outputs, dict) or any(spec.shape.rank is None or spec.shape.rank > 2 for spec in inputs):
        return False
    return any(spec.dtype.is_floating for spec in inputs) and any(
        spec.shape.rank == 4 and spec.shape[-1] in (1, 3) for spec in outputs.values()
    )


def _traced_inputs(restored: Any) -> Iterator[list[Any]]:
    import tensorflow as tf

    for function in getattr(restored.__call__, "concrete_functions", ()):
        arguments = tf.nest.flatten(function.structured_input_signature)
        yield [argument for argument in arguments if isinstance(argument, tf.TensorSpec)]


def _is_item(spec: Any) -> bool:
    import tensorflow as tf

    if spec.dtype == tf.string:
        return spec.shape.rank in (None, 1)
    return spec.dtype == tf.float32 and spec.shape.rank == 4 and spec.shape[-1] in (None, 3)


def _through_sentencepiece(encode: Any, model_path: Any) -> tuple[list[Callable[[Batch], Any]], Any]:
    """USE-lite takes token ids as the parts of a sparse tensor and carries the SentencePiece model that makes them."""
    import tensorflow as tf
    import tensorflow_text

    (path,) = tf.nest.flatten(model_path())
    tokenizer = tensorflow_text.SentencepieceTokenizer(tf.io.read_file(tf.reshape(path, [])).numpy())

    def call(batch: Batch) -> Any:
        ids = tf.cast(tokenizer.tokenize(batch), tf.int64).to_sparse()
        return encode(values=ids.values, indices=ids.indices, dense_shape=ids.dense_shape)

    call.tokenizer = tokenizer  # type: ignore[attr-defined]
    return [call], tf.TensorSpec([None], tf.string)


# --- sizes and messages --------------------------------------------------------------------------------------


def _keras_input(model: Any) -> Any:
    import tensorflow as tf

    if len(model.inputs) != 1:
        raise RequestError(f"a Keras model with {len(model.inputs)} inputs is no encoder: it must take one")
    (taken,) = model.inputs
    spec = tf.TensorSpec(taken.shape, taken.dtype)
    if not _is_item(spec):
        raise RequestError(f"a Keras model of {spec.shape} {taken.dtype} takes neither strings nor images")
    return spec


def _image_size(shape: Any, spec: EncoderSpec, path: Path | None) -> tuple[int, int]:
    """The size that the signature fixes; else that of the registry, of the module's own files or of the handle's name
    (…_035_192/…, …/inception_v3/…); else 224 x 224."""
    if shape.rank == 4 and shape[1] is not None and shape[2] is not None:
        return int(shape[1]), int(shape[2])
    if spec.image_size is not None:
        return spec.image_size
    attached = hub_attachments.image_size(path) if path is not None else None
    if attached is not None:
        return attached
    # mobilenet_v2_035_96 names its width, then the size; the numbers of resnet_v2_50 and the like are depths.
    named = re.search(r"_\d{3}_(\d{2,3})(?:/|$)", spec.handle)
    name = spec.handle.replace("-", "_")
    known = (side for network, side in _SIDES.items() if network in name)
    side = int(named.group(1)) if named else next(known, _DEFAULT_SIDE)
    return side, side


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__
