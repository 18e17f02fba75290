from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.transforms.encoders import models
from transforms.encoders import resolved


@pytest.fixture(autouse=True)
def own_caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test starts with empty caches and with no encoder loaded."""
    monkeypatch.setenv("VECTORMILL_CACHE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / "tfhub"))
    monkeypatch.setattr(resolved, "_loaded", {})


@pytest.fixture(scope="session")
def saved(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("models")
    return {
        "text": models.save_text_model(folder / "text"),
        "image": models.save_image_model(folder / "image"),
        "any_size": models.save_image_model(folder / "any_size", side=None),
        "tf1": models.save_tf1_hub_module(folder / "tf1"),
    }


@pytest.fixture
def copy(saved: dict[str, Path], tmp_path: Path) -> Callable[..., Path]:
    """A copy of a saved model that a test may break."""

    def copied(name: str, to: Path | None = None) -> Path:
        folder = to or tmp_path / name
        shutil.copytree(saved[name], folder)
        return folder

    return copied
