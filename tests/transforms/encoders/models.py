"""Tiny models of every format that an encoder may come in, written by the tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

TEXT_DIM = 6
SIDE = 8
IMAGE_DIM = 4


def save_text_model(folder: Path, *, seed: int = 0) -> Path:
    """A TF2 SavedModel like NNLM's: a hash table of words, an embedding, a mean over the words of each text."""
    import tensorflow as tf

    class Words(tf.Module):
        def __init__(self) -> None:
            keys = tf.constant(["good", "bad", "film"])
            self.words = tf.lookup.StaticHashTable(
                tf.lookup.KeyValueTensorInitializer(keys, tf.constant([1, 2, 3], tf.int64)), 0
            )
            rows = np.random.default_rng(seed).standard_normal((4, TEXT_DIM)).astype(np.float32)
            self.rows = tf.Variable(rows)

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
        def __call__(self, texts: Any) -> Any:
            ids = tf.ragged.map_flat_values(self.words.lookup, tf.strings.split(texts))
            return tf.math.divide_no_nan(
                tf.reduce_sum(tf.gather(self.rows, ids), axis=1), tf.cast(ids.row_lengths(), tf.float32)[:, None]
            )

    tf.saved_model.save(Words(), str(folder))
    return folder


def save_image_model(folder: Path, *, side: int | None = SIDE) -> Path:
    """A TF2 SavedModel like TF Hub's feature vectors: `__call__` with `training`, pixels 0..1."""
    import tensorflow as tf

    class Features(tf.Module):
        def __init__(self) -> None:
            kernel = np.random.default_rng(1).standard_normal((3, 3, 3, IMAGE_DIM)).astype(np.float32)
            self.kernel = tf.Variable(kernel)

        @tf.function(input_signature=[tf.TensorSpec([None, side, side, 3]), tf.TensorSpec([], tf.bool)])
        def traced(self, pixels: Any, training: Any) -> Any:
            return tf.reduce_mean(tf.nn.relu(tf.nn.conv2d(pixels, self.kernel, 1, "SAME")), axis=[1, 2])

        @tf.function
        def __call__(self, pixels: Any, training: bool = False) -> Any:
            return self.traced(pixels, training)

    module = Features()
    module.__call__.get_concrete_function(tf.TensorSpec([None, side, side, 3]), training=False)
    tf.saved_model.save(module, str(folder))
    return folder


def save_tf1_hub_module(folder: Path) -> Path:
    """The format that `hub.Module` read: no tags, a signature `default`, and a marker file."""
    import tensorflow as tf

    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        texts = v1.placeholder(tf.string, [None])
        rows = v1.get_variable("rows", initializer=np.arange(20, dtype=np.float32).reshape(5, 4))
        table = tf.lookup.StaticHashTable(
            tf.lookup.KeyValueTensorInitializer(tf.constant(["a", "b"]), tf.constant([1, 2])), 0
        )
        vectors = tf.gather(rows, table.lookup(texts))
        per_word = tf.expand_dims(vectors, 1)
        session.run(v1.global_variables_initializer())
        session.run(v1.tables_initializer())
        signature = v1.saved_model.predict_signature_def({"text": texts}, {"default": vectors, "word_emb": per_word})
        builder = v1.saved_model.Builder(str(folder))
        builder.add_meta_graph_and_variables(
            session, [], signature_def_map={"default": signature}, main_op=v1.tables_initializer()
        )
        builder.save()
    (folder / "tfhub_module.pb").write_bytes(b"\x08\x03")
    return folder


def save_sparse_ids_module(folder: Path, sentencepiece: Path) -> Path:
    """Like USE-lite: token ids as the parts of a sparse tensor, and the SentencePiece model as an asset."""
    import tensorflow as tf

    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        values = v1.placeholder(tf.int64, [None])
        indices = v1.placeholder(tf.int64, [None, 2])
        shape = v1.placeholder(tf.int64, [2])
        sums = tf.sparse.reduce_sum(tf.SparseTensor(indices, values, shape), axis=1)
        scale = v1.get_variable("scale", initializer=np.ones((1, 2), np.float32))
        vectors = tf.reshape(tf.cast(sums, tf.float32), [-1, 1]) * scale
        asset = tf.constant(str(sentencepiece))
        v1.add_to_collection(v1.GraphKeys.ASSET_FILEPATHS, asset)
        session.run(v1.global_variables_initializer())
        define = v1.saved_model.predict_signature_def
        builder = v1.saved_model.Builder(str(folder))
        builder.add_meta_graph_and_variables(
            session,
            [],
            signature_def_map={
                "default": define({"values": values, "indices": indices, "dense_shape": shape}, {"default": vectors}),
                "spm_path": v1.saved_model.build_signature_def(
                    {}, {"default": v1.saved_model.build_tensor_info(asset)}, "any"
                ),
            },
            assets_collection=v1.get_collection(v1.GraphKeys.ASSET_FILEPATHS),
        )
        builder.save()
    (folder / "tfhub_module.pb").write_bytes(b"\x08\x03")
    return folder
