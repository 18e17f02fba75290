"""Writes a network of images as a graph model of TensorFlow.js: topology and signature as JSON, weights in files beside it.

The format is that of `tensorflowjs_converter --output_format=tfjs_graph_model` (tensorflow/tfjs, tfjs-converter/python).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files as resources
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from transforms.common.errors import RequestError
from transforms.web.graph_rewrites import Graph, constant_of, is_weight

WeightType = Literal["float32", "float16"]
MODEL_FILE = "model.json"
SHARD_BYTES = 4 << 20
_WEIGHT_TYPES = {"float32": "float32", "float64": "float32", "int32": "int32", "int64": "int32", "bool": "bool"}
"""Types of constants, and what they are in JavaScript."""


def graph_model_files(
    graph: Graph, *, name: str, pixels: str, vectors: str, weights: WeightType = "float32"
) -> Iterator[tuple[str, bytes]]:
    """Yields name and content of each file: `model.json`, and the weights in shards of at most SHARD_BYTES.

    Args:
      graph: frozen; of one input, float32 [n, h, w, 3], and one output, float32 [n, dim].
      name: of the encoder, for messages.
      pixels, vectors: names of the tensors of input and output.
      weights: how they are stored; they are computed with in float32.

    Raises:
      RequestError: TensorFlow.js lacks some of its operators, or the type of a constant.
    """
    require_operators(graph, name)
    topology = type(graph)(versions=graph.versions)
    entries: list[dict[str, Any]] = []
    content = bytearray()
    for node in graph.node:
        kept = topology.node.add(name=node.name, op=node.op, input=node.input)
        for key, value in node.attr.items():
            if not key.startswith("_") and not (node.op == "Const" and key == "value"):
                kept.attr[key].CopyFrom(value)
        if node.op == "Const":
            array = _weight(node, name)
            entry: dict[str, Any] = {"name": node.name, "shape": list(array.shape), "dtype": array.dtype.name}
            if weights == "float16" and is_weight(array):
                entry["quantization"] = {"dtype": weights, "original_dtype": array.dtype.name}
                array = array.astype(weights)
            entries.append(entry)
            content += array.astype(array.dtype.newbyteorder("<")).tobytes()
    shards = [bytes(content[start : start + SHARD_BYTES]) for start in range(0, len(content), SHARD_BYTES)]
    paths = [f"weights-{number:02}.bin" for number in range(len(shards))]
    model = {
        "format": "graph-model",
        "generatedBy": "vectormill",
        "signature": {"inputs": {"pixels": {"name": pixels}}, "outputs": {"vectors": {"name": vectors}}},
        "modelTopology": _as_json(topology),
        "weightsManifest": [{"paths": paths, "weights": entries}],
    }
    yield MODEL_FILE, json.dumps(model, separators=(",", ":")).encode()
    yield from zip(paths, shards, strict=True)


def require_operators(graph: Graph, name: str) -> None:
    """Refuses a graph with operators that TensorFlow.js has not.

    Raises:
      RequestError: names them.
    """
    missing = sorted({node.op for node in graph.node} - supported_operators())
    if missing:
        raise RequestError(f"{name} does not run in a browser: TensorFlow.js lacks its operators {', '.join(missing)}")


@cache
def supported_operators() -> frozenset[str]:
    """Operators that TensorFlow.js runs in WebAssembly and in WebGL, as `vendoring/build.mjs` found them in its sources."""
    content = resources("transforms.web").joinpath("tfjs_operators.json").read_text(encoding="utf-8")
    return frozenset(json.loads(content)["operators"])


def _weight(node: Any, name: str) -> npt.NDArray[Any]:
    import tensorflow as tf

    stored = tf.as_dtype(node.attr["dtype"].type).name
    if stored not in _WEIGHT_TYPES:
        raise RequestError(f"{name} does not run in a browser: it has constants of {stored}")
    array = constant_of(node)
    if stored == "int64":
        # The ends of slices may be the largest of 64 bits, which stands for "all".
        array = np.clip(array, np.iinfo(np.int32).min, np.iinfo(np.int32).max)
    return array.astype(_WEIGHT_TYPES[stored])


def _as_json(graph: Graph) -> dict[str, Any]:
    from google.protobuf.json_format import MessageToDict

    return dict(MessageToDict(graph))
