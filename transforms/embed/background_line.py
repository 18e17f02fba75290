"""A line of shards that works in the background: shards are put in, receipts come out."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from queue import Empty, Queue

from transforms.common.prefetch import Feed
from transforms.common.progress import METER
from transforms.embed.job import EmbedJob
from transforms.embed.plan import PlanSummary, Shard
from transforms.embed.shard_line import ShardLine
from transforms.table.ledger import Receipt


class BackgroundLine:
    """A ShardLine in a thread: shards are put in, receipts come out, an error comes out at the next call."""

    def __init__(self, job: EmbedJob, plan: PlanSummary) -> None:
        self._feed: Feed[Shard] = Feed(depth=1)
        self._done: Queue[Receipt | BaseException | None] = Queue()
        self._line = ShardLine(job, schema=plan.schema, load=job.encoder.load, meter=METER)
        self._stopped = threading.Event()
        threading.Thread(target=self._work, daemon=True, name="shard-line").start()

    def _work(self) -> None:
        receipts = self._line.run(self._feed)
        try:
            for receipt in receipts:
                self._done.put(receipt)
                if self._stopped.is_set():
                    receipts.close()  # type: ignore[attr-defined]
                    return
            self._done.put(None)
        except BaseException as error:  # handed to the thread that runs the DoFn
            self._done.put(error)

    def put(self, shard: Shard) -> None:
        held: list[Receipt | None] = []

        def raise_if_failed() -> None:
            held.extend(self._drain())

        self._feed.put(shard, while_waiting=raise_if_failed)
        for receipt in held:
            self._done.put(receipt)

    def ready(self) -> list[Receipt]:
        """Receipts that are there already."""
        return [receipt for receipt in self._drain() if receipt is not None]

    def finish(self) -> Iterator[Receipt]:
        """The remaining receipts, as they come."""
        self._feed.finish()
        while (receipt := _raised(self._done.get())) is not None:
            yield receipt

    def stop(self) -> None:
        self._stopped.set()
        self._feed.finish()

    def _drain(self) -> list[Receipt | None]:
        drained = []
        with contextlib.suppress(Empty):
            while True:
                drained.append(_raised(self._done.get_nowait()))
        return drained


def _raised(outcome: Receipt | BaseException | None) -> Receipt | None:
    if isinstance(outcome, BaseException):
        raise outcome
    return outcome
