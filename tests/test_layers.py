"""Imports go one way: launch -> pipelines -> transforms, and inside transforms from a room to lower ones only."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.layers import HEADS, PACKAGES, ROOMS, SEARCH, Levels, arrows, counts, package_arrows, upward

ROOT = Path(__file__).parents[1]


def test_packages_import_downward_only() -> None:
    assert upward(package_arrows(ROOT, [name for level in PACKAGES for name in level]), PACKAGES) == []


@pytest.mark.parametrize(
    ("folder", "levels"), [("transforms", ROOMS), ("transforms/heads", HEADS), ("transforms/search", SEARCH)]
)
def test_rooms_import_downward_only(folder: str, levels: Levels) -> None:
    assert upward(arrows(ROOT, folder), levels) == []
    assert counts(ROOT, folder).circles == 0


def test_every_room_has_a_level() -> None:
    rooms = {path.name for path in (ROOT / "transforms").iterdir() if (path / "__init__.py").exists()}
    assert rooms == {room for level in ROOMS for room in level}


def test_an_upward_import_is_seen(tmp_path: Path) -> None:
    for name, text in (("common/a.py", "def f():\n    from transforms.table import b\n"), ("table/b.py", "")):
        path = tmp_path / "transforms" / name
        path.parent.mkdir(parents=True)
        path.write_text(text)
        (path.parent / "__init__.py").touch()
    found = arrows(tmp_path, "transforms")
    assert upward(found, ROOMS) == ["transforms.common.a -> transforms.table.b"]
    assert upward(found, [("table",), ("common",)]) == []
