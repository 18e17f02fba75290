from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from apache_beam.options.pipeline_options import PipelineOptions

from pipelines.export import ExportJob, run
from tests.helpers.embedding import FORMATS, Corpus, Rows, embed, expected, job, parquet_rows, rows, tfrecord_rows
from tests.helpers.fakes import DIM
from transforms.common.errors import RequestError
from transforms.table.open import existing

both = pytest.mark.parametrize("part_format", FORMATS)


def export(table: str, out: Path, export_format: Any, version: int | None = None) -> dict[str, Any]:
    """Runs the job and returns the manifest."""
    run(ExportJob(table=table, out=str(out), export_format=export_format, version=version), PipelineOptions([]))
    manifest: dict[str, Any] = json.loads((out / "manifest.json").read_text())
    assert sorted(os.listdir(out)) == sorted([*manifest["files"], "manifest.json"])
    return manifest


def by_id(found: list[dict[str, Any]]) -> Rows:
    assert len({row["id"] for row in found}) == len(found)
    return {row["id"]: row for row in found}


@pytest.fixture
def two_versions(corpus: Corpus, table: str, part_format: str) -> str:
    """Version 0 has a and b, version 1 has b and c, in several parts."""
    asked: dict[str, Any] = {"part_format": part_format, "shard_items": 1, "read": {"labels_from": "file"}}
    corpus.write("a.txt", [f"a {row}" for row in range(5)])
    corpus.write("b.txt", ["b \U0001f600", "b 2"])
    embed(job(corpus, table, **asked))
    corpus.remove("a.txt")
    corpus.write("c.txt", ["c"])
    embed(job(corpus, table, **asked))
    return table


@both
def test_tfrecord(two_versions: str, tmp_path: Path) -> None:
    manifest = export(two_versions, tmp_path / "out", "tfrecord")

    found = tfrecord_rows(str(tmp_path / "out" / name) for name in manifest["files"])
    assert by_id(found) == rows(two_versions)
    assert manifest["files"] == ["part-00000.tfrecord", "part-00001.tfrecord"]
    assert (manifest["version"], manifest["rows"], manifest["encoder"]["encoder"]) == (1, 3, "fake-text")


@both
def test_parquet_of_an_older_version(two_versions: str, tmp_path: Path) -> None:
    manifest = export(two_versions, tmp_path / "out", "parquet", version=0)

    found = parquet_rows(str(tmp_path / "out" / name) for name in manifest["files"])
    assert by_id(found) == rows(two_versions, version=0)
    assert {row["label"] for row in found} == {"a", "b"}
    assert (manifest["version"], manifest["rows"]) == (0, 7)
    schema = pq.read_schema(tmp_path / "out" / "part-00000.parquet")
    assert schema == existing(two_versions, 0).schema


@both
@pytest.mark.parametrize("version", [None, 0])
def test_row_i_of_the_npy_file_belongs_to_row_i_of_the_items(
    two_versions: str, tmp_path: Path, version: int | None
) -> None:
    manifest = export(two_versions, tmp_path / "out", "npy", version=version)

    assert manifest["files"] == ["embeddings.npy", "items.parquet"]
    vectors = np.load(tmp_path / "out" / "embeddings.npy", mmap_mode="r")
    items = pq.read_table(tmp_path / "out" / "items.parquet").to_pylist()
    want = rows(two_versions, version=version)
    assert (vectors.dtype, vectors.shape) == (np.float32, (len(want), DIM))
    found = [{**item, "embedding": tuple(vector)} for item, vector in zip(items, vectors.tolist(), strict=True)]
    assert by_id(found) == want


def test_a_table_that_another_tool_compacted_is_exported_like_any(corpus: Corpus, table: str, tmp_path: Path) -> None:
    from deltalake import DeltaTable

    for name in "abc":
        corpus.write(f"{name}.txt", [f"{name} {row}" for row in range(3)])
    embed(job(corpus, table, shard_items=1))
    DeltaTable(table).optimize.compact()

    for export_format in ("parquet", "tfrecord", "npy"):
        manifest = export(table, tmp_path / export_format, export_format)
        assert manifest["rows"] == 9
    assert by_id(parquet_rows([str(tmp_path / "parquet" / "part-00000.parquet")])) == expected(corpus)
    assert by_id(tfrecord_rows([str(tmp_path / "tfrecord" / "part-00000.tfrecord")])) == expected(corpus)


@pytest.mark.parametrize("export_format", ["npy", "parquet"])
def test_a_version_without_rows_is_an_export_without_rows(
    corpus: Corpus, table: str, tmp_path: Path, export_format: str
) -> None:
    corpus.write("a.txt", ["POISON"])
    embed(job(corpus, table, max_dead_fraction=1))

    manifest = export(table, tmp_path / "out", export_format)

    assert manifest["rows"] == 0
    if export_format == "npy":
        assert np.load(tmp_path / "out" / "embeddings.npy").shape == (0, DIM)
        assert pq.read_table(tmp_path / "out" / "items.parquet").num_rows == 0
    else:
        assert manifest["files"] == []


@pytest.mark.parametrize(
    ("occupied_by", "message"),
    [("manifest.json", "holds an export or a table already"), ("thesis.doc", r"holds something else \(thesis.doc\)")],
)
def test_an_occupied_target_is_refused_and_left_alone(
    corpus: Corpus, table: str, tmp_path: Path, occupied_by: str, message: str
) -> None:
    corpus.write("a.txt", ["one"])
    embed(job(corpus, table))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / occupied_by).write_text("mine")

    with pytest.raises(RequestError, match=message):
        export(table, tmp_path / "out", "parquet")
    assert os.listdir(tmp_path / "out") == [occupied_by]


@both
def test_a_table_is_no_target_for_its_own_export(corpus: Corpus, table: str, part_format: Any) -> None:
    corpus.write("a.txt", ["one"])
    embed(job(corpus, table, part_format=part_format))
    before = sorted(os.listdir(table))

    with pytest.raises(RequestError, match="holds"):
        export(table, Path(table), "parquet")
    assert sorted(os.listdir(table)) == before


def test_a_file_is_no_target(corpus: Corpus, table: str, tmp_path: Path) -> None:
    corpus.write("a.txt", ["one"])
    embed(job(corpus, table))
    (tmp_path / "out").write_text("mine")

    with pytest.raises(RequestError, match="is a file"):
        export(table, tmp_path / "out", "parquet")


def test_an_interrupted_export_is_finished_by_the_next(corpus: Corpus, table: str, tmp_path: Path) -> None:
    corpus.write("a.txt", ["one"])
    embed(job(corpus, table))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "part-00000.parquet").write_bytes(b"half")

    export(table, tmp_path / "out", "parquet")

    assert by_id(parquet_rows([str(tmp_path / "out" / "part-00000.parquet")])) == expected(corpus)


def test_a_missing_table_or_version_is_refused(corpus: Corpus, table: str, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="holds no feature table"):
        export(table, tmp_path / "out", "parquet")
    corpus.write("a.txt", ["one"])
    embed(job(corpus, table))
    with pytest.raises(RequestError, match="has no version 5"):
        export(table, tmp_path / "out", "parquet", version=5)
    assert not (tmp_path / "out").exists()
