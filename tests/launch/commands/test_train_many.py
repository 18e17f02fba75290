"""Several heads in one training, of every kind, that see other columns beside the vector."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.helpers import heads
from tests.helpers.embedding import rows
from tests.launch.conftest import Command, Newsroom, newsroom_environment, succeed
from transforms.heads.rows.split import TRAIN

YAML = """
- name: linear
  kind: linear
  one_vs_rest: true
  balanced: true
- name: deep
  kind: mlp
  mlp: {hidden: [8], epochs: 2, batch: 32}
- name: near
  kind: knn
- name: tags
  kind: linear
  label: tags
  separator: ";"
"""
OPTIONS = ["--features", "length,desk", "--normalize", "zscore"]

Rows = list[dict[str, Any]]


@pytest.fixture
def mill(newsmill: Command, many: Path) -> Command:
    return newsmill


@pytest.fixture(scope="module")
def many(bare_newsroom: Newsroom, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of four heads, all trained by one command."""
    root = tmp_path_factory.mktemp("many")
    (root / "heads.yaml").write_text(YAML)
    with newsroom_environment(bare_newsroom.root):
        succeed("train", bare_newsroom.table, "--to", root / "m", "--heads", root / "heads.yaml", *OPTIONS)
    return root / "m"


@pytest.fixture(scope="module")
def stored(bare_newsroom: Newsroom) -> Rows:
    return list(rows(str(bare_newsroom.table)).values())


