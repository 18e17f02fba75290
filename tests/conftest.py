"""Fixtures that every folder of tests shares."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers import fakes
from tests.helpers.embedding import Corpus
from transforms.storage import local_cache


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
