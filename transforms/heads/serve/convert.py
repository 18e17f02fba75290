"""Converts a published model for other runtimes: a .keras file, TensorFlow Lite, or ONNX."""

from __future__ import annotations

from typing import Literal

from transforms.common.errors import RequestError
from transforms.heads import model_folder
from transforms.heads.serve.onnx_file import onnx_content
from transforms.heads.serve.scoring import scoring_of
from transforms.heads.serve.served_model import ServedModel
from transforms.storage import files

ConvertFormat = Literal["tflite", "keras", "onnx"]


def convert(model: ServedModel, export_format: ConvertFormat, out: str) -> str:
    """Writes the model to the file `out`, whole or not at all, and says what it takes and gives.

    Raises:
      RequestError: `out` is taken or cannot be written; the runtime has not all that the model needs.
    """
    if files.exists(out):
        raise RequestError(f"{out} is there already: give a new file")
    if export_format == "keras":
        content = files.read(files.join(model.folder, model_folder.EXTRA, model_folder.KERAS))
        signature = f"from x float32 [n, {model.inputs.dim}] to logits float32 [n, {len(model.labels)}]"
        if not out.endswith(".keras"):
            raise RequestError(f"{out}: Keras opens files whose name ends in .keras")
    else:
        content, signature = onnx_content(model) if export_format == "onnx" else _lite(model)
    try:
        files.write(out, content)
    except OSError as error:
        raise RequestError(f"{out} cannot be written: {error.strerror}: give another --to") from error
    return signature


def _lite(model: ServedModel) -> tuple[bytes, str]:
    import tensorflow as tf

    scoring = scoring_of(model, batch=1, runtime="TensorFlow Lite")
    traced = tf.function(scoring.function).get_concrete_function(*scoring.inputs)
    holder = tf.Module()
    holder.owner = scoring.owners
    converter = tf.lite.TFLiteConverter.from_concrete_functions([traced], holder)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    try:
        content: bytes = converter.convert()
    except Exception as error:  # the converter's own errors are of many kinds
        raise RequestError(f"TensorFlow Lite cannot run this model: {str(error).splitlines()[0][:200]}") from error
    return content, f"{scoring.takes}, to scores float32 [1, {len(model.labels)}]"
