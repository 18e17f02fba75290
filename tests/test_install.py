"""What stops an install is said in one line with its cure, and leaves no environment that looks ready."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections import namedtuple
from pathlib import Path
from types import ModuleType

import pytest

HOME = Path(__file__).resolve().parents[1]
Usage = namedtuple("Usage", "total used free")
CLOSED = "http://127.0.0.1:9/simple"  # the discard port: nobody listens


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(HOME))
    import install

    return install


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, entered."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def line_of(capsys: pytest.CaptureFixture[str]) -> str:
    """The one line that was said of what stopped it."""
    lines = [line for line in capsys.readouterr().err.splitlines() if line]
    assert len(lines) == 1, lines
    assert lines[0].startswith("install: ")
    return lines[0]


@pytest.mark.parametrize("version", [(2, 7), (3, 9), (3, 14)])
def test_a_python_that_the_locks_do_not_cover(
    install: ModuleType,
    folder: Path,
    version: tuple[int, int],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(install.sys, "version_info", (*version, 0, "final", 0))
    assert install.main([]) == 1
    line = line_of(capsys)
    assert f"Python {version[0]}.{version[1]}, Vectormill needs Python 3.10 to 3.13" in line
    assert "PYTHON=/path/to/python3.11" in line
    assert not (folder / ".venv").exists()


def test_the_range_is_the_one_of_the_package(install: ModuleType) -> None:
    (wanted,) = [line for line in (HOME / "setup.py").read_text().splitlines() if "python_requires" in line]
    assert f'">={install.OLDEST[0]}.{install.OLDEST[1]},<{install.NEWEST[0]}.{install.NEWEST[1] + 1}"' in wanted


def test_a_python_without_venv(
    install: ModuleType, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)  # as Debian has it
    assert install.main([]) == 1
    assert f"apt install python3.{sys.version_info[1]}-venv" in line_of(capsys)
    assert not (folder / ".venv").exists()


def test_too_little_disk(
    install: ModuleType, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(install.shutil, "disk_usage", lambda path: Usage(10**11, 10**11 - 2 * 10**9, 2 * 10**9))
    assert install.main([]) == 1
    line = line_of(capsys)
    assert "GB of disk are needed" in line
    assert "2.0 GB are free" in line
    assert not (folder / ".venv").exists()


def test_no_registry(
    install: ModuleType, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(install.shutil, "disk_usage", lambda path: Usage(10**12, 0, 10**12))
    monkeypatch.setenv("PIP_INDEX_URL", CLOSED)
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    for name in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    (folder / ".venv" / "lib").mkdir(parents=True)
    (folder / ".venv" / ".ready").touch()  # what was there before is in nobody's way, and no longer looks ready
    assert install.main([]) == 1
    line = line_of(capsys)
    assert "the package registry does not answer" in line
    assert "PIP_INDEX_URL" in line
    assert not (folder / ".venv" / ".ready").exists()
    assert "absl-py" in (folder / ".venv" / "install.log").read_text()


def test_the_disk_fills_while_files_are_written(
    install: ModuleType, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(install.shutil, "disk_usage", lambda path: Usage(10**12, 0, 10**12))

    def full(*args: object, **named: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(install.subprocess, "call", full)
    assert install.main([]) == 1
    assert "the disk is full" in line_of(capsys)
    assert not (folder / ".venv" / ".ready").exists()


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (
            "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device\n",
            "the disk is full",
        ),
        (
            "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError('<pip._vendor.urllib3.connection>:"
            " [Errno -3] Temporary failure in name resolution')': /simple/absl-py/\n"
            "ERROR: No matching distribution found for absl-py==1\n",
            "the package registry does not answer",
        ),
        ("ERROR: HTTP error 403 while getting https://registry/absl.whl\n", "the package registry does not answer"),
        (
            "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. If you have updated ...\n"
            "    absl-py==1.4.0 from https://registry/absl.whl (from -r x):\n        Expected sha256 0\n        Got 1\n",
            "absl-py==1.4.0 is not the file that is locked",
        ),
        (
            "ERROR: Could not find a version that satisfies the requirement tensorflow==2.21.0 (from versions: none)\n"
            "ERROR: No matching distribution found for tensorflow==2.21.0\n",
            "the registry has no wheel of tensorflow==2.21.0 for ",
        ),
        ("Traceback\n  ...\nERROR: something else\nnote: a word\n", "ERROR: something else"),
        ("", "no word said"),
    ],
)
def test_the_cure_of_what_pip_says(install: ModuleType, folder: Path, said: str, expected: str) -> None:
    line = install.cure(said, str(folder / ".venv"))
    assert line.startswith(expected)
    assert "\n" not in line
    assert "install.log" in line


def test_parts_are_added_to_what_is_there(
    install: ModuleType, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(install.shutil, "disk_usage", lambda path: Usage(10**12, 0, 10**12))
    assert install.main(["dev"]) == 1
    assert "there is no .venv yet" in line_of(capsys)
    assert install.main(["everything"]) == 2
    assert "'everything' is none of base, dev, cloud" in line_of(capsys)


def test_make_takes_the_first_python_that_runs_and_fits(tmp_path: Path) -> None:
    """As pyenv leaves them: a python3.11 on the PATH that says it is not installed."""
    for name, does in {
        "python3.11": "exit 127",
        "python3.12": "exit 127",
        "python3.13": f'exec {sys.executable} "$@"',
    }.items():
        shim = tmp_path / name
        shim.write_text(f"#!/bin/sh\n{does}\n")
        shim.chmod(0o755)
    makefile = tmp_path / "Makefile"
    makefile.write_text(f"include {HOME}/Makefile\nwhich:\n\t@echo $(PYTHON)\n")
    env = {key: value for key, value in os.environ.items() if key not in ("PYTHON", "MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    env["PATH"] = f"{tmp_path}:{env['PATH']}"
    said = subprocess.run(
        ["make", "-s", "-f", makefile, "which"], env=env, capture_output=True, text=True, cwd=tmp_path
    )
    assert said.stdout.strip() == "python3.13"


def test_the_locks_agree() -> None:
    """One resolution, three views: a package of two has one version, and the base has nothing that only the others need."""

    def pins(name: str) -> set[str]:
        lines = (HOME / name).read_text().splitlines()
        return {line.removesuffix(" \\") for line in lines if line[:1].isalnum()}

    base = pins("requirements.lock")
    for larger in ("requirements-dev.lock", "requirements-cloud.lock"):
        versions = {pin.split(" ;")[0] for pin in pins(larger)}
        assert {pin.split(" ;")[0] for pin in base} <= versions
    names = {pin.split("==")[0] for pin in base}
    assert not names & {"pytest", "mypy", "ruff", "uv", "hypothesis", "google-cloud-bigquery", "boto3"}
