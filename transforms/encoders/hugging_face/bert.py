"""Makes a TensorFlow graph of a network of BERT's kind: ids of tokens to a vector for each.

BERT, RoBERTa, XLM-RoBERTa, CamemBERT, DistilBERT and MPNet (Devlin et al. 2018 and after) differ in the names of their arrays, in
where positions begin, and MPNet in what it adds to attention by distance.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from transforms.encoders.hugging_face.folder import ModelFolder
from transforms.encoders.hugging_face.tensorflow_layers import activation_of
from transforms.encoders.hugging_face.weights import Affine, BertWeights, Layer

_FAR_AWAY = 128
"""MPNet's distances from here on are one bucket."""
_ABSENT = -1e9


def function_of(folder: ModelFolder, weights: BertWeights, *, trainable: bool = False) -> Any:
    """A concrete function: ids int32 [n, length], lengths int32 [n] -> float32 [n, length, hidden].

    Ids behind a text's length are anything. The vectors there mean nothing.

    Raises:
      RequestError: its activation is not known here.
    """
    import tensorflow as tf

    config = folder.config
    heads = int(config.get("num_attention_heads") or config.get("n_heads") or 0)
    epsilon = float(config.get("layer_norm_eps", 1e-12))
    named = str(config.get("hidden_act") or config.get("activation") or "gelu")
    activation = activation_of(named, folder.network / "config.json")
    size = folder.hidden // heads
    module = tf.Module()
    module.kept = []

    def variable(array: Any) -> Any:
        module.kept.append(tf.Variable(array, trainable=trainable))
        return module.kept[-1]

    def norm_of(affine: Affine) -> Any:
        gain, bias = variable(affine.weight), variable(affine.bias)

        def norm(x: Any) -> Any:
            centred = x - tf.reduce_mean(x, -1, keepdims=True)
            variance = tf.reduce_mean(tf.square(centred), -1, keepdims=True)
            return centred * tf.math.rsqrt(variance + epsilon) * gain + bias

        return norm

    def product_of(affine: Affine) -> Any:
        weight, bias = variable(np.ascontiguousarray(affine.weight.T)), variable(affine.bias)
        return lambda x: tf.matmul(x, weight) + bias

    def layer_of(layer: Layer) -> Any:
        query, key, value = (product_of(affine) for affine in (layer.query, layer.key, layer.value))
        attention, widen, narrow = (product_of(affine) for affine in (layer.attention, layer.widen, layer.narrow))
        attention_norm, norm = norm_of(layer.attention_norm), norm_of(layer.norm)

        def call(x: Any, bias: Any) -> Any:
            shape = tf.shape(x)

            def split(y: Any) -> Any:
                return tf.transpose(tf.reshape(y, [shape[0], shape[1], heads, size]), [0, 2, 1, 3])

            scores = tf.matmul(split(query(x)), split(key(x)), transpose_b=True) * (1 / math.sqrt(size)) + bias
            mixed = tf.transpose(tf.matmul(tf.nn.softmax(scores), split(value(x))), [0, 2, 1, 3])
            x = attention_norm(x + attention(tf.reshape(mixed, shape)))
            return norm(x + narrow(activation(widen(x))))

        return call

    words, positions, norm = variable(weights.words), variable(weights.positions), norm_of(weights.norm)
    layers = [layer_of(layer) for layer in weights.layers]
    by_distance = None if weights.relative is None else variable(_by_distance(weights.relative, folder.max_tokens))

    def call(ids: Any, lengths: Any) -> Any:
        length = tf.shape(ids)[1]
        x = norm(tf.gather(words, ids) + positions[:length])
        present = tf.sequence_mask(lengths, length, tf.float32)
        bias = (1.0 - present)[:, None, None, :] * _ABSENT
        if by_distance is not None:
            bias += by_distance[None, :, :length, :length]
        for layer in layers:
            x = layer(x, bias)
        return x

    signature = [tf.TensorSpec([None, None], tf.int32, "ids"), tf.TensorSpec([None], tf.int32, "lengths")]
    module.call = tf.function(call, input_signature=signature, autograph=False)
    concrete = module.call.get_concrete_function()
    concrete.owner = module
    return concrete


def frozen(function: Any) -> bytes:
    """The function of `function_of` as a graph of constants, serialized."""
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    definition: bytes = convert_variables_to_constants_v2(function).graph.as_graph_def().SerializeToString()
    return definition


def _by_distance(relative: npt.NDArray[np.float32], length: int) -> npt.NDArray[np.float32]:
    """float32 [heads, length, length]: MPNet's bias by T5's buckets of distance, half of them for what stands behind."""
    half = len(relative) // 2
    exact = half // 2
    distance = np.arange(length)[None, :] - np.arange(length)[:, None]
    far = np.abs(distance)
    with np.errstate(divide="ignore"):
        logarithmic = exact + (np.log(far / exact) / math.log(_FAR_AWAY / exact) * (half - exact))
    bucket = np.where(far < exact, far, np.minimum(logarithmic, half - 1)).astype(np.int64)
    bucket += np.where(distance > 0, half, 0)
    return np.ascontiguousarray(relative[bucket].transpose(2, 0, 1))
