"""Training through the command: what is published, when, and that it says the same wherever it is asked."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.helpers import heads
from tests.helpers.embedding import rows
from tests.launch.conftest import Command, Newsroom, news_rows
from transforms.heads import model_folder
from transforms.heads.rows.row_columns import RowColumns
from transforms.heads.rows.split import EVAL, TEST, TRAIN
from transforms.heads.train import train_head


@pytest.fixture
def plain_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports without a page, which costs most of the time."""
    monkeypatch.setattr("transforms.heads.publish.lineage.render", lambda report: "")


def printed(version: Path, name: str = "report.json") -> dict[str, Any]:
    found: dict[str, Any] = json.loads((version / "assets.extra" / name).read_text())
    return found


def scores_of(version: Path, signature: str, **given: Any) -> dict[str, np.ndarray]:
    """What a version answers to anyone who has TensorFlow alone."""
    import tensorflow as tf

    restored = tf.saved_model.load(str(version))
    answers = restored.signatures[signature](**{name: tf.constant(value) for name, value in given.items()})
    return {name: value.numpy() for name, value in answers.items()}


# ---- what is published ------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [1, 2])
def test_a_version_is_a_saved_model_with_all_that_is_known_of_it(version: int, newsroom: Newsroom) -> None:
    folder = newsroom.model / str(version)
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*")}
    extra = {f"assets.extra/{name}" for name in ("head", "head.keras", "lineage.json", "report.json", "report.html")}

    assert {"saved_model.pb", "variables/variables.index", *extra, "assets.extra/head/saved_model.pb"} <= names


def test_nothing_else_is_left_behind(newsroom: Newsroom) -> None:
    assert sorted(path.name for path in newsroom.model.iterdir()) == ["1", "2", "_runs"]
    assert list((newsroom.model / "_runs").iterdir()) == []


def test_the_report_counts_the_rows_that_the_hash_put_on_each_side(newsroom: Newsroom) -> None:
    table = rows(str(newsroom.table))
    sides = heads.hashed_sides(list(table), printed(newsroom.model / "2", "lineage.json")["split"])
    data = printed(newsroom.model / "2")["data"]

    for side, name in ((TRAIN, "train"), (EVAL, "eval"), (TEST, "test")):
        labels = Counter(row["label"] for row in table.values() if sides[row["id"]] == side)
        assert data["split"][name] == {"rows": labels.total(), "per_label": dict(labels)}
        assert all(count >= 5 for count in labels.values())
    assert (data["rows"], data["unlabelled"], data["version"]) == (300, 0, 0)
    assert data["split_by"] == "a hash of the id"


def test_the_report_counts_near_duplicates_across_the_split(newsroom: Newsroom) -> None:
    table = rows(str(newsroom.table))
    sides = heads.hashed_sides(list(table), printed(newsroom.model / "2", "lineage.json")["split"])
    matrix = np.array([row["embedding"] for row in table.values()])
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    side = np.array([sides[name] for name in table])
    nearest = (matrix[side != TRAIN] @ matrix[side == TRAIN].T).max(axis=1)

    leakage = printed(newsroom.model / "2")["data"]["leakage"]

    assert (leakage["threshold"], leakage["checked"], leakage["moved"]) == (0.98, (side != TRAIN).sum(), 0)
    assert leakage["found"] == (nearest >= 0.98).sum() == len(leakage["examples"])


def test_the_lineage_names_table_encoder_and_command(newsroom: Newsroom) -> None:
    from transforms.table.open import existing

    lineage = printed(newsroom.model / "2", "lineage.json")
    snapshot = existing(str(newsroom.table))
    about = snapshot.about

    assert lineage["table"] == {"id": snapshot.table_id, "path": str(newsroom.table), "version": 0}
    assert lineage["encoder"]["fingerprint"] == about.encoder_fingerprint
    assert lineage["encoder"]["handle"] == str(newsroom.encoder)
    assert sorted(lineage["labels"]) == ["money", "sky", "sport"]
    assert lineage["metrics"]["accuracy"] == printed(newsroom.model / "2")["metrics"]["accuracy"]


def test_the_outcome_of_the_only_head_has_the_name_of_the_models_folder(newsroom: Newsroom, newsmill: Command) -> None:
    outcome = json.loads(newsmill("train", newsroom.table, "--to", newsroom.model, "--json").output())

    assert (outcome["name"], outcome["folder"], outcome["version"]) == ("topics", f"{newsroom.model}/2", 2)
    assert outcome["verdict"] == "nothing to do, this training has been done"


