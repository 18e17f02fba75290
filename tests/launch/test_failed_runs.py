"""Runs that fail: exit code 1, one line, the table as it was, and the same command goes on from what is finished."""

from __future__ import annotations

import errno
import json
import os
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import embedding, fakes
from tests.helpers.embedding import Corpus, rows
from tests.launch.conftest import Command, Embed, Newsroom, letters, unchanged, version
from transforms.encoders.spec import Encoder
from transforms.storage import files


def texts(table: str) -> set[str]:
    return {row["text"] for row in rows(table).values()}


# ---- items ------------------------------------------------------------------------------------------------


def test_too_many_dead_letters(embed: Embed, corpus: Corpus, made: str) -> None:
    corpus.write("new.txt", [f"line {number}" for number in range(95)] + ["POISON 1", "POISON 2"])

    with unchanged(made):
        complaint = embed(corpus.root).complaint(1)

    assert complaint.startswith("2 of 99 items cannot be embedded (2 ValueError, first new.txt#")
    assert complaint.endswith(
        f"; the limit is 0.01 of them. All are in {made}/_dead;"
        " to go on without them, run again with --max-dead-fraction 1"
    )
    assert [why for _, _, why in letters(made).values()] == [f"cannot encode b'POISON {n}'" for n in (1, 2)]


def test_after_too_many_dead_letters_the_finished_parts_are_used(embed: Embed, corpus: Corpus, made: str) -> None:
    corpus.write("new.txt", ["three", "POISON"])
    embed(corpus.root).complaint(1)
    assert fakes.encoded() == Counter([b"three"])
    fakes.forget()

    printed = json.loads(embed(corpus.root, "--max-dead-fraction", 1, "--json").output())

    assert (printed["version"], printed["rows"], printed["encoded"], printed["dead"]) == (1, 3, 0, 1)
    assert fakes.CALLS == fakes.LOADS == []
    assert texts(made) == {"the first", "the second", "three"}


def test_one_dead_letter_in_a_hundred_is_let_pass(embed: Embed, corpus: Corpus, table: str) -> None:
    corpus.write("a.txt", [*(f"line {number}" for number in range(99)), "POISON"])

    assert "99 rows" in embed(corpus.root).output()
    assert len(letters(table)) == 1


def test_duplicate_ids_are_named(embed: Embed, table: str, tmp_path: Path) -> None:
    names = ["a", "b", "b", "c", "two\nlines", "two\nlines"]
    items = tmp_path / "items.jsonl"
    items.write_text("".join(json.dumps({"id": x, "text": f"text {n}"}) + "\n" for n, x in enumerate(names)))

    with unchanged(table):
        complaint = embed(items, "--id-column", "id").complaint(1)

    assert complaint == (
        r"2 ids stand for more than one item: 'b' in items.jsonl (2 times); 'two\nlines' in items.jsonl (2 times);"
        " choose an --id-column whose values are unique"
    )


def test_an_id_that_the_table_has_from_another_source(embed: Embed, table: str, tmp_path: Path) -> None:
    corpus = Corpus(tmp_path / "ids")
    corpus.write("a.csv", ["id,text", "1,one"])
    embed(corpus.root, "--id-column", "id").output()
    corpus.write("b.csv", ["id,text", "1,another"])

    with unchanged(table):
        complaint = embed(corpus.root, "--id-column", "id").complaint(1)

    assert complaint.startswith("1 id stands for more than one item: '1' in a.csv and b.csv (2 times);")


# ---- the encoder ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Unloadable(fakes.FakeResolved):
    """An encoder that nobody expected to fail."""

    def load(self) -> Encoder:
        raise ZeroDivisionError("the first line\nthe last line")


@pytest.mark.parametrize("flag", [[], ["--json"], ["--dry-run"]])
def test_an_error_that_nobody_expected(
    flag: list[str], embed: Embed, vectormill: Command, corpus: Corpus, made: str
) -> None:
    vectormill.encoders["fake-text"] = Unloadable(fakes.text_encoder().spec)
    corpus.write("new.txt", ["three"])

    with unchanged(made):
        complaint = embed(corpus.root, *flag).complaint(1)

    assert "ZeroDivisionError" in complaint
    assert complaint.endswith("(`vectormill --verbose …` shows where)")


def test_verbose_shows_where(vectormill: Command, corpus: Corpus, made: str) -> None:
    vectormill.encoders["fake-text"] = Unloadable(fakes.text_encoder().spec)
    corpus.write("new.txt", ["three"])

    with unchanged(made):
        failed = vectormill("--verbose", "embed", corpus.root, "--to", made, "--encoder", "fake-text")
        refused = vectormill("--verbose", "embed", corpus.root, "--to", made, "--encoder", "fake-text", "--drop-text")

    assert (failed.code, refused.code) == (1, 2)
    assert 'raise ZeroDivisionError("the first line' in failed.err
    assert "in require_same_columns" in refused.err
    assert failed.err.splitlines()[-1].startswith("vectormill: ZeroDivisionError: the last line")
    assert refused.err.splitlines()[-1].startswith(f"vectormill: {made} has the columns ")


