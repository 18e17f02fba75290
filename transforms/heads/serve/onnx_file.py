"""Converts a published model to ONNX by tf2onnx, and compares what ONNX Runtime computes with TensorFlow's scores."""

from __future__ import annotations

import json
import logging
from typing import Any

import numpy as np

from transforms.common.errors import RequestError, one_line
from transforms.heads.serve.scoring import Scoring, scoring_of
from transforms.heads.serve.served_model import ServedModel

OPSET = 17
"""Of 2022: runtimes since ONNX Runtime 1.12 have it."""
_LARGEST_DIFFERENCE = 1e-5
_ITEMS = 3
_SEED = 0


def onnx_content(model: ServedModel) -> tuple[bytes, str]:
    """The bytes of an ONNX file, and what it takes and gives; its metadata have the labels.

    Raises:
      RequestError: tf2onnx is not installed, or has not all that the model needs; the scores differ from TensorFlow's.
    """
    try:
        import onnxruntime
        import tf2onnx
        from onnx import helper
    except ImportError as error:
        raise RequestError("--format onnx needs tf2onnx: pip install 'vectormill[onnx-export]'") from error
    import tensorflow as tf

    scoring = scoring_of(model, batch=None, runtime="ONNX")
    function = tf.function(lambda *given: {"scores": scoring.function(*given)}, input_signature=scoring.inputs)
    logging.getLogger("tf2onnx").setLevel(logging.CRITICAL)  # what it cannot convert is said below
    try:
        converted, _ = tf2onnx.convert.from_function(function, input_signature=scoring.inputs, opset=OPSET)
        _fill_in(converted, function.get_concrete_function())
        helper.set_model_props(converted, {"labels": json.dumps(model.labels, ensure_ascii=False)})
        content: bytes = converted.SerializeToString()
        session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
        given = _sample(scoring)
        (found,) = session.run(["scores"], given)
    except Exception as error:  # both have errors of many kinds
        raise RequestError(f"ONNX cannot express this model: {one_line(error)[:200]}") from error
    wanted = function(*map(tf.constant, given.values()))["scores"].numpy()
    difference = float(np.abs(found - wanted).max())
    if not difference <= _LARGEST_DIFFERENCE:
        raise RequestError(f"the ONNX model's scores differ by {difference:.1e} from TensorFlow's: it is not written")
    return (
        content,
        f"{scoring.takes}, to scores float32 [n, {len(model.labels)}], which differ by {difference:.0e} at most",
    )


def _fill_in(converted: Any, traced: Any) -> None:
    """Gives the constants of a restored function (rows of a k-nearest head), which tf2onnx makes inputs, their values."""
    from onnx import numpy_helper

    inputs = {given.name: given for given in converted.graph.input}
    for value, placeholder in traced.graph.captures:
        if placeholder.name in inputs:
            converted.graph.initializer.append(numpy_helper.from_array(value.numpy(), placeholder.name))
            converted.graph.input.remove(inputs[placeholder.name])


def _sample(scoring: Scoring) -> dict[str, Any]:
    """A few inputs at random: pixels, vectors, numbers."""
    random = np.random.default_rng(_SEED)
    sample = {}
    for spec in scoring.inputs:
        shape = [_ITEMS, *spec.shape.as_list()[1:]]
        values = random.integers(0, 256, shape) if spec.name == "pixels" else random.standard_normal(shape)
        sample[spec.name] = values.astype(np.float32)
    return sample
