"""Copies golden files: those that an earlier release wrote, with the values that it read from them in `expected.json`.

They were made at /golden, with relative paths wherever paths are stored; their corpora have the times that are stored with them.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

DATA = Path(__file__).parents[1] / "data"


def expected(name: str) -> dict[str, Any]:
    """The values that the earlier release read, floats to five digits."""
    found: dict[str, Any] = json.loads((DATA / name / "expected.json").read_text())
    return found


def copy_of(name: str, root: Path) -> Path:
    """`root/name`, with the times of its corpus. What an update compares says that it was made there."""
    folder = root / name
    shutil.copytree(DATA / name, folder)
    for path, time in expected(name).get("times", {}).items():
        there = folder / Path(path).relative_to(name) if path.startswith(f"{name}/") else folder / path
        if there.exists():
            os.utime(there, ns=(time, time))
    return folder


def move_origin(folder: Path, name: str) -> None:
    """Makes the copy the place where its indexes were made: they know their tables by path."""
    for path in folder.rglob("index.json"):
        path.write_text(path.read_text().replace(f'"/golden/{name}/', f'"{folder}/'))


def assert_same(found: Any, wanted: Any, *, tolerance: float = 2e-4, at: str = "") -> None:
    """Nested values are the same but for the last digits of floats."""
    if isinstance(wanted, dict):
        assert found.keys() == wanted.keys(), at
        for name in wanted:
            assert_same(found[name], wanted[name], tolerance=tolerance, at=f"{at}/{name}")
    elif isinstance(wanted, list):
        assert len(found) == len(wanted), at
        for place, (one, other) in enumerate(zip(found, wanted, strict=True)):
            assert_same(one, other, tolerance=tolerance, at=f"{at}/{place}")
    elif isinstance(wanted, float):
        assert found == pytest.approx(wanted, abs=tolerance), at
    else:
        assert found == wanted, at
