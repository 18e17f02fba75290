from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.helpers.embedding import rows
from tests.launch.conftest import Command, Newsroom


@pytest.fixture
def vectors(newsroom: Newsroom) -> np.ndarray:
    return np.array([row["embedding"] for row in rows(str(newsroom.table)).values()], np.float32)[:40]


def lineage(newsroom: Newsroom) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((newsroom.model / "2" / "assets.extra" / "lineage.json").read_text())
    return found


def scores(version: Path, vectors: np.ndarray) -> np.ndarray:
    import tensorflow as tf

    found: np.ndarray = (
        tf.saved_model.load(str(version)).signatures["from_vectors"](vectors=tf.constant(vectors))["scores"].numpy()
    )
    return found


def test_the_keras_file_gives_the_heads_logits(
    newsroom: Newsroom, newsmill: Command, vectors: np.ndarray, tmp_path: Path
) -> None:
    import keras

    out = tmp_path / "topics.keras"
    said = newsmill("export-model", newsroom.model, "--format", "keras", "--to", out).output()
    logits = keras.models.load_model(out).predict(vectors, verbose=0)
    temperature = lineage(newsroom)["temperature"]
    raised = np.exp(logits / temperature)

    assert said == f"{out}: {newsroom.model}/2 as keras, from x float32 [n, 16] to logits float32 [n, 3]\n"
    np.testing.assert_allclose(
        raised / raised.sum(axis=1, keepdims=True), scores(newsroom.model / "2", vectors), atol=1e-5
    )


@pytest.mark.parametrize("number", [1, 2])
def test_tensorflow_lite_gives_the_same_scores(
    number: int, newsroom: Newsroom, newsmill: Command, vectors: np.ndarray, tmp_path: Path
) -> None:
    out = tmp_path / "topics.tflite"
    outcome = newsmill("export-model", newsroom.model / str(number), "--format", "tflite", "--to", out)

    # What the converter's native code writes on standard error goes elsewhere in a process of its own.
    assert (outcome.code, outcome.out) == (
        0,
        f"{out}: {newsroom.model}/{number} as tflite, from_vectors alone (text needs a tokenizer): float32 [1, 16], to"
        " scores float32 [1, 3]\n",
    )
    np.testing.assert_allclose(
        np.concatenate([_run(out, row[None]) for row in vectors]),
        scores(newsroom.model / str(number), vectors),
        atol=1e-4,
    )


def test_onnx_gives_the_same_scores_of_any_number_of_items(
    newsroom: Newsroom, newsmill: Command, vectors: np.ndarray, tmp_path: Path
) -> None:
    import onnxruntime

    out = tmp_path / "topics.onnx"
    outcome = newsmill("export-model", newsroom.model, "--format", "onnx", "--to", out)

    assert outcome.code == 0
    assert (
        f"{newsroom.model}/2 as onnx, from_vectors alone (text needs a tokenizer): float32 [n, 16], to" in outcome.out
    )
    session = onnxruntime.InferenceSession(str(out), providers=["CPUExecutionProvider"])
    labels = json.loads(session.get_modelmeta().custom_metadata_map["labels"])
    wanted = scores(newsroom.model / "2", vectors)
    assert labels == lineage(newsroom)["labels"]
    for some in (vectors, vectors[:1]):
        np.testing.assert_allclose(session.run(["scores"], {"vectors": some})[0], wanted[: len(some)], atol=1e-5)


def test_onnx_has_the_rows_of_a_nearest_head_and_takes_numbers_beside_the_vector(
    lengths_model: Path, newsmill: Command, tmp_path: Path
) -> None:
    import onnx

    outcome = newsmill("export-model", lengths_model, "--format", "onnx", "--to", tmp_path / "near.onnx")

    assert outcome.code == 0, outcome.err
    inputs = onnx.load(str(tmp_path / "near.onnx")).graph.input
    assert [one.name for one in inputs] == ["vectors", "feature_length"]


def test_without_tf2onnx_a_line_says_what_to_install(
    newsroom: Newsroom, newsmill: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tf2onnx", None)
    asked = ("export-model", newsroom.model, "--format", "onnx", "--to", tmp_path / "m.onnx")
    assert "pip install 'vectormill[onnx-export]'" in newsmill(*asked).complaint(2)


def test_scores_that_differ_are_not_written(
    newsroom: Newsroom, newsmill: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("transforms.heads.serve.onnx_file._LARGEST_DIFFERENCE", -1.0)
    refused = newsmill("export-model", newsroom.model, "--format", "onnx", "--to", tmp_path / "m.onnx")
    assert refused.code == 2 and "differ by" in refused.err
    assert not (tmp_path / "m.onnx").exists()


def _run(model: Path, given: np.ndarray) -> Any:
    import tensorflow as tf

    interpreter = tf.lite.Interpreter(str(model))
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], given)
    interpreter.invoke()
    return interpreter.get_tensor(interpreter.get_output_details()[0]["index"])


@pytest.mark.parametrize(
    ("name", "export_format", "complaint"),
    [
        ("there.keras", "keras", "is there already: give a new file"),
        ("model.h5", "keras", "Keras opens files whose name ends in .keras"),
        ("there.keras/model.keras", "keras", "cannot be written: "),
    ],
)
def test_a_target_that_cannot_be(
    name: str, export_format: str, complaint: str, newsroom: Newsroom, newsmill: Command, tmp_path: Path
) -> None:
    (tmp_path / "there.keras").write_text("mine")

    said = newsmill("export-model", newsroom.model, "--format", export_format, "--to", tmp_path / name).complaint(2)

    assert said.startswith(f"{tmp_path / name}")
    assert complaint in said
    assert (tmp_path / "there.keras").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["there.keras"]


def test_no_model_is_there(newsmill: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")

    for place in ("none", "file"):
        said = newsmill("export-model", tmp_path / place, "--format", "keras", "--to", tmp_path / "m.keras").complaint(
            2
        )
        assert said.startswith(f"{tmp_path}/{place} holds no model: make one with")


@pytest.mark.parametrize(
    ("export_format", "complaint"),
    [
        ("keras", "--weights is of --format web"),
        ("web", "--weights float16 is for image models: {model}/2 is of texts"),
    ],
)
def test_a_type_of_weights_is_of_image_models_for_a_browser(
    export_format: str, complaint: str, newsroom: Newsroom, newsmill: Command, tmp_path: Path
) -> None:
    options = ("--format", export_format, "--weights", "float16", "--to", tmp_path / "out.keras")

    said = newsmill("export-model", newsroom.model, *options).complaint(2)

    assert said == complaint.format(model=newsroom.model)
    assert not (tmp_path / "out.keras").exists()
