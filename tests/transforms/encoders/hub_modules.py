"""Modules of the exact signatures that TF Hub documents, with small weights, in both of its formats.

Names of inputs and outputs, types, shapes and tags are those of tfhub.dev's pages; the networks behind them are a few
sums, which tell one item from another.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Signatures = dict[str, tuple[dict[str, Any], dict[str, Any]]]
"""Of a TF1 graph: signature -> its inputs and outputs, tensors by name."""

_BUCKETS = 64


def save_tf1(
    folder: Path,
    graph: Callable[[bool], Signatures],
    *,
    trainable: bool = False,
    image_side: int | None = None,
    assets: Callable[[], Any] | None = None,
) -> Path:
    """A module in TF1 hub format: a graph without tags, one tagged `train` where it is `trainable`, and the marker file.

    Args:
      graph: builds the graph, for training or not.
      image_side: attached as `image_module_info`.
    """
    import tensorflow as tf

    v1 = tf.compat.v1
    builder = v1.saved_model.Builder(str(folder))
    for training in (False, True) if trainable else (False,):
        with tf.Graph().as_default(), v1.Session() as session:
            signatures = graph(training)
            define = {
                name: v1.saved_model.build_signature_def(*map(_infos, sides), "any")
                for name, sides in signatures.items()
            }
            if image_side is not None:
                v1.add_to_collection("hub_module_attachments", _image_module_info(image_side))
            session.run(v1.global_variables_initializer())
            session.run(v1.tables_initializer())
            options: dict[str, Any] = {"signature_def_map": define, "main_op": v1.tables_initializer()}
            files = v1.get_collection(v1.GraphKeys.ASSET_FILEPATHS)
            if files:
                options["assets_collection"] = files
            if training:
                builder.add_meta_graph(["train"], **options)
            else:
                builder.add_meta_graph_and_variables(session, [], **options)
    builder.save()
    (folder / "tfhub_module.pb").write_bytes(b"\x08\x03")
    return folder


def _infos(tensors: dict[str, Any]) -> dict[str, Any]:
    import tensorflow as tf

    return {name: tf.compat.v1.saved_model.build_tensor_info(tensor) for name, tensor in tensors.items()}


def _image_module_info(side: int) -> bytes:
    """`ModuleAttachment(key="image_module_info", value=ImageModuleInfo(default_image_size=(side, side)))`, serialized."""
    number = bytes([side & 0x7F | 0x80, side >> 7])
    size = b"\x08" + number + b"\x10" + number
    value = b"\x0a" + bytes([len(size)]) + size
    key = b"image_module_info"
    return b"\x0a" + bytes([len(key)]) + key + b"\x12" + bytes([len(value)]) + value


def rows(count: int, dim: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((count, dim)).astype(np.float32)


# --- texts ---------------------------------------------------------------------------------------------------


def _words(texts: Any) -> Any:
    """The words of texts, ragged, as NNLM splits them: no punctuation, at spaces."""
    import tensorflow as tf

    return tf.strings.split(tf.strings.regex_replace(texts, r"[^\w ]", ""), sep=" ")


def _sqrtn(table: Any, words: Any) -> Any:
    import tensorflow as tf

    ids = tf.strings.to_hash_bucket_fast(words, _BUCKETS)
    lengths = tf.cast(words.row_lengths(), tf.float32)[:, None]
    return tf.reduce_sum(tf.gather(table, ids), axis=1) / tf.sqrt(tf.maximum(lengths, 1.0))


def save_word_vectors(folder: Path, dim: int, *, tf1: bool) -> Path:
    """NNLM and Wiki-words: version 1 is a TF1 hub module, version 2 a TF2 SavedModel; string [n] -> [n, dim]."""
    import tensorflow as tf

    if tf1:

        def graph(training: bool) -> Signatures:
            texts = tf.compat.v1.placeholder(tf.string, [None])
            table = tf.compat.v1.get_variable("embeddings", initializer=rows(_BUCKETS, dim))
            return {"default": ({"text": texts}, {"default": _sqrtn(table, _words(texts))})}

        return save_tf1(folder, graph)

    class Words(tf.Module):
        def __init__(self) -> None:
            self.embeddings = tf.Variable(rows(_BUCKETS, dim))

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="sentences")])  # type: ignore[untyped-decorator]
        def __call__(self, sentences: Any) -> Any:
            return _sqrtn(self.embeddings, _words(sentences))

    module = Words()
    tf.saved_model.save(module, str(folder), signatures=module.__call__)
    return folder


def save_sentence_encoder(folder: Path) -> Path:
    """USE 4 and USE large 5: `__call__` takes strings of any shape, `serving_default` gives `outputs` [n, 512]."""
    import tensorflow as tf

    class Sentences(tf.Module):
        def __init__(self) -> None:
            self.embeddings = tf.Variable(rows(_BUCKETS, 512))

        @tf.function(input_signature=[tf.TensorSpec(None, tf.string, name="inputs")])  # type: ignore[untyped-decorator]
        def __call__(self, inputs: Any) -> Any:
            texts = tf.reshape(inputs, [-1])
            return tf.math.l2_normalize(tf.ensure_shape(_sqrtn(self.embeddings, _words(texts)), [None, 512]), axis=1)

    module = Sentences()
    served = tf.function(lambda inputs: {"outputs": module(inputs)}).get_concrete_function(
        tf.TensorSpec(None, tf.string, name="inputs")
    )
    tf.saved_model.save(module, str(folder), signatures={"serving_default": served})
    return folder


def save_elmo(folder: Path, *, ignores_padding: bool = True) -> Path:
    """ELMo 3, and ELMo 2, whose `default` is a mean over the padding, too: signatures `default` and `tokens`."""
    import tensorflow as tf

    v1 = tf.compat.v1

    def outputs(tokens: Any, lengths: Any, weights: list[Any]) -> dict[str, Any]:
        ids = tf.strings.to_hash_bucket_fast(tokens, _BUCKETS)
        mask = tf.cast(tf.sequence_mask(lengths, tf.shape(tokens)[1]), tf.float32)[:, :, None]
        word_emb = tf.gather(weights[0], ids)
        # Every place is told by those before it, as by an LSTM.
        first = tf.tanh(tf.cumsum(tf.gather(weights[1], ids) * mask, axis=1))
        second = tf.tanh(tf.cumsum(first * mask, axis=1, reverse=True))
        both = tf.concat([word_emb, word_emb], axis=2)
        elmo = (both + first + second) / 3.0
        over = mask if ignores_padding else tf.ones_like(mask)
        mean = tf.reduce_sum(elmo * over, axis=1) / tf.reduce_sum(over, axis=1)
        return {"word_emb": word_emb, "lstm_outputs1": first, "lstm_outputs2": second, "elmo": elmo, "default": mean}

    def graph(training: bool) -> Signatures:
        weights = [v1.get_variable("words", initializer=rows(_BUCKETS, 512))]
        weights.append(v1.get_variable("lstm", initializer=rows(_BUCKETS, 1024, seed=1)))
        strings = v1.placeholder(tf.string, [None])
        split = tf.strings.split(strings)  # an empty text has no words, and its mean is 0 / 0
        lengths = tf.cast(split.row_lengths(), tf.int32)
        tokens, sequence_len = v1.placeholder(tf.string, [None, None]), v1.placeholder(tf.int32, [None])
        return {
            "default": ({"strings": strings}, outputs(split.to_tensor(""), lengths, weights)),
            "tokens": (
                {"tokens": tokens, "sequence_len": sequence_len},
                outputs(tokens, sequence_len, weights),
            ),
        }

    return save_tf1(folder, graph)


def save_use_lite(folder: Path, sentencepiece: Path) -> Path:
    """USE lite 2: ids as the parts of a sparse tensor [n, longest] -> [n, 512]; `spm_path` gives the SentencePiece model."""
    import tensorflow as tf

    v1 = tf.compat.v1

    def graph(training: bool) -> Signatures:
        values, indices = v1.placeholder(tf.int64, [None]), v1.placeholder(tf.int64, [None, 2])
        shape = v1.placeholder(tf.int64, [2])
        table = v1.get_variable("embeddings", initializer=rows(_BUCKETS, 512))
        ids = tf.SparseTensor(indices, tf.math.floormod(values, _BUCKETS), shape)
        vectors = tf.math.l2_normalize(v1.nn.embedding_lookup_sparse(table, ids, None, combiner="sqrtn"), axis=1)
        asset = tf.constant(str(sentencepiece))
        v1.add_to_collection(v1.GraphKeys.ASSET_FILEPATHS, asset)
        inputs = {"values": values, "indices": indices, "dense_shape": shape}
        return {"default": (inputs, {"default": vectors}), "spm_path": ({}, {"default": asset})}

    return save_tf1(folder, graph)


# --- images --------------------------------------------------------------------------------------------------


def _features(images: Any, kernel: Any) -> Any:
    """[n, height, width, 3] in 0..1 -> [n, dim]: colours of a grid of four, and the size of the image."""
    import tensorflow as tf

    small = tf.image.resize(images, [2, 2], method="area")
    return tf.nn.relu(tf.reshape(small, [-1, 12]) @ kernel)


def save_image_network_tf1(folder: Path, *, dim: int, side: int, fixed: bool) -> Path:
    """TF-Slim's networks, versions 1 to 3: graphs {} and {train}, `image_feature_vector` beside `default` and one that takes
    `batch_norm_momentum`; where the size of images is not `fixed`, an attachment names it. Endpoints stand beside `default`."""
    import tensorflow as tf

    v1 = tf.compat.v1

    def graph(training: bool) -> Signatures:
        images = v1.placeholder(tf.float32, [None, side, side, 3] if fixed else [None, None, None, 3])
        momentum = v1.placeholder_with_default(0.99, [])
        kernel = v1.get_variable("kernel", initializer=rows(12, dim))
        vectors = _features(images, kernel)
        vectors = v1.nn.dropout(vectors, rate=0.5) if training else vectors
        outputs = {"default": vectors, "network/logits_in": vectors[:, None, None, :], "network/Conv2d_1a": images}
        with_momentum = {"images": images, "batch_norm_momentum": momentum}
        return {
            "default": ({"images": images}, outputs),
            "image_feature_vector": ({"images": images}, outputs),
            "image_feature_vector_with_bn_hparams": (with_momentum, outputs),
        }

    return save_tf1(folder, graph, trainable=True, image_side=side)


def save_image_network_tf2(folder: Path, *, dim: int, side: int | None, served: bool) -> Path:
    """The same networks, version 4, and version 5, which is `served`: `__call__(inputs, training, batch_norm_momentum)`."""
    import tensorflow as tf

    class Network(tf.Module):
        def __init__(self) -> None:
            self.kernel = tf.Variable(rows(12, dim))

        @tf.function  # type: ignore[untyped-decorator]
        def __call__(self, inputs: Any, training: bool = False, batch_norm_momentum: Any = 0.99) -> Any:
            vectors = _features(inputs, self.kernel)
            return tf.nn.dropout(vectors, rate=0.5) if training else vectors

    module = Network()
    images = tf.TensorSpec([None, side, side, 3], tf.float32, name="inputs")
    momentum = tf.TensorSpec([], tf.float32, name="batch_norm_momentum")
    for training in (True, False):
        module.__call__.get_concrete_function(images, training=training, batch_norm_momentum=momentum)
    serving = tf.function(lambda inputs: module(inputs, training=False)).get_concrete_function(images)
    tf.saved_model.save(module, str(folder), signatures={"serving_default": serving} if served else None)
    return folder


# --- generators ----------------------------------------------------------------------------------------------


def save_generator(folder: Path, kind: str) -> Path:
    """Progressive GAN, BigGAN, and compare_gan's with its discriminator: noise -> images [n, 128, 128, 3]."""
    import tensorflow as tf

    v1 = tf.compat.v1

    def graph(training: bool) -> Signatures:
        depth = 512 if kind == "progan" else 120
        noise = v1.placeholder(tf.float32, [None, depth])
        weights = v1.get_variable("weights", initializer=rows(depth, 3))
        images = tf.tile((noise @ weights)[:, None, None, :], [1, 128, 128, 1])
        if kind == "progan":
            return {"default": ({"latent_vector": noise}, {"default": images})}
        if kind == "biggan":
            labels, truncation = v1.placeholder(tf.float32, [None, 1000]), v1.placeholder(tf.float32, [])
            return {"default": ({"z": noise, "y": labels, "truncation": truncation}, {"default": images})}
        shown = v1.placeholder(tf.float32, [None, 128, 128, 3])
        prediction = tf.reduce_mean(shown, axis=[1, 2, 3])[:, None]
        made = ({"z": noise, "labels": v1.placeholder(tf.int32, [None])}, {"default": images})
        return {"default": made, "generator": made, "discriminator": ({"images": shown}, {"prediction": prediction})}

    return save_tf1(folder, graph)
