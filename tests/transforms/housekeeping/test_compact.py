"""A compaction changes which parts there are, and nothing that anybody sees of the rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import fakes
from tests.helpers.embedding import FORMATS, Corpus, embed, expected, job, rows
from tests.helpers.indexes import Library, bytes_of, ids_of, library, random_vectors
from transforms.common.errors import RunError
from transforms.housekeeping.compact import compact, compact_if_many
from transforms.table.compactions import Compactions
from transforms.table.delta_log import DeltaLog
from transforms.table.open import existing

both = pytest.mark.parametrize("part_format", FORMATS)


def nightly(corpus: Corpus, table: str, nights: int, **asked: Any) -> None:
    for night in range(nights):
        corpus.write(f"{night:02}.txt", [f"{night} {row}" for row in range(3)])
        embed(job(corpus, table, **asked))


@both
def test_a_compacted_table_has_the_same_rows_in_few_parts(corpus: Corpus, table: str, part_format: Any) -> None:
    nightly(corpus, table, 5, part_format=part_format)
    before = rows(table)

    done = compact(table, run="compaction")

    assert (done.version, done.changed, done.rows, done.parts, done.parts_before) == (5, True, 15, 1, 5)
    assert rows(table) == before == expected(corpus)
    assert rows(table, version=4) == before
    assert existing(table).rows_version == 4
    assert compact(table, run="again").changed is False
    fakes.forget()
    assert embed(job(corpus, table, part_format=part_format)).committed is False
    corpus.write("02.txt", ["2 0", "another"])
    corpus.remove("04.txt")
    embed(job(corpus, table, part_format=part_format))
    assert fakes.encoded() == {b"another": 1}
    assert rows(table) == expected(corpus)
    assert existing(table).rows_version == 6
    assert (compact(table, run="third").parts, existing(table).rows_version) == (1, 6)
    assert rows(table) == expected(corpus)


def test_readers_of_changes_are_told_that_nothing_changed(corpus: Corpus, table: str) -> None:
    nightly(corpus, table, 3)

    compact(table, run="compaction")

    lines = (Path(table) / "_delta_log" / f"{3:020}.json").read_text().splitlines()
    actions = [json.loads(line) for line in lines]
    changes = [action[kind]["dataChange"] for action in actions for kind in ("add", "remove") if kind in action]
    assert changes == [False] * 4


def test_only_small_parts_are_written_together_and_only_where_there_are_many(corpus: Corpus, table: str) -> None:
    nightly(corpus, table, 4)
    corpus.write("large.txt", [f"large {row}" for row in range(400)])
    embed(job(corpus, table))
    small = max(
        size for _, size in sorted((p.stat().st_size, p.stat().st_size) for p in Path(table).glob("part-*"))[:4]
    )

    assert compact_if_many(table, run="few", most=5) is None
    done = compact(table, run="some", small_bytes=small + 1)

    assert (done.parts, done.parts_before) == (2, 5)
    assert rows(table) == expected(corpus)
    assert compact_if_many(table, run="many", most=1) is not None
    assert len(existing(table).parts) == 1


def test_of_two_writers_at_once_one_wins(corpus: Corpus, table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    nightly(corpus, table, 3)
    commit = DeltaLog.commit

    def late(self: DeltaLog, **given: Any) -> int:
        monkeypatch.setattr(DeltaLog, "commit", commit)
        corpus.write("new.txt", ["meanwhile"])
        embed(job(corpus, table))
        return commit(self, **given)

    monkeypatch.setattr(DeltaLog, "commit", late)

    with pytest.raises(RunError, match="got version 3 from another run while this one worked"):
        compact(table, run="loser")

    assert rows(table) == expected(corpus)
    assert compact(table, run="winner").version == 4
    assert rows(table) == expected(corpus)


@both
def test_one_killed_at_its_commit_changes_nothing(
    corpus: Corpus, table: str, monkeypatch: pytest.MonkeyPatch, part_format: Any
) -> None:
    nightly(corpus, table, 3, part_format=part_format)
    with monkeypatch.context() as patch:
        patch.setattr("transforms.table.ledger.write_ledger", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            compact(table, run="killed")

    assert existing(table).version == 2
    assert rows(table) == expected(corpus)
    assert compact(table, run="again").parts == 1
    assert rows(table) == expected(corpus)


def test_an_index_sees_no_change_and_its_updates_stay_small(tmp_path: Path) -> None:
    books = library(tmp_path, random_vectors(60), sources=6)
    books.index()
    before = bytes_of(tmp_path / "index" / "1")

    compact(books.table, run="first")

    assert books.index() is None
    books.put("new.parquet", {"new": random_vectors(1, seed=9)[0].tolist()}, label="a")
    books.commit()
    compact(books.table, run="second")
    outcome = books.index()
    assert outcome is not None and outcome.version == 2
    assert outcome.report["data"]["change"]["added"] == 1
    after = bytes_of(tmp_path / "index" / "2")
    assert {name: content for name, content in after.items() if name.startswith("base-0/")} == {
        name: content for name, content in before.items() if name.startswith("base-0/")
    }
    assert _searches_as_anew(books)
    books.edit("0.parquet", drop=["r0000"])
    books.commit()
    compact(books.table, run="third")
    outcome = books.index()
    assert outcome is not None and outcome.report["data"]["change"]["removed"] == 1
    assert _searches_as_anew(books)
    assert books.index() is None


def _searches_as_anew(books: Library) -> bool:
    books.index("anew", rebuild=True)
    queries = random_vectors(5, seed=3)
    searchers = [books.searcher(name) for name in ("index", "anew")]
    found = [ids_of(searcher, row) for searcher in searchers for row in searcher.nearest(queries, 5)[0]]
    return found[:5] == found[5:]


def test_parts_are_followed_across_compactions() -> None:
    known = Compactions({"x": ["a", "b"], "y": ["x", "c"], "z": ["gone", "d"]})

    assert known.origins_among("y", {"a", "b", "c"}) == {"a", "b", "c"}
    assert known.origins_among("y", {"x", "c", "a"}) == {"x", "c"}
    assert known.origins_among("z", {"d"}) is None
    assert known.have_same_rows(["y", "d"], ["a", "b", "c", "d"])
    assert not known.have_same_rows(["y"], ["a", "b", "c", "d"])
    assert not known.have_same_rows(["y", "e"], ["a", "b", "c"])
    assert known.with_origins("y") == {"y", "x", "a", "b", "c"}
    assert known.without(["x"]) == ["y", "z"]
