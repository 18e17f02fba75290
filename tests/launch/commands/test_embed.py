"""`vectormill embed` when all is well: what it says, and what it leaves alone."""

from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from tests.helpers import embedding, fakes
from tests.helpers.embedding import Corpus, rows
from tests.launch import pictures
from tests.launch.conftest import Command, Embed, version
from transforms import encoders
from transforms.encoders.spec import Computation

COUNTS = ["version", "rows", "new", "changed", "deleted", "unchanged", "encoded", "dead"]
KEYS = [*COUNTS, "engine", "precision", "cosine", "cut_off", "unread", "seconds", "rows_per_second", "skipped", "notes"]


def printed(outcome_out: str) -> dict[str, int]:
    """The summary of `--json` without what depends on the clock."""
    assert outcome_out.count("\n") == 1
    summary = json.loads(outcome_out)
    assert list(summary) == KEYS
    assert summary.pop("seconds") > 0
    assert summary.pop("rows_per_second") >= 0
    assert (summary.pop("skipped"), summary.pop("notes")) == ({}, [])
    assert [summary.pop(name) for name in ("engine", "precision", "cosine")] == ["", "float32", None]
    assert (summary.pop("cut_off"), summary.pop("unread")) == (0, 0.0)
    return summary


def test_a_corpus_through_its_life(embed: Embed, corpus: Corpus, table: str) -> None:
    corpus.write("a.txt", ["one", "two", "three"])
    corpus.write("b.txt", ["four"])
    first = embed(corpus.root, "--json").output()
    assert printed(first) == {
        "version": 0, "rows": 4, "new": 2, "changed": 0, "deleted": 0, "unchanged": 0, "encoded": 4, "dead": 0,
    }  # fmt: skip
    assert rows(table) == embedding.expected(corpus)

    fakes.forget()
    again = embed(corpus.root, "--json").output()
    assert printed(again) == {
        "version": 0, "rows": 4, "new": 0, "changed": 0, "deleted": 0, "unchanged": 2, "encoded": 0, "dead": 0,
    }  # fmt: skip

    corpus.write("a.txt", ["one", "2", "three", "new"])
    edited = embed(corpus.root, "--json").output()
    assert printed(edited) == {
        "version": 1, "rows": 5, "new": 0, "changed": 1, "deleted": 0, "unchanged": 1, "encoded": 2, "dead": 0,
    }  # fmt: skip
    assert fakes.encoded() == Counter([b"2", b"new"])
    assert rows(table) == embedding.expected(corpus)

    corpus.remove("b.txt")
    deleted = embed(corpus.root, "--json").output()
    assert printed(deleted) == {
        "version": 2, "rows": 4, "new": 0, "changed": 0, "deleted": 1, "unchanged": 1, "encoded": 0, "dead": 0,
    }  # fmt: skip
    assert rows(table) == embedding.expected(corpus)
    assert {row["text"] for row in rows(table, version=1).values()} == {"one", "2", "three", "new", "four"}


def test_a_summary_for_people(embed: Embed, corpus: Corpus, table: str) -> None:
    corpus.write("a.txt", ["one"])
    first, second = embed(corpus.root).output().splitlines()
    assert first == f"{table}: version 0, 1 row (sources: 1 new)"
    assert second.startswith("1 item encoded, in ")

    corpus.write("a.txt", ["one", "two"])
    corpus.write("b.txt", ["three", "POISON"])
    first, second = embed(corpus.root, "--max-dead-fraction", 1).output().splitlines()
    assert first == f"{table}: version 1, 3 rows (sources: 1 new, 1 changed)"
    assert second.startswith(f"2 items encoded, 1 vector kept, 1 dead letter in {table}/_dead, in ")


@pytest.mark.parametrize("part_format", embedding.FORMATS)
def test_nothing_to_do(part_format: str, embed: Embed, corpus: Corpus, table: str) -> None:
    corpus.write("a.txt", ["one", "two"])
    embed(corpus.root, "--format", part_format).output()
    before = {path: path.stat().st_mtime_ns for path in Path(table).rglob("*") if "runs" not in path.parts}

    out = embed(corpus.root, "--format", part_format).output()

    assert out == f"{table}: nothing to do, version 0 is up to date (2 rows)\n"
    after = {path: path.stat().st_mtime_ns for path in before}
    files = {path for path in before if path.is_file()}
    assert {path: after[path] for path in files} == {path: before[path] for path in files}
    assert len(fakes.LOADS) == 1


