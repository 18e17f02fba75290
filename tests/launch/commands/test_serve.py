"""`vectormill serve`: what it says, how it ends, and what it refuses before it listens."""

from __future__ import annotations

import json
import re
import shutil
import signal
import socket
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.launch.conftest import Command, Newsroom
from tests.launch.test_processes import start

PATIENCE = 120


def ask(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=PATIENCE) as answer:  # of this machine alone
        return json.loads(answer.read())


def test_it_says_where_it_answers_follows_versions_and_ends_with_sigterm(
    newsroom: Newsroom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VECTORMILL_CACHE_DIR", str(newsroom.root / "state"))
    model = tmp_path / "topics"
    shutil.copytree(newsroom.model / "1", model / "1")
    process = start("launch.cli", "serve", model, "--port", 0, "--look-every", 0.1, tmp_path=tmp_path)
    assert process.stderr is not None
    lines: list[str] = []
    for line in process.stderr:
        lines.append(line.strip().removeprefix("vectormill serve: "))
        if "http" in line:
            break
    assert lines[:2] == ["opening", "topics: version 1"]
    (url,) = re.findall(r"http://127\.0\.0\.1:\d+", lines[2])

    shutil.copytree(newsroom.model / "2", tmp_path / "half")
    (tmp_path / "half").rename(model / "2")
    assert process.stderr.readline() == "vectormill serve: topics: version 2\n"
    health = ask(f"{url}/health")
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=PATIENCE)

    assert (health["models"], health["problems"]) == ({"topics": 2}, [])
    assert (process.returncode, out, err) == (0, "", "vectormill serve: stopped\n")
    assert time.monotonic() - began < PATIENCE


def test_what_cannot_be_served_is_refused_in_one_line(bare: Command, newsroom: Newsroom, tmp_path: Path) -> None:
    model = newsroom.model
    short, empty = tmp_path / "short", tmp_path / "empty"
    short.write_text("secret\n")
    empty.write_text("")

    assert "neither an index nor a model" in bare("serve", tmp_path, "--port", 0).err
    assert "give --token-file FILE, or --without-token" in bare("serve", model, "--host", "0.0.0.0").complaint(2)
    assert "at least 16" in bare("serve", model, "--token-file", short).complaint(2)
    for option in ("--timeout", "--look-every", "--max-body"):
        assert "nan is no number" in bare("serve", model, option, "nan").complaint(2)
        assert "is not in the range" in bare("serve", model, option, "inf").complaint(2)
    assert "is empty" in bare("serve", model, "--token-file", empty).complaint(2)
    assert "cannot be read" in bare("serve", model, "--token-file", tmp_path / "none").complaint(2)
    assert "cannot be written" in bare("serve", model, "--log-queries", tmp_path).complaint(2)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert "give another --host or --port" in bare("serve", model, "--port", taken.getsockname()[1]).complaint(2)
