"""A head becomes a SavedModel that answers for itself, and is read again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tests.helpers import fakes, heads
from transforms import encoders
from transforms.common.errors import RequestError
from transforms.encoders.resolved import ResolvedEncoder
from transforms.heads.evaluation.scores import scores_of
from transforms.heads.fit.fitted import Fitted
from transforms.heads.fit.linear_head import linear_model
from transforms.heads.job import Activation
from transforms.heads.publish import export
from transforms.heads.rows.feature_transform import HeadTransform
from transforms.heads.rows.inputs import Inputs
from transforms.heads.serve.served_model import ServedModel, aligned, argument

NAMES = ("b", "a c", "ä")
NOTHING = pa.RecordBatch.from_pydict({})
TEXTS = ["", *(row["text"] for row in heads.news(30))]
TEMPERATURE = 1.7
WEIGHTS = np.random.default_rng(5).standard_normal((heads.DIM, len(NAMES))).astype(np.float32)
BIAS = np.array([0.4, -0.9, -0.1], np.float32)
INPUTS = Inputs(dim=heads.DIM, normalise="none", numeric=(), categorical=(), heads=1)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ResolvedEncoder]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VECTORMILL_CACHE_DIR", str(tmp_path_factory.mktemp("state")))
        yield encoders.resolve(str(heads.save_encoder(tmp_path_factory.mktemp("encoder") / "words")), trust=True)


@pytest.fixture(scope="module")
def vectors(encoder: ResolvedEncoder) -> np.ndarray:
    """Of TEXTS, from the encoder itself."""
    return np.asarray(encoder.load().encode(TEXTS), np.float32)


@pytest.fixture(scope="module", params=["softmax", "sigmoid", "one-vs-rest"])
def model(
    request: pytest.FixtureRequest, encoder: ResolvedEncoder, tmp_path_factory: pytest.TempPathFactory
) -> ServedModel:
    activation: Activation = request.param
    folder = tmp_path_factory.mktemp("served") / "topics" / "3"
    export.save(
        str(folder),
        fitted=Fitted(
            kind="linear",
            model=linear_model(WEIGHTS, BIAS),
            temperature=TEMPERATURE,
            inverse_regularization=1.0,
            curve={},
        ),
        transform=HeadTransform("nowhere", INPUTS),
        names=NAMES,
        activation=activation,
        encoder=encoder,
    )
    lineage = {
        "labels": NAMES,
        "activation": activation,
        "inputs": asdict(INPUTS),
        "fine_tuned": False,
        "encoder": {
            "name": "fake-text",
            "handle": "builtin://fake-text",
            "fingerprint": "0123456789",
            "precision": "float32",
            "modality": "text",
        },
    }
    (folder / "assets.extra" / "lineage.json").write_text(json.dumps(lineage))
    return ServedModel(str(folder))


def test_what_it_was_trained_as_is_read_again(model: ServedModel) -> None:
    assert model.labels == NAMES
    assert model.inputs == INPUTS


def test_texts_and_their_vectors_score_alike(model: ServedModel, vectors: np.ndarray) -> None:
    expected = scores_of(vectors @ WEIGHTS + BIAS, activation=model.activation, temperature=TEMPERATURE)

    by_vector = model.from_vectors(vectors, NOTHING)

    assert by_vector.dtype == np.float32
    np.testing.assert_allclose(by_vector, expected, atol=1e-6)
    np.testing.assert_allclose(model.from_items([text.encode() for text in TEXTS], NOTHING), expected, atol=1e-5)
    assert len(np.unique(expected.round(3), axis=0)) > len(TEXTS) / 2


def test_it_says_the_best_label_or_all_of_them_from_the_threshold_on(model: ServedModel) -> None:
    import tensorflow as tf

    answer = tf.saved_model.load(model.folder).signatures["serving_default"](text=tf.constant(TEXTS))
    scores = answer["scores"].numpy()
    labels = [label.decode() for label in answer["label"].numpy()]

    np.testing.assert_array_equal(answer["score"].numpy(), scores.max(axis=1))
    if model.activation == "sigmoid":
        assert labels == [
            "|".join(name for name, score in zip(NAMES, row, strict=True) if score >= 0.5) for row in scores
        ]
        assert {label.count("|") for label in labels if label} >= {0, 1} and "" in labels
    else:
        assert labels == [NAMES[code] for code in scores.argmax(axis=1)]
        assert len(set(labels)) > 1
        np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-6)


def test_nothing_scores_to_nothing(model: ServedModel) -> None:
    assert model.from_vectors(np.zeros((0, heads.DIM), np.float32), NOTHING).shape == (0, 3)


def test_the_head_lies_beside_it_as_a_keras_file(model: ServedModel, vectors: np.ndarray) -> None:
    import keras

    head = keras.models.load_model(Path(model.folder, "assets.extra", "head.keras"))

    np.testing.assert_allclose(head.predict_on_batch(vectors), vectors @ WEIGHTS + BIAS, atol=1e-5)


# ---- half a model, another encoder ------------------------------------------------------------------------


@pytest.fixture
def broken(model: ServedModel, tmp_path: Path) -> Path:
    return Path(shutil.copytree(model.folder, tmp_path / "3"))


@pytest.mark.parametrize("content", [None, "", "{"])
def test_a_model_without_its_lineage_is_no_whole_one(content: str | None, broken: Path) -> None:
    path = broken / "assets.extra" / "lineage.json"
    path.unlink() if content is None else path.write_text(content)

    with pytest.raises(RequestError, match=r"is no whole model: .*lineage.json is missing or broken"):
        ServedModel(str(broken))


@pytest.mark.parametrize("name", ["saved_model.pb", "variables/variables.index"])
def test_a_model_of_which_half_is_missing(name: str, broken: Path, vectors: np.ndarray) -> None:
    (broken / "assets.extra" / "head" / name).unlink()
    (broken / name).unlink()
    half = ServedModel(str(broken))

    with pytest.raises(RequestError, match="cannot be loaded, half of it is missing"):
        half.from_vectors(vectors, NOTHING)
    with pytest.raises(RequestError, match="cannot be loaded, half of it is missing"):
        half.from_items([b"x"], NOTHING)


def test_vectors_of_another_encoder_are_refused(model: ServedModel) -> None:
    model.require_encoder("0123456789", "table", "fake-text")
    with pytest.raises(RequestError) as refused:
        model.require_encoder("abcdefghijk", "table", "use")

    assert str(refused.value) == (
        f"table holds vectors of use (abcdefgh), but {model.folder} knows those of fake-text (01234567): give the corpus"
        " itself, or embed it with that encoder"
    )


def test_an_encoder_that_is_another_one_by_now(model: ServedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    found: Any = fakes.text_encoder(fingerprint="0123456789")
    monkeypatch.setattr(encoders, "resolve", lambda *_, **__: found)
    assert model.encoder() is found

    monkeypatch.setattr(encoders, "resolve", lambda *_, **__: fakes.text_encoder(fingerprint="new"))
    with pytest.raises(RequestError, match=r"another fake-text \(01234567\) than the one on this machine \(new\)"):
        model.encoder()


# ---- small things -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("feature", "name"), [("size", "feature_size"), ("a b/c", "feature_a_b_c"), ("größe", "feature_gr__e")]
)
def test_a_feature_has_an_input_whose_name_tensorflow_allows(feature: str, name: str) -> None:
    assert argument(feature) == name


def test_scores_of_other_labels_are_nought() -> None:
    scores = np.array([[0.5, 0.3, 0.2]], np.float32)

    assert aligned(scores, ["a", "b", "c"], ["c", "new", "a"]).tolist() == [[np.float32(0.2), 0, 0.5]]
