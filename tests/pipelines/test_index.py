"""The index job as it runs: builds, updates, builds anew where that is due, and continues after it was killed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipelines import index as job
from tests.helpers.indexes import KINDS, Library, bytes_of, clusters, ids_of, library, random_vectors
from transforms.common.errors import RequestError
from transforms.search.build.finish import IndexOutcome
from transforms.search.store.index_folder import INDEXES, building

every_kind = pytest.mark.parametrize("kind", KINDS)
QUERIES = clusters(40, 8, seed=1)


@pytest.fixture
def made(tmp_path: Path) -> Library:
    """A table of four sources, 400 rows."""
    return library(tmp_path, clusters(400, 8))


@pytest.fixture
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    """A shard for each part of the table."""
    monkeypatch.setattr("transforms.search.build.draft.SHARD_ROWS", 1)


def answers(made: Library, name: str = "index", version: int | None = None) -> list[tuple[list[str], list[float]]]:
    searcher = made.searcher(name, version)
    rows, scores = searcher.nearest(QUERIES, 10)
    return [(ids_of(searcher, row), cosines.tolist()) for row, cosines in zip(rows, scores, strict=True)]


def why(outcome: IndexOutcome | None) -> str:
    """The reason for which an index was built anew."""
    assert outcome is not None
    printed = outcome.report["data"]["change"]
    assert printed["rebuilt"] and printed["base"] is None
    return str(printed["why"])


# ---- the same again ---------------------------------------------------------------------------------------


@every_kind
def test_the_same_build_is_the_same_bytes(made: Library, kind: str, small_shards: None) -> None:
    made.index("one", kind=kind, min_recall=0.8)
    made.step("two", kind=kind, min_recall=0.8)

    one, two = (bytes_of(made.root / name / "1") for name in ("one", "two"))
    structure = [] if kind == "exact" else ["base-0/structure.faiss"]
    files = [f"{segment}/{name}" for segment in ("base-0", "held") for name in ("rows.arrow", "vectors.faiss")]
    assert sorted(one) == sorted(two) == sorted(files + structure)
    assert [name for name in one if one[name] != two[name]] == []


@every_kind
def test_a_table_that_is_cut_otherwise_gives_the_same_answers(tmp_path: Path, kind: str) -> None:
    vectors = clusters(400, 8)
    found = []
    for sources in (1, 5):
        (tmp_path / str(sources)).mkdir()
        one = library(tmp_path / str(sources), vectors, sources=sources)
        one.step(kind=kind, min_recall=1.0)
        searcher = one.searcher()
        # Ties apart, exact answers do not depend on the order of rows; those of codes (0.96) and graphs (0.99) nearly so.
        rows, _ = searcher.nearest(QUERIES, 10)
        found.append([set(ids_of(searcher, row)) for row in rows])

    same = np.mean([len(a & b) / 10 for a, b in zip(*found, strict=True)])
    assert same == 1 if kind == "exact" else same > 0.95


# ---- killed -----------------------------------------------------------------------------------------------


def killing(monkeypatch: pytest.MonkeyPatch, step: str, after: int) -> None:
    """The step of the job that is killed when it was done so often."""
    count = 0
    done: Callable[..., Any] = getattr(job, step)

    def counted(*given: Any, **named: Any) -> Any:
        nonlocal count
        if count == after:
            raise RuntimeError("killed")
        count += 1
        return done(*given, **named)

    monkeypatch.setattr(job, step, counted)


def test_a_build_that_is_killed_again_and_again_goes_on(
    made: Library, small_shards: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    made.step("undisturbed", kind="ivf", min_recall=0.8)
    shards: dict[Path, int] = {}
    for step, after, encoded in (("prepare", 0, 0), ("encode_shard", 2, 2), ("build_segment", 0, 4), ("finish", 0, 4)):
        with monkeypatch.context() as patch, pytest.raises(RuntimeError, match="killed"):
            killing(patch, step, after)
            made.index(kind="ivf", min_recall=0.8)
        assert INDEXES.newest(str(made.root / "index")) is None
        now = {path: path.stat().st_mtime_ns for path in made.root.glob("index/_runs/*/shards/[0-9]*/main/codes")}
        assert len(now) == encoded and shards.items() <= now.items()
        shards = now

    outcome = made.index(kind="ivf", min_recall=0.8)

    assert outcome is not None and outcome.version == 1
    assert bytes_of(made.root / "index" / "1") == bytes_of(made.root / "undisturbed" / "1")
    assert os.listdir(made.root / "index" / "_runs") == ["lock"]


def test_an_update_that_is_killed_again_and_again_goes_on_while_the_version_before_answers(
    made: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("index", "undisturbed"):
        made.step(name, kind="hnsw", min_recall=0.8)
    before = answers(made)
    made.edit("0.parquet", drop=["r0000"], relabel={"r0004": "n"})
    made.put("new.parquet", {"new": [1.0] * 8})
    made.commit()
    made.step("undisturbed", kind="hnsw", min_recall=0.8)
    for step in ("prepare_update", "encode_shard", "build_segment", "finish"):
        with monkeypatch.context() as patch, pytest.raises(RuntimeError, match="killed"):
            killing(patch, step, 0)
            made.index(kind="hnsw", min_recall=0.8)
        assert answers(made) == before

    outcome = made.index(kind="hnsw", min_recall=0.8)

    assert outcome is not None and outcome.version == 2
    assert bytes_of(made.root / "index" / "2") == bytes_of(made.root / "undisturbed" / "2")
    assert answers(made, version=1) == before


def test_work_on_a_table_that_is_another_one_by_now_is_not_gone_on_with(
    made: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch, pytest.raises(RuntimeError, match="killed"):
        killing(patch, "encode_shard", 0)
        made.index(kind="exact")
    shutil.rmtree(made.table)
    made.edit("0.parquet", drop=["r0000"])
    assert made.commit() == 0

    made.index(kind="exact")

    assert made.searcher().rows == 399


# ---- following, or not ------------------------------------------------------------------------------------


def test_every_phase_says_what_it_took(made: Library) -> None:
    outcome = made.index(kind="ivf", min_recall=0.5, words=True)

    assert outcome is not None
    taken = outcome.report["seconds"]
    assert list(taken) == ["prepare", "encode", "build", "words", "mode", "measure"]
    assert all(seconds >= 0 for seconds in taken.values()) and taken["measure"] > 0


def test_nothing_changed(made: Library) -> None:
    made.index(kind="exact")

    assert made.index(kind="exact") is None
    assert INDEXES.numbers(str(made.root / "index")) == [1]


def test_an_index_is_built_anew_where_that_is_due(made: Library) -> None:
    made.step(kind="exact")
    made.put("new.parquet", {f"n{n}": row for n, row in enumerate(random_vectors(130, 8).tolist())})
    made.commit()

    # Of the rows that a structure was built for, about 360.
    assert why(made.index(kind="exact")).endswith("% of its rows were added or deleted since the last build")
    assert why(made.index(kind="hnsw", min_recall=0.8)) == "another kind is asked for"
    assert made.searcher().metadata["plan"]["kind"] == "hnsw"
    shutil.rmtree(made.table)
    made.commit(encoder=made.encoder(fingerprint="fake-2"))
    assert why(made.index(kind="hnsw", min_recall=0.8)) == "the table's vectors are of another encoder now: fake-text"
    assert INDEXES.numbers(str(made.root / "index")) == [1, 2, 3, 4]
    assert made.searcher().rows == 530


def test_a_cluster_that_the_training_never_saw_is_built_for(tmp_path: Path) -> None:
    """A narrow one: it would fill a single list, and its rows have the same few codes."""
    made = library(tmp_path, clusters(1600, 16))
    made.step(kind="ivf", min_recall=0.85)
    strange = np.eye(1, 16) * 9 + 0.2 * np.random.default_rng(5).standard_normal((400, 16))
    made.put("new.parquet", {f"n{n}": row for n, row in enumerate(strange.tolist())})
    made.commit()

    outcome = made.index(kind="ivf", min_recall=0.85)

    assert why(outcome).startswith(("lists have become unequal", "recall@10 would fall", "a query would have to read"))
    assert outcome is not None and outcome.version == 2
    assert made.searcher().rows == 2000


def test_an_index_of_another_table_is_refused(made: Library, tmp_path: Path) -> None:
    made.index(kind="exact")
    (tmp_path / "other").mkdir()
    other = library(tmp_path / "other", clusters(50, 8))

    with pytest.raises(RequestError, match=r"is an index of .*/table, not of .*/other/table: give another --to"):
        other.index("../index", kind="exact")


def test_a_damaged_version_is_refused_and_can_be_replaced(made: Library) -> None:
    made.index(kind="exact")
    (made.root / "index" / "1" / "base-0" / "rows.arrow").unlink()

    with pytest.raises(RequestError, match=r"is half an index: its base-0/rows.+arrow is missing"):
        made.index(kind="exact")
    outcome = made.index(kind="exact", rebuild=True)

    assert outcome is not None and outcome.version == 2
    assert made.searcher().rows == 400


@pytest.mark.parametrize("kind", KINDS)
def test_one_row(tmp_path: Path, kind: str) -> None:
    """Whether it is held out or not."""
    for name in ("a", "h12", "h13", "h14", "h15"):
        made = Library(tmp_path / name)
        made.put("a.parquet", {name: [3.0, 4.0]})
        made.commit()
        made.step(kind=kind)
        (hit,) = made.searcher().search(vector=np.array([0, 2], np.float32), k=1)
        assert (hit.id, round(hit.score, 3)) == (name, 0.8)


def test_copies_are_no_errors(tmp_path: Path) -> None:
    vectors = clusters(600, 16)
    vectors[::6] = vectors[0]
    made = library(tmp_path, vectors)

    outcome = made.index(kind="exact")

    assert outcome is not None and outcome.report["recall"]["at"]["10"]["value"] == 1


# ---- below the least recall -----------------------------------------------------------------------------------


def test_an_index_of_too_low_recall_is_kept_as_a_candidate(made: Library) -> None:
    made.index(kind="exact")
    before = answers(made)

    outcome = made.index(kind="ivf", min_recall=1.0, store="int8")

    assert outcome is not None and outcome.version is None
    assert outcome.verdict.startswith("recall@10 0.") and outcome.verdict.endswith("floor of 1.0")
    assert Path(outcome.folder).parent == made.root / "index" / "_candidates"
    assert {"index.json", "report.json", "report.html", "base-0", "held"} < set(os.listdir(outcome.folder))
    assert INDEXES.numbers(str(made.root / "index")) == [1]
    assert answers(made) == before


def test_two_builders_at_once(made: Library) -> None:
    with building(str(made.root / "index")), pytest.raises(RequestError, match="is being built by another process"):
        made.index(kind="exact")

    assert made.index(kind="exact") is not None
