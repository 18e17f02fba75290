from __future__ import annotations

import dataclasses
import errno
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import fakes
from tests.helpers.drive import Drive
from tests.helpers.embedding import Corpus, embed, expected, job, rows, without_fingerprints
from transforms.common.errors import RequestError
from transforms.storage import files


def test_what_was_published_is_there_whole(tmp_path: Path) -> None:
    path = str(tmp_path / "new" / "folder" / "file.bin")

    files.write(path, b"content")

    assert files.read(path) == b"content"
    assert files.size(path) == 7
    assert os.listdir(tmp_path / "new" / "folder") == ["file.bin"]


def test_nothing_is_seen_before_the_end_and_only_a_hidden_name_before_that(tmp_path: Path) -> None:
    path = str(tmp_path / "file.bin")
    with files.publish(path) as temporary:
        with files.open_write(temporary) as stream:
            stream.write(b"half")
        assert not files.exists(path)
        assert all(name.startswith(".") for name in files.names(str(tmp_path)))
    assert files.names(str(tmp_path)) == ["file.bin"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, GeneratorExit])
def test_a_failed_block_leaves_what_was_there_and_nothing_else(tmp_path: Path, error: type[BaseException]) -> None:
    path = str(tmp_path / "file.bin")
    files.write(path, b"old")

    with pytest.raises(error), files.publish(path) as temporary:
        Path(temporary).write_bytes(b"new")
        raise error

    assert files.read(path) == b"old"
    assert files.names(str(tmp_path)) == ["file.bin"]


def test_deleting_what_is_gone_is_fine(tmp_path: Path) -> None:
    files.write(str(tmp_path / "a"), b"a")

    files.delete([str(tmp_path / "a"), str(tmp_path / "b")])

    assert files.names(str(tmp_path)) == []
    assert files.names(str(tmp_path / "nowhere")) == []


@pytest.mark.parametrize(
    ("root", "parts", "joined"),
    [("/a", ("b", "c"), "/a/b/c"), ("/a/", ("b",), "/a/b"), ("/", ("b",), "/b"), ("gs://x/y", ("z",), "gs://x/y/z")],
)
def test_paths_are_joined_with_one_stroke(root: str, parts: tuple[str, ...], joined: str) -> None:
    assert files.join(root, *parts) == joined


# ---- Beam's file systems ----------------------------------------------------------------------------------


@pytest.fixture(params=["drive", "cluster"])
def remote(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A folder on a file system that has a scheme."""
    Drive.deleted.clear()
    return f"{request.param}:/{tmp_path}"


def test_small_files_on_a_beam_file_system(remote: str) -> None:
    path = files.join(remote, "new", "file.txt.gz")

    assert not files.exists(path)
    files.write(path, b"old")
    files.write(path, b"not compressed")

    assert files.exists(path)
    assert files.read(path) == b"not compressed"
    assert files.size(path) == 14
    assert files.names(files.join(remote, "new")) == ["file.txt.gz"]
    assert files.names(files.join(remote, "nowhere")) == []
    with pytest.raises(ValueError), files.publish(path) as temporary:
        files.open_write(temporary).close()
        raise ValueError
    files.delete([path, path])
    assert files.names(files.join(remote, "new")) == []
    with pytest.raises(FileNotFoundError):
        files.size(path)


def test_an_object_is_replaced_without_being_deleted_first(tmp_path: Path) -> None:
    Drive.deleted.clear()
    path = f"drive:/{tmp_path}/file"

    files.write(path, b"old")
    files.write(path, b"new")

    assert files.read(path) == b"new"
    assert Drive.deleted == []


def test_folders_of_a_remote_store_are_told_too(remote: str) -> None:
    for name in ("a/b/c", "a/d", "e"):
        files.write(files.join(remote, name), b"")

    assert files.names(remote) == ["a", "e"]
    assert files.names(files.join(remote, "a")) == ["b", "d"]


def test_an_unknown_scheme_has_no_file_system() -> None:
    files.require_file_system("drive://anywhere")
    with pytest.raises(RequestError, match="there is no file system for floppy:// here: give a local path"):
        files.require_file_system("floppy://a")
    with pytest.raises(RequestError, match="files of the web are not fetched: download it first"):
        files.require_file_system("https://a/b.csv")


# ---- files that only one writer makes ---------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["", "drive:/", "cluster:/"])
def test_a_file_is_created_once_and_then_left_alone(tmp_path: Path, scheme: str) -> None:
    path = f"{scheme}{tmp_path}/new/file"

    files.create(path, b"first")
    with pytest.raises(FileExistsError):
        files.create(path, b"second")
    files.create(path, b"first")  # as a store answers when an upload that succeeded is tried again

    assert files.read(path) == b"first"
    assert files.names(files.join(f"{scheme}{tmp_path}", "new")) == ["file"]


@pytest.mark.parametrize("links", [True, False])
def test_of_many_who_create_a_file_at_once_one_succeeds(
    tmp_path: Path, links: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not links:

        def refuse(*_: object) -> None:
            raise PermissionError(errno.EPERM, "no hard links here")

        monkeypatch.setattr(os, "link", refuse)
    path = str(tmp_path / "file")
    start = threading.Barrier(8)

    def attempt(number: int) -> int | None:
        start.wait()
        try:
            files.create(path, b"%d" % number * 10_000)
        except FileExistsError:
            return None
        return number

    with ThreadPoolExecutor(8) as pool:
        won = [number for number in pool.map(attempt, range(8)) if number is not None]

    assert len(won) == 1
    assert files.read(path) == b"%d" % won[0] * 10_000
    assert files.names(str(tmp_path)) == ["file"]


def test_what_cannot_be_written_is_no_file_that_exists(tmp_path: Path) -> None:
    Path(tmp_path, "file").touch()
    with pytest.raises(NotADirectoryError):
        files.create(str(tmp_path / "file" / "below"), b"content")


# ---- a table ----------------------------------------------------------------------------------------------


def test_corpus_and_table_on_a_beam_file_system(corpus: Corpus, tmp_path: Path) -> None:
    corpus.write("a.txt", ["one", "two"])
    corpus.write("b.txt", ["three"])
    table = f"drive:/{tmp_path}/table"
    inputs = f"drive:/{corpus.root}"

    def again() -> Any:
        made = job(corpus, table, part_format="tfrecord", shard_items=1)
        return embed(dataclasses.replace(made, inputs=(inputs,)))

    assert again().rows == 3
    assert again().committed is False
    corpus.write("a.txt", ["two", "four"])
    corpus.remove("b.txt")
    fakes.forget()
    assert again().version == 1
    assert fakes.encoded() == {b"four": 1}
    local = str(tmp_path / "table")
    want = without_fingerprints(expected(corpus))
    assert without_fingerprints(rows(local)) == want
    assert len(rows(local, version=0)) == 3
