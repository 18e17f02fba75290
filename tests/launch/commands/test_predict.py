"""Predictions through the command: of a corpus, bad items and all, and of a table; again after a change."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.helpers import fakes, heads
from tests.launch.conftest import Command, Newsroom, letters, news_rows
from transforms.heads.serve.served_model import ServedModel
from transforms.table.delta_log import transact

GOOD = ["goal coach penalty referee", "rain storm drizzle hail", "bank profit dividend loan"]
SPORT, SKY, MONEY = "sport", "sky", "money"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    """A corpus of two files: three good lines, and one that is no text."""
    folder = tmp_path / "lines"
    folder.mkdir()
    (folder / "a.txt").write_text("".join(f"{line}\n" for line in GOOD))
    (folder / "b.txt").write_bytes(b"coach goal\n\xff\xfe rain\n\n")
    return folder


@pytest.fixture
def scored(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Rows of every batch that a model was asked about."""
    asked: list[int] = []
    from_vectors = ServedModel.from_vectors

    def counted(self: Any, vectors: Any, columns: Any) -> Any:
        asked.append(len(vectors))
        return from_vectors(self, vectors, columns)

    monkeypatch.setattr(ServedModel, "from_vectors", counted)
    return asked


def predictions(out: Path, version: int | None = None) -> list[dict[str, Any]]:
    from deltalake import DeltaTable

    found: list[dict[str, Any]] = DeltaTable(str(out), version=version).to_pyarrow_table().to_pylist()
    return found


