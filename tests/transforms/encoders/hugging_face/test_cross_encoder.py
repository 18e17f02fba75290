"""Cross-encoders of folders: scores of pairs by their definition in NumPy, and folders that are none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer

from tests.helpers import text_models
from tests.helpers.cross_encoders import head_of, write
from transforms.common.errors import RequestError
from transforms.encoders import openvino_core
from transforms.encoders.hugging_face.cross_encoder import open_cross_encoder

TEXTS = ["the film", "a b c d e f g h i j k l m n o p q r s t u v w x y z", "", "the the film, film."]
QUERY = "a film?"


def expected(folder: Path, kind: str, query: str, text: str) -> float:
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(24)
    found = tokenizer.encode(query, text)
    first = text_models.token_vectors(kind, found.ids, types=found.type_ids)[0]
    (pooler, pooler_bias), (classifier, bias) = head_of(kind)
    pooled = pooler @ first + pooler_bias
    pooled = np.maximum(pooled, 0) if kind == "distilbert" else np.tanh(pooled)
    return float((classifier @ pooled + bias)[0])


@pytest.mark.parametrize("kind", ["bert", "roberta", "distilbert", "mpnet"])
def test_scores_of_pairs_are_those_of_their_definition(tmp_path: Path, kind: str) -> None:
    folder = write(tmp_path / "model", kind=kind)
    scores = open_cross_encoder(f"hf:{folder}").scores(QUERY, TEXTS)
    np.testing.assert_allclose(scores, [expected(folder, kind, QUERY, text) for text in TEXTS], atol=2e-5)
    assert len(set(scores.tolist())) == len(TEXTS)


def test_tensorflow_gives_the_same_scores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write(tmp_path / "model")
    monkeypatch.setattr(openvino_core, "is_installed", lambda: False)
    scores = open_cross_encoder(f"hf:{folder}").scores(QUERY, TEXTS)
    np.testing.assert_allclose(scores, [expected(folder, "bert", QUERY, text) for text in TEXTS], atol=2e-5)


def test_no_pairs_have_no_scores(tmp_path: Path) -> None:
    assert open_cross_encoder(f"hf:{write(tmp_path / 'model')}").scores(QUERY, []).shape == (0,)


@pytest.mark.skipif(not openvino_core.is_installed(), reason="OpenVINO is not installed")
def test_a_graph_in_onnx_gets_the_types_of_the_tokens(tmp_path: Path) -> None:
    """Its score of a pair is the number of tokens of the second text, less a tenth of all."""
    from onnx import TensorProto, helper, save_model

    folder = write(tmp_path / "model")
    (folder / "model.safetensors").unlink()
    ports = [helper.make_tensor_value_info(name, TensorProto.INT64, ["n", "length"])
             for name in ("input_ids", "attention_mask", "token_type_ids")]  # fmt: skip
    graph = helper.make_graph(
        [
            helper.make_node("Mul", ["token_type_ids", "attention_mask"], ["second"]),
            helper.make_node("Cast", ["second"], ["a"], to=TensorProto.FLOAT),
            helper.make_node("Cast", ["attention_mask"], ["b"], to=TensorProto.FLOAT),
            helper.make_node("Mul", ["b", "tenth"], ["c"]),
            helper.make_node("Sub", ["a", "c"], ["d"]),
            helper.make_node("ReduceSum", ["d", "axes"], ["logits"], keepdims=1),
        ],
        "pairs",
        ports,
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", 1])],
        [
            helper.make_tensor("tenth", TensorProto.FLOAT, [], [0.1]),
            helper.make_tensor("axes", TensorProto.INT64, [1], [1]),
        ],
    )
    save_model(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), folder / "model.onnx"
    )
    scores = open_cross_encoder(f"onnx:{folder}").scores("a", ["the film", "b", ""])
    # [CLS] a [SEP] the film [SEP]
    np.testing.assert_allclose(scores, [3 - 0.6, 2 - 0.5, 1 - 0.4], atol=1e-6)


def _changed(folder: Path, **config: Any) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **config}))


def test_folders_that_are_no_cross_encoder_are_refused(tmp_path: Path) -> None:
    folder = write(tmp_path / "model")
    refused: list[tuple[dict[str, Any], str]] = [
        ({"architectures": ["BertModel"]}, "its config.json names a BertModel, and a cross-encoder is a"),
        ({"architectures": None}, "its config.json names no classifier"),
        ({"id2label": {"0": "a", "1": "b", "2": "c"}}, "is a classifier with 3 labels: a cross-encoder has one"),
        ({"id2label": None}, "is a classifier with 2 labels"),
        ({"model_type": "electra"}, "is a network of type electra"),
        ({"vocab_size": 5}, "it is another model's tokenizer"),
    ]
    for config, complaint in refused:
        before = (folder / "config.json").read_text()
        _changed(folder, **config)
        with pytest.raises(RequestError, match=complaint):
            open_cross_encoder(f"hf:{folder}")
        (folder / "config.json").write_text(before)
    arrays = load_file(folder / "model.safetensors")
    save_file({name: array for name, array in arrays.items() if "classifier" not in name}, folder / "model.safetensors")
    with pytest.raises(RequestError, match=r"half a model in .*: classifier\.bias is missing"):
        open_cross_encoder(f"hf:{folder}")
    for name, complaint in (
        ("cross-encoder/ms-marco", "--rerank cross-encoder/ms-marco: give the folder of a cross-encoder, as hf:FOLDER"),
        (f"hf:{tmp_path}/nowhere", "there is no folder"),
        (f"onnx:{folder}", "there is no model.onnx"),
    ):
        with pytest.raises(RequestError, match=complaint):
            open_cross_encoder(name)
