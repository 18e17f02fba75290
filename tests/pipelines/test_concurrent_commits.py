"""Two processes commit on one table at once, as `benchmarks.concurrent_commits` has them do."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("pairs", [1, pytest.param(25, marks=pytest.mark.slow)])
def test_of_two_runs_at_once_one_wins_and_the_other_is_told_and_adds_its_rows_later(pairs: int) -> None:
    command = [sys.executable, "-m", "benchmarks.concurrent_commits", "--pairs", str(pairs), "--json"]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    counts = {
        "pairs": pairs,
        "one winner, one loser": pairs,
        "the loser was told": pairs,
        "the rerun succeeded": pairs,
        "rows expected": 6 * pairs,
        "rows found": 6 * pairs,
        "rows twice or unknown": 0,
        "last version": 2 * pairs - 1,
    }
    assert json.loads(done.stdout) == {"tfrecord": counts, "parquet": counts}
