"""`vectormill index`: what it says, and what bad input gets."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from tests.helpers import embedding, fakes, heads
from tests.helpers.embedding import Corpus
from tests.helpers.indexes import Library, clusters, library, random_vectors
from tests.launch.conftest import Command
from transforms.search.store.index_folder import INDEXES, building
from transforms.table.schema import vector_column, vectors_of


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """A table of 300 rows and an index of it; not to be changed."""
    made = library(tmp_path_factory.mktemp("first"), clusters(300, 8))
    made.step(kind="exact")
    return made


@pytest.fixture
def made(first: Library, tmp_path: Path) -> Library:
    """A copy of the table, to be changed."""
    return first.copied(tmp_path)


@pytest.fixture
def to(tmp_path: Path) -> Path:
    return tmp_path / "indexes" / "index"


def published(to: Path) -> list[int]:
    return INDEXES.numbers(str(to))


# ---- what it says -----------------------------------------------------------------------------------------


def test_an_index_through_its_life(vectormill: Command, made: Library, to: Path) -> None:
    command = ["index", made.table, "--to", to, "--kind", "ivf", "--recall", 0.8]

    lines = vectormill(*command).output().splitlines()
    figures = re.escape(f"{to}/1: recall@10 ") + r"(\d\.\d{3}) \[(\d\.\d{3}), (\d\.\d{3})\]"
    found = re.fullmatch(figures + r" on \d+ queries that it has never seen", lines[0])
    assert found is not None and float(found[2]) < float(found[1]) <= float(found[3]) <= 1, lines[0]
    assert lines[1].startswith("ivf, nprobe ") and lines[1].endswith(", 300 rows: it was asked for")
    assert lines[2].startswith("a query alone: ") and "; exact search " in lines[2]
    assert lines[3].startswith(f"report: {to}/1/report.html (")
    assert (to / "1" / "words").is_dir()

    assert vectormill(*command).output().startswith(f"{to} is up to date with version 3 of {made.table} (")

    made.edit("1.parquet", drop=["r0001"], relabel={"r0005": "n"})
    made.put("new.parquet", {"new": [1.0] * 8})
    made.commit()
    printed = vectormill(*command).output().splitlines()
    assert printed[2] == "since version 1: 1 added, 1 removed, 1 changed"
    assert vectormill("search", to, "--id", "r0001").complaint(2) == f"{to}/2 has no row with the id 'r0001'"

    rebuilt = json.loads(vectormill(*command[:4], "--rebuild", "--no-words", "--json").output())
    assert (rebuilt["version"], rebuilt["kind"], rebuilt["rows"], rebuilt["changed"]) == (3, "exact", 300, True)
    assert rebuilt["recall"]["10"]["value"] == 1
    assert not (to / "3" / "words").exists()
    assert json.loads(vectormill(*command[:4], "--no-words", "--json").output())["changed"] is False
    assert published(to) == [1, 2, 3]


def test_the_lineage_is_kept(vectormill: Command, made: Library, to: Path) -> None:
    vectormill("index", made.table, "--to", to, "--version", 0, "--no-words").output()

    about = json.loads((to / "1" / "index.json").read_text())

    assert about["table"]["path"] == made.table and about["table"]["version"] == 0
    assert about["encoder"]["fingerprint"] == "fake-1"
    assert about["rows"] == 75
    assert about["command"].startswith("vectormill index")


def test_words_are_those_of_the_newest_texts(vectormill: Command, corpus: Corpus, table: str, to: Path) -> None:
    vectormill.encoders["builtin://fake-text"] = fakes.text_encoder()

    def search(words: str) -> list[str]:
        found = json.loads(vectormill("search", to, words, "--mode", "words", "--json").output().splitlines()[0])
        return [hit["text"] for hit in found["hits"]]

    for lines in (["the fox", "a hedgehog", "grass"], ["a fox", "a hedgehog", "two foxes"]):
        corpus.write("a.txt", lines)
        corpus.write("b.txt", [f"line {number}" for number in range(40)])
        embedding.embed(embedding.job(corpus, table))
        vectormill("index", table, "--to", to).output()
        seen = search("foxes")
    assert sorted(seen) == ["a fox", "two foxes"]
    assert search("grass") == []


# ---- bad rows ---------------------------------------------------------------------------------------------


def spoil(made: Library, bad: dict[str, float]) -> None:
    """Fills the vectors of rows, where the table lies."""
    for path in Path(made.table).glob("*.parquet"):
        rows = pq.read_table(path)
        vectors = vectors_of(rows.column("embedding").combine_chunks(), 8).copy()
        for row, name in enumerate(rows.column("id").to_pylist()):
            vectors[row] = bad.get(name, vectors[row])
        column = vector_column(vectors)
        pq.write_table(
            rows.set_column(rows.schema.get_field_index("embedding"), rows.schema.field("embedding"), column), path
        )


BAD = {"r0007": 0.0, "r0100": np.nan, "r0201": np.inf}


def test_words_have_the_language_of_the_texts_unless_another_is_asked_for(
    vectormill: Command, corpus: Corpus, table: str, to: Path
) -> None:
    lines = [
        "Die Häuser der Stadt sind alt",
        "Ein Haus für die Gäste",
        "Das Wetter in den Bergen",
        *(f"Der Zug {number} und die Fahrt" for number in range(12)),
    ]
    corpus.write("a.txt", lines)
    embedding.embed(embedding.job(corpus, table))

    def asked(version: int) -> str:
        return json.loads((to / str(version) / "index.json").read_text())["asked"]["language"]

    def found(version: int, query: str) -> list[str]:
        said = vectormill("search", to / str(version), query, "--mode", "words", "--json").output()
        return sorted(hit["text"] for hit in json.loads(said)["hits"])

    said = vectormill("index", table, "--to", to).output()
    assert "words: stems and stop words of the language de" in said
    assert asked(1) == "de"
    assert found(1, "ein haus") == sorted(lines[:2])
    assert found(1, "ist das wetter") == [lines[2]]

    corpus.write("b.txt", ["The coach of the team"])
    embedding.embed(embedding.job(corpus, table))
    result = json.loads(vectormill("index", table, "--to", to, "--json").output())
    assert (result["language"], result["change"]["rebuilt"], asked(2)) == ("de", False, "de")

    result = json.loads(vectormill("index", table, "--to", to, "--language", "en", "--json").output())
    assert (result["language"], result["change"]["why"], asked(3)) == ("en", "another language is asked for", "en")
    assert found(3, "haus") == [lines[1]]


def test_a_few_rows_without_a_direction_are_dead_letters(vectormill: Command, made: Library, to: Path) -> None:
    spoil(made, BAD)

    said = vectormill("index", made.table, "--to", to, "--no-words").output()

    assert f"3 rows have no direction: {to}/1/dead.parquet" in said.splitlines()
    letters = pq.read_table(to / "1" / "dead.parquet").to_pylist()
    assert sorted((row["id"], row["source"], row["step"], row["error"]) for row in letters) == [
        ("r0007", "3.parquet", "index", "ZeroVector"),
        ("r0100", "0.parquet", "index", "NotFinite"),
        ("r0201", "1.parquet", "index", "NotFinite"),
    ]
    assert json.loads((to / "1" / "index.json").read_text())["rows"] == 297

    made.put("new.parquet", {"new": [1.0] * 8})
    made.commit()
    said = vectormill("index", made.table, "--to", to, "--no-words").output()

    assert f"3 rows have no direction: {to}/2/dead.parquet" in said.splitlines()
    assert sorted(pq.read_table(to / "2" / "dead.parquet").column("id").to_pylist()) == ["r0007", "r0100", "r0201"]


def test_too_many_rows_without_a_direction(vectormill: Command, made: Library, to: Path) -> None:
    spoil(made, BAD)
    command = ["index", made.table, "--to", to, "--no-words", "--max-dead-fraction"]

    complaint = vectormill(*command, 0.009).complaint(2)

    assert complaint.startswith(
        f"3 of the 300 rows of {made.table} have no direction (zero, NaN or infinite vectors), first r"
    )
    assert complaint.endswith(": embed their sources again, or allow them with --max-dead-fraction")
    assert published(to) == []
    assert vectormill(*command, 0.01).output()
    assert published(to) == [1]


@pytest.mark.parametrize("kind", ["exact", "ivf"])
def test_no_row_has_a_direction(vectormill: Command, made: Library, to: Path, kind: str) -> None:
    spoil(made, dict.fromkeys(made.vectors, 0.0))

    command = ["index", made.table, "--to", to, "--kind", kind, "--max-dead-fraction", 1]
    assert vectormill(*command).complaint(2) == (
        f"{made.table}: no row that was looked at has a direction: its vectors are zero or not finite"
    )
    assert published(to) == []


# ---- what is refused --------------------------------------------------------------------------------------


def test_no_table(vectormill: Command, tmp_path: Path, to: Path) -> None:
    assert vectormill("index", tmp_path / "no", "--to", to).complaint(2) == (
        f"{tmp_path}/no holds no feature table: make one with `vectormill embed INPUT --to {tmp_path}/no`"
    )
    assert not to.exists()


@pytest.mark.parametrize("before", [[], ["something", "else"]])
def test_an_empty_table(vectormill: Command, corpus: Corpus, table: str, to: Path, before: list[str]) -> None:
    """From the start, or by and by: then the version before stays in use."""
    if before:
        corpus.write("a.txt", before)
        embedding.embed(embedding.job(corpus, table))
        vectormill("index", table, "--to", to).output()
    corpus.write("a.txt", [b"\xff\xfe"])
    embedding.embed(embedding.job(corpus, table, max_dead_fraction=1))

    complaint = vectormill("index", table, "--to", to).complaint(2)

    assert complaint == f"{table} holds no rows: embed a corpus into it first"
    assert published(to) == ([1] if before else [])


def test_a_map_without_the_package_that_makes_it_is_refused_at_once(
    vectormill: Command, made: Library, to: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr("transforms.search.map.layout.importlib.util.find_spec", lambda _: None)

    complaint = vectormill("index", made.table, "--to", to, "--map").complaint(2)

    assert complaint == "a map needs the package openTSNE: pip install 'vectormill[map]', or give --no-map"
    assert published(to) == []


def test_a_version_that_the_table_has_not(vectormill: Command, made: Library, to: Path) -> None:
    assert "version 7" in vectormill("index", made.table, "--to", to, "--version", 7).complaint(2)
    assert not to.exists()


def test_a_target_that_is_a_file(vectormill: Command, made: Library, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")

    assert vectormill("index", made.table, "--to", tmp_path / "file").complaint(2) == (
        f"{tmp_path}/file is a file: --to takes the folder of an index, new or existing"
    )
    assert (tmp_path / "file").read_text() == "mine"


def test_a_target_that_holds_something_else(vectormill: Command, made: Library, tmp_path: Path) -> None:
    before = sorted(os.walk(made.table))

    assert vectormill("index", made.table, "--to", tmp_path / "corpus").complaint(2) == (
        f"{tmp_path}/corpus holds something else (0.parquet): --to takes a new folder, or one of an index"
    )
    assert " holds something else (" in vectormill("index", made.table, "--to", made.table).complaint(2)
    assert sorted(os.walk(made.table)) == before


def test_a_target_elsewhere(vectormill: Command, made: Library) -> None:
    assert "floppy://bucket/index: there is no file system for floppy:// here" in vectormill(
        "index", made.table, "--to", "floppy://bucket/index"
    ).complaint(2)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--language", "xx"], "no stemmer for language 'xx': choose from none, ar, da"),
        (["--recall", "0"], "Invalid value for '--recall'"),
        (["--recall", "1.5"], "Invalid value for '--recall'"),
        (["--memory", "0"], "Invalid value for '--memory'"),
        (["--kind", "tree"], "Invalid value for '--kind'"),
        (["--store", "float32"], "Invalid value for '--store'"),
        (["--max-dead-fraction", "-1"], "Invalid value for '--max-dead-fraction'"),
    ],
)
def test_an_option_that_means_nothing(
    vectormill: Command, first: Library, to: Path, options: list[str], complaint: str
) -> None:
    assert complaint in vectormill("index", first.table, "--to", to, *options).complaint(2)
    assert not to.exists()


def test_memory_that_is_too_little(vectormill: Command, tmp_path: Path, to: Path) -> None:
    made = Library(tmp_path)
    made.put("a.parquet", {f"r{at}": row for at, row in enumerate(random_vectors(7500, 2).tolist())})
    made.commit()

    assert vectormill("index", made.table, "--to", to, "--kind", "hnsw", "--memory", 1).complaint(2) == (
        "7,500 rows of 2 dimensions as hnsw take 1 MB to serve, and --memory allows 1: allow more"
    )
    assert published(to) == []


def test_two_builders_at_once(vectormill: Command, first: Library, to: Path) -> None:
    with building(str(to)):
        assert vectormill("index", first.table, "--to", to).complaint(2) == (
            f"{to} is being built by another process: wait for it, or give another --to"
        )
    assert published(to) == []


def test_an_index_of_another_table(vectormill: Command, made: Library, first: Library, to: Path) -> None:
    vectormill("index", first.table, "--to", to, "--no-words").output()

    assert vectormill("index", made.table, "--to", to, "--no-words").complaint(2) == (
        f"{to} is an index of {first.table}, not of {made.table}: give another --to, or --rebuild to replace it"
    )
    vectormill("index", made.table, "--to", to, "--no-words", "--rebuild").output()
    assert published(to) == [1, 2]


def test_a_column_that_an_index_needs(vectormill: Command, tmp_path: Path, to: Path) -> None:
    table = heads.embedded(tmp_path, [{**row, "_part": 1} for row in heads.news(9)])

    assert vectormill("index", table, "--to", to).complaint(2) == (
        "the table has a column '_part' of its own, which an index needs: rename it"
    )


def test_below_the_floor_nothing_is_published(vectormill: Command, made: Library, to: Path) -> None:
    vectormill("index", made.table, "--to", to, "--no-words").output()
    command = ["index", made.table, "--to", to, "--no-words", "--kind", "ivf", "--store", "int8", "--recall", 1]

    outcome = vectormill(*command)

    assert outcome.code == 3
    (kept,) = (to / "_candidates").iterdir()
    (line,) = outcome.err.splitlines()
    assert line.startswith(f"vectormill: the index is kept as {kept}: recall@10 0.")
    assert line.endswith("below the floor of 1.0")
    assert "Traceback" not in outcome.out
    assert published(to) == [1]
    assert vectormill("search", to, "--id", "r0001", "-k", 3).output()


# ---- half an index ----------------------------------------------------------------------------------------


@pytest.fixture
def copied(first: Library, tmp_path: Path) -> Path:
    shutil.copytree(first.root / "index", tmp_path / "copied")
    return tmp_path / "copied"


def damage(copied: Path, how: str) -> str:
    """Does it, and what is said of it."""
    version = copied / "1"
    about, vectors = version / "index.json", version / "base-0" / "vectors.faiss"
    if how == "missing":
        vectors.unlink()
        return (
            f"{version} is half an index: its base-0/vectors.faiss is missing; copy the whole folder, or build it again"
        )
    if how == "short":
        size = vectors.stat().st_size
        os.truncate(vectors, 100)
        return (
            f"{version} is half an index: its base-0/vectors.faiss is 100 bytes long, not {size:,};"
            " copy the whole folder, or build it again"
        )
    if how == "cut":
        os.truncate(about, 200)
        return f"{version}/index.json is cut short: copy the whole folder again"
    if how == "format":
        printed: dict[str, Any] = json.loads(about.read_text())
        about.write_text(json.dumps({**printed, "format": "vectormill-index-9"}))
        return (
            f"{version} was written by a newer Vectormill (index format 9; this one reads up to 1): upgrade Vectormill"
        )
    about.unlink()
    return f"{copied} holds no index: make one with `vectormill index TABLE --to {copied}`"


@pytest.mark.parametrize("how", ["missing", "short", "cut", "format", "unmarked"])
def test_half_an_index(vectormill: Command, first: Library, copied: Path, how: str) -> None:
    said = damage(copied, how)

    assert vectormill("search", copied, "--id", "r0001").complaint(2) == said
    if how != "unmarked":
        assert vectormill("index", first.table, "--to", copied, "--no-words").complaint(2) == said
        assert published(copied) == [1]
