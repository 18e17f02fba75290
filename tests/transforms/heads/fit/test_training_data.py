from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.helpers import heads
from tests.helpers.embedding import rows
from transforms.heads.fit.training_data import HeadData
from transforms.heads.job import SplitOptions
from transforms.heads.rows.feature_transform import HeadTransform
from transforms.heads.rows.inputs import Inputs
from transforms.heads.rows.prepare import prepare
from transforms.heads.rows.split import EVAL, TEST, TRAIN
from transforms.table.open import existing
from transforms.table.vectors import TableVectors


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> str:
    """60 rows: 50 train (30 a, 15 b, 5 without a label), 5 eval, 5 test."""
    made = heads.news(60)
    for number, row in enumerate(made):
        row["side"] = "train" if number < 50 else "eval" if number < 55 else "test"
        row["label"] = None if 45 <= number < 50 else "a" if number < 30 or number in (50, 55) else "b"
        row["tags"] = ("a;b", "b", "")[number % 3]
    return heads.embedded(tmp_path_factory.mktemp("data"), made)


def data_of(table: str, to: Path, **asked: Any) -> HeadData:
    job = heads.train_job(table, to, split=SplitOptions(column="side"), leakage_threshold=None, **asked)
    prepared = prepare(job)
    snapshot = existing(table)
    inputs = Inputs.of(job, snapshot.schema, snapshot.about.dim)
    return HeadData(
        job=job,
        head=job.heads[0],
        vectors=TableVectors(table, snapshot),
        prepared=prepared,
        labels=prepared.labels[""],
        transform=HeadTransform("nowhere", inputs),
    )


def test_rows_of_a_side_are_those_with_a_label(table: str, tmp_path: Path) -> None:
    data = data_of(table, tmp_path)

    assert [int(data.rows(*sides).sum()) for sides in ((TRAIN,), (EVAL,), (TEST,), (TRAIN, EVAL))] == [45, 5, 5, 50]


def test_balanced_labels_weigh_the_same_as_a_whole(table: str, tmp_path: Path) -> None:
    data = data_of(table, tmp_path, balanced=True)
    train = np.flatnonzero(data.rows(TRAIN))
    codes, weight = data.labels.codes[train], data.weight(train)

    assert weight[codes == 0] == pytest.approx(45 / (2 * 30))
    assert weight[codes == 1] == pytest.approx(45 / (2 * 15))
    assert weight.sum() == pytest.approx(45)
    assert data_of(table, tmp_path).weight(train).tolist() == [1.0] * 45


@pytest.mark.parametrize(
    ("asked", "loss", "activation", "truth"),
    [
        ({}, "softmax", "softmax", [0, 1]),
        ({"one_vs_rest": True}, "sigmoid", "one-vs-rest", [[1.0, 0.0], [0.0, 1.0]]),
        ({"label": "tags", "separator": ";"}, "sigmoid", "sigmoid", [[1.0, 1.0], [0.0, 1.0]]),
    ],
)
def test_the_truth_is_what_the_loss_compares_with(
    asked: dict[str, Any], loss: str, activation: str, truth: list[Any], table: str, tmp_path: Path
) -> None:
    data = data_of(table, tmp_path, **asked)
    ids = heads.ids_of(table)
    found = data.truth(np.array([ids.index("000"), ids.index("031")]))

    assert (data.loss, data.activation, found.tolist()) == (loss, activation, truth)
    assert found.dtype == (np.int32 if loss == "softmax" else np.float32)


@pytest.mark.parametrize("seed", [None, 3])
def test_every_wanted_row_comes_with_its_own_truth(seed: int | None, table: str, tmp_path: Path) -> None:
    data, stored = data_of(table, tmp_path), rows(table)
    batches = list(data.batches(data.rows(TRAIN), seed=seed))
    x = np.concatenate([batch[0] for batch in batches])
    label_of = {row["embedding"]: row["label"] for row in stored.values()}

    said = [data.labels.names[code] for code in np.concatenate([batch[1] for batch in batches])]

    assert len(x) == 45
    assert said == [label_of[tuple(row.tolist())] for row in x]
    if seed is None:
        held_x, truth, weight = data.in_memory(data.rows(TRAIN))
        np.testing.assert_array_equal(held_x, x)
        assert [data.labels.names[code] for code in truth] == said
        assert weight.tolist() == [1.0] * 45
