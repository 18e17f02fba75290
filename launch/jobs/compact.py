"""Writes the small parts of a feature table together."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any

from launch.jobs.given import Path, checked, new_run, path_of
from launch.jobs.result import Result


@checked
def compact(table: Path) -> Result[Any]:
    """Makes few large parts of the many small ones of a table, with the same rows: nothing is encoded again.

    Heads and indexes that were made of the table see no change. The small parts stay for the older versions until a vacuum.

    Returns:
      `table`, `version`, `changed`, `rows`, `parts`, `parts_before`, `bytes`, `bytes_before`, `seconds`.

    Raises:
      RequestError: there is no such table, or it cannot be written.
      RunError: another run committed meanwhile; nothing was changed.
    """
    from transforms.housekeeping.compact import compact as run

    started = time.monotonic()
    summary = run(path_of(table), run=new_run())
    seconds = time.monotonic() - started
    facts = {"table": path_of(table), **asdict(summary), "seconds": round(seconds, 2)}
    return Result(facts, outcome=summary, seconds=seconds)