def test_scores_from_texts_from_vectors_and_of_predict_are_the_same(
    newsroom: Newsroom, newsmill: Command, tmp_path: Path
) -> None:
    newsmill("predict", newsroom.model, newsroom.table, "--to", tmp_path / "out").output()
    version, table = newsroom.model / "2", rows(str(newsroom.table))
    predicted = {row["id"]: row for row in _predictions(tmp_path / "out")}
    ids = sorted(table)
    vectors = np.array([table[name]["embedding"] for name in ids], np.float32)
    raw = scores_of(version, "serving_default", text=[table[name]["text"] for name in ids])
    by_vector = scores_of(version, "from_vectors", vectors=vectors)
    labels = printed(version, "lineage.json")["labels"]

    assert set(predicted) == set(ids)
    kept = np.array([predicted[name]["scores"] for name in ids])
    np.testing.assert_allclose(kept, raw["scores"], atol=1e-4)
    np.testing.assert_allclose(kept, by_vector["scores"], atol=1e-4)
    np.testing.assert_allclose(kept.sum(axis=1), 1, atol=1e-5)
    assert len(np.unique(kept.round(5), axis=0)) > 100, "scores that tell the rows apart"
    said = [labels[code] for code in kept.argmax(axis=1)]
    assert [predicted[name]["predicted"] for name in ids] == said
    assert [label.decode() for label in raw["label"]] == said
    np.testing.assert_allclose([predicted[name]["score"] for name in ids], kept.max(axis=1))
    np.testing.assert_allclose(raw["score"], kept.max(axis=1), atol=1e-4)
    assert np.mean([predicted[name]["predicted"] == table[name]["label"] for name in ids]) > 0.95
    assert {predicted[name]["label"] for name in ids} == {"money", "sky", "sport"}


def _predictions(out: Path) -> list[dict[str, Any]]:
    from deltalake import DeltaTable

    found: list[dict[str, Any]] = DeltaTable(str(out)).to_pyarrow_table().to_pylist()
    return found


def test_labels_of_a_file_are_learnt_in_place_of_the_tables_own(newsroom: Newsroom) -> None:
    texts = ["goal coach penalty referee goal coach", "rain storm drizzle hail rain"]

    answers = [scores_of(newsroom.model / str(number), "serving_default", text=texts)["label"] for number in (1, 2)]

    assert [answer.tolist() for answer in answers] == [[b"sky", b"sport"], [b"sport", b"sky"]]


# ---- the gate ---------------------------------------------------------------------------------------------


def test_a_better_model_is_the_next_version_and_compared_on_the_same_items(newsroom: Newsroom) -> None:
    found = printed(newsroom.model / "2")
    table = rows(str(newsroom.table))
    sides = heads.hashed_sides(list(table), printed(newsroom.model / "2", "lineage.json")["split"])
    test = [row for row in table.values() if sides[row["id"]] == TEST]
    accuracy = []
    for number in (1, 2):
        answer = scores_of(
            newsroom.model / str(number),
            "from_vectors",
            vectors=np.array([row["embedding"] for row in test], np.float32),
        )
        accuracy.append(
            np.mean([label.decode() == row["label"] for label, row in zip(answer["label"], test, strict=True)])
        )

    ours, majority, before = found["comparison"]
    assert [ours["name"], majority["name"], before["name"]] == [
        "this model",
        "majority class",
        "published version 1",
    ]
    assert ours["metrics"]["accuracy"]["value"] == pytest.approx(accuracy[1])
    assert before["metrics"]["accuracy"]["value"] == pytest.approx(accuracy[0])
    assert before["gain"]["value"] == pytest.approx(accuracy[1] - accuracy[0])
    assert found["model"]["published"] and found["model"]["version"] == 2
    assert [row["name"] for row in printed(newsroom.model / "1")["comparison"]] == ["this model", "majority class"]


def test_the_same_again_is_nothing_to_do(newsroom: Newsroom, newsmill: Command) -> None:
    before = (newsroom.model / "2" / "saved_model.pb").stat().st_mtime_ns

    said = newsmill("train", newsroom.table, "--to", newsroom.model).output()

    assert said.startswith(f"{newsroom.model}/2: nothing to do")
    assert model_folder.MODELS.numbers(str(newsroom.model)) == [1, 2]
    assert (newsroom.model / "2" / "saved_model.pb").stat().st_mtime_ns == before


