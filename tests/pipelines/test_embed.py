"""The embed job as it runs: the whole graph, in this process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from apache_beam.options.pipeline_options import PipelineOptions

from pipelines.dry_run import estimate
from pipelines.embed import run
from tests.helpers import fakes
from tests.helpers.embedding import FORMATS, Corpus, expected, job, rows, settled, visible
from tests.helpers.fakes import DIM, FakeResolved
from transforms.common.errors import RequestError, RunError
from transforms.common.progress import METER
from transforms.embed.job import EmbedJob
from transforms.embed.shard_writer import ShardWriter
from transforms.table.open import existing, open_log

both = pytest.mark.parametrize("part_format", FORMATS)


def embed(made: EmbedJob) -> dict[str, Any]:
    return run(made, PipelineOptions([]))


def label_of(name: str) -> str:
    return name.removesuffix(".txt")


@both
def test_a_corpus_through_its_life(corpus: Corpus, table: str, part_format: Any) -> None:
    corpus.write("neg.txt", [f"bad {row}" for row in range(50)])
    corpus.write("pos.txt", [f"good {row}" for row in range(50)])
    corpus.write("large.txt", [f"large {row % 700} {'x' * 90}" for row in range(2000)])
    asked: dict[str, Any] = {"part_format": part_format, "read": {"labels_from": "file"}}

    first = embed(job(corpus, table, **asked))

    assert first.pop("finished") > 0
    assert set(first.pop("busy")) == {"encode", "write", "wait"}
    assert first == {
        "version": 0, "committed": True, "rows": 2100, "new": 3, "changed": 0, "deleted": 0, "unchanged": 0,
        "encoded": 2100, "reused": 0, "written": 2100, "dead": 0, "skipped": {}, "notes": [],
        "engine": "", "precision": "float32", "cosine": None, "again": 0, "addresses": {}, "cut_off": 0, "unread": 0.0,
    }  # fmt: skip
    assert rows(table) == expected(corpus, label_of=label_of)
    assert (METER.phase, METER.read, METER.encoded, METER.written) == ("committing", 2100, 2100, 2100)
    assert METER.work == METER.work_total == sum(path.stat().st_size for path in corpus.root.iterdir())

    fakes.forget()
    again = embed(job(corpus, table, **asked))
    assert (again["version"], again["committed"], again["unchanged"], again["encoded"]) == (0, False, 3, 0)
    assert fakes.LOADS == []

    lines = corpus.lines("pos.txt")
    corpus.write("pos.txt", [*lines[:7], "edited", *lines[8:30], *lines[31:], "added"])
    edited = embed(job(corpus, table, **asked))
    assert fakes.encoded() == {b"edited": 1, b"added": 1}
    assert (edited["version"], edited["encoded"], edited["reused"], edited["rows"]) == (1, 2, 48, 2100)
    assert rows(table) == expected(corpus, label_of=label_of)

    before = rows(table)
    corpus.remove("neg.txt")
    corpus.touch("large.txt")
    fakes.forget()
    deleted = embed(job(corpus, table, **asked))
    assert (deleted["version"], deleted["deleted"], deleted["changed"], deleted["rows"]) == (2, 1, 1, 2050)
    assert fakes.LOADS == []
    assert rows(table) == expected(corpus, label_of=label_of)
    assert rows(table, version=1) == before


def test_a_wrong_request_is_told_as_one(corpus: Corpus, table: str, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="holds no files"):
        embed(job(corpus, table))
    with pytest.raises(RequestError, match="does not exist"):
        embed(job(tmp_path / "nowhere", table))
    assert not Path(table).exists()
    corpus.write("a.txt", ["one"])
    embed(job(corpus, table))
    with pytest.raises(RequestError, match="vectors of two encoders are never mixed"):
        embed(job(corpus, table, encoder=fakes.text_encoder(fingerprint="fake-2")))
    with pytest.raises(RequestError, match="holds a parquet table"):
        embed(job(corpus, table, part_format="tfrecord"))


@both
def test_a_failed_run_tells_why_and_leaves_the_table_as_it_was(corpus: Corpus, table: str, part_format: Any) -> None:
    corpus.write("a.txt", ["one", "two"])
    embed(job(corpus, table, part_format=part_format))
    corpus.write("b.txt", ["POISON", "three"])

    with pytest.raises(RunError, match="1 of 4 items cannot be embedded"):
        embed(job(corpus, table, part_format=part_format))

    assert (existing(table).version, set(rows(table))) == (0, set(expected(corpus, names=["a.txt"])))
    fakes.forget()
    assert embed(job(corpus, table, part_format=part_format, max_dead_fraction=0.25))["rows"] == 3
    assert fakes.LOADS == []


def test_a_run_may_be_repeated_under_its_own_name(corpus: Corpus, table: str) -> None:
    corpus.write("a.txt", ["one", "two"])

    first = embed(job(corpus, table, run="nightly"))
    again = embed(job(corpus, table, run="nightly"))

    assert (again["version"], again["rows"]) == (first["version"], first["rows"]) == (0, 2)
    assert [version.version for version in open_log(table).history()] == [0]


def test_a_failure_of_an_earlier_try_is_not_told_of_the_next(
    corpus: Corpus, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus.write("a.txt", ["one", "POISON"])
    with pytest.raises(RunError, match="1 of 2 items"):
        embed(job(corpus, table, run="nightly"))
    monkeypatch.setattr("pipelines.embed.load_shard", lambda *_: 1 / 0)

    with pytest.raises(Exception, match="division by zero"):
        embed(job(corpus, table, run="nightly"))


@both
def test_a_table_that_lost_a_part_is_left_alone(corpus: Corpus, table: str, part_format: Any) -> None:
    corpus.write("a.txt", ["one", "two"])
    embed(job(corpus, table, part_format=part_format))
    (part,) = existing(table).parts
    Path(table, part).unlink()
    corpus.write("a.txt", ["one"])

    with pytest.raises(RequestError, match=f"lacks 1 of its 1 parts .{part}."):
        embed(job(corpus, table, part_format=part_format))
    assert open_log(table).snapshot().version == 0


# ---- stopped ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Unloadable(FakeResolved):
    def load(self) -> Any:
        raise RuntimeError("half a model in the cache")


def test_an_encoder_that_cannot_be_loaded_fails_the_run_and_the_next_one_finishes_it(
    corpus: Corpus, table: str
) -> None:
    corpus.write("a.txt", ["one"])
    good = fakes.text_encoder()

    with pytest.raises(Exception, match="half a model in the cache"):
        embed(job(corpus, table, encoder=Unloadable(good.spec, good.fingerprint)))
    assert open_log(table).snapshot() is None

    embed(job(corpus, table))
    assert rows(table) == expected(corpus)


@both
@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_finished_shards_of_a_stopped_run_are_reused(
    corpus: Corpus, table: str, part_format: Any, error: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "abcdef":
        corpus.write(f"{name}.txt", [f"{name} {row}" for row in range(10)])
    asked: dict[str, Any] = {"part_format": part_format, "shard_items": 1}
    finish = ShardWriter.finish
    finished: list[Any] = []

    def finish_or_stop(self: ShardWriter) -> Any:
        if len(finished) == 4:
            raise error("stopped")
        finished.append(None)
        return finish(self)

    with monkeypatch.context() as patch:
        patch.setattr(ShardWriter, "finish", finish_or_stop)
        with pytest.raises(BaseException, match="stopped"):
            embed(job(corpus, table, **asked))
    assert open_log(table, part_format).snapshot() is None
    fakes.forget()

    summary = embed(job(corpus, table, **asked))

    assert sum(fakes.encoded().values()) == summary["encoded"] == 20
    assert rows(table) == expected(corpus)
    assert visible(table) == set()


def test_a_line_that_is_slower_than_the_runner_loses_no_shard(
    corpus: Corpus, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "abcdefgh":
        corpus.write(f"{name}.txt", [name])
    encode = fakes.FakeEncoder.encode

    def slowly(self: fakes.FakeEncoder, items: Any) -> Any:
        time.sleep(0.15)
        return encode(self, items)

    monkeypatch.setattr(fakes.FakeEncoder, "encode", slowly)

    assert embed(job(corpus, table, shard_items=1))["rows"] == 8
    assert rows(table) == expected(corpus)


def test_a_failed_run_leaves_no_thread_behind(corpus: Corpus, table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "abcdef":
        corpus.write(f"{name}.txt", [f"{name} {row}" for row in range(100)])
    monkeypatch.setattr(ShardWriter, "finish", lambda self: 1 / 0)

    with pytest.raises(Exception, match="division by zero"):
        embed(job(corpus, table, shard_items=1))

    assert settled()


_GATED_RUN = """
import sys, threading
from pathlib import Path
from tests.helpers.embedding import job
from transforms.embed.shard_writer import ShardWriter
from pipelines.embed import run
from apache_beam.options.pipeline_options import PipelineOptions

