"""Makes a TensorFlow graph of the text tower of CLIP or SigLIP: ids of tokens to a text's vector in the space of images.

CLIP looks from each token at those before it, and takes the vector of the token that ends a text; SigLIP looks at all tokens,
those among them that fill a text up, and takes the last one's.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from transforms.encoders.hugging_face.folder import ModelFolder
from transforms.encoders.hugging_face.image_folder import eos_of
from transforms.encoders.hugging_face.tensorflow_layers import Layers, activation_of
from transforms.encoders.hugging_face.vision_weights import TextTowerWeights

_ABSENT = -1e9


def function_of(folder: ModelFolder, weights: TextTowerWeights) -> Any:
    """A concrete function: ids int32 [n, length], lengths int32 [n] -> float32 [n, dim], not of unit length.

    Raises:
      RequestError: its activation is not known here.
    """
    import tensorflow as tf

    config = folder.config
    layers = Layers(epsilon=float(config["layer_norm_eps"]), trainable=False)
    heads = int(config["num_attention_heads"])
    activation = activation_of(str(config["hidden_act"]), folder.network / "config.json")
    tokens, positions = layers.variable(weights.tokens), layers.variable(weights.positions)
    blocks = [layers.block(block, heads=heads, activation=activation) for block in weights.blocks]
    after, project = layers.norm(weights.after), layers.product(weights.projection)
    is_clip = config["model_type"] == "clip_text_model"
    end = eos_of(config) if is_clip else None

    def call(ids: Any, lengths: Any) -> Any:
        length = tf.shape(ids)[1]
        x = tf.gather(tokens, ids) + positions[:length]
        bias = None
        if is_clip:
            places = tf.range(length)
            bias = tf.where(places[None, :] > places[:, None], np.float32(_ABSENT), np.float32(0))[None, None]
        for block in blocks:
            x = block(x, bias)
        if is_clip:
            present = tf.where(tf.sequence_mask(lengths, length), ids, -1)
            at = tf.argmax(present if end is None else tf.cast(present == end, tf.int32), axis=1, output_type=tf.int32)
        else:
            at = lengths - 1
        return project(after(tf.gather(x, at, axis=1, batch_dims=1)))

    signature = [tf.TensorSpec([None, None], tf.int32, "ids"), tf.TensorSpec([None], tf.int32, "lengths")]
    layers.module.call = tf.function(call, input_signature=signature, autograph=False)
    concrete = layers.module.call.get_concrete_function()
    concrete.owner = layers.module
    return concrete
