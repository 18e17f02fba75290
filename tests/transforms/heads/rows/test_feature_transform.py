"""What Transform learns of the training rows, against the same figures in numpy."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from pipelines.train import Analyse
from tests.helpers import fakes, heads
from tests.helpers.embedding import rows
from transforms.common.errors import RequestError
from transforms.heads.job import TrainJob
from transforms.heads.rows.feature_transform import FOLDER, HeadTransform, is_ready
from transforms.heads.rows.inputs import Inputs
from transforms.heads.rows.labels import Labels
from transforms.heads.rows.prepared import Prepared
from transforms.heads.rows.split import TRAIN
from transforms.table.open import existing
from transforms.table.vectors import Chunk, TableVectors

DIM = fakes.DIM


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> str:
    """90 rows in two parts; those of the split "test" are unlike the others in every respect."""
    made = heads.news(90)
    for number, row in enumerate(made):
        row["split"] = ("train", "train", "eval", "test", "train")[number % 5]
        row["label"] = ("sky", "sport", "sky", "money", "money")[number // 5 % 5]
        trains = row["split"] == "train"
        row["size"] = None if number % 7 == 0 else number + (0.5 if trains else 1e6)
        row["count"] = number if trains else -(10**6)
        row["desk"] = None if number % 11 == 0 else ("north", "south", "north")[number % 3] if trains else "new"
        row["urgent"] = number % 4 == 0
        row["long"] = [number]
    root = tmp_path_factory.mktemp("transform")
    heads.embedded(root, made[:40], source="a.parquet")
    return heads.embedded(root, made[40:], source="b.parquet")


def learnt(job: TrainJob) -> HeadTransform:
    import apache_beam as beam
    from apache_beam.runners.portability.fn_api_runner import FnApiRunner

    snapshot = existing(job.table, job.version)
    inputs = Inputs.of(job, snapshot.schema, snapshot.about.dim)
    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        _ = pipeline | Analyse(job, inputs)
    assert is_ready(job)
    return HeadTransform(f"{job.state}/{FOLDER}", inputs)


def job_of(table: str, to: Path, **asked: Any) -> TrainJob:
    from transforms.heads.job import SplitOptions

    return heads.train_job(table, to, split=SplitOptions(column="split"), leakage_threshold=None, **asked)


@pytest.fixture(scope="module")
def pca(table: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[TrainJob, HeadTransform]:
    job = job_of(table, tmp_path_factory.mktemp("pca"), normalise="pca:4", features=("size", "desk", "urgent", "count"))
    return job, learnt(job)


def applied(table: str, transform: HeadTransform) -> tuple[list[dict[str, Any]], np.ndarray]:
    """The table's rows, and what a head sees of them."""
    chunks = list(TableVectors(table, existing(table)).chunks(columns=["id", *transform.inputs.features]))
    stored = rows(table)
    names = [name for chunk in chunks for name in chunk.columns.column("id").to_pylist()]
    return [stored[name] for name in names], np.concatenate([transform.apply(chunk) for chunk in chunks])


def test_principal_components_are_of_the_training_rows_alone(table: str, pca: tuple[TrainJob, HeadTransform]) -> None:
    stored, x = applied(table, pca[1])
    vectors = np.array([row["embedding"] for row in stored])
    train = vectors[[row["split"] == "train" for row in stored]]
    centred = vectors - train.mean(axis=0)
    _, axes = np.linalg.eigh(np.cov(train.T))
    expected = centred @ axes[:, ::-1][:, :4]

    signs = np.sign((x[:, :4] * expected).sum(axis=0))
    np.testing.assert_allclose(x[:, :4], expected * signs, atol=1e-3)
    assert set(np.abs(signs)) == {1}


def test_numbers_are_scaled_and_a_missing_one_is_the_mean(table: str, pca: tuple[TrainJob, HeadTransform]) -> None:
    stored, x = applied(table, pca[1])

    assert pca[1].inputs.numeric == ("size", "count")
    for column, name in ((4, "size"), (5, "count")):
        train = np.array([row[name] for row in stored if row["split"] == "train" and row[name] is not None])
        expected = [0.0 if row[name] is None else (row[name] - train.mean()) / train.std() for row in stored]
        np.testing.assert_allclose(x[:, column], expected, rtol=1e-4, atol=1e-4)
    assert (x[:, 4] == 0).sum() == sum(row["size"] is None for row in stored) > 5


def test_categories_are_one_hot_and_a_new_or_missing_one_is_none(
    table: str, pca: tuple[TrainJob, HeadTransform]
) -> None:
    stored, x = applied(table, pca[1])

    def vocabulary(name: str) -> list[Any]:
        seen = Counter(row[name] for row in stored if row["split"] == "train" and row[name] is not None)
        return [value for value, _ in seen.most_common()]

    urgent = {True: "true", False: "false"}
    assert vocabulary("desk") == ["north", "south"] and vocabulary("urgent") == [False, True]
    expected = [
        [
            row["desk"] == "north",
            row["desk"] == "south",
            urgent[row["urgent"]] == "false",
            urgent[row["urgent"]] == "true",
        ]
        for row in stored
    ]
    assert x[:, 6:].tolist() == np.array(expected, float).tolist()
    assert {row["desk"] for row in stored if not x[stored.index(row), 6:8].any()} == {"new", None}


def test_the_width_is_known_beforehand(pca: tuple[TrainJob, HeadTransform]) -> None:
    assert pca[1].width == 4 + 2 + 2 + 2


def test_labels_are_in_the_order_of_their_frequency(pca: tuple[TrainJob, HeadTransform]) -> None:
    job, transform = pca
    prepared = Prepared.load(job.state)
    assert prepared is not None
    training = prepared.labels[""].counts(prepared.sides == TRAIN)

    ordered = transform.labels(0, prepared.labels[""])

    assert training == {"money": 18, "sky": 24, "sport": 12}
    assert ordered.names == ("sky", "money", "sport")
    assert ordered.counts(prepared.sides == TRAIN) == training


def test_a_label_whose_name_has_a_line_end_comes_last(pca: tuple[TrainJob, HeadTransform]) -> None:
    found = Labels.of(pa.array(["sky", "a\nb", "sport"]), separator=None)

    assert pca[1].labels(0, found).names == ("sky", "money", "sport", "a\nb")


def test_without_a_transform_the_head_sees_the_vector_itself() -> None:
    inputs = Inputs(dim=3, normalise="none", numeric=(), categorical=(), heads=1)
    transform = HeadTransform("nowhere", inputs)
    chunk = Chunk(np.arange(2), np.ones((2, 3), np.float32), pa.RecordBatch.from_pydict({}))

    assert transform.apply(chunk) is chunk.vectors
    assert transform.width == 3


def test_a_column_of_lists_is_no_feature(table: str, tmp_path: Path) -> None:
    snapshot = existing(table)

    with pytest.raises(
        RequestError, match=r"the column 'long' holds list.*: a feature is a number, a text or a boolean"
    ):
        Inputs.of(job_of(table, tmp_path, features=("long",)), snapshot.schema, DIM)


def test_features_that_tensorflow_would_give_one_name(table: str, tmp_path: Path) -> None:
    schema = existing(table).schema.append(pa.field("de sk", pa.string())).append(pa.field("de/sk", pa.string()))
    job = replace(job_of(table, tmp_path), features=("size", "de sk", "de/sk"))

    with pytest.raises(RequestError, match="--features: 'de sk' and 'de/sk' would be one input of the model"):
        Inputs.of(job, schema, DIM)
