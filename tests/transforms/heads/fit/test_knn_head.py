"""The k-nearest head: what votes, what is kept, and that the exported network says the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.transforms.heads.fit.conftest import Rows, head_data
from transforms.heads.fit import knn_head
from transforms.heads.fit.knn_head import KeptRows, fit_knn
from transforms.heads.job import Loss
from transforms.heads.rows.split import EVAL, TEST, TRAIN


@pytest.mark.parametrize("loss", ["softmax", "sigmoid"])
def test_the_network_gives_the_logits_of_the_votes_also_when_keras_alone_reads_it_again(
    blobs: Rows, tmp_path: Path, loss: Loss
) -> None:
    import keras

    x, truth = blobs(60)
    if loss == "sigmoid":
        truth = np.eye(3, dtype=np.float32)[truth]
        truth[::4, 0] = 1  # some have two labels
    kept = KeptRows.of((x, truth, np.linspace(1, 2, 60, dtype=np.float32)), classes=3, loss=loss)
    asked, _ = blobs(20, seed=1)

    kept.model(5).save(tmp_path / "head.keras")
    model = keras.models.load_model(tmp_path / "head.keras")

    np.testing.assert_allclose(model(asked).numpy(), kept.logits(asked, (1, 5))[1], atol=1e-4)


def test_votes_are_weighted_by_cosine_and_the_labels_shares_are_one_more_vote() -> None:
    x = np.array([[1, 0], [0.8, 0.6], [-1, 0], [-0.8, -0.6]], np.float32)
    kept = KeptRows.of((x, np.array([0, 1, 1, 1]), np.ones(4, np.float32)), classes=2, loss="softmax")

    votes = np.exp(kept.logits(np.array([[2, 0]], np.float32), (2,))[0, 0])

    np.testing.assert_allclose(votes, [1 + 0.25, np.exp((0.8 - 1) / 0.07) + 0.75], rtol=1e-5)


@pytest.mark.parametrize("several", [False, True])
def test_the_nearest_rows_label_what_lies_beside_them(blobs: Rows, several: bool) -> None:
    x, truth = blobs(300)
    data = head_data(x, np.eye(3, dtype=np.bool_)[truth] if several else truth)

    fitted = fit_knn(data)

    test = data.rows(TEST)
    assert fitted.kind == "knn"
    assert fitted.neighbours in fitted.curve["x"]
    assert (np.asarray(fitted.model(x[test])).argmax(axis=1) == truth[test]).mean() > 0.9


def test_of_many_rows_each_label_keeps_its_share(blobs: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(knn_head, "_MOST_ROWS", 60)
    data = head_data(*blobs(300))
    pool = data.rows(TRAIN, EVAL)

    kept = knn_head._kept(data, pool)

    assert not (kept & ~pool).any()
    counts, all_counts = (np.array(list(data.labels.counts(rows).values())) for rows in (kept, pool))
    np.testing.assert_array_equal(counts, all_counts * 60 // pool.sum())
    np.testing.assert_array_equal(kept, knn_head._kept(data, pool))
    assert (kept != knn_head._kept(replace(data, head=replace(data.head, seed=1)), pool)).any()


def test_a_rare_label_keeps_ten_rows(blobs: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(knn_head, "_MOST_ROWS", 60)
    key = np.repeat([0, 1, 2], [12, 500, 500])

    kept = knn_head._drawn(head_data(*blobs(30)), key)

    assert np.bincount(key[kept]).tolist() == [10, 29, 29]


def test_the_network_runs_on_tensorflow_lite(blobs: Rows) -> None:
    import tensorflow as tf

    x, truth = blobs(30)
    kept = KeptRows.of((x, truth, np.ones(30, np.float32)), classes=3, loss="softmax")
    content = tf.lite.TFLiteConverter.from_keras_model(kept.model(3)).convert()

    interpreter = tf.lite.Interpreter(model_content=content)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], x[:1])
    interpreter.invoke()

    logits = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    np.testing.assert_allclose(logits, kept.logits(x[:1], (3,))[0], atol=1e-4)
