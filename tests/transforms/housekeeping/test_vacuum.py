"""A vacuum deletes what no kept version needs, and nothing else."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import fakes
from tests.helpers.embedding import FORMATS, Corpus, embed, expected, job, rows, visible
from tests.helpers.indexes import library, random_vectors
from transforms.common.errors import RequestError
from transforms.common.progress import METER
from transforms.embed.plan import make_plan
from transforms.embed.plan_file import load_shards, save_plan
from transforms.embed.shard_line import ShardLine
from transforms.housekeeping.compact import compact
from transforms.housekeeping.vacuum import plan_vacuum, vacuum
from transforms.search.store.index_folder import INDEXES
from transforms.table.feature_table import open_table
from transforms.table.open import existing, open_log

both = pytest.mark.parametrize("part_format", FORMATS)


def cleaned(*paths: object, keep: int = 1, hours: float = 168) -> set[str]:
    """What was deleted, in words."""
    plan = plan_vacuum([str(path) for path in paths], keep=keep, hours=hours)
    vacuum(plan)
    return {each.what for each in plan.waste}


def parts(table: str) -> set[str]:
    return {path.name for path in Path(table).glob("part-*")}


def unfinished(corpus: Corpus, table: str, **asked: Any) -> Any:
    """A run that made its parts and was killed before its commit."""
    given = job(corpus, table, **asked)
    plan = make_plan(given, open_log(table).snapshot())
    save_plan(given, plan)
    line = ShardLine(given, schema=plan.schema, load=given.encoder.load, meter=METER)
    list(line.run(load_shards(given, range(len(plan.shards)))))
    return given


@both
def test_the_last_versions_stay_and_older_ones_go(corpus: Corpus, table: str, part_format: Any) -> None:
    want = []
    for night in range(4):
        corpus.write("a.txt", [f"{night} {row}" for row in range(3)])
        embed(job(corpus, table, part_format=part_format))
        want.append(rows(table))
    before = parts(table)
    plan = plan_vacuum([table], keep=2)
    assert parts(table) == before
    assert plan.bytes > 0

    assert cleaned(table, keep=2) == {"older versions", "records of older versions"}

    assert parts(table) == {*existing(table).parts, *existing(table, 2).parts}
    assert (rows(table), rows(table, version=2)) == (want[3], want[2])
    assert open_table(table).versions() == [3, 2]
    assert cleaned(table, keep=2) == set()
    corpus.write("a.txt", ["0 0", "3 1"])
    fakes.forget()
    embed(job(corpus, table, part_format=part_format))
    assert fakes.encoded() == {b"0 0": 1}
    assert rows(table) == expected(corpus)


def test_the_small_parts_of_a_compaction_go(corpus: Corpus, table: str) -> None:
    for night in range(4):
        corpus.write(f"{night}.txt", [f"{night} {row}" for row in range(3)])
        embed(job(corpus, table))
    compact(table, run="compaction")

    cleaned(table)

    assert parts(table) == set(existing(table).parts)
    assert rows(table) == expected(corpus)
    assert len(list(Path(table, "_vectormill", "ledger").iterdir())) == 1


def test_a_run_that_is_at_work_loses_nothing_and_one_that_died_long_ago_does(corpus: Corpus, table: str) -> None:
    corpus.write("a.txt", ["x"])
    embed(job(corpus, table))
    corpus.write("b.txt", ["y", "z"])
    living = unfinished(corpus, table)
    there = parts(table)

    assert cleaned(table) == set()

    assert parts(table) == there
    fakes.forget()
    embed(living)
    assert fakes.encoded() == {}
    corpus.write("c.txt", ["dead"])
    run = unfinished(corpus, table).run
    for path in Path(table).rglob("*"):
        os.utime(path, (1, 1))
    assert cleaned(table) == {"older versions", "records of older versions", "what runs left that never ended"}
    assert parts(table) == set(existing(table).parts)
    assert not list(Path(table, "_vectormill", "runs", run).glob("*"))
    assert rows(table) == {name: row for name, row in expected(corpus).items() if row["text"] != "dead"}
    embed(job(corpus, table))
    assert rows(table) == expected(corpus)
    assert visible(table) == set()


def test_what_an_index_was_made_of_stays(tmp_path: Path) -> None:
    books = library(tmp_path, random_vectors(40), sources=2)
    books.index()
    books.edit("0.parquet", drop=["r0000"])
    books.commit()
    books.edit("0.parquet", drop=["r0002"])
    books.commit()

    plan = plan_vacuum([str(tmp_path)], keep=1)
    vacuum(plan)

    assert plan.pinned == {books.table: [1]}
    assert existing(books.table, 1).rows == 40
    assert open_table(books.table).versions() == [3, 1]
    books.index()
    books.put("new.parquet", {"new": random_vectors(1)[0].tolist()})
    books.commit()
    books.index()
    assert INDEXES.numbers(str(tmp_path / "index")) == [1, 2, 3]
    assert {f"version {number}" for number in (1, 2)} <= cleaned(tmp_path, keep=1)
    assert INDEXES.numbers(str(tmp_path / "index")) == [3]
    assert books.searcher().metadata["rows"] == 39
    assert open_table(books.table).versions() == [4]


def test_a_folder_without_anything_of_ours_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    for path in (tmp_path, tmp_path / "a.txt", tmp_path / "missing"):
        with pytest.raises(RequestError, match="holds no table, model, index or results: check the path"):
            plan_vacuum([str(path)])
