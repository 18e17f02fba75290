"""Fixtures that every folder of tests shares."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.helpers import beam_graphs, fakes
from tests.helpers.databases import Postgresql, Sqlite, postgresql_server
from tests.helpers.embedding import Corpus
from transforms.storage import local_cache


def pytest_configure() -> None:
    """What all processes of the suite have: modules are compiled once, and the folders of tests are in memory."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    _put_folders_into("/dev/shm")
    # How fast a machine is that does other things, too, is no property of the code; what fails can be tried again by its blob.
    settings.register_profile(
        "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
    )
    settings.load_profile("any machine")


def _put_folders_into(memory: str) -> None:
    """Where there is enough of it, and no other folder is asked for: on a disk, a file that takes another's place waits."""
    if "TMPDIR" in os.environ or not os.access(memory, os.W_OK | os.X_OK):
        return
    found = os.statvfs(memory)
    if found.f_bavail * found.f_frsize > 4e9 and not found.f_flag & os.ST_NOEXEC:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", memory)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the longest test first, so that no process waits for it at the end."""
    items.sort(key=lambda item: item.path.name != "test_tour.py")


def pytest_collection_finish() -> None:
    """What is imported by now stays: the garbage collector need not go through it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 10, 10)


@pytest.fixture(scope="session", autouse=True)
def small_graphs() -> Iterator[None]:
    """Most tests that run a job spend their time in building its graph."""
    with beam_graphs.built_quickly():
        yield


@pytest.fixture(autouse=True)
def fresh_calls() -> Iterator[None]:
    """Each test counts the fake encoders' calls from nothing."""
    fakes.forget()
    yield
    fakes.forget()


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    """An empty folder for text files."""
    return Corpus(tmp_path / "corpus")


@pytest.fixture
def table(tmp_path: Path) -> str:
    """Where a test's feature table goes; nothing is there yet."""
    return str(tmp_path / "table")


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty cache of what stores hold, for this test alone."""
    monkeypatch.setenv("VECTORMILL_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(local_cache, "_in_use", {})


@pytest.fixture(scope="session")
def server() -> Iterator[Postgresql]:
    """A server of PostgreSQL, for all tests of this process."""
    with postgresql_server() as server:
        server.run("CREATE DATABASE with_vectors")
        replace(server, database="with_vectors").run("CREATE EXTENSION vector")
        yield server


@pytest.fixture
def postgresql(server: Postgresql, monkeypatch: pytest.MonkeyPatch) -> Postgresql:
    """A new database with pgvector, which nothing in the environment tells the password of."""
    for name in ("PGPASSWORD", "PGUSER", "PGHOST", "PGSERVICE", "PGDATABASE"):
        monkeypatch.delenv(name, raising=False)
    number = next(_DATABASES)
    server.run(f"CREATE DATABASE db{number} TEMPLATE with_vectors STRATEGY file_copy")
    return replace(server, database=f"db{number}")


@pytest.fixture
def sqlite(tmp_path: Path) -> Sqlite:
    """A file of SQLite that is not there yet."""
    return Sqlite(tmp_path / "shop.db")


_DATABASES = count()
