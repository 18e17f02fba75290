"""Keeps the rows of a feature table where other programs serve them, in pgvector or Lance."""

from __future__ import annotations

import contextlib
import time
from dataclasses import asdict
from typing import Any

from launch.jobs.given import Path, checked, path_of
from launch.jobs.result import Result
from transforms.common.errors import RunError


@checked
def sync(
    table: Path, *, to: Path, credentials: Path | None = None, check: bool = False, replace: bool = False
) -> Result[Any]:
    """Brings `to` to the newest version of a table: rows that are new or changed since the version it holds are written, others
    that are no longer there deleted.

    Args:
      to: `postgresql://user@host/database/TABLE` (pgvector), `env:NAME/TABLE`, or `FOLDER.lance`.
      credentials: a file with user and password of the database.
      check: change nothing, and compare every row.
      replace: write all rows anew, whatever is there.

    Returns:
      `table`, `to`, `version`, `rows`, `seconds`, and the version `before`, rows `written` and `deleted`; of a check the rows
      `missing`, `extra` and `differing`, and the version `stored`.

    Raises:
      RequestError: there is no such table, or the target holds something else; nothing was changed.
      RunError: the target went away, or differs from the table where it was checked.
    """
    started = time.monotonic()
    from launch.terminal import progress
    from transforms.sync.check import check as compare
    from transforms.sync.sync import SyncJob
    from transforms.sync.sync import sync as run

    target = str(to) if "://" in str(to) or str(to).startswith("env:") else path_of(to)
    job = SyncJob(
        table=path_of(table),
        target=target,
        credentials=None if credentials is None else path_of(credentials),
        replace=replace,
    )
    with progress.shown() if progress.is_wanted() else contextlib.nullcontext():
        summary: Any = compare(job) if check else run(job)
    if check and not summary.is_equal:
        raise RunError(_differences(job.table, target, summary))
    seconds = time.monotonic() - started
    return Result(
        {"table": job.table, "to": target, **asdict(summary), "seconds": round(seconds, 2)},
        outcome=summary,
        seconds=seconds,
    )


def _differences(table: str, to: str, found: Any) -> str:
    counts = [f"{found.missing:,} rows missing", f"{found.extra:,} too many", f"{found.differing:,} with other values"]
    columns = f" in {', '.join(sorted(found.columns))}" if found.columns else ""
    first = f" (first: {', '.join(found.examples)})"
    return (
        f"{to}, at version {found.stored}, differs from version {found.version} of {table}: {', '.join(counts)}{columns}{first}:"
        " sync it, with --replace if another program changed it"
    )