@pytest.mark.usefixtures("plain_report")
def test_a_model_that_is_no_better_is_kept_beside_and_the_exit_code_says_so(
    newsroom: Newsroom, newsmill: Command, tmp_path: Path
) -> None:
    ours = newsroom.copy(tmp_path)
    heads.write_rows(ours.corpus / "b.parquet", news_rows(30, seed=1, name="new"))
    newsmill("embed", ours.corpus, "--to", ours.table, *newsroom.embed_options()).output()

    outcome = newsmill("train", ours.table, "--to", ours.model)

    assert outcome.code == 3
    (candidate,) = (ours.model / "_candidates").iterdir()
    assert outcome.err.startswith(f"vectormill: 1 model not published, kept as {candidate}: accuracy +0.0000")
    assert len(outcome.err.splitlines()) == 1
    assert model_folder.MODELS.newest(str(ours.model)) == 2
    found = printed(candidate)
    assert found["model"]["published"] is False and found["model"]["version"] is None
    assert found["comparison"][-1]["name"] == "published version 2"
    assert (found["data"]["rows"], found["data"]["version"]) == (330, 1)
    assert scores_of(candidate, "serving_default", text=["goal goal coach"])["label"].tolist() == [b"sport"]
    old, new = (printed(folder, "lineage.json")["split"] for folder in (newsroom.model / "2", candidate))
    assert old == new
    again = newsmill("train", ours.table, "--to", ours.model)
    assert again.code == 3
    assert f"kept as {candidate}: nothing to do, this training has been done: accuracy +0.0000" in again.err


@pytest.mark.usefixtures("plain_report", "newsmill")
@pytest.mark.parametrize(
    ("base", "min_gain", "published"), [(2, 0.0, None), (2, 0.01, None), (2, -1.0, 3), (1, 0.9, None), (1, 0.3, 2)]
)
def test_the_gain_that_is_asked_for_decides(
    base: int, min_gain: float, published: int | None, newsroom: Newsroom, tmp_path: Path, monkeypatch: Any
) -> None:
    """Version 2 makes no mistake, version 1 makes two in three."""
    import shutil

    model = tmp_path / "model"
    for number in range(1, base + 1):
        shutil.copytree(newsroom.model / str(number), model / str(number))
    monkeypatch.setattr("transforms.heads.evaluation.evaluate._flat", lambda vectors: vectors[:, :2])
    job = heads.train_job(str(newsroom.table), model, min_gain=min_gain, inverse_regularization=(100.0,))
    heads.prepare_without_beam(job, "money", "sky", "sport")

    outcome = train_head(job, 0)

    assert outcome.version == published
    assert model_folder.MODELS.newest(str(model)) == (published or base)
    assert outcome.gain is not None and outcome.metrics["accuracy"]["value"] == 1
    assert (outcome.gain["value"] == 0) == (base == 2)
    assert Path(outcome.folder) == (model / "_candidates" / job.key if published is None else model / str(published))


# ---- killed -----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("plain_report")
def test_a_killed_training_goes_on_and_leads_to_the_same_model(
    newsroom: Newsroom, newsmill: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: Any, **__: Any) -> None:
        raise RuntimeError("killed at the last moment")

    model = tmp_path / "model"
    with monkeypatch.context() as patch:
        patch.setattr("transforms.heads.train.save", killed)
        assert "killed at the last moment" in newsmill("train", newsroom.table, "--to", model).complaint(1)
    assert model_folder.MODELS.numbers(str(model)) == []
    monkeypatch.setattr(RowColumns, "read", killed)
    monkeypatch.setattr("pipelines.train.Analyse.expand", killed)

    newsmill("train", newsroom.table, "--to", model).output()

    assert model_folder.MODELS.numbers(str(model)) == [1]
    assert list((model / "_runs").iterdir()) == []
    for ours, whole in zip(_weights(model / "1"), _weights(newsroom.model / "2"), strict=True):
        np.testing.assert_array_equal(ours, whole)


def _weights(version: Path) -> list[np.ndarray]:
    import keras

    return list(keras.models.load_model(version / "assets.extra" / "head.keras").get_weights())
