"""What only a process of its own can show: what is imported, what is on the terminal, and being killed."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.helpers import embedding, fakes
from tests.helpers.embedding import Corpus, rows
from tests.launch import pictures
from tests.launch.conftest import Command, Embed, version

REPOSITORY = Path(__file__).parents[2]
PATIENCE = 120.0


def environment(tmp_path: Path, **more: str) -> dict[str, str]:
    return {**os.environ, "VECTORMILL_CACHE_DIR": str(tmp_path / "cache"), "PYTHONPATH": str(REPOSITORY), **more}


def start(
    module: str, *arguments: object, tmp_path: Path, stderr: int = subprocess.PIPE, pace: str = "0"
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=REPOSITORY,
        env=environment(tmp_path, PACE=pace, TERM="xterm", COLUMNS="120"),
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
    )


def test_help_imports_neither_tensorflow_nor_beam() -> None:
    code = """
import sys
from launch.cli import run
heavy = {"tensorflow", "apache_beam", "pyarrow", "numpy", "rich", "deltalake"}
assert not heavy & set(sys.modules), "by importing"
assert run(["--help"]) == run(["--version"]) == 0
assert not heavy & set(sys.modules), "by --help"
assert run(["embed", "--help"]) == 0
import pkgutil, importlib
import launch.commands
for command in pkgutil.iter_modules(launch.commands.__path__):
    # It is imported before their start-up noise is turned off.
    importlib.import_module(f"launch.commands.{command.name}")
    assert not {"tensorflow", "apache_beam"} & set(sys.modules), f"by {command.name}"
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    assert "Vectormill turns a corpus of text or images into feature vectors" in done.stdout


def test_a_real_encoder_runs_without_a_word_of_tensorflow_or_beam(
    bare: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.jpg").write_bytes(pictures.jpeg(number))
    (folder / "empty.jpg").touch()
    table = tmp_path / "table"
    asked = ("embed", folder, "--to", table, "--encoder", "hog", "--max-dead-fraction", 1, "--json")

    process = start("launch.cli", *asked, tmp_path=tmp_path)
    out, err = process.communicate(timeout=PATIENCE)

    assert (process.returncode, err) == (0, "")
    assert out.count("\n") == 1
    printed = json.loads(out)
    assert (printed["rows"], printed["dead"]) == (3, 1)
    assert set(rows(str(table))) == {"0.jpg", "1.jpg", "2.jpg"}

    # What a process has pulled is there for the next.
    monkeypatch.setenv("VECTORMILL_CACHE_DIR", str(tmp_path / "cache"))
    (line,) = [line for line in bare("encoders").output().splitlines() if line.startswith("hog ")]
    assert " yes " in line
    pulled = bare("encoders", "pull", "hog").output()
    assert pulled.startswith(f"hog is here and whole: {tmp_path}/cache/encoders/hog-1\nimage, 624 values, fingerprint ")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_killed_run_ends_at_once_and_the_same_command_does_the_rest(
    number: signal.Signals, embed: Embed, corpus: Corpus, table: str, tmp_path: Path
) -> None:
    for name in range(8):
        corpus.write(f"{name}.txt", [f"line {line} of {name}" for line in range(16)])
    asked = (corpus.root, "--shard-items", 1)
    process = start(
        "tests.launch.with_fakes", "embed", *asked, "--to", table, "--encoder", "fake-text",
        tmp_path=tmp_path, pace="0,0,0,0,600",
    )  # fmt: skip
    deadline = time.monotonic() + PATIENCE
    while len(list(Path(table).glob("_vectormill/receipts/*.parquet"))) < 3:
        assert process.poll() is None and time.monotonic() < deadline, process.communicate()
        time.sleep(0.02)

    process.send_signal(number)
    out, err = process.communicate(timeout=PATIENCE)  # and does not wait for the encoder, which nobody needs

    assert out == ""
    if number == signal.SIGINT:
        assert process.returncode == 1
        assert err == "vectormill: interrupted; what is finished is kept, the same command goes on from there\n"
    assert version(table) is None

    printed = json.loads(embed(*asked, "--json").output())

    assert (printed["version"], printed["rows"], printed["encoded"]) == (0, 128, fakes.encoded().total())
    assert fakes.encoded().total() <= 128 - 3 * 16
    assert rows(table) == embedding.expected(corpus)
    assert embedding.visible(table) == set()
    assert set(fakes.encoded().values()) == {1}


def test_a_terminal_gets_a_bar_and_nothing_else(corpus: Corpus, table: str, tmp_path: Path) -> None:
    corpus.write("a.txt", [f"line {number}" for number in range(16 * 16)])
    ours, theirs = pty.openpty()

    process = start(
        "tests.launch.with_fakes", "embed", corpus.root, "--to", table, "--encoder", "fake-text",
        tmp_path=tmp_path, stderr=theirs, pace="0.08",
    )  # fmt: skip
    os.close(theirs)
    drawn = _everything(ours)
    out, _ = process.communicate(timeout=PATIENCE)

    assert process.returncode == 0
    assert out.startswith(f"{table}: version 0, 256 rows (sources: 1 new)\n256 items encoded, in ")
    frames = [_plain(frame) for frame in re.split(r"\r|\n", drawn)]
    shown = Counter(_kind(frame) for frame in frames)
    assert set(shown) <= {"", "bar", "bar with rows, rate and time left"}, frames
    assert shown["bar with rows, rate and time left"] >= 3


def _everything(terminal: int) -> str:
    data = b""
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # Linux's way to say that the other end is closed
            break
        if not piece:
            break
        data += piece
    os.close(terminal)
    return data.decode()


def _plain(frame: str) -> str:
    return re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", frame).strip()


def _kind(frame: str) -> str:
    if not frame:
        return ""
    assert re.match(r"(\S )?(starting|planning|loading the encoder|embedding|committing) ━+", frame), frame
    full = re.search(r"━ \d+ rows, \d+ rows/s, \d+:\d\d left$", frame)
    return "bar with rows, rate and time left" if full else "bar"
