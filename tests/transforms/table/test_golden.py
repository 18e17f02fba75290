"""Tables that earlier code has written are read by today's."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import fakes
from tests.helpers.embedding import FORMATS, Corpus, embed, expected, job, rows
from tests.helpers.golden import DATA, make, write_corpus
from transforms.corpus import dead_letters
from transforms.table.open import existing, open_log
from transforms.table.schema import FORMAT_VERSION

VERSIONS = range(1, FORMAT_VERSION + 1)
each = pytest.mark.parametrize(("number", "part_format"), [(n, f) for n in VERSIONS for f in FORMATS])
ASKED: dict[str, Any] = {"read": {"labels_from": "file"}, "max_dead_fraction": 1}


@pytest.fixture
def golden(tmp_path: Path, number: int, part_format: str) -> str:
    """A copy of the stored table."""
    return str(shutil.copytree(DATA / f"table-{number}" / part_format, tmp_path / "golden"))


@pytest.fixture
def editions(corpus: Corpus) -> Corpus:
    write_corpus(corpus.root, 1)
    return corpus


def wanted(corpus: Corpus) -> dict[str, Any]:
    found = expected(corpus, label_of=lambda name: name[0])
    return {name: row for name, row in found.items() if row["text"] != "POISON"}


def test_every_version_of_the_format_has_its_tables() -> None:
    assert FORMAT_VERSION == 1
    assert sorted(path.name for path in DATA.glob("table-*")) == [f"table-{number}" for number in VERSIONS]


@each
def test_both_versions_are_read(golden: str, editions: Corpus) -> None:
    assert rows(golden) == wanted(editions)
    write_corpus(editions.root, 0)
    assert rows(golden, version=0) == wanted(editions)

    history = open_log(golden).history()
    assert [(s.version, s.rows, s.about.run, s.about.encoder_fingerprint) for s in history] == [
        (1, 5, "golden-1", "fake-1"),
        (0, 5, "golden-0", "fake-1"),
    ]
    ledger = sorted((row["source"], row["rows"], row["dead"]) for row in existing(golden).ledger.to_pylist())
    assert ledger == [("a.txt", 3, 0), ("b.txt", 2, 1)]
    letters = dead_letters.read(golden, existing(golden).ledger["shard"].to_pylist()).to_pylist()
    assert {(row["source"], row["step"], row["error"]) for row in letters if row["source"] == "b.txt"} == {
        ("b.txt", "encode", "ValueError")
    }


@each
def test_a_run_over_the_same_corpus_finds_nothing_to_do(golden: str, editions: Corpus, part_format: Any) -> None:
    summary = embed(job(editions, golden, part_format=part_format, **ASKED))

    assert (summary.version, summary.committed, summary.unchanged, summary.dead) == (1, False, 2, 1)
    assert fakes.LOADS == []


@each
def test_a_run_over_an_edited_corpus_goes_on_from_there(golden: str, editions: Corpus, part_format: Any) -> None:
    editions.write("a.txt", ["two", "three", "one"])
    editions.remove("b.txt")

    summary = embed(job(editions, golden, part_format=part_format, **ASKED))

    assert (summary.version, summary.encoded, summary.reused, summary.deleted) == (2, 1, 2, 1)
    assert rows(golden) == wanted(editions)


@each
def test_a_stored_table_keeps_its_identity(golden: str, editions: Corpus, part_format: Any, tmp_path: Path) -> None:
    identity = existing(golden).table_id
    moved = str(shutil.move(golden, tmp_path / "moved"))
    editions.write("a.txt", ["new"])
    embed(job(editions, moved, part_format=part_format, **ASKED))

    assert identity
    assert [existing(moved, version).table_id for version in (0, 1, 2)] == [identity] * 3


@each
def test_what_is_stored_names_no_machine(golden: str) -> None:
    for path in Path(golden).rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not any(name in content for name in (b"/tmp", b"/home", b"/root", b"/Users", os.getcwd().encode()))


def test_todays_code_still_makes_such_tables(tmp_path: Path) -> None:
    make(tmp_path, corpora=tmp_path / "corpora")

    for part_format in FORMATS:
        stored = str(DATA / f"table-{FORMAT_VERSION}" / part_format)
        made = str(tmp_path / part_format)
        assert rows(made) == rows(stored)
        assert existing(made).schema == existing(stored).schema
        assert len(existing(made).parts) == len(existing(stored).parts)
