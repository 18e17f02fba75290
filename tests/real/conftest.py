"""The real corpora and encoders that lie beside the repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from launch.cli import run

SHARED = Path(__file__).parents[3] / "shared"


@pytest.fixture(scope="session")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache for the whole session, so that an encoder is built once."""
    return tmp_path_factory.mktemp("state")


@pytest.fixture(autouse=True)
def caches(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VECTORMILL_CACHE_DIR", str(state))
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(SHARED / "tfhub"))


@pytest.fixture
def corpora() -> Path:
    path = SHARED / "corpora"
    if not path.is_dir():
        pytest.skip(f"the corpora are not at {path}")
    return path


@pytest.fixture
def mobilenet() -> str:
    handle = "https://tfhub.dev/google/imagenet/mobilenet_v2_100_224/feature_vector/5"
    if not (SHARED / "tfhub").is_dir():
        pytest.skip(f"the TF Hub cache is not at {SHARED / 'tfhub'}")
    return handle


def vectormill(*arguments: object) -> None:
    """Runs the command in this process; it must do its work."""
    assert run([str(argument) for argument in arguments]) == 0
