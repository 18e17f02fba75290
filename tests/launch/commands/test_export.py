"""`vectormill export`: a version of a table in another form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from tests.helpers import embedding
from tests.helpers.embedding import Corpus, Rows, parquet_rows, rows, tfrecord_rows
from tests.launch.conftest import Command


def npy_rows(folder: Path) -> list[dict[str, Any]]:
    vectors = np.load(folder / "embeddings.npy")
    items = pq.read_table(folder / "items.parquet").to_pylist()
    return [{**item, "embedding": tuple(vector.tolist())} for item, vector in zip(items, vectors, strict=True)]


def exported(folder: Path, export_format: str) -> Rows:
    if export_format == "npy":
        found = npy_rows(folder)
    else:
        read = parquet_rows if export_format == "parquet" else tfrecord_rows
        found = read(str(path) for path in sorted(folder.glob("part-*")))
    return {row["id"]: row for row in found}


@pytest.mark.parametrize("export_format", ["tfrecord", "npy", "parquet"])
def test_a_version_in_every_format(
    export_format: str, vectormill: Command, corpus: Corpus, made: str, tmp_path: Path
) -> None:
    corpus.write("new.txt", ["three"])
    embedding.embed(embedding.job(corpus, made))
    newest, older = tmp_path / "newest", tmp_path / "older"

    said = vectormill("export", made, "--to", newest, "--format", export_format).output()
    vectormill("export", made, "--to", older, "--format", export_format, "--version", 0).output()

    assert said.startswith(f"{newest}: version 1 of {made}, 3 rows as {export_format}, in ")
    assert exported(newest, export_format) == rows(made)
    assert exported(older, export_format) == rows(made, version=0)
    assert json.loads((newest / "manifest.json").read_text())["rows"] == 3


def test_a_folder_that_holds_an_export_already(vectormill: Command, made: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    asked = ("export", made, "--to", out, "--format", "npy")
    vectormill(*asked).output()
    before = {path.name: path.stat().st_mtime_ns for path in out.iterdir()}

    assert vectormill(*asked).complaint(2) == f"{out} holds an export or a table already: give another --to"
    assert {path.name: path.stat().st_mtime_ns for path in out.iterdir()} == before


def test_a_folder_that_holds_something_else(vectormill: Command, made: str, tmp_path: Path) -> None:
    (tmp_path / "thesis.doc").touch()

    complaint = vectormill("export", made, "--to", tmp_path, "--format", "npy").complaint(2)

    assert complaint.startswith(f"{tmp_path} holds something else (")
    assert complaint.endswith("): give a new folder")


@pytest.mark.parametrize("export_format", ["tfrecord", "npy", "parquet"])
def test_a_place_that_cannot_be_written(export_format: str, vectormill: Command, made: str) -> None:
    complaint = vectormill("export", made, "--to", "/proc/out", "--format", export_format).complaint(2)

    assert complaint.startswith("/proc/out cannot be written: No such file or directory")


def test_a_file_in_place_of_the_folder(vectormill: Command, made: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")

    assert vectormill("export", made, "--to", tmp_path / "file", "--format", "npy").complaint(2)
    assert (tmp_path / "file").read_text() == "mine"
