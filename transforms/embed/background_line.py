"""Runs one line of shards in the background of a process; bundles put shards in and get receipts back."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future

from transforms.common.prefetch import Feed
from transforms.common.progress import METER
from transforms.embed.content_index import ContentIndex
from transforms.embed.feature_line import FeatureLine
from transforms.embed.job import EmbedJob
from transforms.embed.plan_file import load_addresses, load_summary
from transforms.embed.shard_line import ShardLine
from transforms.embed.shards import Shard
from transforms.embed.vector_line import VectorLine
from transforms.table.ledger import Receipt


class BackgroundLine:
    """A line that all bundles of one run share in a process, from any thread.

    The line, with its encoder and the batch size that was found to fit into memory, lives as long as this object. Its
    threads live while a bundle is open: shards of several open bundles go through one chain, so that one is read
    while another is encoded. An error fails every bundle that is open; the next one starts new threads.
    """

    def __init__(self, job: EmbedJob) -> None:
        plan = load_summary(job)
        self._lock = threading.Lock()
        self._flow: _Flow | None = None
        self._line: ShardLine | VectorLine
        if job.read.vectors is not None:
            self._line = VectorLine(job, schema=plan.schema, meter=METER)
            return
        contents = ContentIndex(job.table, plan.contents) if plan.contents else None
        addresses = load_addresses(job, plan)
        schema, load = plan.schema, job.encoder.load
        self._line = (
            ShardLine(job, schema=schema, load=load, meter=METER, contents=contents, addresses=addresses)
            if job.encoder.spec.features_per_image is None
            else FeatureLine(job, schema=schema, load=load, meter=METER, addresses=addresses)
        )

    def open_bundle(self) -> Bundle:
        """Starts the threads unless they run already. The bundle must be closed."""
        with self._lock:
            if self._flow is None or self._flow.failed:
                self._flow = _Flow(self._line)
            self._flow.bundles += 1
            return Bundle(self, self._flow)

    def close_bundle(self, flow: _Flow) -> None:
        """Stops the threads with the last bundle that uses them."""
        with self._lock:
            flow.bundles -= 1
            if flow.bundles:
                return
            flow.stop()
            if self._flow is flow:
                self._flow = None


class Bundle:
    """The shards that one bundle put into the line, in order. Not thread-safe: a bundle belongs to one thread."""

    def __init__(self, line: BackgroundLine, flow: _Flow) -> None:
        self._line = line
        self._flow = flow
        self._receipts: deque[Future[Receipt]] = deque()
        self._closed = False

    def put(self, shard: Shard) -> None:
        """Hands over a shard; blocks while the line is behind.

        Raises:
          BaseException: what made the line fail.
        """
        self._receipts.append(self._flow.put(shard))

    def ready(self) -> Iterator[Receipt]:
        """Receipts that are there already, each once."""
        while self._receipts and self._receipts[0].done():
            yield self._receipts.popleft().result()

    def finish(self) -> Iterator[Receipt]:
        """The remaining receipts, in the order of the shards; waits for them."""
        while self._receipts:
            yield self._receipts.popleft().result()

    def close(self) -> None:
        """Gives up what was not finished. May be called twice."""
        if not self._closed:
            self._closed = True
            self._line.close_bundle(self._flow)


class _Flow:
    """The line at work in its threads, from the first bundle that opens until none is open."""

    def __init__(self, line: ShardLine | VectorLine) -> None:
        self.bundles = 0
        self._feed: Feed[tuple[Shard, Future[Receipt]]] = Feed(depth=1)
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._unfinished: set[Future[Receipt]] = set()
        self._error: BaseException | None = None
        threading.Thread(target=self._work, args=(line,), daemon=True, name="shard-line").start()

    @property
    def failed(self) -> bool:
        return self._error is not None

    def put(self, shard: Shard) -> Future[Receipt]:
        future: Future[Receipt] = Future()
        with self._lock:
            if self._error is not None:
                raise self._error
            self._unfinished.add(future)

        def raise_if_failed() -> None:
            if future.done():
                future.result()

        self._feed.put((shard, future), while_waiting=raise_if_failed)
        return future

    def stop(self) -> None:
        """Lets the threads end: at once if nothing is unfinished, else after the shard that is being written."""
        self._stopped.set()
        self._feed.finish()

    def _work(self, line: ShardLine | VectorLine) -> None:
        started: deque[Future[Receipt]] = deque()

        def shards() -> Iterator[Shard]:
            for shard, future in self._feed:
                started.append(future)
                yield shard

        receipts = line.run(shards())
        try:
            for receipt in receipts:
                future = started.popleft()
                with self._lock:
                    self._unfinished.discard(future)
                future.set_result(receipt)
                if self._stopped.is_set():
                    receipts.close()  # type: ignore[attr-defined]
                    return
        except BaseException as error:  # handed to the threads that wait for a receipt
            with self._lock:
                self._error = error
                unfinished, self._unfinished = self._unfinished, set()
            for future in unfinished:
                future.set_exception(error)
