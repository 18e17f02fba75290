"""Versions that are published on a disk and in a store: whole or not there, and of two publishers one."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

import pytest

from transforms.common.errors import RequestError, RunError
from transforms.storage import files, folders
from transforms.storage.memory_store import MemoryStore
from transforms.storage.numbered_versions import Versions

THINGS = Versions(noun="thing", marker="marker", work="making")


@pytest.fixture(params=["disk", "memory"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / "name") if request.param == "disk" else f"mem://{tmp_path.name}/name"


def built(root: str, tmp_path: Path, content: str) -> str:
    """A finished folder, not yet published."""
    folder = tmp_path / f"built-{content}" if not files.is_local(root) else Path(root, "_runs", content)
    for name in ("a/deep/file", "marker", "b"):
        files.write(str(folder / name), f"{content} {name}".encode())
    return str(folder)


def content_of(folder: str) -> set[str]:
    """The first words of all files of a version: one, if it is nobody else's."""
    found = [entry for entry in files.below(folder) if not entry.path.endswith(".files.json")]
    assert len(found) == 3
    return {files.read(entry.path).decode().split()[0] for entry in found}


def test_versions_are_numbered_and_found(root: str, tmp_path: Path) -> None:
    assert THINGS.newest(root) is None
    THINGS.require_writable(root)

    assert THINGS.publish(built(root, tmp_path, "one"), root, after=None) == 1
    assert THINGS.publish(built(root, tmp_path, "two"), root, after=1) == 2

    THINGS.require_writable(root)
    assert THINGS.numbers(root) == [1, 2]
    assert THINGS.located(root) == (root, 2)
    assert THINGS.located(f"{root}/1/") == (root, 1)
    assert [content_of(f"{root}/{number}") for number in (1, 2)] == [{"one"}, {"two"}]
    assert files.names(f"{root}/_runs") == []


def test_who_was_compared_with_an_older_version_is_not_published(root: str, tmp_path: Path) -> None:
    THINGS.publish(built(root, tmp_path, "one"), root, after=None)

    with pytest.raises(RunError, match="got version 1 from another making while this one worked"):
        THINGS.publish(built(root, tmp_path, "late"), root, after=None)

    assert THINGS.numbers(root) == [1]
    assert content_of(f"{root}/1") == {"one"}


@pytest.mark.parametrize("turn", range(5))
def test_of_publishers_at_once_one_wins_and_the_others_are_told(root: str, tmp_path: Path, turn: int) -> None:
    folders_built = [built(root, tmp_path, f"p{number}") for number in range(4)]
    start = threading.Barrier(4)

    def attempt(number: int) -> str | None:
        start.wait()
        try:
            THINGS.publish(folders_built[number], root, after=None)
        except RunError as error:
            assert "got version 1 from another making" in str(error)
            return None
        return f"p{number}"

    with ThreadPoolExecutor(4) as pool:
        won = [name for name in pool.map(attempt, range(4)) if name is not None]

    assert len(won) == 1
    assert content_of(f"{root}/1") == set(won)
    assert THINGS.numbers(root) == [1]


def test_a_candidate_takes_the_place_of_the_one_before(root: str, tmp_path: Path) -> None:
    THINGS.set_aside(built(root, tmp_path, "one"), root, "key")
    folder = THINGS.set_aside(built(root, tmp_path, "two"), root, "other")

    assert files.names(f"{root}/_candidates") == ["other"]
    assert content_of(folder) == {"two"}
    assert THINGS.newest(root) is None


def test_a_folder_of_something_else_takes_no_versions(root: str) -> None:
    files.write(f"{root}/letter.txt", b"")

    with pytest.raises(RequestError, match="holds something else"):
        THINGS.require_writable(root)


# ---- in a store -------------------------------------------------------------------------------------------


@pytest.fixture
def remote(tmp_path: Path) -> str:
    return f"mem://{tmp_path.name}/name"