def said(printed: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(printed)
    assert found["labels"] == ["money", "sport", "sky"] and found["changed"] == (found["scored"] > 0)
    return {name: found[name] for name in ("rows", "scored", "version", "dead", "model")}


def by_source(out: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in predictions(out):
        found.setdefault(row["source"], []).append(row["predicted"])
    return {name: sorted(labels) for name, labels in found.items()}


# ---- a corpus ---------------------------------------------------------------------------------------------


def test_a_bad_item_is_a_dead_letter_and_the_others_are_scored(
    newsroom: Newsroom, newsmill: Command, lines: Path, out: Path
) -> None:
    said = newsmill("predict", newsroom.model, lines, "--to", out, "--max-dead-fraction", 0.5).output()

    assert said.startswith(
        f"{out}: version 0, 4 rows, 4 of them scored by {newsroom.model}/2, 1 dead letter in {out}/_vectors/_dead ("
    )
    assert by_source(out) == {"a.txt": [MONEY, SKY, SPORT], "b.txt": [SPORT]}
    ((step, error, _),) = letters(str(out / "_vectors")).values()
    assert (step, error) == ("read", "NotUTF8")


def test_too_many_bad_items_fail_the_run_and_predict_nothing(
    newsroom: Newsroom, newsmill: Command, lines: Path, out: Path
) -> None:
    complaint = newsmill("predict", newsroom.model, lines, "--to", out).complaint(1)

    assert "--max-dead-fraction" in complaint
    assert not (out / "_delta_log").exists()


def test_a_rerun_encodes_and_scores_only_what_changed(
    newsroom: Newsroom, newsmill: Command, lines: Path, out: Path, scored: list[int]
) -> None:
    (lines / "b.txt").write_text("coach goal\n")
    command = ["predict", newsroom.model, lines, "--to", out, "--json"]
    model = f"{newsroom.model}/2"

    first = said(newsmill(*command).output())
    assert first == {"rows": 4, "scored": 4, "version": 0, "dead": 0, "model": model}
    scored.clear()
    assert said(newsmill(*command).output()) == {**first, "scored": 0}
    assert scored == []

    (lines / "c.txt").write_text("hail hail rain\nloan bank bank\n")
    assert said(newsmill(*command).output()) == {**first, "rows": 6, "scored": 2, "version": 1}
    assert scored == [2]
    assert by_source(out) == {"a.txt": [MONEY, SKY, SPORT], "b.txt": [SPORT], "c.txt": [MONEY, SKY]}

    (lines / "a.txt").unlink()
    again = said(newsmill(*command).output())
    assert (again["rows"], again["version"]) == (3, 2)
    assert by_source(out) == {"b.txt": [SPORT], "c.txt": [MONEY, SKY]}
    assert len(predictions(out, version=1)) == 6


def test_columns_are_carried_along(newsroom: Newsroom, newsmill: Command, out: Path) -> None:
    options = ["--text-column", "text", "--id-column", "id", "--label-column", "label", "--keep", "desk"]
    newsmill("predict", newsroom.model, newsroom.corpus, "--to", out, *options).output()

    found = predictions(out)

    assert list(found[0]) == ["id", "source", "label", "desk", "predicted", "score", "scores"]
    assert len(found) == 300
    assert {row["desk"] for row in found} == {"north", "south", None}
    assert np.mean([row["label"] == row["predicted"] for row in found]) > 0.95
    assert not any("text" in row for row in found)


# ---- a table ----------------------------------------------------------------------------------------------


def test_a_table_is_scored_without_its_texts(
    newsroom: Newsroom, newsmill: Command, out: Path, scored: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("transforms.encoders.resolve", None)
    command = ["predict", newsroom.model / "2", newsroom.table, "--to", out, "--json"]

    assert said(newsmill(*command).output())["scored"] == 300
    assert sum(scored) == 300
    assert said(newsmill(*command).output())["scored"] == 0
    assert not (out / "_vectors").exists()
    assert len({row["id"] for row in predictions(out)}) == 300


def test_another_version_of_the_model_scores_everything_anew(newsroom: Newsroom, newsmill: Command, out: Path) -> None:
    newsmill("predict", newsroom.model / "1", newsroom.table, "--to", out).output()
    before = {row["id"]: row["predicted"] for row in predictions(out)}

    printed = said(newsmill("predict", newsroom.model, newsroom.table, "--to", out, "--json").output())

    assert printed == {"rows": 300, "scored": 300, "version": 1, "dead": 0, "model": f"{newsroom.model}/2"}
    swapped = {SPORT: SKY, SKY: SPORT, MONEY: MONEY}
    after = {row["id"]: row["predicted"] for row in predictions(out)}
    assert len(after) == 300
    assert np.mean([swapped[label] == after[name] for name, label in before.items()]) > 0.95
    assert {row["id"]: row["predicted"] for row in predictions(out, version=0)} == before


def test_a_version_of_the_table_can_be_asked_for(
    newsroom: Newsroom, newsmill: Command, tmp_path: Path, out: Path
) -> None:
    ours = newsroom.copy(tmp_path)
    heads.write_rows(ours.corpus / "b.parquet", news_rows(5, seed=9, name="later"))
    newsmill("embed", ours.corpus, "--to", ours.table, *newsroom.embed_options()).output()
    command = ["predict", ours.model, ours.table, "--to", out, "--json"]

    old = said(newsmill(*command, "--version", 0).output())
    new = said(newsmill(*command).output())

    assert (old["rows"], old["scored"]) == (300, 300)
    assert (new["rows"], new["scored"]) == (305, 5)
    assert "version 3" in newsmill(*command, "--version", 3).complaint(2)


def test_predictions_of_a_table_with_other_columns(
    newsroom: Newsroom, newsmill: Command, lines: Path, out: Path, tmp_path: Path
) -> None:
    (lines / "b.txt").unlink()
    newsmill("embed", lines, "--to", tmp_path / "t", "--encoder", newsroom.encoder).output()
    newsmill("predict", newsroom.model, tmp_path / "t", "--to", out).output()

    assert newsmill("predict", newsroom.model, newsroom.table, "--to", out).complaint(2) == (
        f"{out} holds predictions with the columns id, source, label, predicted, score, scores; now they are id, source,"
        " label, tags, length, desk, predicted, score, scores: give another --to"
    )
    assert by_source(out) == {"a.txt": [MONEY, SKY, SPORT]}


# ---- what is refused --------------------------------------------------------------------------------------


@pytest.fixture
def strange_table(newsroom: Newsroom, tmp_path: Path) -> str:
    return heads.embedded(tmp_path, heads.news(12), encoder=fakes.text_encoder(fingerprint="123456789"))


def test_vectors_of_another_encoder(newsroom: Newsroom, newsmill: Command, strange_table: str, out: Path) -> None:
    fingerprint = json.loads((newsroom.model / "2/assets.extra/lineage.json").read_text())["encoder"]["fingerprint"]

    assert newsmill("predict", newsroom.model, strange_table, "--to", out).complaint(2) == (
        f"{strange_table} holds vectors of fake-text (12345678), but {newsroom.model}/2 knows those of"
        f" {newsroom.encoder} ({fingerprint[:8]}): give the corpus itself, or embed it with that encoder"
    )
    assert not out.exists()


def test_a_table_among_other_inputs(newsroom: Newsroom, newsmill: Command, lines: Path, out: Path) -> None:
    complaint = newsmill("predict", newsroom.model, newsroom.table, lines, "--to", out).complaint(2)

    assert complaint == f"{newsroom.table} is a feature table: score one table at a time, or a corpus"


def test_a_delta_table_of_somebody_else(newsroom: Newsroom, newsmill: Command, tmp_path: Path, out: Path) -> None:
    import pyarrow as pa
    from deltalake import write_deltalake

    write_deltalake(str(tmp_path / "theirs"), pa.table({"a": [1]}))

    complaint = newsmill("predict", newsroom.model, tmp_path / "theirs", "--to", out).complaint(2)

    assert complaint == f"{tmp_path}/theirs is no feature table that `vectormill embed` made"


def test_a_version_of_a_corpus(newsroom: Newsroom, newsmill: Command, lines: Path, out: Path) -> None:
    assert newsmill("predict", newsroom.model, lines, "--to", out, "--version", 1).complaint(2) == (
        "--version is of a feature table; a corpus has none"
    )


def test_no_model(newsmill: Command, lines: Path, tmp_path: Path, out: Path) -> None:
    assert newsmill("predict", tmp_path / "m", lines, "--to", out).complaint(2) == (
        f"{tmp_path}/m holds no model: make one with `vectormill train TABLE --to {tmp_path}/m`"
    )


@pytest.mark.parametrize(
    ("there", "complaint"),
    [
        ("notes.txt", "holds something else (notes.txt): --to takes a new folder, or earlier predictions"),
        ("_vectormill/ledger", "holds a feature table: give predictions a folder of their own"),
        (
            "_delta_log/00000000000000000000.json",
            "is a Delta table of something else: --to takes a new folder, or earlier predictions",
        ),
    ],
)
def test_a_target_that_holds_something_else(
    there: str, complaint: str, newsroom: Newsroom, newsmill: Command, lines: Path, out: Path
) -> None:
    if there.startswith("_delta_log"):
        import pyarrow as pa
        from deltalake import write_deltalake

        write_deltalake(str(out), pa.table({"a": [1]}))
    else:
        (out / there).parent.mkdir(parents=True)
        (out / there).write_text("mine")
    before = sorted(os.walk(out))

    said = newsmill("predict", newsroom.model, newsroom.table, "--to", out).complaint(2)

    assert f"{out} {complaint}" in said
    assert sorted(os.walk(out)) == before


def test_a_target_that_is_a_file(newsroom: Newsroom, newsmill: Command, out: Path) -> None:
    out.write_text("mine")

    assert newsmill("predict", newsroom.model, newsroom.table, "--to", out).complaint(2) == (
        f"{out} cannot be listed: Not a directory: give another --to"
    )


def test_a_kept_column_that_is_named_like_a_result_gets_a_free_name(
    newsroom: Newsroom, newsmill: Command, tmp_path: Path, out: Path
) -> None:
    rows = [{**row, "score": at, "predicted": None} for at, row in enumerate(heads.news(9))]
    heads.write_rows(tmp_path / "c" / "a.parquet", rows)
    columns = ["--text-column", "text", "--id-column", "id", "--keep", "score,predicted"]
    embedded = ("embed", tmp_path / "c", "--to", tmp_path / "t", "--encoder", newsroom.encoder, *columns)
    assert "note" not in newsmill(*embedded).output()

    of_table = newsmill("predict", newsroom.model, tmp_path / "t", "--to", out).output()
    of_corpus = newsmill("predict", newsroom.model, tmp_path / "c", "--to", f"{out}2", *columns, "--json").output()

    assert of_table.splitlines()[1:] == [
        "note: the kept column 'score' is called 'kept_score' in the results, which have a column of its name",
        "note: the kept column 'predicted' is called 'kept_predicted' in the results, which have a column of its name",
    ]
    assert json.loads(of_corpus)["renamed"] == {"score": "kept_score", "predicted": "kept_predicted"}
    for place in (out, Path(f"{out}2")):
        found = {row["id"]: row for row in predictions(place)}
        assert {name: row["kept_score"] for name, row in found.items()} == {row["id"]: row["score"] for row in rows}
        assert all(
            max(row["scores"]) == row["score"] < 1 and row["predicted"] in heads.LABELS for row in found.values()
        )


def test_a_run_that_another_one_overtook_is_told(
    newsroom: Newsroom, newsmill: Command, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newsmill("predict", newsroom.model, newsroom.table, "--to", out).output()

    def overtaken(*given: Any, **named: Any) -> None:
        transact(*given, **{**named, "adds": [], "removes": []})
        transact(*given, **named)

    monkeypatch.setattr("transforms.table.result_table.transact", overtaken)
    complaint = newsmill("predict", newsroom.model / "1", newsroom.table, "--to", out).complaint(1)

    assert f"{out}: the commit failed, perhaps another run was first" in complaint
    assert len(predictions(out)) == len({row["id"] for row in predictions(out)}) == 300


def test_predictions_are_no_feature_table(newsroom: Newsroom, newsmill: Command, lines: Path, out: Path) -> None:
    newsmill("predict", newsroom.model, newsroom.table, "--to", out).output()

    newsmill("embed", lines, "--to", out, "--encoder", newsroom.encoder).complaint(2)
    newsmill("predict", newsroom.model, out, "--to", f"{out}2").complaint(2)

    assert len(predictions(out)) == 300
