"""`vectormill neighbors`: every row with its true nearest, part by part, and again only where something is new."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.helpers import chosen_vectors, fakes, heads
from tests.helpers.indexes import indexed, speller
from tests.launch.conftest import Command
from transforms.search.ask import neighbours
from transforms.table.result_table import ResultTable

DIM = 6


def directions(names: list[str], *, seed: int) -> dict[str, list[float]]:
    random = np.random.default_rng(seed)
    return {name: random.standard_normal(DIM).round(3).tolist() for name in names}


HOLDOUT = directions([f"{'abc'[at % 3]}{at:02}" for at in range(24)], seed=0)
# Two rows of the index, three that are not in it, and one without direction.
ASKED = {
    "a00": HOLDOUT["a00"],
    "c05": HOLDOUT["c05"],
    **directions(["q1", "q2", "q3"], seed=1),
    "zero": [0.0] * DIM,
}


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> str:
    root = tmp_path_factory.mktemp("held")
    return indexed(chosen_vectors.table(root, HOLDOUT, parts=2), root / "indexes" / "held")


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> str:
    return chosen_vectors.table(tmp_path_factory.mktemp("asked"), ASKED, parts=2)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def written(out: Path) -> dict[str, dict[str, Any]]:
    from deltalake import DeltaTable

    rows = DeltaTable(str(out)).to_pyarrow_table().to_pylist()
    assert len({row["id"] for row in rows}) == len(rows)
    return {row["id"]: row for row in rows}


def printed(outcome: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(outcome)
    return {name: value for name, value in found.items() if name != "seconds"}


def nearest(name: str, k: int, *, among: str = "abc", but: str | None = None) -> dict[str, float]:
    """By comparing with every row: ids and cosines, the nearest first."""
    vector = np.array(ASKED[name])
    if not vector.any():
        return {}
    cosines = {
        other: float(vector @ there / np.linalg.norm(vector) / np.linalg.norm(there))
        for other, there in HOLDOUT.items()
        if other[0] in among and other != but
    }
    return dict(sorted(cosines.items(), key=lambda pair: -pair[1])[:k])


def assert_joined(row: dict[str, Any], expected: dict[str, float]) -> None:
    assert row["neighbours"] == list(expected)
    assert row["scores"] == pytest.approx(list(expected.values()), abs=1e-5)
    assert row["neighbour_labels"] == [name[0] for name in expected]


def test_every_row_has_its_nearest_with_their_cosines_and_labels(
    vectormill: Command, stored: str, asked: str, out: Path
) -> None:
    summary = printed(vectormill("neighbors", stored, asked, "--to", out, "-k", 3, "--json").output())
    rows = written(out)

    assert set(rows) == set(ASKED)
    assert list(rows["q1"]) == ["id", "source", "label", "neighbours", "scores", "neighbour_labels"]
    assert {row["label"] for row in rows.values()} == {"a", "c", "q", "z"}
    for name, row in rows.items():
        assert_joined(row, nearest(name, 3))
    assert rows["a00"]["neighbours"][0] == "a00" and rows["zero"]["neighbours"] == []
    index = summary.pop("index")
    assert index.startswith(stored)
    counts = {"version": 0, "changed": True, "rows": 6, "joined": 6, "k": 3, "table_version": 1}
    assert summary == {**counts, "renamed": {}}


def test_a_row_is_not_its_own_neighbour_where_that_is_not_wanted(
    vectormill: Command, stored: str, asked: str, out: Path
) -> None:
    vectormill("neighbors", stored, asked, "--to", out, "-k", 23, "--exclude-self").output()

    for name, row in written(out).items():
        assert_joined(row, nearest(name, 23, but=name))


def test_a_condition_chooses_among_which_rows(vectormill: Command, stored: str, asked: str, out: Path) -> None:
    vectormill(
        "neighbors", stored, asked, "--to", out, "-k", 10, "--where", "label IN ('a', 'b') AND id < 'b05'"
    ).output()

    for name, row in written(out).items():
        few = {other: cosine for other, cosine in nearest(name, 24, among="ab").items() if other < "b05"}
        assert len(few) in (0, 10)
        assert_joined(row, few)


def test_few_rows_at_a_time_make_the_same(
    vectormill: Command, stored: str, asked: str, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(neighbours, "_FOUND_AT_ONCE", 5)
    vectormill("neighbors", stored, asked, "--to", out, "-k", 4).output()

    for name, row in written(out).items():
        assert_joined(row, nearest(name, 4))


def test_a_rerun_joins_only_what_is_new(
    vectormill: Command, stored: str, tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = chosen_vectors.table(tmp_path, {name: ASKED[name] for name in ("q1", "q2", "a00")})
    line = vectormill("neighbors", stored, table, "--to", out, "-k", 2).output()
    assert line.startswith(f"{out}: version 0, 3 rows, 3 of them joined with their nearest 2 of {stored}")
    with monkeypatch.context() as patch:
        patch.setattr(neighbours, "join_part", None)
        again = vectormill("neighbors", stored, table, "--to", out, "-k", 2).output()
        assert again.startswith(f"{out}: nothing changed, version 0, 3 rows, 0 of them joined with")

    joined: list[list[str]] = []
    join_part = neighbours.join_part

    def noted(vectors: Any, *arguments: Any, **options: Any) -> None:
        joined.append([name for batch in vectors.columns(["id"]) for name in batch.column("id").to_pylist()])
        join_part(vectors, *arguments, **options)

    monkeypatch.setattr(neighbours, "join_part", noted)
    new = {"q3": ASKED["q3"], "c05": ASKED["c05"]}
    rows = [{"id": name, "text": chosen_vectors.spelt(vector), "label": name[0]} for name, vector in new.items()]
    heads.embedded(tmp_path, rows, source="new.parquet", encoder=speller(DIM))

    summary = printed(vectormill("neighbors", stored, table, "--to", out, "-k", 2, "--json").output())

    assert (summary["version"], summary["rows"], summary["joined"]) == (1, 5, 2)
    assert [sorted(names) for names in joined] == [["c05", "q3"]]
    for name, row in written(out).items():
        assert_joined(row, nearest(name, 2))

    vectormill("neighbors", stored, table, "--to", out, "-k", 1).output()
    assert {len(row["neighbours"]) for row in written(out).values()} == {1}


def test_a_killed_run_keeps_the_parts_that_it_joined(
    vectormill: Command, stored: str, asked: str, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(ResultTable, "commit", None)
        vectormill("neighbors", stored, asked, "--to", out).complaint(1)
    assert not (out / "_delta_log").exists()
    monkeypatch.setattr(neighbours, "join_part", None)

    assert printed(vectormill("neighbors", stored, asked, "--to", out, "--json").output())["joined"] == 0

    assert set(written(out)) == set(ASKED)


# ---- what is refused --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["-k", 0], "-k 0 is no number of neighbours: give 1 or more"),
        (["-k", 25], "-k 25 is more than the 24 rows of {index}: give fewer"),
        (["--where", "label >"], "the condition 'label >' cannot be read: "),
        (
            ["--where", "nope = 1"],
            "the condition 'nope = 1' names 'nope', no column of {index}, whose columns are id",
        ),
        (["--where", "label > 3"], "the condition 'label > 3' does not fit its columns (label is string): "),
    ],
)
def test_requests_that_cannot_be_met(
    options: list[object], complaint: str, vectormill: Command, stored: str, asked: str, out: Path
) -> None:
    from transforms.search.ask.searcher import Searcher

    said = vectormill("neighbors", stored, asked, "--to", out, *options).complaint(2)

    assert said.startswith(complaint.format(index=Searcher(stored).folder))
    assert not out.exists()


def test_a_table_of_another_encoder(vectormill: Command, stored: str, tmp_path: Path, out: Path) -> None:
    other = heads.embedded(tmp_path, heads.news(3), encoder=fakes.text_encoder(dim=DIM, fingerprint="fake-2"))

    said = vectormill("neighbors", stored, other, "--to", out).complaint(2)

    assert other in said and "encoder" in said
    assert not out.exists()


def test_no_index_no_table_and_a_place_that_is_taken(
    vectormill: Command, stored: str, asked: str, tmp_path: Path, out: Path
) -> None:
    vectormill("neighbors", tmp_path / "none", asked, "--to", out).complaint(2)
    vectormill("neighbors", asked, asked, "--to", out).complaint(2)
    vectormill("neighbors", stored, tmp_path / "none", "--to", out).complaint(2)
    assert vectormill("neighbors", stored, asked, "--to", asked).complaint(2) == (
        f"{asked} holds a feature table: give neighbours a folder of their own"
    )
    assert not out.exists()


def test_a_kept_column_that_is_named_like_a_result_gets_a_free_name(
    vectormill: Command, stored: str, tmp_path: Path, out: Path
) -> None:
    rows = [{"id": "q1", "text": chosen_vectors.spelt(ASKED["q1"]), "scores": 0.1}]
    table = heads.embedded(tmp_path, rows, encoder=speller(DIM))

    said = vectormill("neighbors", stored, table, "--to", out, "-k", 1).output()

    assert "note: the kept column 'scores' is called 'kept_scores' in the results" in said
    (row,) = written(out).values()
    assert_joined(row, nearest("q1", 1))
    assert row["kept_scores"] == 0.1