@pytest.mark.parametrize("survivors", range(7))
def test_a_publisher_that_is_killed_leaves_no_half_version(
    remote: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, survivors: int
) -> None:
    """It is killed after so many writes; then another one publishes, and a third one after that."""
    left, write = [survivors], MemoryStore.write

    def killed(self: MemoryStore, path: str, content: bytes | IO[bytes]) -> None:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        write(self, path, content)

    monkeypatch.setattr(folders, "_AT_ONCE", 1)
    with monkeypatch.context() as patch:
        patch.setattr(MemoryStore, "write", killed)
        with pytest.raises(KeyboardInterrupt):
            THINGS.publish(built(remote, tmp_path, "killed"), remote, after=None)
    assert THINGS.numbers(remote) == []

    committed = files.exists(f"{remote}/.commits/1.json")
    THINGS.finish_commits(remote)
    assert THINGS.numbers(remote) == ([1] if committed else [])
    THINGS.publish(built(remote, tmp_path, "next"), remote, after=THINGS.newest(remote))

    assert [content_of(f"{remote}/{number}") for number in THINGS.numbers(remote)] == (
        [{"killed"}, {"next"}] if committed else [{"next"}]
    )


def test_a_commit_whose_upload_was_deleted_frees_its_number(remote: str, tmp_path: Path) -> None:
    commit = json.dumps({"format": "vectormill-commit-1", "upload": "upload-gone"}).encode()
    files.create(f"{remote}/.commits/1.json", commit)

    THINGS.require_writable(remote)

    assert THINGS.publish(built(remote, tmp_path, "one"), remote, after=None) == 1


def test_what_a_newer_release_committed_is_refused(remote: str) -> None:
    files.create(f"{remote}/.commits/1.json", b'{"format": "vectormill-commit-2"}')

    with pytest.raises(RequestError, match="newer Vectormill"):
        THINGS.require_writable(remote)


def test_files_that_an_earlier_version_has_are_copied_inside_the_store(
    remote: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    THINGS.publish(built(remote, tmp_path, "one"), remote, after=None)
    copied: list[str] = []
    copy = MemoryStore.copy

    def watched(self: MemoryStore, source: str, destination: str) -> None:
        copied.append(source)
        copy(self, source, destination)

    monkeypatch.setattr(MemoryStore, "copy", watched)
    again = Path(built(remote, tmp_path, "one"))
    (again / "b").write_bytes(b"changed")
    THINGS.publish(str(again), remote, after=1, like=[f"{remote}/1"])

    assert {path.removeprefix(f"{remote}/1/") for path in copied if path.startswith(f"{remote}/1/")} == {
        "a/deep/file",
        "marker",
    }
    assert files.read(f"{remote}/2/b") == b"changed"
    assert files.read(f"{remote}/2/a/deep/file") == b"one a/deep/file"


def test_unfinished_work_in_a_store_is_removed_when_nobody_wrote_to_it_for_a_week(
    remote: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1_000_000_000.0]
    monkeypatch.setattr("transforms.storage.memory_store.time.time", lambda: now[0])
    for name in ("upload-1/a/file", "upload-1/b", "build/shards/0/codes", "build/draft.json"):
        files.write(f"{remote}/_runs/{name}", b"content")
    now[0] += 4 * 24 * 3600
    files.write(f"{remote}/_runs/build/shards/1/codes", b"content")

    now[0] += 3 * 24 * 3600
    THINGS.require_writable(remote)
    assert files.names(f"{remote}/_runs") == ["build", "upload-1"]
    now[0] += 1
    THINGS.require_writable(remote)
    assert files.names(f"{remote}/_runs") == ["build"]
    assert THINGS.publish(built(remote, tmp_path, "one"), remote, after=None) == 1
    now[0] += 5 * 24 * 3600
    THINGS.require_writable(remote)
    assert (files.names(f"{remote}/_runs"), THINGS.numbers(remote)) == ([], [1])
