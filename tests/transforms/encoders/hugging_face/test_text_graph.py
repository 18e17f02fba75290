"""Encoders of folders as TensorFlow graphs that take strings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.helpers import text_models
from transforms import encoders
from transforms.common.errors import RequestError
from transforms.encoders.hugging_face import text_graph
from transforms.encoders.trainable import open_trainable
from transforms.heads.publish import export

TEXTS = ["the film", "", "Bcd, e.f!", "naïve\tÉTÉ the film", "a" * 60]


def as_bert(folder: Path, **normalizer: Any) -> Path:
    """The folder with a tokenizer of BERT's kind."""
    file = folder / "tokenizer.json"
    stored = json.loads(file.read_text())
    stored["normalizer"] = {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True}
    stored["normalizer"] |= {"strip_accents": None, "lowercase": True, **normalizer}
    stored["pre_tokenizer"] = {"type": "BertPreTokenizer"}
    file.write_text(json.dumps(stored))
    return folder


@pytest.mark.parametrize("pooling", ["mean", "cls", "max", "mean_sqrt_len"])
def test_a_graph_gives_the_vectors_of_the_encoder(tmp_path: Path, pooling: str) -> None:
    import tensorflow as tf

    folder = as_bert(text_models.write(tmp_path / "model", pooling=pooling, normalize=pooling != "max"))
    encoder = encoders.resolve(f"hf:{folder}", engine="tensorflow").load()

    graph = text_graph.open_graph(folder)

    np.testing.assert_allclose(graph.call(tf.constant(TEXTS)).numpy(), encoder.encode(TEXTS), atol=2e-6)


def test_a_prompt_stands_before_each_text(tmp_path: Path) -> None:
    import tensorflow as tf

    folder = as_bert(text_models.write(tmp_path / "model", prompts={"document": "passage: "}))
    encoder = encoders.resolve(f"hf:{folder}", engine="tensorflow").load()

    graph, other = text_graph.open_graph(folder), text_graph.open_graph(folder, prompt="query: ")

    np.testing.assert_allclose(graph.call(tf.constant(TEXTS)).numpy(), encoder.encode(TEXTS), atol=2e-6)
    assert np.abs(other.call(tf.constant(TEXTS)) - graph.call(tf.constant(TEXTS))).max() > 1e-3  # beyond rounding


def test_another_kind_of_tokenizer_is_refused(tmp_path: Path) -> None:
    folder = text_models.write(tmp_path / "model")

    with pytest.raises(RequestError, match="a tokenizer of this kind"):
        text_graph.open_graph(folder)


def test_fine_tuning_starts_from_the_encoders_vectors_and_moves_all_of_its_weights(tmp_path: Path) -> None:
    import tensorflow as tf

    folder = as_bert(text_models.write(tmp_path / "model"))
    resolved = encoders.resolve(f"hf:{folder}", engine="tensorflow")

    network = open_trainable(resolved, batch_norms=False)

    np.testing.assert_allclose(network.encode(tf.constant(TEXTS)).numpy(), resolved.load().encode(TEXTS), atol=2e-6)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(network.learn(tf.constant(TEXTS))[:, 0])
    gradients = tape.gradient(loss, network.variables)
    assert len(network.variables) == len(network.state) == 4 + 2 * 16
    assert all(gradient is not None for gradient in gradients)


def test_a_tuned_network_is_saved_as_an_encoder_that_takes_texts(tmp_path: Path) -> None:
    import tensorflow as tf

    resolved = encoders.resolve(f"hf:{as_bert(text_models.write(tmp_path / 'model'))}", engine="tensorflow")
    network = open_trainable(resolved, batch_norms=False)
    network.variables[0].assign_add(tf.random.stateless_normal(network.variables[0].shape, (1, 2)))

    export._save_encoder(str(tmp_path / "tuned"), network, resolved)

    tuned = encoders.resolve(str(tmp_path / "tuned"), trust=True, remember=False).load()
    np.testing.assert_allclose(tuned.encode(TEXTS), network.encode(tf.constant(TEXTS)).numpy(), atol=1e-5)
    assert np.abs(tuned.encode(TEXTS) - resolved.load().encode(TEXTS)).max() > 1e-3  # beyond rounding
