"""Shows how far a job is that other processes work on: counts the files that its steps leave behind."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

from transforms.common.background import beside
from transforms.common.errors import VectormillError
from transforms.common.progress import METER
from transforms.embed.job import EmbedJob
from transforms.embed.plan_file import PLAN, load_shard_ids, load_summary
from transforms.storage import files
from transforms.table.ledger import read_receipt
from transforms.table.snapshot import Layout

_EVERY_SECONDS = 2.0

Look = Callable[[], bool]
"""Brings this process's meter up to date; whether there is more to come."""


@contextmanager
def followed(look: Look) -> Iterator[None]:
    """Keeps this process's meter up to date while the block waits for the runner."""
    METER.begin("waiting for workers")
    with beside(partial(_follow, look), name="follow", patience=_EVERY_SECONDS):
        yield


def _follow(look: Look, stop: threading.Event) -> None:
    while not stop.wait(_EVERY_SECONDS):
        try:
            if not look():
                return
        except (OSError, ValueError, VectormillError):
            continue  # of a store that is slow, or a file that is just being written: the next look will tell


def look_of(job: Any) -> Look | None:
    """How a job's progress is seen from its description alone; None where it is not."""
    return receipts_of(job) if isinstance(job, EmbedJob) else None


def receipts_of(job: EmbedJob) -> Look:
    """Counts the receipts of an embed run, once it has a plan."""
    layout = Layout(job.table)
    wanted: set[str] | None = None

    def look() -> bool:
        nonlocal wanted
        if wanted is None:
            if not files.exists(layout.run(job.run, PLAN)):
                return True
            groups = load_summary(job).groups("shards")
            wanted = {shard for group in groups for shard in load_shard_ids(job, group)}
            METER.begin("embedding", work_total=len(wanted))
        finished = {name.removesuffix(".parquet") for name in files.names(layout.receipts)} & wanted
        for shard in sorted(finished):
            receipt, _ = read_receipt(layout.receipt(shard))
            METER.add(read=receipt.rows_in, written=receipt.rows, dead=receipt.dead, work=1)
        wanted -= finished
        if not wanted:
            METER.begin("committing")
        return bool(wanted)

    return look


def files_of(folder: str, rows: Mapping[str, int], *, phase: str) -> Look:
    """Counts the rows of files that are there.

    Args:
      rows: the number of rows of each file that will be in `folder`, by name.
      phase: what is done, once there is a file.
    """
    wanted = dict(rows)

    def look() -> bool:
        finished = wanted.keys() & set(files.names(folder))
        if finished:
            METER.begin(phase, work_total=sum(rows.values()))
        for name in finished:
            METER.add(written=wanted[name], work=wanted[name])
            del wanted[name]
        return bool(wanted)

    return look
