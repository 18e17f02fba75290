"""Receipts and rewritten parts combined group by group: a commit of many groups is that of one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from apache_beam.options.pipeline_options import PipelineOptions

from pipelines.embed import CommitVersion, run
from tests.helpers import fakes
from tests.helpers.embedding import Corpus, embed, expected, job, rows, shard_ids
from transforms.common.errors import RunError
from transforms.common.progress import Meter
from transforms.embed.combine import combine, read_outcome
from transforms.embed.commit import commit
from transforms.embed.plan import make_plan
from transforms.embed.plan_file import load_shards, load_summary, save_plan
from transforms.embed.shard_line import ShardLine
from transforms.table.ledger import Receipt
from transforms.table.open import existing, open_log


@pytest.fixture
def pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Groups of two."""
    monkeypatch.setattr("transforms.embed.plan_file.GROUP_SIZE", 2)


def worked(made: Any) -> list[Receipt]:
    plan = make_plan(made, open_log(made.table, made.part_format).snapshot())
    save_plan(made, plan)
    line = ShardLine(made, schema=plan.schema, load=made.encoder.load, meter=Meter())
    return list(line.run(load_shards(made, range(len(plan.shards)))))


def test_a_run_of_many_groups_makes_the_table_that_one_group_makes(corpus: Corpus, table: str, pairs: None) -> None:
    # Repeats over the shards of a large file, parts that lose rows, parts that stay, and ids that are numbered on.
    corpus.write("large.txt", ["again", *(f"line {row % 700} {'x' * 90}" for row in range(1500)), "again"])
    for name in "abcdefg":
        corpus.write(f"{name}.txt", [f"{name} {row}" for row in range(3)])
    first = run(job(corpus, table, shard_items=2), PipelineOptions([]))
    assert len(shard_files(table)) == 0  # the plan is forgotten
    assert rows(table) == expected(corpus)
    for name in "aceg":
        corpus.remove(f"{name}.txt")
    corpus.write("large.txt", [*corpus.lines("large.txt"), "again", "more"])

    second = run(job(corpus, table, shard_items=2), PipelineOptions([]))

    assert rows(table) == expected(corpus)
    assert (first["version"], second["version"]) == (0, 1)
    assert (second["encoded"], second["reused"]) == (1, 1503)


def test_a_run_that_ended_between_its_groups_and_the_commit_is_finished_without_encoding(
    corpus: Corpus, table: str, pairs: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "abcde":
        corpus.write(f"{name}.txt", [name])
    with monkeypatch.context() as patch:
        patch.setattr("pipelines.embed.commit", lambda *_: 1 / 0)
        with pytest.raises(Exception, match="division by zero"):
            run(job(corpus, table, shard_items=1), PipelineOptions([]))
    assert open_log(table).snapshot() is None
    fakes.forget()

    summary = run(job(corpus, table, shard_items=1), PipelineOptions([]))

    assert fakes.LOADS == []
    assert (summary["version"], summary["encoded"], summary["written"]) == (0, 0, 5)
    assert rows(table) == expected(corpus)


def shard_files(table: str) -> list[str]:
    runs = Path(table, "_vectormill", "runs")
    return [path.name for path in runs.rglob("*") if path.is_file() and path.name not in ("plan.json", "summary.json")]


def test_what_is_unfinished_is_counted_over_all_groups(corpus: Corpus, table: str, pairs: None) -> None:
    for name in "abcde":
        corpus.write(f"{name}.txt", [name])
    made = job(corpus, table, shard_items=1)
    receipts = worked(made)
    plan = load_summary(made)
    stranger = {**vars(receipts[0]), "shard": "0" * 32}

    combine(made, plan, "shards-00000", [receipts[1], Receipt(**stranger)])  # of a plan that was made again
    combine(made, plan, "shards-00002", [receipts[4]])

    assert read_outcome(made, "shards-00000").unfinished == 1
    with pytest.raises(RunError, match="3 of 5 shards are unfinished: run the same command again"):
        commit(made, plan, ["shards-00000", "shards-00002"])
    assert open_log(table).snapshot() is None


def test_parts_are_added_in_the_order_of_the_plan(corpus: Corpus, table: str, pairs: None) -> None:
    for name in "abc":
        corpus.write(f"{name}.txt", [name])
    made = job(corpus, table, shard_items=1)
    receipts = worked(made)

    combine(made, load_summary(made), "shards-00000", [receipts[1], receipts[0]])

    assert [part.name for part in read_outcome(made, "shards-00000").parts] == [
        f"part-{shard}.parquet" for shard in shard_ids(made)[:2]
    ]


def test_a_commit_that_a_runner_tries_again_gives_the_same_summary(corpus: Corpus, table: str) -> None:
    corpus.write("a.txt", ["one", "two"])
    made = job(corpus, table)
    receipts = worked(made)
    combine(made, load_summary(made), "shards-00000", receipts)

    (first,) = CommitVersion(made).process((0, ["planned", "shards-00000"]))
    (again,) = CommitVersion(made).process((0, ["planned", "shards-00000"]))

    assert {**again, "finished": None} == {**first, "finished": None, "notes": list(first["notes"])}
    assert (first["version"], first["encoded"]) == (0, 2)
    assert existing(table).version == 0


def test_a_version_of_many_parts_is_read_from_a_checkpoint(
    corpus: Corpus, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("transforms.table.delta_log._CHECKPOINT_AT", 3)
    for name in "abc":
        corpus.write(f"{name}.txt", [name])
    embed(job(corpus, table, shard_items=1))
    corpus.write("d.txt", ["d"])
    embed(job(corpus, table, shard_items=1))

    assert [path.name for path in Path(table, "_delta_log").glob("*.checkpoint.parquet")] == [
        f"{0:020}.checkpoint.parquet"
    ]
    assert [snapshot.version for snapshot in open_log(table).history()] == [1, 0]
    assert rows(table) == expected(corpus)
    assert set(rows(table, version=0)) == {name for name in expected(corpus) if not name.startswith("d.txt")}