# ---- the disk ---------------------------------------------------------------------------------------------

FULL = "the disk of {} is full: free some space and run the same command again, finished parts are kept"


class FullDisk:
    """A stream to a disk that has room for so many bytes."""

    def __init__(self, stream: Any, room: int) -> None:
        self._stream = stream
        self._room = room

    def write(self, data: bytes) -> int:
        self._room -= len(data)
        if self._room < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return int(self._stream.write(data))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@pytest.mark.parametrize("part_format", embedding.FORMATS)
def test_a_disk_that_fills_up_while_a_part_is_written(
    part_format: str, embed: Embed, corpus: Corpus, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "abc":
        corpus.write(f"{name}.txt", [name])
    asked = (corpus.root, "--format", part_format, "--shard-items", 1)
    open_write = files.open_write
    parts: list[str] = []

    def with_room_for_one_part(path: str) -> Any:
        if ".part-" not in path or "receipts" in path:
            return open_write(path)
        parts.append(path)
        return FullDisk(open_write(path), 1_000_000 if len(parts) == 1 else 10)

    with unchanged(table):
        with monkeypatch.context() as patch:
            for opener in ("open_write", "open_native_write"):
                patch.setattr(files, opener, with_room_for_one_part)
            complaint = embed(*asked).complaint(1)
    assert complaint == FULL.format(table)
    assert embedding.visible(table) == {name for name in os.listdir(table) if name.startswith("part-")}
    (finished,) = embedding.visible(table)
    fakes.forget()

    embed(*asked).output()

    assert texts(table) == {"a", "b", "c"}
    assert len(fakes.encoded()) == 2
    assert finished in os.listdir(table)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MB."""
    path = tmp_path / "disk"
    path.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(path)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("mounting a small disk is not permitted here")
    try:
        yield path
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True)


def test_a_real_disk_that_fills_up(embed: Embed, corpus: Corpus, disk: Path) -> None:
    """With a little more room at each try it fills up ever later: in the plan, in a part, in the commit."""
    table = str(disk / "table")
    corpus.write("0.txt", ["the first"])
    embed(corpus.root, to=table).output()
    for name in "123":
        corpus.write(f"{name}.txt", [f"line {number} of {name}" for number in range(400)])
    ballast = disk / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as stream:
        while True:
            stream.write(bytes(4096))

    tries = 0
    while (outcome := embed(corpus.root, "--shard-items", 1, to=table)).code:
        assert outcome.complaint(1) == FULL.format(table)
        assert (version(table), len(rows(table))) == (0, 1)
        os.truncate(ballast, max(ballast.stat().st_size - 40_000, 0))
        fakes.forget()
        tries += 1
    assert tries >= 3
    assert version(table) == 1
    assert len(rows(table)) == 1201
    assert len(fakes.encoded()) < 1200


def test_a_disk_that_fills_up_while_tensorflow_writes(
    newsmill: Command, bare_newsroom: Newsroom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its error is no OSError."""
    import tensorflow as tf

    def full(graph: str, *_: object) -> None:
        raise tf.errors.ResourceExhaustedError(None, None, f"{graph}/variables; {os.strerror(errno.ENOSPC)}")

    table = bare_newsroom.copy(tmp_path).table
    monkeypatch.setattr("pipelines.train.save_transform", full)

    complaint = newsmill("train", table, "--to", tmp_path / "model", "--no-leakage-check").complaint(1)

    assert complaint == FULL.format(tmp_path / "model")


# ---- two runs at once -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Overtaken(fakes.FakeResolved):
    """While it loads, another run of the job of its spec's note is done from begin to end."""

    corpus: Path | None = None
    table: str = ""
    part_format: Any = "parquet"

    def load(self) -> Encoder:
        assert self.corpus is not None
        embedding.embed(embedding.job(self.corpus, self.table, part_format=self.part_format))
        return super().load()


@pytest.mark.parametrize("part_format", embedding.FORMATS)
@pytest.mark.parametrize("is_new", [True, False], ids=["new table", "next version"])
def test_of_two_runs_at_once_one_wins_whole_and_the_other_is_told(
    is_new: bool, part_format: Any, embed: Embed, vectormill: Command, corpus: Corpus, table: str
) -> None:
    corpus.write("a.txt", ["one"])
    if not is_new:
        embed(corpus.root, "--format", part_format).output()
        corpus.write("b.txt", ["two", "three"])
    spec = fakes.text_encoder().spec
    vectormill.encoders["fake-text"] = Overtaken(spec, corpus=corpus.root, table=table, part_format=part_format)

    complaint = embed(corpus.root, "--format", part_format).complaint(1)

    assert complaint == (
        f"{table} got version {0 if is_new else 1} from another run while this one worked:"
        " run the same command again, finished parts are kept"
    )
    expected = embedding.expected(corpus)
    assert rows(table) == expected
    vectormill.encoders["fake-text"] = fakes.text_encoder()
    fakes.forget()
    assert "nothing to do" in embed(corpus.root, "--format", part_format).output()
    assert fakes.CALLS == []
    assert rows(table) == expected
