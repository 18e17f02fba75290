"""`vectormill cluster`: every row in a cluster, the most central named, again only where something changed."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.helpers import chosen_vectors, heads
from tests.launch.conftest import Command
from transforms.similarity import clusters

DIRECTIONS = np.eye(4)[:3]


def topic_rows(count: int, *, seed: int = 0) -> dict[str, list[float]]:
    """Rows around three directions in turn, the ids telling which; the first of each points exactly there."""
    random = np.random.default_rng(seed)
    return {
        f"{'abc'[at % 3]}{at:02}": (DIRECTIONS[at % 3] + (at >= 3) * 0.1 * random.standard_normal(4)).tolist()
        for at in range(count)
    }


ROWS = {**topic_rows(30), "zero": [0.0, 0.0, 0.0, 0.0]}


@pytest.fixture(scope="module")
def topics(tmp_path_factory: pytest.TempPathFactory) -> str:
    """30 rows in three parts around three directions: a 12, b 9, c 9; and a zero vector."""
    rows = {**ROWS, "a30": [1.0, 0.2, 0.0, 0.0], "a33": [1.0, 0.0, 0.2, 0.0]}
    return chosen_vectors.table(tmp_path_factory.mktemp("topics"), rows, parts=3)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def written(out: Path, version: int | None = None) -> dict[str, dict[str, Any]]:
    from deltalake import DeltaTable

    rows = DeltaTable(str(out), version=version).to_pyarrow_table().to_pylist()
    assert len({row["id"] for row in rows}) == len(rows)
    return {row["id"]: row for row in rows}


def printed(outcome: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(outcome)
    return {name: value for name, value in found.items() if name != "seconds"}


def test_every_row_is_in_the_nearest_cluster_and_the_most_central_are_named(
    vectormill: Command, topics: str, out: Path
) -> None:
    summary = printed(vectormill("cluster", topics, "-k", 3, "--to", out, "--json").output())
    rows, centres = written(out), np.load(out / "centres.npy")

    assert len(rows) == 33
    assert (rows["zero"]["cluster"], rows["zero"]["score"]) == (-1, 0.0)
    assert list(rows["a00"]) == ["id", "source", "label", "cluster", "score"]
    assert (centres.shape, centres.dtype) == ((3, 4), np.float32)
    for name, vector in ROWS.items():
        if name != "zero":
            cosines = centres @ np.array(vector) / np.linalg.norm(vector)
            assert rows[name]["cluster"] == cosines.argmax()
            assert rows[name]["score"] == pytest.approx(cosines.max(), abs=1e-6)
    assert len({(row["label"], row["cluster"]) for row in rows.values()}) == 4
    assert {name: summary[name] for name in ("rows", "zeros", "k", "empty", "version", "changed")} == {
        "rows": 33,
        "zeros": 1,
        "k": 3,
        "empty": 0,
        "version": 0,
        "changed": True,
    }
    assert [found["size"] for found in summary["clusters"]] == [12, 10, 10]
    assert not (out / ".work").exists()

    with open(out / "central.csv", newline="") as stream:
        lines = list(csv.DictReader(stream))

    assert len(lines) == 30
    for found in summary["clusters"]:
        members = [(-row["score"], name) for name, row in rows.items() if row["cluster"] == found["cluster"]]
        best = sorted(members)[:10]
        assert [item["id"] for item in found["central"]] == [name for _, name in best]
        assert [item["score"] for item in found["central"]] == [round(-score, 4) for score, _ in best]
        ours = [line for line in lines if line["cluster"] == str(found["cluster"])]
        assert [line["id"] for line in ours] == [name for _, name in best]
        assert [line["place"] for line in ours] == [str(place) for place in range(1, 11)]
        assert all(line["text"].endswith(f"| {line['id']}") for line in ours)
        assert {line["size"] for line in ours} == {str(found["size"])}


def test_the_clusters_are_shown_the_largest_first(vectormill: Command, topics: str, out: Path) -> None:
    said = vectormill("cluster", topics, "-k", 3, "--to", out).output().splitlines()

    assert said[0].startswith(f"{out}: version 0, 33 rows in 3 clusters, 1 zero vector in none (-1) (")
    assert said[1].split() == ["cluster", "size", "share", "most", "central"]
    assert said[2].split()[1:3] == ["12", "36.4%"]
    assert len(said) == 2 + 3 * 3


def test_a_rerun_with_nothing_changed_says_so_and_another_k_replaces_the_clusters(
    vectormill: Command, topics: str, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = printed(vectormill("cluster", topics, "-k", 3, "--to", out, "--json").output())
    before = (written(out), (out / "central.csv").read_bytes(), (out / "centres.npy").read_bytes())
    with monkeypatch.context() as patch:
        patch.setattr(clusters, "assign_part", None)
        assert printed(vectormill("cluster", topics, "-k", 3, "--to", out, "--json").output()) == {
            **first,
            "changed": False,
        }

    assert printed(vectormill("cluster", topics, "-k", 2, "--to", out, "--json").output())["version"] == 1
    assert {row["cluster"] for row in written(out).values()} == {-1, 0, 1}

    assert printed(vectormill("cluster", topics, "-k", 3, "--to", out, "--json").output())["version"] == 2
    assert (written(out), (out / "central.csv").read_bytes(), (out / "centres.npy").read_bytes()) == before


def test_a_killed_run_goes_on_with_the_centres_that_it_had(
    vectormill: Command, topics: str, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(clusters, "central", None)
        vectormill("cluster", topics, "-k", 3, "--to", out).complaint(1)
    assert not (out / "_delta_log").exists()
    monkeypatch.setattr("pipelines.cluster.train", None)

    vectormill("cluster", topics, "-k", 3, "--to", out).output()

    assert len(written(out)) == 33


# ---- what is refused --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("k", "complaint"),
    [
        (0, "-k 0 is no number of clusters: give 1 or more"),
        (-3, "-k -3 is no number of clusters: give 1 or more"),
        (34, "-k 34 is more than the 33 rows of {table}: give fewer"),
        (
            33,
            "-k 33 is more than the 32 different directions that {table} has in a sample of 32 rows: give fewer",
        ),
    ],
)
def test_a_k_that_is_none(k: int, complaint: str, vectormill: Command, topics: str, out: Path) -> None:
    assert vectormill("cluster", topics, "-k", k, "--to", out).complaint(2) == complaint.format(table=topics)
    assert not (out / "_delta_log").exists()


def test_more_clusters_than_different_vectors(vectormill: Command, tmp_path: Path, out: Path) -> None:
    copies = chosen_vectors.table(tmp_path, {f"a{at}": DIRECTIONS[at % 3].tolist() for at in range(9)})

    assert vectormill("cluster", copies, "-k", 4, "--to", out).complaint(2) == (
        f"-k 4 is more than the 3 different directions that {copies} has in a sample of 9 rows: give fewer"
    )


def test_no_table(vectormill: Command, tmp_path: Path, out: Path) -> None:
    complaint = vectormill("cluster", tmp_path / "none", "-k", 2, "--to", out).complaint(2)

    assert complaint.startswith(f"{tmp_path}/none holds no feature table: make one with")


def test_targets_that_hold_something_else(vectormill: Command, topics: str, tmp_path: Path, out: Path) -> None:
    vectormill("cluster", topics, "-k", 2, "--to", out).output()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")

    assert vectormill("cluster", topics, "-k", 2, "--to", tmp_path / "mine").complaint(2) == (
        f"{tmp_path}/mine holds something else (notes.txt): --to takes a new folder, or earlier clusters"
    )
    assert vectormill("duplicates", topics, "--to", out).complaint(2) == (
        f"{out} holds something else (central.csv): --to takes a new folder, or earlier duplicates"
    )


def test_kept_columns_that_are_named_like_results_get_a_free_name(
    vectormill: Command, tmp_path: Path, out: Path
) -> None:
    rows = [
        {**row, "cluster": f"mine {at}", "kept_cluster": -at, "Score": at / 7} for at, row in enumerate(heads.news(4))
    ]
    table = heads.embedded(tmp_path, rows)

    said = vectormill("cluster", table, "-k", 2, "--to", out).output().splitlines()

    assert said[-2:] == [
        "note: the kept column 'cluster' is called 'kept_cluster_2' in the results, which have a column of its name",
        "note: the kept column 'Score' is called 'kept_Score' in the results, which have a column of its name",
    ]
    found = written(out)
    kept = {name: (row["kept_cluster_2"], row["kept_cluster"], row["kept_Score"]) for name, row in found.items()}
    assert kept == {row["id"]: (row["cluster"], row["kept_cluster"], row["Score"]) for row in rows}
    assert {row["cluster"] for row in found.values()} == {0, 1}
    again = printed(vectormill("cluster", table, "-k", 2, "--to", out, "--json").output())
    assert (again["changed"], again["renamed"]) == (False, {"cluster": "kept_cluster_2", "Score": "kept_Score"})
