from __future__ import annotations

import os
from pathlib import Path

import pytest

from transforms import files


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


def test_beams_file_systems_serve_whatever_has_a_scheme() -> None:
    from apache_beam.io.filesystems import FileSystems

    path = "inmemorytest://nowhere/file"
    assert not files.is_local(path)
    with pytest.raises(ValueError, match="inmemorytest"):
        files.exists(path)
    assert FileSystems.get_scheme(path) == "inmemorytest"
