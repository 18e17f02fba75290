"""Makes a small network of images with the usual operators, and computes graph models of TensorFlow.js by TensorFlow."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

SIDE = 32


def write_network(path: Path) -> Path:
    """A .keras file: convolutions, batch norms, swish of both kinds, squeeze and excite, pooling, resizing, branches."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(7)
    pixels = keras.Input((SIDE, SIDE, 3))

    def block(x: Any, filters: int, activation: str | None, **settings: Any) -> Any:
        x = layers.Conv2D(filters, padding="same", use_bias=False, **settings)(x)
        x = layers.BatchNormalization()(x)
        return x if activation is None else layers.Activation(activation)(x)

    x = layers.Rescaling(1 / 127.5, offset=-1)(pixels)
    x = block(x, 8, "hard_swish", kernel_size=3, strides=2)
    first = x
    x = block(x, 16, "relu6", kernel_size=1)
    x = layers.DepthwiseConv2D(3, padding="same", use_bias=False)(x)
    x = layers.ReLU(6.0)(layers.BatchNormalization()(x))
    gate = layers.GlobalAveragePooling2D(keepdims=True)(x)
    gate = layers.Conv2D(4, 1, activation="relu")(gate)
    gate = layers.Conv2D(16, 1, activation="hard_sigmoid")(gate)
    x = layers.Multiply()([x, gate])
    x = layers.Add()([block(x, 8, None, kernel_size=1), first])
    x = layers.SeparableConv2D(12, 5, strides=2, padding="same", activation="swish")(x)
    wide = layers.UpSampling2D(2, interpolation="bilinear")(x)
    x = layers.Concatenate()([wide, layers.AveragePooling2D(3, strides=1, padding="same")(first)])
    x = layers.MaxPooling2D(2)(layers.ZeroPadding2D(1)(x))
    x = layers.Dense(24, activation="gelu")(layers.GlobalAveragePooling2D()(x))
    model = keras.Model(pixels, layers.Dense(10)(layers.LayerNormalization()(x)))
    chance = np.random.default_rng(7)
    model.set_weights([weight + chance.uniform(0.01, 0.2, weight.shape) for weight in model.get_weights()])
    model.save(path)
    return path


def computed(folder: Path, pixels: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Vectors of the graph model in a folder: its JSON as a graph again, with its weights, each fused node taken apart."""
    import tensorflow as tf
    from google.protobuf.json_format import ParseDict

    model = json.loads((folder / "model.json").read_bytes())
    weights = weights_of(folder)
    graph = tf.compat.v1.GraphDef()
    for node in ParseDict(model["modelTopology"], tf.compat.v1.GraphDef()).node:
        if node.op == "Const":
            node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(weights[node.name]))
        if node.op not in ("_FusedConv2D", "FusedDepthwiseConv2dNative", "_FusedMatMul"):
            graph.node.append(node)
            continue
        before = node.input[0]
        steps = [node.op.strip("_").removeprefix("Fused"), *(step.decode() for step in node.attr["fused_ops"].list.s)]
        for number, (step, more) in enumerate(zip(steps, [node.input[1:2], node.input[2:3], []], strict=False)):
            name = node.name if step == steps[-1] else f"{node.name}/{number}"
            single = graph.node.add(name=name, op=step, input=[before, *more])
            known = {attribute.name for attribute in _attributes(step)}
            for key, value in node.attr.items():
                if key in known:
                    single.attr[key].CopyFrom(value)
            before = name
    given, made = (next(iter(model["signature"][side].values()))["name"] for side in ("inputs", "outputs"))
    with tf.Graph().as_default() as alone:
        tf.import_graph_def(graph, name="")
        with tf.compat.v1.Session(graph=alone) as session:
            vectors: npt.NDArray[np.float32] = session.run(made, {given: pixels})
    return vectors


def weights_of(folder: Path) -> dict[str, npt.NDArray[Any]]:
    """The weights of a graph model by name, read from its shards as its manifest says."""
    (group,) = json.loads((folder / "model.json").read_bytes())["weightsManifest"]
    content = b"".join((folder / path).read_bytes() for path in group["paths"])
    found, at = {}, 0
    for entry in group["weights"]:
        dtype = np.dtype(entry.get("quantization", entry)["dtype"]).newbyteorder("<")
        count = int(np.prod(entry["shape"]))
        found[entry["name"]] = np.frombuffer(content, dtype, count, at).reshape(entry["shape"]).astype(entry["dtype"])
        at += count * dtype.itemsize
    assert at == len(content)
    return found


def _attributes(operator: str) -> Any:
    from tensorflow.python.framework import op_def_registry

    return op_def_registry.get(operator).attr
