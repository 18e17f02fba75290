from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.helpers import fakes
from tests.helpers.embedding import FORMATS, Corpus, committed, embed, expected, job, rows, shard_ids, visible
from transforms.common.errors import RequestError, RunError
from transforms.common.progress import Meter
from transforms.corpus.chunks.chunking import Chunking
from transforms.corpus.items import content_hash
from transforms.embed.job import EmbedJob
from transforms.embed.plan import make_plan
from transforms.embed.plan_file import load_shards, save_plan
from transforms.embed.rewrite import without_sources
from transforms.embed.shard_line import ShardLine
from transforms.table.ledger import Receipt
from transforms.table.open import existing, open_log

both = pytest.mark.parametrize("part_format", FORMATS)


def worked(job: EmbedJob) -> list[Receipt]:
    """Everything but the commit of a run that rewrites nothing."""
    plan = make_plan(job, open_log(job.table, job.part_format).snapshot())
    save_plan(job, plan)
    line = ShardLine(job, schema=plan.schema, load=job.encoder.load, meter=Meter())
    return list(line.run(load_shards(job, range(len(plan.shards)))))


@both
def test_a_run_commits_once_however_often_it_tries(corpus: Corpus, table: str, part_format: Any) -> None:
    corpus.write("a.txt", ["one", "two"])
    made = job(corpus, table, part_format=part_format)
    receipts = worked(made)

    first = committed(made, receipts)
    again = committed(made, receipts)

    assert first == again
    assert (first.version, first.committed, first.rows, first.encoded) == (0, True, 2, 2)
    assert [version.version for version in open_log(table).history()] == [0]
    assert rows(table) == expected(corpus)


@both
def test_a_run_that_was_overtaken_commits_nothing(corpus: Corpus, table: str, part_format: Any) -> None:
    corpus.write("a.txt", ["one"])
    embed(job(corpus, table, part_format=part_format))
    corpus.write("b.txt", ["two"])
    slow = job(corpus, table, part_format=part_format)
    receipts = worked(slow)
    corpus.write("c.txt", ["three"])
    embed(job(corpus, table, part_format=part_format))

    with pytest.raises(RunError, match=r"while this one worked|while this run worked"):
        committed(slow, receipts)

    assert existing(table).version == 1
    assert rows(table) == expected(corpus)


def test_a_shard_without_a_receipt_fails_the_run(corpus: Corpus, table: str) -> None:
    for name in "abc":
        corpus.write(f"{name}.txt", [name])
    made = job(corpus, table, shard_items=1)
    receipts = worked(made)

    with pytest.raises(RunError, match="2 of 3 shards are unfinished: run the same command again"):
        committed(made, receipts[1:2])
    assert open_log(table).snapshot() is None


# ---- dead letters -----------------------------------------------------------------------------------------


@both
def test_too_many_dead_letters_fail_the_run_and_tell_why(corpus: Corpus, table: str, part_format: Any) -> None:
    corpus.write("good.txt", [f"line {row}" for row in range(8)])
    asked = {"part_format": part_format, "max_dead_fraction": 0.2, "max_chars": 20}
    embed(job(corpus, table, **asked))
    before = rows(table)
    corpus.write_bytes("bad.txt", b"fine\n" + b"x" * 21 + b"\nPOISON\n\xff\n")

    with pytest.raises(RunError) as caught:
        embed(job(corpus, table, **asked))

    printed = str(caught.value)
    assert printed.startswith("3 of 12 items cannot be embedded (")
    assert all(kind in printed for kind in ("1 TextTooLong", "1 NotUTF8", "1 ValueError", "the limit is 0.2 of them"))
    assert "\n" not in printed and f"{table}/_dead" in printed
    assert existing(table).version == 0 and rows(table) == before
    fakes.forget()
    summary = embed(job(corpus, table, **{**asked, "max_dead_fraction": 0.25}))
    assert fakes.LOADS == []
    assert (summary.version, summary.rows, summary.dead, summary.encoded, summary.written) == (1, 9, 3, 0, 1)


