"""Converts a published model for other runtimes: a .keras file, or TensorFlow Lite."""

from __future__ import annotations

from typing import Any, Literal

from transforms.common.errors import RequestError
from transforms.heads import model_folder
from transforms.heads.serve.served_model import FROM_VECTORS, ServedModel
from transforms.storage import files

ConvertFormat = Literal["tflite", "keras"]


def convert(model: ServedModel, export_format: ConvertFormat, out: str) -> str:
    """Writes the model to the file `out`, whole or not at all, and says what it takes and gives.

    Raises:
      RequestError: `out` is taken or cannot be written; TensorFlow Lite has not all that the model needs.
    """
    if files.exists(out):
        raise RequestError(f"{out} is there already: give a new file")
    if export_format == "keras":
        content = files.read(files.join(model.folder, model_folder.EXTRA, model_folder.KERAS))
        signature = f"from x float32 [n, {model.inputs.dim}] to logits float32 [n, {len(model.labels)}]"
        if not out.endswith(".keras"):
            raise RequestError(f"{out}: Keras opens files whose name ends in .keras")
    else:
        content, signature = _lite(model)
    try:
        files.write(out, content)
    except OSError as error:
        raise RequestError(f"{out} cannot be written: {error.strerror}: give another --to") from error
    return signature


def _lite(model: ServedModel) -> tuple[bytes, str]:
    import tensorflow as tf

    if model.inputs.categorical:
        raise RequestError("TensorFlow Lite has no vocabularies: leave text --features out of a model for it")
    encoder = model.encoder() if model.fact("encoder")["modality"] == "image" else None
    classes = len(model.labels)
    restored, function = model.head
    if encoder is None:
        traced = tf.function(lambda vectors: function(vectors=vectors)["scores"]).get_concrete_function(
            tf.TensorSpec([1, model.inputs.dim], tf.float32, name="vectors")
        )
        owner, signature = restored, f"{FROM_VECTORS} alone (text needs a tokenizer): float32 [1, {model.inputs.dim}]"
    else:
        from transforms.encoders import cache, load
        from transforms.encoders.frozen import scaled

        spec = encoder.spec
        assert spec.image_size is not None
        module = load.open_module(spec, cache.fetch(spec.handle))

        def pixels_to_scores(pixels: Any) -> Any:
            return function(vectors=module.call(scaled(pixels, spec.pixel_range)))["scores"]

        traced = tf.function(pixels_to_scores).get_concrete_function(
            tf.TensorSpec([1, *spec.image_size, 3], tf.float32, name="pixels")
        )
        height, width = spec.image_size
        owner, signature = (restored, module), f"from pixels 0..255, float32 [1, {height}, {width}, 3]"
    holder = tf.Module()
    holder.owner = owner
    converter = tf.lite.TFLiteConverter.from_concrete_functions([traced], holder)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    try:
        content: bytes = converter.convert()
    except Exception as error:  # the converter's own errors are of many kinds
        raise RequestError(f"TensorFlow Lite cannot run this model: {str(error).splitlines()[0][:200]}") from error
    return content, f"{signature}, to scores float32 [1, {classes}]"
