from __future__ import annotations

import builtins
import dataclasses
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from apache_beam.io.filesystem import CompressionTypes, FileMetadata, FileSystem

from tests.helpers import fakes
from tests.helpers.embedding import Corpus, embed, expected, job, rows, without_fingerprints
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


class Drive(FileSystem):  # type: ignore[misc]
    """A store with a scheme, as far as `files` and the readers ask: drive://PATH is the local PATH."""

    @classmethod
    def scheme(cls) -> str:
        return "drive"

    @staticmethod
    def _path(uri: str) -> str:
        return "/" + uri.removeprefix("drive://").lstrip("/")

    def open(self, path: str, mime_type: str = "", compression_type: str = CompressionTypes.AUTO) -> Any:
        assert compression_type == CompressionTypes.UNCOMPRESSED
        return builtins.open(self._path(path), "rb")

    def create(self, path: str, mime_type: str = "", compression_type: str = CompressionTypes.AUTO) -> Any:
        assert compression_type == CompressionTypes.UNCOMPRESSED
        os.makedirs(os.path.dirname(self._path(path)), exist_ok=True)  # as object stores do
        return builtins.open(self._path(path), "wb")

    def exists(self, path: str) -> bool:
        return os.path.isfile(self._path(path))

    def size(self, path: str) -> int:
        return os.path.getsize(self._path(path))

    def delete(self, paths: list[str]) -> None:
        for path in paths:
            os.remove(self._path(path))

    def rename(self, source_file_names: list[str], destination_file_names: list[str]) -> None:
        for source, destination in zip(source_file_names, destination_file_names, strict=True):
            assert not self.exists(destination)
            os.rename(self._path(source), self._path(destination))

    def _list(self, dir_or_prefix: str) -> Iterator[FileMetadata]:
        for folder, _, names in os.walk(self._path(dir_or_prefix)):
            for name in names:
                path = os.path.join(folder, name)
                yield FileMetadata(f"drive:/{path}", os.path.getsize(path), os.stat(path).st_mtime)

    def last_updated(self, path: str) -> float:
        return os.stat(self._path(path)).st_mtime

    def checksum(self, path: str) -> str:
        return str(self.size(path))

    def metadata(self, path: str) -> FileMetadata:
        return FileMetadata(path, self.size(path), self.last_updated(path))

    def join(self, basepath: str, *paths: str) -> str:
        return "/".join([basepath.rstrip("/"), *paths])

    def split(self, path: str) -> tuple[str, str]:
        head, _, tail = path.rpartition("/")
        return head, tail

    def mkdirs(self, path: str) -> None:
        os.makedirs(self._path(path))

    def has_dirs(self) -> bool:
        return False

    def copy(self, source_file_names: list[str], destination_file_names: list[str]) -> None:
        raise NotImplementedError


def test_small_files_on_a_beam_file_system(tmp_path: Path) -> None:
    root = f"drive:/{tmp_path}"
    path = files.join(root, "new", "file.txt.gz")

    assert not files.exists(path)
    files.write(path, b"old")
    files.write(path, b"not compressed")

    assert files.exists(path)
    assert files.read(path) == b"not compressed"
    assert files.size(path) == 14
    assert files.names(files.join(root, "new")) == ["file.txt.gz"]
    assert files.names(files.join(root, "nowhere")) == []
    with pytest.raises(ValueError), files.publish(path) as temporary:
        files.open_write(temporary).close()
        raise ValueError
    files.delete([path, path])
    assert files.names(files.join(root, "new")) == []


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
