"""Shows how far an embed run is that other processes work on: counts its receipts, which lie beside the table."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from transforms.common.background import beside
from transforms.common.errors import VectormillError
from transforms.common.progress import METER
from transforms.embed.job import EmbedJob
from transforms.embed.plan_file import PLAN, load_shard_ids, load_summary
from transforms.storage import files
from transforms.table.ledger import read_receipt
from transforms.table.snapshot import Layout

_EVERY_SECONDS = 2.0


@contextmanager
def receipts_followed(job: EmbedJob) -> Iterator[None]:
    """Keeps this process's meter up to date while the block waits for the runner."""
    METER.begin("waiting for workers")
    with beside(partial(_follow, job), name="receipts", patience=_EVERY_SECONDS):
        yield


def _follow(job: EmbedJob, stop: threading.Event) -> None:
    wanted: set[str] | None = None
    layout = Layout(job.table)
    while not stop.wait(_EVERY_SECONDS):
        try:
            if wanted is None:
                if not files.exists(layout.run(job.run, PLAN)):
                    continue
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
                return
        except (OSError, ValueError, VectormillError):
            continue  # of a store that is slow, or a file that is just being written: the next look will tell