finish, finished = ShardWriter.finish, []

def finish_six(self):
    if len(finished) == 6:
        print("at the gate", flush=True)
        threading.Event().wait()
    finished.append(None)
    return finish(self)

ShardWriter.finish = finish_six
run(job(Path(sys.argv[1]), sys.argv[2], shard_items=2), PipelineOptions([]))
"""


def test_a_run_that_was_killed_is_finished_by_the_same_command(corpus: Corpus, table: str) -> None:
    for number in range(40):
        corpus.write(f"{number:02}.txt", [f"{number} {row}" for row in range(60)])
    process = subprocess.Popen(
        [sys.executable, "-c", _GATED_RUN, str(corpus.root), table],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        text=True,
    )
    receipts = Path(table, "_vectormill", "receipts")
    assert process.stdout is not None
    assert process.stdout.readline() == "at the gate\n"
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    process.stdout.close()
    finished = len([name for name in os.listdir(receipts) if name[0] != "."])
    assert finished == 6
    assert open_log(table).snapshot() is None

    summary = embed(job(corpus, table, shard_items=2))

    assert summary["encoded"] == sum(fakes.encoded().values()) == 2400 - 120 * finished
    assert rows(table) == expected(corpus)
    assert visible(table) == set()


# ---- before a run -----------------------------------------------------------------------------------------


def test_a_dry_run_tries_a_few_items_and_writes_nothing(corpus: Corpus, table: str) -> None:
    corpus.write("a.txt", [f"POISON {row}" if row == 5 else f"line {row:03}" for row in range(500)])

    found = estimate(job(corpus, table))

    assert (found["sources"], found["unchanged"], found["tried"], found["dead"]) == (1, 0, 32, 1)
    assert 400 <= found["items"] <= 600
    assert found["rows_per_second"] > 0 and found["bytes"] > 400 * DIM * 4 * 0.9
    assert not Path(table).exists()


def test_a_dry_run_of_nothing_new_loads_no_encoder(corpus: Corpus, table: str) -> None:
    corpus.write("a.txt", ["one"])
    embed(job(corpus, table))
    fakes.forget()

    found = estimate(job(corpus, table))

    assert (found["sources"], found["unchanged"], found["items"], found["seconds"]) == (0, 1, 0, 0.0)
    assert fakes.LOADS == []
