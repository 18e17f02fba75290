"""`vectormill diff` says what a version changed, and refuses in one line what it cannot compare."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.helpers.embedding import Corpus
from tests.helpers.pages import Page, assert_locked, assert_quiet
from tests.launch.conftest import Command, Embed, Newsroom
from transforms.storage import files


def test_table_by_its_last_two_versions(
    vectormill: Command, embed: Embed, corpus: Corpus, table: str, tmp_path: Path
) -> None:
    corpus.write("a.txt", ["one", "two"])
    embed(corpus.root)
    corpus.write("a.txt", ["one", "three"])
    corpus.write("b.txt", ["four"])
    embed(corpus.root)

    shown = vectormill("diff", table, "--to", tmp_path / "out").output()
    assert f"{table}: version 0 to 1\n" in shown
    assert [line.split()[:2] for line in shown.splitlines()[1:4]] == [["rows", "3"], ["new", "2"], ["gone", "1"]]
    assert {row["text"] for row in pq.read_table(tmp_path / "out/added.parquet").to_pylist()} == {"three", "four"}
    assert "2 new rows, 1 gone, 0 changed" in Page((tmp_path / "out/report.html").read_text()).text

    facts = json.loads(vectormill("diff", table, "1", "0", "--json").output())
    assert (facts["kind"], facts["rows"]["added"], facts["rows"]["removed"]) == ("table", 1, 2)

    assert vectormill("diff", table, "0", "7").complaint(2) == f"{table} has no version 7; it has 0, 1"
    assert "is both sides" in vectormill("diff", table, "1", "1").complaint(2)
    assert "--queries is for an index" in vectormill("diff", table, "--queries", "q.txt").complaint(2)
    assert "holds no table, model or index" in vectormill("diff", corpus.root).complaint(2)
    (tmp_path / "file").write_text("x")
    assert "is a file" in vectormill("diff", table, "--to", tmp_path / "file").complaint(2)


def test_table_in_a_store(vectormill: Command, embed: Embed, corpus: Corpus, own_cache: None) -> None:
    table = "mem://diff/table"
    for lines in (["one", "two"], ["one", "three"]):
        corpus.write("a.txt", lines)
        embed(corpus.root, "--format", "tfrecord", to=table).output()
    facts = json.loads(vectormill("diff", table, "--to", "mem://diff/out", "--json").output())
    assert (facts["rows"]["added"], facts["rows"]["removed"], facts["rows"]["unchanged"]) == (1, 1, 1)
    found = pq.read_table(pa.BufferReader(files.read("mem://diff/out/added.parquet")))
    assert found.column("text").to_pylist() == ["three"]
    assert files.read("mem://diff/out/report.html").startswith(b"<!DOCTYPE html>")


def test_table_of_one_version_has_nothing_to_be_compared_with(vectormill: Command, made: str) -> None:
    assert "one version only" in vectormill("diff", made).complaint(2)


def test_model_by_the_rows_that_neither_version_was_trained_on(
    newsmill: Command, newsroom: Newsroom, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    shown = newsmill("diff", newsroom.model, "--to", out).output()
    facts = json.loads(newsmill("diff", newsroom.model, "1", "2", "--json").output())
    flips = pq.read_table(out / "flips.parquet").to_pylist()

    tested = json.loads((newsroom.model / "2/assets.extra/lineage.json").read_text())["rows"]["test"]
    assert facts["on"]["rows"] == facts["on"]["labelled"] == tested
    assert facts["flips"]["rows"] == len(flips) > 0
    assert {flip["reason"] for flip in flips} == {"head"} == {one["reason"] for one in facts["reasons"]}
    gain = (facts["flips"]["wrong_to_right"] - facts["flips"]["right_to_wrong"]) / tested
    assert facts["accuracy"]["difference"]["value"] == pytest.approx(gain)
    assert facts["accuracy"]["difference"]["low"] > 0
    assert sum(one["rows"] for one in facts["per_class"]) == tested
    for flip in flips:
        known = {"right": flip["label"]}
        was, _, now = flip["direction"].partition(" to ")
        assert flip["before"] != flip["after"]
        assert (flip["before"] == known.get(was, flip["before"])) and (flip["after"] == known.get(now, flip["after"]))
    assert f"predictions that changed             {len(flips)}" in shown

    page = Page(html := (out / "report.html").read_text())
    assert_quiet(page)
    assert_locked(html, scripts=0)
    assert page.headings == ["Why", "By label", "From which label to which", "Examples", "Versions"]

    every = json.loads(newsmill("diff", newsroom.model, "--all-rows", "--json").output())
    assert (every["on"]["rows"], every["on"]["which"]) == (300, "all rows")


def test_model_on_rows_without_labels_has_flips_without_direction(
    newsmill: Command, newsroom: Newsroom, tmp_path: Path
) -> None:
    bare = tmp_path / "bare"
    assert (
        newsmill("embed", newsroom.corpus, "--to", bare, "--encoder", newsroom.encoder, "--text-column", "text").code
        == 0
    )
    facts = json.loads(newsmill("diff", newsroom.model, "--on", bare, "--json").output())
    assert facts["accuracy"] is None
    assert facts["flips"]["rows"] == facts["flips"]["no_label"] > 0


def test_wrong_requests_for_models(newsmill: Command, newsroom: Newsroom, table: str) -> None:
    assert "is one version" in newsmill("diff", newsroom.model / "2").complaint(2)
    assert "holds several models" in newsmill("diff", newsroom.model.parent).complaint(2)
    assert "has no version 9" in newsmill("diff", newsroom.model, "9").complaint(2)
    assert "no feature table" in newsmill("diff", newsroom.model, "--on", table).complaint(2)
    assert "no column 'colour'" in newsmill("diff", newsroom.model, "--label-column", "colour").complaint(2)
    assert "-k is for an index" in newsmill("diff", newsroom.model, "-k", "3").complaint(2)
