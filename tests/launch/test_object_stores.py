"""Commands whose corpus, table and index are in a cloud store, and what a person sees where the store refuses or fails.

The imitated stores live in this process. `show` is left out: deltalake reads a table's history without letting others run.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers import cloud_stores, fakes
from tests.helpers.cloud_stores import CloudStore
from tests.launch.conftest import Command
from transforms.storage import files, local_cache

pytestmark = pytest.mark.cloud


@pytest.fixture(scope="module", params=["s3", "gs"])
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CloudStore]:
    if reason := cloud_stores.missing(request.param):
        pytest.skip(reason)
    with cloud_stores.running(request.param, tmp_path_factory.mktemp("store")) as found:
        yield found


@pytest.fixture
def store(running: CloudStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CloudStore]:
    for name, value in running.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("VECTORMILL_STORE_PATIENCE", "1")
    monkeypatch.setenv("VECTORMILL_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(local_cache, "_in_use", {})
    yield CloudStore(f"{running.root}/{tmp_path.name}", running.proxy, running.environment)
    running.proxy.share = 0.0


@pytest.fixture
def embed(vectormill: Command, store: CloudStore) -> tuple[str, ...]:
    """The command that embeds a corpus of the store into a table there."""
    for name in ("a", "b"):
        content = "".join(f"{name} {number}\n" for number in range(20))
        files.write(f"{store.root}/corpus/{name}.txt", content.encode())
    return ("embed", f"{store.root}/corpus", "--to", f"{store.root}/table", "--encoder", "fake-text")


def test_a_table_and_an_index_in_a_store_are_kept_up_to_date(
    vectormill: Command, store: CloudStore, embed: tuple[str, ...]
) -> None:
    assert "version 0, 40 rows" in vectormill(*embed).output()
    assert "nothing to do" in vectormill(*embed).output()
    index = ("index", f"{store.root}/table", "--to", f"{store.root}/index")
    assert f"{store.root}/index/1" in vectormill(*index).output()
    files.write(f"{store.root}/corpus/a.txt", b"a 0\nnew\n")
    fakes.forget()
    assert "version 1, 22 rows" in vectormill(*embed).output()
    assert fakes.encoded() == {b"new": 1}
    assert f"{store.root}/index/2" in vectormill(*index).output()


@pytest.mark.parametrize(
    ("fault", "code", "printed"),
    [
        ("503", 1, "the store does not answer ("),
        (
            "403",
            2,
            "the store refuses access, with these credentials or without any (",
        ),
        ("expired", 2, "the store refuses access, with these credentials or without any ("),
        ("elsewhere", 2, "is in another region: name it in AWS_REGION"),
        ("other region", 2, "is in another region: name it in AWS_REGION"),
        ("answer cut", 1, "the store does not answer ("),
        ("answer lost", 1, "the store does not answer ("),
    ],
)
def test_a_store_that_fails_is_one_line_and_the_same_command_finishes(
    vectormill: Command, store: CloudStore, embed: tuple[str, ...], fault: str, code: int, printed: str
) -> None:
    """It fails from the start, and then from some request in the middle on."""
    if "region" in printed and not store.root.startswith("s3://"):
        pytest.skip("other stores find a bucket in any region")
    index = ("index", f"{store.root}/table", "--to", f"{store.root}/index")
    for command in (embed, index):
        left = [6]

        def fails_now(method: str, path: str, left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] == 0:
                store.proxy.share = 1.0

        store.proxy.only = (fault,)
        store.proxy.share = 1.0
        assert printed in vectormill(*command).complaint(code)
        store.proxy.share = 0.0
        store.proxy.after = fails_now
        assert printed in vectormill(*command).complaint(code)
        store.proxy.share, store.proxy.after = 0.0, lambda method, path: None
        assert not files.names(f"{store.root}/index")[1:]
        vectormill(*command).output()
    assert files.exists(f"{store.root}/index/1/index.json")


def test_a_bucket_that_is_not_there_is_one_line(vectormill: Command, store: CloudStore, embed: tuple[str, ...]) -> None:
    vectormill(*embed).output()
    before = store.proxy.seen["requests"]
    other = store.root.replace(cloud_stores.BUCKET, "no-such-bucket")
    for command in (
        (*embed[:3], f"{other}/table", *embed[4:]),
        ("embed", f"{other}/corpus", *embed[2:]),
        ("index", f"{store.root}/table", "--to", f"{other}/index"),
        ("index", f"{other}/table", "--to", f"{store.root}/index"),
        ("search", f"{other}/index", "words"),
    ):
        assert "no-such-bucket: there is no such bucket: check the address" in vectormill(*command).complaint(2)
    assert store.proxy.seen["requests"] - before < 150, "a store that says no is asked over and over"


def test_missing_credentials_are_one_line(
    vectormill: Command, store: CloudStore, embed: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in store.environment:
        monkeypatch.delenv(name)
    if store.root.startswith("s3://"):
        monkeypatch.setenv("AWS_METADATA_ENDPOINT", "http://127.0.0.1:1")
    bucket = store.root.replace(cloud_stores.BUCKET, "a-bucket-of-ours")

    printed = vectormill(*(part.replace(store.root, bucket) for part in embed)).complaint(2)

    assert "the store refuses access, with these credentials or without any (" in printed


def test_a_refresh_keeps_what_is_in_a_store_fresh(
    vectormill: Command, store: CloudStore, embed: tuple[str, ...], tmp_path: Path
) -> None:
    """The job file and its records are on a disk."""
    job = tmp_path / "job.yaml"
    job.write_text(
        f"tables:\n  news: {{inputs: {store.root}/corpus, to: {store.root}/table, encoder: fake-text}}\n"
        f"indexes:\n  news: {{table: news, to: {store.root}/index}}\n"
    )

    assert "2 done" in vectormill("refresh", job).out
    assert "nothing to do" in vectormill("refresh", job).out
    files.write(f"{store.root}/corpus/a.txt", b"a 0\nnew\n")
    assert "2 due" in vectormill("refresh", job, "--dry-run").out
    assert "2 done" in vectormill("refresh", job).out
    assert [name for name in files.names(f"{store.root}/index") if name.isdigit()] == ["1", "2"]
    assert "nothing to do" in vectormill("refresh", job).out