def test_of_many_dead_letters_the_kinds_of_the_first_are_told(
    corpus: Corpus, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("transforms.embed.commit._DEAD_READ", 2)
    for name in "abc":
        corpus.write(f"{name}.txt", ["POISON"])

    with pytest.raises(
        RunError, match=r"^3 of 3 items cannot be embedded \(in 2 of 3 shards: 2 ValueError, first a.txt#"
    ):
        embed(job(corpus, table, shard_items=1))


def test_dead_letters_are_data(corpus: Corpus, table: str) -> None:
    corpus.write_bytes("a.txt", b"good\nPOISON\nNAN!\nbad \xff byte\n")
    corpus.write_bytes("b.csv", b"text,n\n" + b"x" * 100 + b",1\n ,2\n,3\nfour,4,5\n")
    state = {path.name: f"{path.stat().st_size}-{path.stat().st_mtime_ns}" for path in corpus.root.iterdir()}

    embed(job(corpus, table, max_dead_fraction=1, max_chars=20))

    letters = [
        row for name in os.listdir(f"{table}/_dead") for row in pq.read_table(f"{table}/_dead/{name}").to_pylist()
    ]
    assert all(row.pop("fingerprint") == state[row["source"]] for row in letters)
    ids = {row["message"][:12]: row.pop("id") for row in letters}
    assert sorted(letters, key=lambda row: (row["source"], row["error"])) == [
        {"source": "a.txt", "step": "encode", "error": "NonFiniteVector", "message": "the vector holds NaN or infinity"},
        {
            "source": "a.txt",
            "step": "read",
            "error": "NotUTF8",
            "message": "byte 4 is not UTF-8 (invalid start byte): if its file is in another encoding, name it with --encoding",
        },
        {"source": "a.txt", "step": "encode", "error": "ValueError", "message": "cannot encode b'POISON'"},
        {"source": "b.csv", "step": "read", "error": "EmptyText", "message": "the text is empty"},
        {"source": "b.csv", "step": "read", "error": "EmptyText", "message": "the text is empty"},
        {"source": "b.csv", "step": "read", "error": "TextTooLong",
         "message": "the text has 100 bytes, over the limit of 20 characters: raise --max-chars or split it with"
         " --chunk sentences:N"},
        {"source": "b.csv", "step": "read", "error": "WrongColumns", "message": "3 values where 2 are due: four,4,5"},
    ]  # fmt: skip
    assert ids.pop("3 values whe") is None
    x = content_hash(b"x" * 100, modality="text")[:16]
    assert ids["the text has"] == f"b.csv#{x}"


@both
def test_rows_in_are_rows_out_and_dead(corpus: Corpus, table: str, part_format: Any) -> None:
    lines = [("POISON", "x" * 20, "NAN!", "good")[row % 4] + str(row) for row in range(203)]
    corpus.write("a.txt", lines[:150])
    corpus.write("b.txt", lines[150:])

    summary = embed(job(corpus, table, part_format=part_format, max_dead_fraction=1, max_chars=20))

    assert (summary.rows, summary.dead) == (50, 153)
    ledger = existing(table).ledger.to_pylist()
    assert [(row["source"], row["rows"], row["dead"]) for row in ledger] == [("a.txt", 37, 113), ("b.txt", 13, 40)]
    assert [row["text"] for row in rows(table).values()] == [line for line in lines if line.startswith("good")]
    assert rows(table) == {k: v for k, v in expected(corpus).items() if v["text"].startswith("good")}


@both
def test_a_corpus_of_dead_letters_only_is_a_version_without_rows(corpus: Corpus, table: str, part_format: Any) -> None:
    corpus.write("a.txt", ["POISON"])

    summary = embed(job(corpus, table, part_format=part_format, max_dead_fraction=1))
    assert (summary.version, summary.rows, summary.dead) == (0, 0, 1)

    assert embed(job(corpus, table, part_format=part_format, max_dead_fraction=1)).committed is False
    corpus.write("a.txt", ["POISON", "good"])
    assert embed(job(corpus, table, part_format=part_format, max_dead_fraction=1)).version == 1
    assert [row["text"] for row in rows(table).values()] == ["good"]


@both
def test_a_corpus_without_an_item_makes_no_table(corpus: Corpus, table: str, part_format: Any) -> None:
    corpus.write("a.txt", [])
    corpus.write("b.txt", [])

    with pytest.raises(RequestError, match=f"{corpus.root}: holds no item"):
        embed(job(corpus, table, part_format=part_format))
    assert open_log(table).snapshot() is None


@both
def test_a_source_that_lost_its_last_item_leaves_the_table(corpus: Corpus, table: str, part_format: Any) -> None:
    corpus.write("a.txt", ["one"])
    corpus.write("b.txt", ["two"])
    embed(job(corpus, table, part_format=part_format))
    corpus.write("b.txt", [])

    assert embed(job(corpus, table, part_format=part_format)).rows == 1
    assert rows(table) == expected(corpus)
    assert embed(job(corpus, table, part_format=part_format)).committed is False


# ---- ids --------------------------------------------------------------------------------------------------


@both
def test_repeats_over_many_shards_are_numbered_as_in_one(corpus: Corpus, table: str, part_format: Any) -> None:
    # Three shards and more, each with lines of its own, lines that all have, and lines that come several times in each.
    lines = [f"line {row % 40 if row % 3 else row} {'x' * 80}" for row in range(3000)]
    corpus.write("large.txt", ["again", *lines, "again"])
    corpus.write("small.txt", ["again", "again", "line"])

    summary = embed(job(corpus, table, part_format=part_format))

    assert len(existing(table).parts) > 3
    assert summary.rows == 3005
    assert rows(table) == expected(corpus)
    assert visible(table) == set()


@both
def test_repeats_over_many_shards_are_numbered_in_the_order_of_the_file(
    tmp_path: Path, table: str, part_format: Any
) -> None:
    path = tmp_path / "large.csv"
    texts = ["again" if row % 250 == 7 else f"line {row} {'x' * 90}" for row in range(4000)]
    path.write_text("text,place\n" + "".join(f"{text},{row}\n" for row, text in enumerate(texts)))

    embed(job(path, table, part_format=part_format, read={"label_column": "place"}))

    assert len(existing(table).parts) > 4
    again = f"large.csv#{content_hash(b'again', modality='text')[:16]}"
    want = {again if turn == 0 else f"{again}.{turn + 1}": str(7 + 250 * turn) for turn in range(16)}
    assert {name: row["label"] for name, row in rows(table).items() if row["text"] == "again"} == want


@both
def test_repeats_are_numbered_on_when_a_large_file_changes(corpus: Corpus, table: str, part_format: Any) -> None:
    lines = [f"line {row % 200} {'x' * 80}" for row in range(2500)]
    corpus.write("large.txt", lines)
    embed(job(corpus, table, part_format=part_format))
    fakes.forget()
    corpus.write("large.txt", [*lines[:3], "in between", *lines[5:]])

    summary = embed(job(corpus, table, part_format=part_format))

    assert fakes.encoded() == {b"in between": 1}
    assert (summary.encoded, summary.reused) == (1, 2498)
    assert rows(table) == expected(corpus)
    fakes.forget()
    assert embed(job(corpus, table, part_format=part_format)).committed is False


def test_repeats_of_chunks_keep_their_parents(corpus: Corpus, table: str) -> None:
    corpus.write(
        "large.txt", ["One is. Two is.", *(f"Line {row} {'x' * 90}." for row in range(1500)), "One is. Two is."]
    )

    embed(job(corpus, table, read={"chunk": Chunking(unit="sentences", size=1)}))

    found = {name: row for name, row in rows(table).items() if row["text"] in ("One is.", "Two is.")}
    base = min(name for name in found if name.endswith("#1")).removesuffix("#1")
    assert {name: (row["text"], row["parent"]) for name, row in found.items()} == {
        f"{base}#1": ("One is.", base),
        f"{base}#2": ("Two is.", base),
        f"{base}.2#1": ("One is.", f"{base}.2"),
        f"{base}.2#2": ("Two is.", f"{base}.2"),
    }


@both
@pytest.mark.parametrize("files", [1, 2])
def test_ids_of_the_users_that_stand_twice_fail_the_run_by_name(
    tmp_path: Path, table: str, part_format: Any, files: int
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    names = [["1", "x\ny", "3", "4"], ["5", "x\ny", "1", "6"]]
    tables = [pa.table({"text": [f"text {n}" for n in ids], "key": ids}) for ids in names]
    if files == 1:
        tables = [pa.concat_tables(tables)]
    for name, each in zip("ab", tables, strict=False):
        pq.write_table(each, folder / f"{name}.parquet")
    asked: dict[str, Any] = {"part_format": part_format, "read": {"id_column": "key"}, "shard_items": 1}

    with pytest.raises(RunError) as caught:
        embed(job(folder, table, **asked))

    where = "a.parquet" if files == 1 else "a.parquet and b.parquet"
    assert str(caught.value) == (
        f"2 ids stand for more than one item: '1' in {where} (2 times); 'x\\ny' in {where} (2 times);"
        " choose an --id-column whose values are unique"
    )
    assert open_log(table).snapshot() is None


def test_an_id_may_move_from_one_source_to_another(tmp_path: Path, table: str) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.csv").write_text("key,text\n1,one\n2,two\n")
    (folder / "b.csv").write_text("key,text\n3,three\n")
    asked: dict[str, Any] = {"read": {"id_column": "key", "text_column": "text"}}
    embed(job(folder, table, **asked))
    (folder / "a.csv").write_text("key,text\n2,two\n")
    (folder / "b.csv").write_text("key,text\n3,three\n1,one\n")
    fakes.forget()

    summary = embed(job(folder, table, **asked))

    assert {name: (row["source"], row["text"]) for name, row in rows(table).items()} == {
        "1": ("b.csv", "one"),
        "2": ("a.csv", "two"),
        "3": ("b.csv", "three"),
    }
    assert summary.encoded == 0 and fakes.LOADS == []


def test_rows_without_an_id_among_rows_that_have_one_are_unique_over_shards(tmp_path: Path, table: str) -> None:
    path = tmp_path / "a.jsonl"
    lines = [
        {"text": "same" if row % 100 == 0 else f"{row} {'x' * 90}", "key": str(row) if row % 7 else None}
        for row in range(3001)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))

    embed(job(path, table, read={"id_column": "key", "text_column": "text"}))

    assert len(existing(table).parts) > 3
    found = rows(table)
    assert len(found) == 3001
    assert {name: row["text"] for name, row in found.items() if name.isdigit()} == {
        line["key"]: line["text"] for line in lines if line["key"]
    }
    same = f"a.jsonl#{content_hash(b'same', modality='text')[:16]}"
    unnamed = {name for name, row in found.items() if row["text"] == "same" and not name.isdigit()}
    assert unnamed == {same, *(f"{same}.{number}" for number in range(2, 6))}


def test_what_a_killed_run_left_is_tidied_by_the_one_that_finishes(corpus: Corpus, table: str) -> None:
    corpus.write("a.txt", ["one"])
    made = job(corpus, table)
    receipts = worked(made)
    ours = Path(table, f".part-{shard_ids(made)[0]}.parquet.0123abcd.tmp")
    anothers = Path(table, f".part-{'0' * 32}.parquet.0123abcd.tmp")
    ours.touch()
    anothers.touch()

    committed(made, receipts)

    assert visible(table) == {anothers.name}
    corpus.write("b.txt", ["two"])
    corpus.write("c.txt", ["three"])
    embed(job(corpus, table))
    corpus.remove("b.txt")
    rewritten = _rewritten(job(corpus, table))
    Path(table, f".{rewritten}.4567cdef.tmp").touch()
    embed(job(corpus, table))
    assert visible(table) - {name for name in visible(table) if name.startswith("part-")} == {anothers.name}


def _rewritten(made: EmbedJob) -> str:
    plan = make_plan(made, open_log(made.table, made.part_format).snapshot())
    (rewrite,) = plan.rewrites
    new = without_sources(made.table, rewrite, schema=plan.schema, part_format=made.part_format)
    assert new is not None
    Path(made.table, new.name).unlink()
    return new.name


def test_the_summary_of_a_run_in_numbers(corpus: Corpus, table: str) -> None:
    for name in "abcd":
        corpus.write(f"{name}.txt", [f"{name} {row}" for row in range(5)])
    embed(job(corpus, table))
    corpus.write("a.txt", ["a 0", "a 1", "changed", "POISON"])
    corpus.remove("b.txt")
    corpus.write("e.txt", ["e 0"])

    summary = embed(job(corpus, table, max_dead_fraction=1))

    assert dataclasses.asdict(summary) == {
        "version": 1, "committed": True, "rows": 14, "new": 1, "changed": 1, "deleted": 1, "unchanged": 2,
        "encoded": 2, "reused": 2, "written": 4, "dead": 1,
        "skipped": {}, "notes": (), "engine": "", "precision": "float32", "cosine": None,
        "again": 0, "cut_off": 0, "unread": 0.0, "busy": summary.busy, "addresses": {},
    }  # fmt: skip
    assert summary.to_dict() == dataclasses.asdict(summary)