def test_the_options_reach_the_rows(embed: Embed, table: str, tmp_path: Path) -> None:
    path = tmp_path / "reviews.tsv"
    path.write_text("n\tbody\tstars\tday\n1\tGood. Very good!\t5\tmon\n2\tBad.\t1\ttue\n")

    embed(
        path, "--text-column", "body", "--id-column", "n", "--label-column", "stars", "--keep", "day, stars",
        "--chunk", "sentences:1", "--drop-text",
    ).output()  # fmt: skip

    found = {name: (row["label"], row["day"], row["stars"], row["parent"]) for name, row in rows(table).items()}
    assert found == {
        "1#1": ("5", "mon", 5, "1"),
        "1#2": ("5", "mon", 5, "1"),
        "2#1": ("1", "tue", 1, "2"),
    }
    assert "text" not in rows(table)["2#1"]
    assert fakes.encoded() == Counter([b"Good.", b"Very good!", b"Bad."])


def test_what_an_encoder_does_not_read_is_said(
    embed: Embed, vectormill: Command, corpus: Corpus, table: str, tmp_path: Path
) -> None:
    fake = fakes.text_encoder()
    vectormill.encoders["fake-text"] = replace(fake, spec=replace(fake.spec, max_tokens=4, tokenizer="words"))
    corpus.write("a.txt", ["four words are read", "one two three four but no more", "short", "x" * 50])
    said = (
        "1 item (25%) is longer than the encoder reads: 12% of the text was not read; --chunk tokens:4 reads all of it"
    )

    tried = embed(corpus.root, "--dry-run").output().splitlines()
    printed = embed(corpus.root).output().splitlines()
    as_json = json.loads(embed(corpus.root, "--json", to=tmp_path / "other").output())
    again = json.loads(embed(corpus.root, "--json").output())
    whole = json.loads(embed(corpus.root, "--json", "--chunk", "tokens:4", to=tmp_path / "whole").output())

    assert said in tried and said in printed
    assert (as_json["cut_off"], as_json["unread"]) == (1, round(12 / 104, 6))
    assert (again["encoded"], again["cut_off"], again["unread"]) == (0, 0, 0.0)
    assert (whole["rows"], whole["cut_off"], whole["unread"]) == (5, 0, 0.0)


