"""Shows how far a job is that other processes work on: counts the files that its steps leave behind."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

from transforms.common.background import beside
from transforms.common.errors import VectormillError
from transforms.common.progress import METER
from transforms.embed.job import EmbedJob
from transforms.embed.plan_file import PLAN, load_shard_ids, load_summary
from transforms.embed.together import together
from transforms.storage import files
from transforms.table.ledger import Receipt, read_receipt
from transforms.table.snapshot import Layout

_EVERY_SECONDS = 2.0
_PAUSE_PER_LOOK = 9.0
"""Seconds of pause for each second that a look took: a listing of a million receipts is no work to repeat at once."""
_SAMPLE = 64
"""Receipts that a look reads at most; those that it does not read count like the ones that it does."""

Look = Callable[[], bool]
"""Brings this process's meter up to date; whether there is more to come."""


@contextmanager
def followed(look: Look) -> Iterator[None]:
    """Keeps this process's meter up to date while the block waits for the runner."""
    METER.begin("waiting for workers")
    with beside(partial(_follow, look), name="follow", patience=_EVERY_SECONDS):
        yield


def _follow(look: Look, stop: threading.Event) -> None:
    pause = _EVERY_SECONDS
    while not stop.wait(pause):
        started = time.monotonic()
        try:
            if not look():
                return
        except (OSError, ValueError, VectormillError):
            pass  # of a store that is slow, or a file that is just being written: the next look will tell
        pause = max(_EVERY_SECONDS, _PAUSE_PER_LOOK * (time.monotonic() - started))


def look_of(job: Any) -> Look | None:
    """How a job's progress is seen from its description alone; None where it is not."""
    return receipts_of(job) if isinstance(job, EmbedJob) else None


def receipts_of(job: EmbedJob) -> Look:
    """Counts the receipts of an embed run, once it has a plan: shards exactly, their rows by a sample where there are many."""
    layout = Layout(job.table)
    waiting: set[str] | None = None

    def read(shard: str) -> Receipt:
        return read_receipt(layout.receipt(shard))[0]

    def look() -> bool:
        nonlocal waiting
        if waiting is None:
            if not files.exists(layout.run(job.run, PLAN)):
                return True
            groups = together(partial(load_shard_ids, job), load_summary(job).groups("shards"))
            waiting = {shard for group in groups for shard in group}
            METER.begin("embedding", work_total=len(waiting))
        finished = {name.removesuffix(".parquet") for name in files.names(layout.receipts)} & waiting
        receipts = together(read, sorted(finished)[:_SAMPLE])  # ids are hashes: any of them are a sample
        if receipts:
            share = len(finished) / len(receipts)
            METER.add(
                read=round(share * sum(receipt.rows_in for receipt in receipts)),
                written=round(share * sum(receipt.rows for receipt in receipts)),
                dead=round(share * sum(receipt.dead for receipt in receipts)),
                work=len(finished),
            )
        waiting -= finished
        if not waiting:
            METER.begin("committing")
        return bool(waiting)

    return look


def files_of(
    folder: str,
    rows: Mapping[str, int],
    *,
    phase: str,
    then: str = "committing",
    work: Mapping[str, int] | None = None,
    work_total: int | None = None,
) -> Look:
    """Counts the rows of files or folders that are there.

    Args:
      rows: the number of rows of each that will be in `folder`, by name.
      phase: what is done, once there is one.
      then: what is done when all are there.
      work: the share of each in the progress; None: its rows.
      work_total: of the whole job; None: that of all files.
    """
    shares = rows if work is None else work
    waiting = set(rows)

    def look() -> bool:
        finished = waiting & set(files.names(folder))
        if finished:
            METER.begin(phase, work_total=sum(shares.values()) if work_total is None else work_total)
        METER.add(written=sum(rows[name] for name in finished), work=sum(shares[name] for name in finished))
        waiting.difference_update(finished)
        if not waiting:
            METER.begin(then)
        return bool(waiting)

    return look
