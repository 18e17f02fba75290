"""Makes the layers of a transformer in TensorFlow of their arrays: products, layer norms, attention, blocks."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from transforms.common.errors import RequestError
from transforms.encoders.hugging_face.weights import Affine, PreNormBlock

Function = Callable[[Any], Any]
"""From a tensor float32 [..., width] to one of the same rank."""


class Layers:
    """Layers whose variables one module keeps.

    Args:
      epsilon: of layer norms.
      trainable: whether the variables can be trained.
    """

    def __init__(self, *, epsilon: float, trainable: bool) -> None:
        import tensorflow as tf

        self.module = tf.Module()
        self.module.kept = []
        self._epsilon = epsilon
        self._trainable = trainable

    def variable(self, array: Any) -> Any:
        import tensorflow as tf

        self.module.kept.append(tf.Variable(array, trainable=self._trainable))
        return self.module.kept[-1]

    def norm(self, affine: Affine) -> Function:
        import tensorflow as tf

        gain, bias = self.variable(affine.weight), self.variable(affine.bias)

        def norm(x: Any) -> Any:
            centred = x - tf.reduce_mean(x, -1, keepdims=True)
            variance = tf.reduce_mean(tf.square(centred), -1, keepdims=True)
            return centred * tf.math.rsqrt(variance + self._epsilon) * gain + bias

        return norm

    def product(self, affine: Affine) -> Function:
        import tensorflow as tf

        weight, bias = self.variable(np.ascontiguousarray(affine.weight.T)), self.variable(affine.bias)
        return lambda x: tf.matmul(x, weight) + bias

    def attention(
        self, query: Affine, key: Affine, value: Affine, output: Affine, *, heads: int
    ) -> Callable[[Any, Any, Any], Any]:
        """A function of queries [n, a, hidden], of what is looked at [n, b, hidden], and of what is added to the scores."""
        import tensorflow as tf

        to_query, to_key, to_value, to_output = (self.product(affine) for affine in (query, key, value, output))
        hidden = len(query.bias)
        size = hidden // heads

        def split(x: Any) -> Any:
            length = x.shape[1] or tf.shape(x)[1]
            return tf.transpose(tf.reshape(x, [-1, length, heads, size]), [0, 2, 1, 3])

        def call(asking: Any, asked: Any, bias: Any) -> Any:
            scores = tf.matmul(split(to_query(asking)), split(to_key(asked)), transpose_b=True) * (1 / math.sqrt(size))
            shares = tf.nn.softmax(scores if bias is None else scores + bias)
            mixed = tf.transpose(tf.matmul(shares, split(to_value(asked))), [0, 2, 1, 3])
            length = asking.shape[1] or tf.shape(asking)[1]
            return to_output(tf.reshape(mixed, [-1, length, hidden]))

        return call

    def block(self, block: PreNormBlock, *, heads: int, activation: Function) -> Callable[[Any, Any], Any]:
        """A function of x [n, length, hidden] and of what is added to the scores of attention; None: nothing."""
        attend = self.attention(block.query, block.key, block.value, block.attention, heads=heads)
        first, second = self.norm(block.attention_norm), self.norm(block.norm)
        widen, narrow = self.product(block.widen), self.product(block.narrow)

        def call(x: Any, bias: Any) -> Any:
            normed = first(x)
            attended = attend(normed, normed, bias)
            x = x + (attended if block.attention_scale is None else attended * block.attention_scale)
            mixed = narrow(activation(widen(second(x))))
            return x + (mixed if block.scale is None else mixed * block.scale)

        return call


def activation_of(name: str, where: Any) -> Function:
    """The function of this name. Raises RequestError: it is not known; `where` is the file that names it."""
    import tensorflow as tf

    known: dict[str, Function] = {
        "gelu": lambda x: tf.nn.gelu(x, approximate=False),
        "gelu_new": lambda x: tf.nn.gelu(x, approximate=True),
        "gelu_pytorch_tanh": lambda x: tf.nn.gelu(x, approximate=True),
        "gelu_fast": lambda x: tf.nn.gelu(x, approximate=True),
        "quick_gelu": lambda x: x * tf.sigmoid(1.702 * x),
        "relu": tf.nn.relu,
        "silu": tf.nn.silu,
        "swish": tf.nn.silu,
    }
    if name not in known:
        raise RequestError(f"{where}: its activation {name} is not known here")
    return known[name]
