"""Where the command runs: terminals of another encoding, users without a home."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import click
import pytest

from launch import cli


def test_a_terminal_that_is_not_utf_8_shows_what_it_can(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.TextIOWrapper(io.BytesIO(), encoding="ascii")

    def run(arguments: list[str]) -> int:
        sys.stdout.write("größe 日本\n")
        return 0

    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setattr(sys, "argv", ["vectormill", "--verbose"])
    monkeypatch.setattr(cli, "run", run)

    cli.main()

    terminal.flush()
    assert terminal.buffer.getvalue() == rb"gr\xf6\xdfe \u65e5\u672c" + b"\n"  # type: ignore[attr-defined]


def test_a_user_without_a_home_gets_an_answer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def homeless(path: Path) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "expanduser", homeless)
    monkeypatch.delenv("VECTORMILL_CACHE_DIR", raising=False)
    monkeypatch.setattr(sys, "argv", ["vectormill", "--help"])
    monkeypatch.setattr(cli, "run", lambda arguments: click.echo("answered"))

    cli.main()

    assert capsys.readouterr().out == "answered\n"
