"""One suite over every store: `MemoryStore` defines the meaning, the others are held to it."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.helpers import cloud_stores, drive
from tests.helpers.cloud_stores import CloudStore
from transforms.common.errors import StoreRefusedError, StoreUnavailableError
from transforms.storage import files, object_stores
from transforms.storage.store import Store

CLOUD = ("s3", "gs", "azfs")
KINDS = ("memory", "disk", drive.Drive.scheme(), drive.Cluster.scheme(), *CLOUD)
EXCLUSIVE = ("memory", "disk", *CLOUD)
"""Those that decide between two writers themselves."""


@pytest.fixture(
    scope="module", params=[pytest.param(kind, marks=[pytest.mark.cloud] * (kind in CLOUD)) for kind in KINDS]
)
def kind(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """A kind of store, and a root in it."""
    name, folder = request.param, tmp_path_factory.mktemp(request.param)
    if name not in CLOUD:
        yield name, {"memory": f"mem://{folder.name}", "disk": str(folder)}.get(name, f"{name}:/{folder}")
        return
    if reason := cloud_stores.missing(name):
        pytest.skip(reason)
    with cloud_stores.running(name, folder) as found, pytest.MonkeyPatch.context() as patch:
        for variable, value in found.environment.items():
            patch.setenv(variable, value)
        yield name, found.root


@pytest.fixture
def root(kind: tuple[str, str], request: pytest.FixtureRequest) -> str:
    """An empty folder in the store."""
    return files.join(kind[1], request.node.name.partition("[")[0])


@pytest.fixture
def store(root: str) -> Store:
    return files.store_of(root)


def test_what_was_written_is_read_whole_and_in_part(store: Store, root: str) -> None:
    path = files.join(root, "a", "file.bin")
    store.write(path, b"0123456789")

    assert store.read(path) == b"0123456789"
    assert store.read(path, 3) == b"3456789"
    assert store.read(path, 3, 4) == b"3456"
    assert store.read(path, 8, 100) == b"89"
    assert store.read(path, 3, 0) == b""
    found = store.entry(path)
    assert found is not None
    assert (found.path, found.size) == (path, 10)


def test_a_file_is_replaced_as_a_whole(store: Store, root: str) -> None:
    path = files.join(root, "file")
    store.write(path, b"a longer content")
    before = store.entry(path)
    store.write(path, io.BytesIO(b"new"))

    assert store.read(path) == b"new"
    assert before is not None
    assert store.entry(path) != before
    assert store.names(root) == ["file"]


def test_a_large_file_is_written_from_a_stream(store: Store, root: str) -> None:
    content = bytes(range(256)) * (11 << 12)  # of more than one part of an upload in parts
    store.write(files.join(root, "large"), io.BytesIO(content))

    assert store.read(files.join(root, "large")) == content
    with files.open_read(files.join(root, "large")) as stream:
        assert stream.read(7) == content[:7]
        assert stream.seek(-5, io.SEEK_END) == len(content) - 5
        assert stream.read() == content[-5:]
        assert stream.read(1) == b""
        stream.seek(1000)
        assert stream.read() == content[1000:]


def test_a_file_that_is_not_there_is_told_from_one_that_is_empty(store: Store, root: str) -> None:
    path = files.join(root, "file")

    assert store.entry(path) is None
    for read in (lambda: store.read(path), lambda: store.copy(path, files.join(root, "other"))):
        with pytest.raises(FileNotFoundError):
            read()
    store.write(path, b"")
    assert store.read(path) == b""
    assert files.read(path) == b""
    with files.open_read(path) as stream:
        assert stream.read() == b""


def test_a_file_is_created_once_and_then_left_alone(store: Store, root: str) -> None:
    path = files.join(root, "new", "file")

    files.create(path, b"first")
    with pytest.raises(FileExistsError):
        store.create(path, b"second")
    with pytest.raises(FileExistsError):
        files.create(path, b"second")
    files.create(path, b"first")  # as a store answers when an upload that succeeded is tried again

    assert store.read(path) == b"first"
    assert store.names(files.join(root, "new")) == ["file"]


def test_of_many_who_create_a_file_at_once_one_succeeds(kind: tuple[str, str], store: Store, root: str) -> None:
    if kind[0] not in EXCLUSIVE:
        pytest.skip("Beam's file systems have nothing of the kind")
    start = threading.Barrier(8)

    def attempt(number: int) -> int | None:
        start.wait()
        try:
            store.create(files.join(root, "file"), b"%d" % number * 1000)
        except FileExistsError:
            return None
        return number

    with ThreadPoolExecutor(8) as pool:
        won = [number for number in pool.map(attempt, range(8)) if number is not None]

    assert len(won) == 1
    assert store.read(files.join(root, "file")) == b"%d" % won[0] * 1000


def test_files_and_folders_are_listed(store: Store, root: str) -> None:
    for name in ("b/c/d", "b/e", "a", "ab"):
        store.write(files.join(root, name), name.encode())

    assert store.names(root) == ["a", "ab", "b"]
    assert store.names(root + "/") == ["a", "ab", "b"]
    assert store.names(files.join(root, "b")) == ["c", "e"]
    assert [entry.path for entry in store.below(root)] == [
        files.join(root, name) for name in ("a", "ab", "b/c/d", "b/e")
    ]
    assert [entry.size for entry in store.below(files.join(root, "b"))] == [5, 3]
    assert store.names(files.join(root, "nowhere")) == []
    assert store.below(files.join(root, "nowhere")) == []


def test_a_file_is_copied_and_deleted(store: Store, root: str) -> None:
    store.write(files.join(root, "a"), b"content")
    store.write(files.join(root, "b"), b"replaced")
    store.copy(files.join(root, "a"), files.join(root, "b"))
    store.delete(files.join(root, "a"))
    store.delete(files.join(root, "a"))

    assert store.names(root) == ["b"]
    assert store.read(files.join(root, "b")) == b"content"


@pytest.mark.parametrize("name", ["with space", "per%20cent", "plus+sign", "ümläut", "a#b?c=d&e", "eq=1", ".hidden"])
def test_any_name_is_a_name(store: Store, root: str, name: str) -> None:
    store.write(files.join(root, name), b"content")

    assert store.read(files.join(root, name)) == b"content"
    assert name in store.names(root)
    assert files.join(root, name) in [entry.path for entry in store.below(root)]


@pytest.mark.parametrize("limit", [0, 1 << 40])
def test_a_large_file_is_copied(store: Store, root: str, limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """S3 itself copies no more than 5 GB: then the content goes through this machine."""
    monkeypatch.setattr(object_stores, "_MOST_COPIED", limit)
    content = bytes(range(256)) * (6 << 12)
    store.write(files.join(root, "a"), content)
    store.copy(files.join(root, "a"), files.join(root, "b"))

    assert store.read(files.join(root, "b")) == content
    with pytest.raises(FileNotFoundError):
        store.copy(files.join(root, "no"), files.join(root, "c"))


def test_entries_say_when_they_were_written(store: Store, root: str) -> None:
    started = time.time() - 5
    store.write(files.join(root, "file"), b"content")

    (listed,) = store.below(root)
    assert listed == store.entry(listed.path)
    assert started < listed.modified < time.time() + 5


def test_nothing_is_seen_of_a_file_that_is_not_finished(root: str) -> None:
    path = files.join(root, "file")
    with pytest.raises(ValueError), files.publish(path) as temporary:
        with files.open_write(temporary) as stream:
            stream.write(b"half")
        raise ValueError
    assert files.names(root) == []
    with files.publish(path) as temporary, files.open_write(temporary) as stream:
        stream.write(b"whole")
        assert not files.exists(path)
    assert files.read(path) == b"whole"
    assert files.names(root) == ["file"]


# ---- cloud stores that fail -------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["s3", "gs"])
def cloud(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CloudStore]:
    if reason := cloud_stores.missing(request.param):
        pytest.skip(reason)
    with cloud_stores.running(request.param, tmp_path_factory.mktemp("store")) as found:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in found.environment.items():
                patch.setenv(name, value)
            patch.setenv("VECTORMILL_STORE_PATIENCE", "5")
            yield found


@pytest.mark.cloud
@pytest.mark.parametrize("fault", ["503", "slow", "answer cut", "upload cut", "answer lost"])
def test_what_fails_now_and_then_is_asked_again(cloud: CloudStore, fault: str) -> None:
    content = bytes(range(256)) * (6 << 12)
    store = files.store_of(cloud.root)
    cloud.proxy.share, cloud.proxy.only = 0.2, (fault,)
    try:
        for number in range(4):
            path = files.join(cloud.root, fault, str(number))
            files.create(path + ".marker", str(number).encode())
            store.write(path, io.BytesIO(content))
            assert store.read(path) == content
            assert files.read(path + ".marker") == str(number).encode()
    finally:
        cloud.proxy.share = 0.0
    assert len(store.names(files.join(cloud.root, fault))) == 8


@pytest.mark.cloud
def test_a_store_that_never_answers_is_said_in_one_line(cloud: CloudStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VECTORMILL_STORE_PATIENCE", "0.5")
    cloud.proxy.share, cloud.proxy.only = 1.0, ("503",)
    try:
        with pytest.raises(
            StoreUnavailableError, match=r"the store does not answer \(503 Service Unavailable, SlowDown\)"
        ):
            files.read(files.join(cloud.root, "file"))
    finally:
        cloud.proxy.share = 0.0


@pytest.mark.cloud
def test_a_bucket_that_is_not_there_is_named(cloud: CloudStore) -> None:
    other = cloud.root.replace("vectormill-test", "no-such-bucket")
    for ask in (
        lambda: files.read(other + "/file"),
        lambda: files.names(other + "/folder"),
        lambda: files.write(other + "/file", b"content"),
        lambda: files.create(other + "/file", b"content"),
    ):
        with pytest.raises(StoreRefusedError, match="no-such-bucket: there is no such bucket: check the address"):
            ask()