def test_texts_are_cut_as_is_said(embed: Embed, table: str, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    long = " ".join(["word"] * 50)
    path.write_text(json.dumps({"id": "x", "text": f"A title\n\n{long}\n\n{long}"}) + "\n")

    embed(path, "--id-column", "id", "--chunk", "paragraphs").output()

    found = {name: (row["text"], row["parent"]) for name, row in rows(table).items()}
    assert found == {"x#1": (f"A title\n\n{long}", "x"), "x#2": (long, "x")}


def test_a_file_without_header(embed: Embed, table: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("1,one\n2,two\n")

    embed(path, "--no-header", "--text-column", 1, "--id-column", 0).output()

    assert {name: row["text"] for name, row in rows(table).items()} == {"1": "one", "2": "two"}


@pytest.mark.parametrize(("source", "label"), [("folder", "ants"), ("file", "0001")])
def test_labels_from_names(source: str, label: str, embed: Embed, table: str, tmp_path: Path) -> None:
    folder = tmp_path / "insects" / "ants"
    folder.mkdir(parents=True)
    (folder / "0001.jpg").write_bytes(pictures.jpeg(1))

    embed(tmp_path / "insects", "--labels-from", source, encoder="fake-image").output()

    (row,) = rows(table).values()
    assert (row["id"], row["label"], row["embedding"]) == (
        "ants/0001.jpg", label, pictures.vector_of(pictures.jpeg(1)),
    )  # fmt: skip


def test_several_inputs_are_one_corpus(embed: Embed, table: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one\n")
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "b.txt").write_text("two\n")
    (tmp_path / "more" / "c.jsonl").write_text('{"text": "three"}\n')

    embed(tmp_path / "a.txt", tmp_path / "more" / "*").output()

    assert {row["source"]: row["text"] for row in rows(table).values()} == {
        "a.txt": "one", "b.txt": "two", "c.jsonl": "three",
    }  # fmt: skip


def test_keep_missing_replace_and_retry_dead(embed: Embed, corpus: Corpus, table: str, tmp_path: Path) -> None:
    corpus.write("a.txt", ["one", "POISON"])
    embed(corpus.root, "--max-dead-fraction", 1).output()
    other = Corpus(tmp_path / "other")
    other.write("b.txt", ["two"])

    embed(other.root, "--keep-missing", "--max-dead-fraction", 1).output()
    assert {row["text"] for row in rows(table).values()} == {"one", "two"}

    fakes.forget()
    retried = embed(corpus.root, "--keep-missing", "--retry-dead", "--max-dead-fraction", 1, "--json").output()
    assert printed(retried)["changed"] == 1
    assert fakes.encoded() == Counter()

    third = Corpus(tmp_path / "third")
    third.write("c.txt", ["three"])
    embed(third.root, "--replace").output()
    assert {row["text"] for row in rows(table).values()} == {"three"}


# ---- dry runs ---------------------------------------------------------------------------------------------


def test_a_dry_run_changes_nothing_and_says_what_the_whole_would_take(embed: Embed, corpus: Corpus, table: str) -> None:
    corpus.write("a.txt", [f"line {number:03}" for number in range(200)])

    first, second, third = embed(corpus.root, "--dry-run").output().splitlines()

    assert first == "1 source to embed (0 unchanged), about 225 items"
    assert second.startswith("32 tried, 0 of them dead, ")
    assert second.endswith(" rows/s on this machine")
    assert third.startswith("the whole would take about 0 s and ")
    assert not os.path.exists(table)
    assert set(fakes.encoded().values()) == {2}, "once to trace, once to measure"


def test_a_dry_run_in_json(embed: Embed, corpus: Corpus, table: str) -> None:
    corpus.write("a.txt", ["one", "two", "POISON"])

    out = embed(corpus.root, "--dry-run", "--json").output()

    assert out.count("\n") == 1
    summary = json.loads(out)
    counts = {"sources", "unchanged", "items", "tried", "dead", "rows_per_second", "seconds", "bytes"}
    assert set(summary) == counts | {"cut_off", "unread", "skipped", "notes"}
    assert (summary["sources"], summary["items"], summary["tried"], summary["dead"]) == (1, 3, 3, 1)
    assert not os.path.exists(table)


def test_a_dry_run_of_images(embed: Embed, tmp_path: Path, table: str) -> None:
    for number in range(40):
        (tmp_path / f"{number}.jpg").write_bytes(pictures.jpeg(number) if number else b"")

    summary = json.loads(embed(tmp_path, "--dry-run", "--json", encoder="fake-image").output())

    assert (summary["sources"], summary["items"], summary["tried"], summary["dead"]) == (40, 40, 32, 1)
    assert not os.path.exists(table)


def test_a_dry_run_where_nothing_is_to_be_done(embed: Embed, corpus: Corpus, made: str) -> None:
    before = sorted(Path(made).rglob("*"))

    assert embed(corpus.root, "--dry-run").output() == "0 sources to embed (1 unchanged)\n"

    assert sorted(Path(made).rglob("*")) == before
    assert version(made) == 0
    assert fakes.LOADS == []


def test_a_dry_run_looks_past_an_empty_file(embed: Embed, corpus: Corpus, vectormill: Command) -> None:
    corpus.write("a.txt", [])
    corpus.write("b.txt", ["one"])

    summary = json.loads(embed(corpus.root, "--dry-run", "--json", "--shard-items", 1).output())

    assert (summary["sources"], summary["tried"]) == (2, 1)


def test_what_computed_the_vectors_is_in_the_summary_and_in_the_table(
    embed: Embed, corpus: Corpus, table: str, vectormill: Command
) -> None:
    def by(engine: str, cosine: float | None, note: str = "") -> None:
        computation = Computation(engine=engine, cosine=cosine, note=note)
        spec = fakes.text_encoder().spec
        vectormill.encoders["fake-text"] = fakes.FakeResolved(spec, computation=computation)

    corpus.write("a.txt", ["one", "two"])
    by("openvino", 0.99998)
    lines = embed(corpus.root).output().splitlines()
    assert lines[-1] == "computed by openvino in float32, least cosine 0.99998 to TensorFlow in float32"

    corpus.write("b.txt", ["three"])
    by("tensorflow", None, "fake-text runs on TensorFlow: OpenVINO cannot take its place (why)")
    summary = json.loads(embed(corpus.root, "--json").output())
    assert (summary["engine"], summary["precision"], summary["cosine"]) == ("tensorflow", "float32", None)
    assert summary["notes"] == ["fake-text runs on TensorFlow: OpenVINO cannot take its place (why)"]

    shown = vectormill("show", table).output().splitlines()
    assert shown[2] == "computed by openvino, tensorflow in float32, least cosine 0.99998 to TensorFlow in float32"
    about = json.loads(vectormill("show", table, "--json").output())["encoder"]
    assert (about["engine"], about["cosine"]) == ("openvino, tensorflow", 0.99998)
    assert json.loads(embed(corpus.root, "--json").output())["engine"] == ""  # nothing was computed


@pytest.mark.parametrize("there", [True, False])
def test_with_precision_auto_a_table_goes_on_in_its_own(
    there: bool, embed: Embed, corpus: Corpus, table: str, vectormill: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    corpus.write("a.txt", ["one"])
    if there:
        embed(corpus.root).output()
    resolve = vectormill.resolve
    monkeypatch.setattr(encoders, "resolve", lambda name, **given: asked.append(given) or resolve(name))

    embed(corpus.root, "--precision", "auto", "--engine", "tensorflow").output()

    (given,) = asked
    assert (given["precision"], given["engine"]) == ("auto", "tensorflow")
    assert given["continued"] == ("fake-1" if there else None)
