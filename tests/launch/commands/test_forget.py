"""`vectormill forget`: afterwards no byte on the disk has the item, wherever it was copied to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from tests.helpers import fakes
from tests.helpers.bytes_scan import files_with
from tests.helpers.embedding import Corpus, rows
from tests.launch.conftest import Command, Newsroom
from transforms.search.ask.searcher import Searcher
from transforms.search.store.index_folder import INDEXES

SECRET = "the secret of one person, who wants it gone"


@pytest.fixture
def project(tmp_path: Path, vectormill: Command) -> Path:
    """A table of several versions with an index of two, neighbours, duplicates and an export."""
    news = Corpus(tmp_path / "news")
    lines = [f"item-{row:03},news of the day {row} and {row % 7}" for row in range(60)]
    news.write("a.csv", ["id,text", *lines[:30], f'person-17,"{SECRET}"', *lines[30:]])
    table = tmp_path / "table"
    options = ("--to", table, "--encoder", "fake-text", "--text-column", "text", "--id-column", "id")
    vectormill("embed", news.root, *options).output()
    news.write("b.csv", ["id,text", "later,another text", 'broken,""'])
    vectormill("embed", news.root, *options, "--max-dead-fraction", 1).output()
    made = tmp_path / "made"
    vectormill("index", table, "--to", made / "index", "--recall", "0.5", "--version", 0).output()
    vectormill("index", table, "--to", made / "index", "--recall", "0.5").output()
    vectormill("neighbors", made / "index", table, "--to", made / "neighbors", "-k", 3).output()
    vectormill("duplicates", table, "--to", made / "duplicates", "--threshold", 0.2).output()
    vectormill("export", table, "--to", made / "export", "--format", "npy").output()
    return tmp_path


def sought() -> dict[str, Any]:
    return {"words": ["person-17", SECRET], "vectors": [fakes.vector_of(SECRET.encode())]}


def test_no_byte_has_it_any_more(project: Path, vectormill: Command) -> None:
    table, made = project / "table", project / "made"
    for folder in (table, made):
        assert files_with(folder, **sought())
    assert {path.split("/")[0] for path in files_with(made, **sought())} >= {
        "index",
        "neighbors",
        "duplicates",
        "export",
    }

    facts = json.loads(vectormill("forget", table, "person-17", "--made-of-it", made, "--json").output())

    assert files_with(table, **sought()) == []
    assert files_with(made, **sought()) == []
    assert (facts["version"], facts["removed"], facts["sources"], facts["sources_there"]) == (2, [0, 1], 1, 1)
    page = Path(facts["certificate"]).read_text()
    assert "finds nothing" in page and "Older versions   0, 1 (deleted)" in page
    assert "person-17" not in page and SECRET not in page
    assert json.loads(Path(facts["certificate"]).with_suffix(".json").read_text())["search"]["found"] == []
    assert len(rows(str(table))) == 61
    assert INDEXES.numbers(str(made / "index")) == [3]
    assert not (made / "export").exists()
    left = pq.read_table(str(next((made / "neighbors").glob("part-*.parquet")))).to_pylist()
    assert all("person-17" not in row["neighbours"] for row in left)
    assert all(len(row["neighbours"]) == len(row["scores"]) for row in left)
    searcher = Searcher(str(made / "index"))
    assert searcher.metadata["rows"] == 61
    assert "has no row with the id" in vectormill("search", made / "index", "--id", "person-17").complaint(2)

    # The corpus is the person's: what is in it still, is left out.
    Corpus.touch(_corpus(project), "a.csv")
    options = ("--to", table, "--encoder", "fake-text", "--text-column", "text", "--id-column", "id")
    said = vectormill("embed", project / "news", *options, "--max-dead-fraction", 1).output()
    assert "1 item left out that `vectormill forget` took out of the table: still in the corpus" in said
    assert files_with(table, **sought()) == []


def _corpus(project: Path) -> Corpus:
    corpus = object.__new__(Corpus)
    corpus.root = project / "news"
    return corpus


def test_bad_requests_change_nothing(
    embed: Any, corpus: Corpus, table: str, vectormill: Command, tmp_path: Path
) -> None:
    corpus.write("a.txt", ["x", "y"])
    embed(corpus.root).output()
    name = next(iter(rows(table)))
    for words, said in (
        ((table, "nobody"), "has no item 'nobody', in no version that is on the disk: nothing was changed"),
        ((table,), "no item is named: give its id, or --ids FILE"),
        ((table, "--ids", tmp_path / "none"), "it is no file of ids, one on each line"),
        ((tmp_path / "none", name), "holds no feature table"),
        ((table, name, "--made-of-it", tmp_path / "none"), "holds no table, model, index or results: check the path"),
    ):
        assert said in vectormill("forget", *words).complaint(2)
    assert len(rows(table)) == 2

    (tmp_path / "ids").write_text(f"{name}\n\n")
    said = vectormill("forget", table, "--ids", tmp_path / "ids").output()
    assert f"{table}: 1 item forgotten, version 1, older versions deleted: 0" in said
    assert "still in the corpus: 1 source of 1; runs leave the items out" in said
    assert len(rows(table)) == 1


def test_a_model_loses_its_examples(newsroom: Newsroom, tmp_path: Path, vectormill: Command) -> None:
    room = newsroom.copy(tmp_path)
    report = json.loads((room.model / "2/assets.extra/report.json").read_text())
    shown = report["map"]["points"][0]["id"]
    row = rows(str(room.table))[shown]
    wanted: dict[str, Any] = {"words": [row["text"]], "vectors": [np.asarray(row["embedding"])]}
    assert files_with(room.model, **wanted)

    vectormill("forget", room.table, shown, "--made-of-it", tmp_path / "models").output()

    assert files_with(room.root / "table", **wanted) == []
    assert files_with(room.root / "models", **wanted) == []
    after = json.loads((room.model / "2/assets.extra/report.json").read_text())
    assert len(after["map"]["points"]) == len(report["map"]["points"]) - 1


def test_a_job_file_names_what_was_made_and_the_records_of_its_runs(
    corpus: Corpus, tmp_path: Path, vectormill: Command
) -> None:
    job = tmp_path / "job.yaml"
    tables = f"tables: {{texts: {{inputs: {corpus.root}, encoder: fake-text}}}}"
    job.write_text(f"{tables}\nduplicates: {{twice: {{table: texts, threshold: 0.1}}}}\n")
    corpus.write("a.txt", ["x", SECRET, *(f"text {row}" for row in range(9))])
    vectormill("refresh", job).output()
    table = str(tmp_path / "tables/texts")
    name = next(name for name, row in rows(table).items() if row["text"] == SECRET)
    wanted: dict[str, Any] = {"words": [name, SECRET], "vectors": [fakes.vector_of(SECRET.encode())]}

    said = vectormill("forget", table, name, "--job", job).output()

    for made in ("tables", "duplicates", "runs"):
        assert files_with(tmp_path / made, **wanted) == []
    assert f"records of runs {tmp_path}/runs: " in said
