"""Runs the scripts of tests/browser: modules of the pages in node, and pages in Chromium."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.helpers.static_server import static_server

_SCRIPTS = Path(__file__).parents[1] / "browser"
_SECONDS = 300


def require_scripts() -> None:
    """Skips the test where node, or what drives Chromium, is not installed."""
    if shutil.which("node") is None or not (_SCRIPTS / "node_modules").exists():
        pytest.skip("not tried: `.ci/browser` installs what drives Chromium")


def script_result(name: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """The end of a script, good or bad, and what it prints."""
    require_scripts()
    return subprocess.run(
        ["node", name, *map(str, arguments)],
        cwd=_SCRIPTS,
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
    )


def run_script(name: str, *arguments: object) -> str:
    """What a script prints, which must end well."""
    done = script_result(name, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def run_script_offline(folder: Path, name: str, *arguments: object) -> tuple[str, str]:
    """The URL of a folder that is served until the script says "offline", and what it prints from then on.

    Args:
      arguments: of the script, behind the URL.
    """
    require_scripts()
    with static_server(folder) as url:
        process = subprocess.Popen(
            ["node", name, url, *map(str, arguments)],
            cwd=_SCRIPTS, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line == "offline\n", process.communicate()
    out, err = process.communicate("\n", timeout=_SECONDS)
    assert process.returncode == 0, err
    return url, out
