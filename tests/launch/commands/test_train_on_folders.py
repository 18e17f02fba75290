"""Heads on encoders of folders as Hugging Face writes them: with and without a tokenizer that TensorFlow has."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from deltalake import DeltaTable

from tests.helpers import heads, text_models
from tests.launch.conftest import Command, succeed
from tests.transforms.encoders.hugging_face.test_text_graph import as_bert
from transforms.heads.serve.classifier import load_model


@pytest.mark.parametrize("in_graph", [True, False])
def test_a_head_scores_raw_texts_in_its_graph_or_through_its_encoder(
    bare: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_graph: bool
) -> None:
    import tensorflow as tf

    monkeypatch.setenv("VECTORMILL_CACHE_DIR", str(tmp_path / "state"))
    monkeypatch.setattr("transforms.heads.publish.lineage.render", lambda report: "")
    folder = text_models.write(tmp_path / "encoder")
    if in_graph:
        as_bert(folder)
    heads.write_rows(tmp_path / "corpus" / "a.parquet", heads.news(60))
    columns = ["--text-column", "text", "--id-column", "id", "--label-column", "label"]
    succeed("embed", tmp_path / "corpus", "--to", tmp_path / "t", "--encoder", f"hf:{folder}", *columns)

    trained = bare("train", tmp_path / "t", "--to", tmp_path / "m", "--no-leakage-check", "--head", "linear")
    assert trained.code == 0, trained

    restored = tf.saved_model.load(str(tmp_path / "m" / "1"))
    assert set(restored.signatures) == ({"serving_default", "from_vectors"} if in_graph else {"from_vectors"})
    assert ("the exported model takes vectors" in trained.out) is not in_graph
    rows = {row["id"]: row for row in DeltaTable(str(tmp_path / "t")).to_pyarrow_table().to_pylist()}
    succeed("predict", tmp_path / "m", tmp_path / "corpus", "--to", tmp_path / "out", *columns[:4])
    found = {row["id"]: row["scores"] for row in DeltaTable(str(tmp_path / "out")).to_pyarrow_table().to_pylist()}
    vectors = np.array([row["embedding"] for row in rows.values()], np.float32)
    expected = restored.signatures["from_vectors"](vectors=tf.constant(vectors))["scores"].numpy()
    np.testing.assert_allclose([found[name] for name in rows], expected, atol=1e-5)
    lineage = json.loads((tmp_path / "m" / "1" / "assets.extra" / "lineage.json").read_text())
    assert bool(lineage["vectors_only"]) is not in_graph
    texts = [row["text"] for row in rows.values()]
    if in_graph:
        raw = restored.signatures["serving_default"](text=tf.constant(texts))["scores"].numpy()
    else:
        raw = load_model(tmp_path / "m").predict(texts).scores
    np.testing.assert_allclose(raw, expected, atol=1e-3)
