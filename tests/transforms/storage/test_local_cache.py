"""Local copies of folders in a store: downloaded once, verified, and kept within a limit."""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from transforms.common.errors import RunError
from transforms.storage import files, folders, local_cache
from transforms.storage.local_cache import local_copy
from transforms.storage.memory_store import MemoryStore
from transforms.storage.mirror import Mirror

pytestmark = pytest.mark.usefixtures("own_cache")


@pytest.fixture
def remote(tmp_path: Path) -> str:
    return f"mem://{tmp_path.name}/folder"


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths that are read."""
    found: list[str] = []
    read = MemoryStore.read

    def watched(self: MemoryStore, path: str, start: int = 0, size: int | None = None) -> bytes:
        found.append(files.basename(path))
        return read(self, path, start, size)

    monkeypatch.setattr(MemoryStore, "read", watched)
    return found


def published(remote: str, content: bytes = b"content") -> None:
    with folders.built(remote) as work:
        files.write(f"{work}/a/file", content)
        files.write(f"{work}/empty", b"")


def test_a_local_folder_is_its_own_copy(tmp_path: Path) -> None:
    assert local_copy(str(tmp_path)) == str(tmp_path)


def test_a_folder_is_downloaded_once(remote: str, reads: list[str]) -> None:
    published(remote)

    first, second = local_copy(remote), local_copy(remote)

    assert first == second
    assert files.read(f"{first}/a/file") == b"content"
    assert files.read(f"{first}/empty") == b""
    assert reads == [".files.json", "file", ".files.json"]


def test_another_content_of_the_same_name_is_downloaded_again(remote: str) -> None:
    published(remote)
    before = local_copy(remote)
    published(remote, b"other")

    assert files.read(f"{local_copy(remote)}/a/file") == b"other"
    assert files.read(f"{before}/a/file") == b"content"


def test_what_is_not_what_was_published_is_refused(remote: str) -> None:
    published(remote)
    files.write(f"{remote}/a/file", b"damaged")

    with pytest.raises(RunError, match="a/file is not what was published there"):
        local_copy(remote)

    files.write(f"{remote}/a/file", b"content")
    assert files.read(f"{local_copy(remote)}/a/file") == b"content"


def test_a_folder_that_was_copied_there_by_hand_is_read_as_listed(remote: str) -> None:
    files.write(f"{remote}/a", b"by hand")
    before = local_copy(remote)
    files.write(f"{remote}/a", b"changed")

    assert files.read(f"{before}/a") == b"by hand"
    assert files.read(f"{local_copy(remote)}/a") == b"changed"
    with pytest.raises(FileNotFoundError):
        local_copy(f"{remote}/nowhere")


def test_over_the_limit_the_longest_unused_is_removed_but_nothing_in_use(
    remote: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VECTORMILL_STORE_CACHE_GB", "0.00000025")
    places = []
    for number in range(3):
        published(f"{remote}{number}", b"%d" % number * 100)
        places.append(local_copy(f"{remote}{number}"))
        os.utime(places[-1], (number, number))
    assert all(map(os.path.isdir, places))  # this process has them open

    for place in places:
        local_cache._in_use.pop(place).close()
    local_copy(f"{remote}2")

    assert [os.path.isdir(place) for place in places] == [False, True, True]
    assert files.read(f"{local_copy(f'{remote}0')}/a/file") == b"0" * 100


def test_two_processes_that_open_a_folder_at_once_do_not_wait_for_each_others_end(remote: str) -> None:
    published(remote)
    place = local_copy(remote)
    opened_by_another = local_cache._in_use.pop(place)  # which holds its lock as long as it runs
    shutil.rmtree(place)  # as if this one had asked before the other's download was whole

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(local_copy, remote).result(timeout=60) == place
    assert not opened_by_another.closed


def test_a_state_goes_on_from_where_it_was_saved(remote: str) -> None:
    first = Mirror(remote)
    files.write(f"{first.local}/weights-1", b"one")
    first.save()
    files.write(f"{first.local}/weights-2", b"two")
    files.delete([f"{first.local}/weights-1"])
    first.save()
    files.write(f"{first.local}/weights-3", b"not saved")

    second = Mirror(remote)

    assert files.names(second.local) == ["weights-2"]
    assert files.read(f"{second.local}/weights-2") == b"two"
    assert len(files.names(remote)) == 2  # the state, and the one file


def test_a_killed_save_leaves_the_state_before(remote: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first = Mirror(remote)
    files.write(f"{first.local}/weights", b"one")
    first.save()
    files.write(f"{first.local}/weights", b"two")

    def killed(path: str, content: bytes) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(files, "write", killed)
        with pytest.raises(KeyboardInterrupt):
            first.save()

    second = Mirror(remote)
    assert files.read(f"{second.local}/weights") == b"one"
