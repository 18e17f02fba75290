"""`vectormill duplicates`: planted duplicates come back in their groups, and nothing else does."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.helpers import chosen_vectors, heads
from tests.helpers.embedding import Corpus
from tests.launch.conftest import Command
from transforms.common.errors import RunError
from transforms.similarity import duplicate_groups, near_duplicates


def turned(degrees: float) -> list[float]:
    return [float(np.cos(np.radians(degrees))), float(np.sin(np.radians(degrees))), 0.0]


ROWS = {
    # A chain: each is near the next at 0.97 (14 degrees), the ends are not near each other.
    "c3": turned(0),
    "c1": turned(10),
    "c2": turned(20),
    # Copies, of which one is longer.
    "a2": [0, 0, 1],
    "a1": [0, 0, 2.5],
    # Alone, and without direction.
    "z0": [0, 0, 0],
    "z1": [0, 0, 0],
    "b1": turned(60),
}
TEXTS = {name: chosen_vectors.spelt(vector, name) for name, vector in ROWS.items()}


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> str:
    return chosen_vectors.table(tmp_path_factory.mktemp("planted"), ROWS, parts=3)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def written(out: Path, version: int | None = None) -> list[dict[str, Any]]:
    from deltalake import DeltaTable

    found: list[dict[str, Any]] = DeltaTable(str(out), version=version).to_pyarrow_table().to_pylist()
    return found


def grouped(out: Path) -> list[tuple[int, str, bool, float]]:
    return [(row["group"], row["id"], row["representative"], round(row["cosine"], 4)) for row in written(out)]


CHAIN = [(0, "c1", True, 1.0), (0, "c2", False, 0.9848), (0, "c3", False, 0.9848)]
COPIES = [(1, "a1", True, 1.0), (1, "a2", False, 1.0)]


def printed(outcome: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(outcome)
    return {name: value for name, value in found.items() if name != "seconds"}


def test_planted_duplicates_are_the_groups(vectormill: Command, planted: str, out: Path) -> None:
    summary = printed(vectormill("duplicates", planted, "--to", out, "--json").output())

    assert summary == {
        "rows": 8,
        "zeros": 2,
        "groups": 2,
        "grouped": 5,
        "droppable": 3,
        "exact": True,
        "compared": "every pair",
        "threshold": 0.97,
        "table_version": 2,
        "renamed": {},
        "largest": [
            {"group": 0, "size": 3, "id": "c1", "text": TEXTS["c1"], "cosine": pytest.approx(0.9848, abs=1e-4)},
            {"group": 1, "size": 2, "id": "a1", "text": TEXTS["a1"], "cosine": 1.0},
        ],
        "version": 0,
        "changed": True,
    }
    assert sorted(grouped(out)) == sorted(CHAIN + COPIES)
    assert [row[0] for row in grouped(out)] == [0, 0, 0, 1, 1]
    row = next(row for row in written(out) if row["id"] == "c3")
    assert list(row) == ["id", "source", "label", "text", "group", "representative", "cosine"]
    assert (row["source"], row["label"], row["text"]) == ("0.parquet", "c", TEXTS["c3"])
    assert not (out / ".work").exists()


def test_the_summary_is_said_in_words(vectormill: Command, planted: str, out: Path) -> None:
    said = vectormill("duplicates", planted, "--to", out).output().splitlines()

    assert said[0].startswith(
        f"{out}: version 0, 8 rows, 2 groups of 5 rows at cosine 0.97 and above, 3 could be dropped,"
        " 2 zero vectors passed over ("
    )
    assert said[1:] == [
        "compared: every pair",
        f"  group 0: 3 rows down to 0.985, {TEXTS['c1']}",
        f"  group 1: 2 rows down to 1.000, {TEXTS['a1']}",
    ]


def test_a_rerun_with_nothing_changed_says_so_and_another_threshold_replaces_the_groups(
    vectormill: Command, planted: str, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vectormill("duplicates", planted, "--to", out).output()
    with monkeypatch.context() as patch:
        patch.setattr(near_duplicates, "link_stripe", None)
        assert "nothing changed, version 0" in vectormill("duplicates", planted, "--to", out).output()

    replaced = printed(vectormill("duplicates", planted, "--to", out, "--threshold", 1, "--json").output())

    assert (replaced["version"], replaced["groups"], replaced["changed"]) == (1, 1, True)
    assert grouped(out) == [(0, "a1", True, 1.0), (0, "a2", False, 1.0)]
    assert len(written(out, version=0)) == 5


def test_a_table_without_duplicates_makes_no_rows(vectormill: Command, planted: str, tmp_path: Path, out: Path) -> None:
    alone = chosen_vectors.table(tmp_path, {"a": [1, 0], "b": [0, 1]}, part_format="tfrecord")

    summary = printed(vectormill("duplicates", alone, "--to", out, "--json").output())

    assert (summary["groups"], summary["grouped"], summary["largest"]) == (0, 0, [])
    assert written(out) == []


def test_cells_find_what_every_pair_finds_and_say_so(
    vectormill: Command, tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(near_duplicates, "AFFORDABLE", 0)
    monkeypatch.setattr(near_duplicates, "_CELL_ROWS", 6)
    random = np.random.default_rng(0)
    rows = {f"{at:02}": random.standard_normal(6).tolist() for at in range(27)}
    rows |= {f"{at:02}x": [2 * value for value in rows[f"{at:02}"]] for at in range(0, 27, 3)}
    table = chosen_vectors.table(tmp_path, rows, parts=2, part_format="tfrecord")
    expected = [(f"{at:02}", f"{at:02}x") for at in range(0, 27, 3)]

    within = printed(vectormill("duplicates", table, "--to", out, "--json").output())
    pairs = sorted((row["group"], row["id"]) for row in written(out))
    exact = printed(vectormill("duplicates", table, "--to", f"{out}2", "--exact", "--json").output())

    assert (within["exact"], exact["exact"]) == (False, True)
    assert within["compared"] == "rows that share one of their 3 nearest of 6 cells, not every pair"
    assert exact["compared"] == "every pair"
    assert sorted((ours, theirs) for (_, ours), (_, theirs) in zip(pairs[::2], pairs[1::2], strict=True)) == expected
    assert sorted((row["group"], row["id"]) for row in written(Path(f"{out}2"))) == pairs


def test_groups_are_the_same_when_they_are_written_in_small_portions(
    vectormill: Command, planted: str, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duplicate_groups, "_BATCH_BYTES", 2 * 3 * 4)

    summary = printed(vectormill("duplicates", planted, "--to", out, "--json").output())

    assert sorted(grouped(out)) == sorted(CHAIN + COPIES)
    assert [(g["id"], round(g["cosine"], 4)) for g in summary["largest"]] == [("c1", 0.9848), ("a1", 1.0)]


def test_a_run_that_failed_goes_on_from_what_it_compared(
    vectormill: Command, planted: str, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RunError("the power went")

    with monkeypatch.context() as patch:
        patch.setattr(duplicate_groups, "write_groups", fail)
        assert vectormill("duplicates", planted, "--to", out).complaint(1) == "the power went"
    assert not (out / "_delta_log").exists()
    monkeypatch.setattr(near_duplicates, "link_stripe", fail)

    vectormill("duplicates", planted, "--to", out).output()

    assert sorted(grouped(out)) == sorted(CHAIN + COPIES)


# ---- what is refused --------------------------------------------------------------------------------------


@pytest.mark.parametrize("threshold", ["0", "-0.5", "1.01", "nan"])
def test_a_threshold_that_is_none(threshold: str, vectormill: Command, planted: str, out: Path) -> None:
    assert vectormill("duplicates", planted, "--to", out, f"--threshold={threshold}").complaint(2) == (
        f"--threshold {threshold} is no cosine above 0 and up to 1: give one like 0.97"
    )
    assert not out.exists()


def test_no_table(vectormill: Command, tmp_path: Path, out: Path) -> None:
    complaint = vectormill("duplicates", tmp_path / "none", "--to", out).complaint(2)

    assert complaint.startswith(f"{tmp_path}/none holds no feature table: make one with")


def test_an_empty_table(vectormill: Command, corpus: Corpus, table: str, out: Path) -> None:
    corpus.write("a.txt", ["one"])
    embed = ["embed", corpus.root, "--to", table, "--encoder", "fake-text", "--max-dead-fraction", 1]
    vectormill(*embed).output()
    corpus.write("a.txt", [b"\xff"])
    vectormill(*embed).output()

    for command in (["duplicates"], ["cluster", "-k", 1]):
        assert vectormill(*command, table, "--to", out).complaint(2) == (
            f"{table} holds no rows: embed a corpus into it first"
        )
    assert not out.exists()


def test_a_target_that_holds_something_else(vectormill: Command, planted: str, out: Path) -> None:
    out.mkdir()
    (out / "notes.txt").write_text("mine")

    assert vectormill("duplicates", planted, "--to", out).complaint(2) == (
        f"{out} holds something else (notes.txt): --to takes a new folder, or earlier duplicates"
    )
    assert vectormill("duplicates", planted, "--to", planted).complaint(2) == (
        f"{planted} holds a feature table: give duplicates a folder of their own"
    )
    assert vectormill("duplicates", planted, "--to", out / "notes.txt").complaint(2) == (
        f"{out}/notes.txt cannot be listed: Not a directory: give another --to"
    )
    assert os.listdir(out) == ["notes.txt"]


def test_a_kept_column_that_is_named_like_a_result_gets_a_free_name(
    vectormill: Command, tmp_path: Path, out: Path
) -> None:
    texts = ["same", "same", "other"]
    rows = [{"id": f"i{at}", "text": text, "group": 7 - at, "cosine": "far"} for at, text in enumerate(texts)]
    table = heads.embedded(tmp_path, rows)

    summary = printed(vectormill("duplicates", table, "--to", out, "--json").output())

    assert summary["renamed"] == {"group": "kept_group", "cosine": "kept_cosine"}
    assert [group["id"] for group in summary["largest"]] == ["i0"]
    assert [(row["id"], row["group"], row["kept_group"], row["kept_cosine"]) for row in written(out)] == [
        ("i0", 0, 7, "far"),
        ("i1", 0, 6, "far"),
    ]


def test_groups_of_a_table_with_other_columns(vectormill: Command, planted: str, tmp_path: Path, out: Path) -> None:
    vectormill("duplicates", planted, "--to", out).output()
    other = heads.embedded(tmp_path, [{**row, "size": 1} for row in heads.news(3)])

    assert vectormill("duplicates", other, "--to", out).complaint(2) == (
        f"{out} holds duplicates with the columns id, source, label, text, group, representative, cosine; now they are"
        " id, source, label, text, size, group, representative, cosine: give another --to"
    )
