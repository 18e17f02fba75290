"""`vectormill doctor --runner ...` on Prism: a line for what is right, and for what is wrong with its cure."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Any

import pytest

from launch.preflight.examine import examine
from launch.profiles import Profile
from tests.helpers import prism
from tests.helpers.prism import Prism
from tests.launch.conftest import Command

pytestmark = pytest.mark.prism


def checks(outcome: Any) -> dict[str, tuple[bool | None, str]]:
    return {check["name"]: (check["ok"], check["words"]) for check in json.loads(outcome.out)}


def test_a_runner_that_is_ready(service: Prism, vectormill: Command, tmp_path: Path) -> None:
    new, old = tmp_path / "new", tmp_path / "old"
    old.mkdir()

    outcome = vectormill("doctor", *service.options(), "--folder", new, "--folder", old, "--json")

    assert outcome.code == 0, outcome
    found = checks(outcome)
    assert [(name, ok) for name, (ok, _) in found.items()] == [
        ("service", True), ("version", None), ("workers", True), (f"folder {new}", True), (f"folder {old}", True),
    ]  # fmt: skip
    assert found["workers"][1].startswith("they have this release of vectormill")
    assert (new.exists(), os.listdir(old)) == (False, [])


def test_a_folder_that_workers_cannot_write(service: Prism, vectormill: Command, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    outcome = vectormill("doctor", *service.options(), "--folder", tmp_path / "file", "--json")

    assert outcome.code == 1
    assert checks(outcome)[f"folder {tmp_path}/file"][0] is False
    assert outcome.err.splitlines()[-1] == f"vectormill: prism is not ready: folder {tmp_path}/file"


def test_workers_without_the_project(service: Prism, vectormill: Command, tmp_path: Path) -> None:
    bare = bare_python(tmp_path)
    with prism.worker_pool(tmp_path, log="bare", path=bare) as pool:
        outcome = vectormill("doctor", *service.options(pool), "--json")

    assert checks(outcome)["workers"] == (
        False,
        "they have no vectormill: install it in their image or where the worker pool starts them, or give --beam --setup_file=…",
    )


def test_workers_with_another_release(service: Prism, vectormill: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipelines import probe

    monkeypatch.setattr(probe, "code_digest", lambda: "0123")

    words = checks(vectormill("doctor", *service.options(), "--json"))["workers"]

    assert words[0] is False and words[1].endswith("has another release of vectormill than this machine")


def test_workers_that_never_answer(service: Prism, tmp_path: Path) -> None:
    # A Prism of its own: it ends itself when the pool is gone.
    with prism.prism(tmp_path) as port, socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        flags = (
            f"--job_endpoint=localhost:{port}",
            f"--environment_config=localhost:{silent.getsockname()[1]}",
        )
        found = list(examine(Profile(runner="prism", beam=flags), seconds=3))

    assert [(check.name, check.ok) for check in found] == [("service", True), ("version", None), ("workers", False)]
    assert found[-1].words.startswith("none has answered within 3 s: look into the logs of the runner's workers")


def bare_python(folder: Path) -> Path:
    """A folder for PYTHONPATH that hides the project, wherever else it is installed."""
    for name in ("transforms", "pipelines", "launch"):
        package = folder / "bare" / name
        package.mkdir(parents=True)
        missing = f"No module named {name!r}"
        (package / "__init__.py").write_text(f"raise ModuleNotFoundError({missing!r}, name={name!r})\n")
    return folder / "bare"


def test_workers_load_the_encoder_that_is_asked_for(service: Prism, vectormill: Command) -> None:
    found = checks(vectormill("doctor", *service.options(), "--encoder", "fake-text", "--json"))

    assert found["encoder"][0] is True
    assert found["encoder"][1].startswith("fake-text is there, and loaded in ")
