"""How far a run is, in a log; what a terminal shows is in test_processes."""

from __future__ import annotations

import time

import pytest

from launch.terminal import progress
from launch.terminal.progress import Reading
from tests.helpers import fakes
from tests.helpers.embedding import Corpus
from tests.launch.conftest import Command, Embed
from transforms.common.progress import Meter

PHASES = ("starting", "planning", "loading the encoder", "embedding", "committing")


def reading(**values: int) -> Reading:
    meter = Meter(**values)
    meter.begin("embedding")
    return Reading.of(meter, 100.0, 104.0)


def test_rate_fraction_and_time_left() -> None:
    found = reading(written=2000, work=1_000_000, work_total=4_000_000)

    assert found == Reading(phase="embedding", rows=2000, rate=500.0, fraction=0.25, elapsed=4.0, left=12.0)
    assert found.words() == "2,000 rows, 500 rows/s, 0:12 left"


def test_before_anything_is_known_no_time_is_promised() -> None:
    assert reading().words() == "0 rows, 0 rows/s"
    assert reading(written=3, work=1, work_total=1000).left is None


def test_at_the_end_nothing_is_left() -> None:
    found = reading(written=10, work=12, work_total=10)

    assert found.fraction == 1.0
    assert found.words() == "10 rows, 2 rows/s"


def test_no_time_has_passed() -> None:
    assert Reading.of(Meter(), 100.0, 100.0).rate == 0


@pytest.mark.parametrize(
    ("seconds", "clock"), [(0.4, "0:00"), (59.6, "1:00"), (61, "1:01"), (3599, "59:59"), (7322, "2:02:02")]
)
def test_time_left_is_read_as_a_clock(seconds: float, clock: str) -> None:
    found = Reading(phase="embedding", rows=1, rate=1.0, fraction=0.5, elapsed=9.0, left=seconds)

    assert found.words() == f"1 rows, 1 rows/s, {clock} left"


def test_a_log_gets_a_line_now_and_then(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_LOG_SECONDS", 0.02)
    meter = Meter()
    meter.begin("embedding", work_total=100)
    lines: list[str] = []
    deadline = time.monotonic() + 60
    with progress.shown(meter):
        meter.add(written=10, work=50)
        while len(lines) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
            out, err = capfd.readouterr()
            assert out == ""
            lines += err.splitlines()

    assert len(lines) >= 2
    for line in lines:
        assert line.startswith("embedding: 50%, 10 rows, ")
        assert line.endswith(" left")


def test_nothing_is_shown_after_the_end(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_LOG_SECONDS", 0.02)
    with pytest.raises(KeyError), progress.shown(Meter()):
        raise KeyError("what")
    capfd.readouterr()
    time.sleep(0.1)

    assert capfd.readouterr().err == ""


def test_a_run_logs_to_standard_error_and_keeps_standard_output_for_the_summary(
    embed: Embed, vectormill: Command, corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "_LOG_SECONDS", 0.001)
    corpus.write("a.txt", ["one"])

    outcome = embed(corpus.root, "--json")

    assert outcome.code == 0
    assert outcome.out.count("\n") == 1
    assert {line.split(":")[0] for line in outcome.err.splitlines()} <= set(PHASES)
    assert fakes.encoded().total() == 1
