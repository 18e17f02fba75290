"""Makes a TensorFlow graph of a vision transformer: pixels to a vector.

ViT (Dosovitskiy et al. 2020), DeiT (Touvron et al. 2020), DINOv2 (Oquab et al. 2023) and the vision towers of CLIP (Radford et
al. 2021) and SigLIP (Zhai et al. 2023). The vector is that of the first token behind the last layer norm; CLIP projects it into
the space that it shares with texts, and SigLIP takes the answer of a learnt question to all patches in its place. Vectors of
two towers are brought to unit length, as in their training.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from transforms.common.errors import RequestError
from transforms.encoders.hugging_face import image_folder
from transforms.encoders.hugging_face.image_folder import ImageFolder
from transforms.encoders.hugging_face.tensorflow_layers import Layers, activation_of
from transforms.encoders.hugging_face.vision_weights import PoolingHead, VisionWeights, read_vision


@dataclass(frozen=True, eq=False, kw_only=True)
class VisionGraph:
    """A vision network as a graph.

    Attributes:
      call: pixels 0..255, float32 [n, height, width, 3] -> float32 [n, dim].
      owner: a tf.Module that keeps its variables.
    """

    call: Callable[[Any], Any]
    owner: Any


def open_graph(path: Path, *, onnx: Path | None = None) -> VisionGraph:
    """The vision network of a folder with safetensors, with variables that can be trained.

    Raises:
      RequestError: as `image_folder.read` and `vision_weights.read_vision`; its activation is not known; it is a graph in ONNX.
    """
    folder = image_folder.read(path, onnx=onnx)
    if folder.onnx is not None:
        raise RequestError(f"{folder.onnx}: a graph in ONNX is no part of a TensorFlow graph")
    return graph_of(folder, read_vision(folder))


def graph_of(folder: ImageFolder, weights: VisionWeights) -> VisionGraph:
    """The graph of a network with its preprocessing."""
    import tensorflow as tf

    config = folder.vision
    layers = Layers(epsilon=float(config["layer_norm_eps"]), trainable=True)
    heads = int(config["num_attention_heads"])
    activation = activation_of(str(config["hidden_act"]), folder.network / "config.json")
    kernel = layers.variable(np.ascontiguousarray(weights.patches.transpose(2, 3, 1, 0)))
    patches_bias, positions = layers.variable(weights.patches_bias), layers.variable(weights.positions)
    first = layers.variable(weights.first) if len(weights.first) else None
    before = None if weights.before is None else layers.norm(weights.before)
    blocks = [layers.block(block, heads=heads, activation=activation) for block in weights.blocks]
    after = layers.norm(weights.after)
    pool = None if weights.head is None else _pooling(layers, weights.head, heads, activation)
    project = None if weights.projection is None else layers.product(weights.projection)
    strides = weights.patches.shape[2:]
    scale, offset = (
        np.asarray(values, np.float32) for values in (folder.preprocessing.scale, folder.preprocessing.offset)
    )
    count, hidden = weights.positions.shape

    def call(pixels: Any) -> Any:
        patches = tf.nn.conv2d(pixels * scale + offset, kernel, strides=strides, padding="VALID") + patches_bias
        x = tf.reshape(patches, [-1, count, hidden]) + positions
        if first is not None:
            x = tf.concat([tf.tile(first[None], [tf.shape(x)[0], 1, 1]), x], axis=1)
        x = x if before is None else before(x)
        for block in blocks:
            x = block(x, None)
        x = after(x[:, 0]) if pool is None else pool(after(x))
        x = x if project is None else project(x)
        return _unit(x) if folder.has_text_tower else x

    layers.module.call = tf.function(
        call, input_signature=[tf.TensorSpec([None, *folder.preprocessing.image_size, 3], tf.float32)], autograph=False
    )
    return VisionGraph(call=layers.module.call, owner=layers.module)


def _pooling(layers: Layers, head: PoolingHead, heads: int, activation: Callable[[Any], Any]) -> Callable[[Any], Any]:
    import tensorflow as tf

    probe = layers.variable(head.probe)
    attend = layers.attention(head.query, head.key, head.value, head.attention, heads=heads)
    norm, widen, narrow = layers.norm(head.norm), layers.product(head.widen), layers.product(head.narrow)

    def call(x: Any) -> Any:
        answer = attend(tf.tile(probe, [tf.shape(x)[0], 1, 1]), x, None)
        return (answer + narrow(activation(widen(norm(answer)))))[:, 0]

    return call


def _unit(x: Any) -> Any:
    import tensorflow as tf

    return x / tf.maximum(tf.norm(x, axis=1, keepdims=True), 1e-12)
