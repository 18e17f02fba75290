"""The corpus of a table is found again from any folder."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.helpers.embedding import FORMATS, Corpus, embed, job
from tests.helpers.golden import DATA, write_corpus
from transforms.table.open import existing
from transforms.table.parts import PartFormat
from transforms.table.raw_items import raw_items

both = pytest.mark.parametrize("part_format", FORMATS)


def texts(table: str) -> list[bytes]:
    snapshot = existing(table)
    return sorted(text for _, text in raw_items(table, snapshot, np.ones(snapshot.rows, np.bool_)))


@both
@pytest.mark.parametrize("given", ["corpus", "./corpus/", "corpus/*.txt", "corpus/**", "file://corpus/a.txt"])
def test_items_are_found_from_another_folder(
    corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str, part_format: PartFormat
) -> None:
    corpus.write("a.txt", ["one", "two"])
    table = str(tmp_path / "table")
    monkeypatch.chdir(tmp_path)
    embed(job([given], table, part_format=part_format, keep_text=False))  # type: ignore[list-item]

    monkeypatch.chdir("/")

    assert texts(table) == [b"one", b"two"]
    (stored,) = existing(table).about.inputs
    assert stored == str(tmp_path) + "/" + given.removeprefix("file://").removeprefix("./")


def test_a_remote_corpus_is_stored_as_it_was_given() -> None:
    asked = job(["gs://bucket/folder/*.txt", "a"], "table")  # type: ignore[list-item]

    assert asked.corpus == ("gs://bucket/folder/*.txt", f"{Path.cwd()}/a")


@both
def test_a_table_that_was_embedded_from_relative_inputs_has_nothing_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part_format: PartFormat
) -> None:
    table = str(shutil.copytree(DATA / "table-1" / part_format, tmp_path / "table"))
    assert existing(table).about.inputs == ("corpus",)
    write_corpus(tmp_path / "corpus", 1)
    monkeypatch.chdir(tmp_path)

    summary = embed(
        job(
            ["corpus"],  # type: ignore[list-item]
            table,
            part_format=part_format,
            read={"labels_from": "file"},
            max_dead_fraction=1,
        )
    )

    assert (summary.committed, summary.version) == (False, 1)
