"""A table of 300 rows for tests of splits and labels."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.helpers import heads


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """300 rows in two sources, with columns for labels, groups and sides; not to be changed."""
    root = tmp_path_factory.mktemp("kept")
    made = heads.news(300)
    for number, row in enumerate(made):
        row["grade"] = number % 3
        row["urgent"] = number % 2 == 0
        row["tags"] = ("a;b", "b", "", None, "a")[number % 5]
        row["author"] = None if number % 50 == 0 else f"author {number // 10}"
        row["part"] = ("train", "train", "train", "Dev", "test", None)[number % 6]
        row["strange"] = "maybe" if number == 7 else "train"
        row["weight"] = number / 7
    heads.embedded(root, made[:200], source="a.parquet")
    heads.embedded(root, made[200:], source="more/b.parquet")
    return root


@pytest.fixture
def kept_table(kept: Path, tmp_path: Path) -> str:
    """A copy of it, without the salts of other tests."""
    shutil.copytree(kept / "table", tmp_path / "table")
    return str(tmp_path / "table")