def lineage(version: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((version / "assets.extra" / "lineage.json").read_text())
    return found


def report(version: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((version / "assets.extra" / "report.json").read_text())
    return found


def features(rows: Rows) -> dict[str, Any]:
    import tensorflow as tf

    lengths = [float("nan") if row["length"] is None else row["length"] for row in rows]
    return {
        "feature_length": tf.constant(lengths, tf.float32),
        "feature_desk": tf.constant([row["desk"] or "" for row in rows]),
    }


def answers(version: Path, signature: str, **given: Any) -> dict[str, np.ndarray]:
    import tensorflow as tf

    found = tf.saved_model.load(str(version)).signatures[signature](**given)
    return {name: value.numpy() for name, value in found.items()}


def inputs_of(rows: Rows, train: Rows) -> np.ndarray:
    """What a head sees of these rows, by what the training rows are."""
    vectors = np.array([row["embedding"] for row in train])
    z = (np.array([row["embedding"] for row in rows]) - vectors.mean(axis=0)) / vectors.std(axis=0)
    lengths = np.array([row["length"] for row in train if row["length"] is not None])
    length = [0 if row["length"] is None else (row["length"] - lengths.mean()) / lengths.std() for row in rows]
    desk = [[row["desk"] == "north", row["desk"] == "south"] for row in rows]
    return np.column_stack([z, length, desk]).astype(np.float32)


def normed(scores: np.ndarray) -> np.ndarray:
    found: np.ndarray = scores / scores.sum(axis=1, keepdims=True)
    return found


def test_every_head_is_a_model_of_its_own(many: Path) -> None:
    assert sorted(path.name for path in many.iterdir()) == ["_runs", "deep", "linear", "near", "tags"]
    for name, kind, task in (
        ("linear", "linear", "single-label"),
        ("deep", "mlp", "single-label"),
        ("near", "knn", "single-label"),
        ("tags", "linear", "multi-label"),
    ):
        printed = report(many / name / "1")
        assert (printed["model"]["head"], printed["model"]["task"], printed["model"]["version"]) == (kind, task, 1)
        assert printed["data"]["features"] == ["length", "desk"]
        assert (many / name / "1" / "saved_model.pb").exists()
    assert len(report(many / "deep" / "1")["learning_curve"]["x"]) == 2


@pytest.mark.parametrize("name", ["linear", "deep", "near", "tags"])
def test_the_exported_transform_is_what_the_training_rows_say(name: str, many: Path, stored: Rows) -> None:
    """Scores of the whole model are those of the Keras head on inputs that were computed by hand."""
    import keras
    import tensorflow as tf

    version = many / name / "1"
    printed = lineage(version)
    sides = heads.hashed_sides([row["id"] for row in stored], printed["split"])
    train = [row for row in stored if sides[row["id"]] == TRAIN]
    rows = [*stored, {**stored[1], "desk": "west", "length": None}, {**stored[2], "desk": None, "length": 20.0}]
    head = keras.models.load_model(version / "assets.extra" / "head.keras")
    logits = head.predict(inputs_of(rows, train), verbose=0) / printed["temperature"]
    sigmoid = 1 / (1 + np.exp(-logits))
    expected = {
        "linear": normed(sigmoid),
        "deep": normed(np.exp(logits)),
        "near": normed(np.exp(logits)),
        "tags": sigmoid,
    }[name]

    vectors = tf.constant(np.array([row["embedding"] for row in rows], np.float32))
    by_vector = answers(version, "from_vectors", vectors=vectors, **features(rows))
    by_text = answers(version, "serving_default", text=tf.constant([row["text"] for row in rows]), **features(rows))

    assert sum(row["length"] is None for row in stored) == 43 and sum(row["desk"] is None for row in stored) == 28
    np.testing.assert_allclose(by_vector["scores"], expected, atol=1e-4)
    np.testing.assert_allclose(by_text["scores"], expected, atol=1e-4)
    assert abs(by_vector["scores"][-2:] - by_vector["scores"][1:3]).max() > 1e-3, "the columns are seen"


def test_several_labels_are_learnt_and_said_together(
    many: Path, stored: Rows, mill: Command, bare_newsroom: Newsroom, tmp_path: Path
) -> None:
    from deltalake import DeltaTable

    mill("predict", many / "tags", bare_newsroom.table, "--to", tmp_path / "out").output()
    predicted = {row["id"]: row for row in DeltaTable(str(tmp_path / "out")).to_pyarrow_table().to_pylist()}
    labels = lineage(many / "tags" / "1")["labels"]

    assert sorted(labels) == ["bank", "goal", "rain", "storm"]
    for row in predicted.values():
        there = [name for name, score in zip(labels, row["scores"], strict=True) if score >= 0.5]
        assert row["predicted"] == "|".join(there)
    right = [row["tags"].split(";") == sorted(predicted[row["id"]]["predicted"].split("|")) for row in stored]
    assert np.mean(right) > 0.7
    assert {row["predicted"].count("|") for row in predicted.values()} >= {0, 1}
    measured = report(many / "tags" / "1")
    assert measured["confusion"] is None and measured["metrics"]["micro_f1"]["value"] > 0.7


def test_a_corpus_is_scored_with_the_columns_that_the_model_sees(
    many: Path, mill: Command, bare_newsroom: Newsroom, stored: Rows, tmp_path: Path
) -> None:
    from deltalake import DeltaTable

    columns = ["--text-column", "text", "--id-column", "id"]
    mill("predict", many / "linear", bare_newsroom.corpus, "--to", tmp_path / "out", *columns).output()
    mill("predict", many / "linear", bare_newsroom.table, "--to", tmp_path / "from table").output()

    scores = [
        {row["id"]: row["scores"] for row in DeltaTable(str(tmp_path / out)).to_pyarrow_table().to_pylist()}
        for out in ("out", "from table")
    ]
    assert scores[0].keys() == scores[1].keys() == {row["id"] for row in stored}
    for name, found in scores[0].items():
        np.testing.assert_allclose(found, scores[1][name], atol=1e-4)


def test_a_table_without_those_columns_is_refused(
    many: Path, mill: Command, bare_newsroom: Newsroom, tmp_path: Path
) -> None:
    options = ["--encoder", bare_newsroom.encoder, "--text-column", "text", "--label-column", "label"]
    mill("embed", bare_newsroom.corpus, "--to", tmp_path / "table", *options).output()

    for command in (
        ["predict", many / "deep", tmp_path / "table", "--to", tmp_path / "out"],
        ["evaluate", many / "deep", tmp_path / "table"],
    ):
        assert mill(*command).complaint(2) == (
            f"{many}/deep/1 sees the column 'length', which {tmp_path}/table lacks: embed it with --keep"
        )
    assert not (tmp_path / "out").exists()


def test_text_features_have_no_place_in_tensorflow_lite(many: Path, mill: Command, tmp_path: Path) -> None:
    complaint = mill("export-model", many / "deep", "--format", "onnx", "--to", tmp_path / "m.onnx").complaint(2)
    assert "ONNX has no vocabularies" in complaint
    complaint = mill("export-model", many / "deep", "--format", "tflite", "--to", tmp_path / "m.tflite").complaint(2)

    assert complaint.startswith("TensorFlow Lite has no vocabularies: leave text --features out")
    assert not (tmp_path / "m.tflite").exists()
