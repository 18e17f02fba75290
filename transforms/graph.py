"""The embed job as Beam steps. What flows between them is a few hundred bytes a shard.

    Create([job]) -> PlanShards -> Reshuffle -> EmbedShards -> |
                              \\-> Reshuffle -> RewriteParts -> | -> Commit

Each step reads what it needs from the run's folder, so that payloads and vectors never cross a shuffle. A failure that
a person can act on is written to `failure.json` there before it is raised: a runner may turn exceptions into text.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Iterable, Iterator
from queue import Empty, Queue
from typing import Any

import apache_beam as beam
from apache_beam.metrics import Metrics
from apache_beam.transforms.window import GlobalWindow
from apache_beam.utils.windowed_value import WindowedValue

from transforms.common.errors import VectormillError
from transforms.common.prefetch import Feed
from transforms.common.progress import METER
from transforms.embed.commit import Rewritten, commit
from transforms.embed.job import EmbedJob
from transforms.embed.plan import PLAN, PlanSummary, Shard, load_shards, load_summary, make_plan, save_plan
from transforms.embed.rewrite import without_sources
from transforms.embed.shard_line import ShardLine
from transforms.embed.shard_writer import writing
from transforms.storage import files
from transforms.table.ledger import Receipt
from transforms.table.open import open_log
from transforms.table.snapshot import Layout

SHARDS, REWRITES, PLANNED = "shards", "rewrites", "planned"
SUMMARY, FAILURE = "summary.json", "failure.json"


FAILURES: dict[str, VectormillError] = {}
"""Failures of runs in this process, by run id: a runner may have turned them into text by the time they are seen."""


@contextlib.contextmanager
def failures_told(job: EmbedJob) -> Iterator[None]:
    """Remembers a failure where the launcher finds it: in this process, and beside a plan that was made."""
    try:
        yield
    except VectormillError as error:
        FAILURES[job.run] = error
        layout = Layout(job.table)
        with contextlib.suppress(OSError):
            if files.exists(layout.run(job.run, PLAN)):
                told = {"message": str(error), "exit_code": error.exit_code}
                files.write(layout.run(job.run, FAILURE), json.dumps(told).encode())
        raise


class EmbedCorpus(beam.PTransform):
    """PBegin -> PCollection of one summary dict: brings the table up to date with the corpus."""

    def __init__(self, job: EmbedJob) -> None:
        super().__init__()
        self._job = job

    def expand(self, begin: Any) -> Any:
        job = self._job
        planned = (
            begin
            | "Job" >> beam.Create([None])
            | "PlanShards" >> beam.ParDo(PlanShards(job)).with_outputs(REWRITES, PLANNED, main=SHARDS)
        )
        receipts = planned[SHARDS] | "SpreadShards" >> beam.Reshuffle() | "EmbedShards" >> beam.ParDo(EmbedShards(job))
        rewritten = (
            planned[REWRITES] | "SpreadRewrites" >> beam.Reshuffle() | "RewriteParts" >> beam.ParDo(RewriteParts(job))
        )
        # One key gathers everything, the plan's own mark too: so there is a commit even where nothing was to be done.
        return (
            (receipts, rewritten, planned[PLANNED])
            | "Outcomes" >> beam.Flatten()
            | "OneKey" >> beam.Map(_keyed)
            | "Gather" >> beam.GroupByKey()
            | "Commit" >> beam.ParDo(Commit(job))
        )


def _keyed(outcome: Receipt | Rewritten | None) -> tuple[int, Receipt | Rewritten | None]:
    return 0, outcome


class PlanShards(beam.DoFn):
    """Lists the corpus, compares it with the table, and yields the positions of shards and of rewrites."""

    def __init__(self, job: EmbedJob) -> None:
        self._job = job

    def process(self, _: None) -> Iterator[Any]:
        job = self._job
        with failures_told(job):
            METER.begin("planning")
            files.delete([Layout(job.table).run(job.run, FAILURE)])  # of an earlier try under the same name
            plan = make_plan(job, open_log(job.table, job.part_format).snapshot())
            with writing(job.table):
                save_plan(job, plan)
            METER.begin("embedding", work_total=plan.weight, sources=sum(len(s.sources) for s in plan.shards))
        yield beam.pvalue.TaggedOutput(PLANNED, None)
        yield from range(len(plan.shards))
        for position in range(len(plan.rewrites)):
            yield beam.pvalue.TaggedOutput(REWRITES, position)


class EmbedShards(beam.DoFn):
    """Shard positions in, receipts out.

    `process` feeds a line that works in the background, so that the next shard is read while the last is encoded; it
    blocks while the line is behind, so that a runner still sees how busy a worker is.
    """

    def __init__(self, job: EmbedJob) -> None:
        self._job = job
        self._plan: PlanSummary | None = None
        self._line: BackgroundLine | None = None
        self._encoded = Metrics.counter("vectormill", "items_encoded")
        self._dead = Metrics.counter("vectormill", "items_dead")

    def process(self, position: int) -> Iterator[Receipt]:
        with failures_told(self._job):
            if self._plan is None:
                self._plan = load_summary(self._job)
            if self._line is None:
                self._line = BackgroundLine(self._job, self._plan)
            (shard,) = load_shards(self._job, [position])
            self._line.put(shard)
            yield from self._counted(self._line.ready())

    def finish_bundle(self) -> Iterator[WindowedValue]:
        if self._line is None:
            return
        line, self._line = self._line, None
        with failures_told(self._job):
            for receipt in self._counted(line.finish()):
                yield WindowedValue(receipt, GlobalWindow().max_timestamp(), [GlobalWindow()])

    def teardown(self) -> None:
        if self._line is not None:
            self._line.stop()

    def _counted(self, receipts: Iterable[Receipt]) -> Iterator[Receipt]:
        for receipt in receipts:
            self._encoded.inc(receipt.encoded)
            self._dead.inc(receipt.dead)
            yield receipt


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


class RewriteParts(beam.DoFn):
    """Positions of rewrites in, `Rewritten` out: parts without the rows of dropped sources."""

    def __init__(self, job: EmbedJob) -> None:
        self._job = job
        self._plan: PlanSummary | None = None

    def process(self, position: int) -> Iterator[Rewritten]:
        job = self._job
        with failures_told(job):
            if self._plan is None:
                self._plan = load_summary(job)
            rewrite = self._plan.rewrites[position]
            made = without_sources(job.table, rewrite, schema=self._plan.schema, part_format=job.part_format)
        yield Rewritten(old=rewrite.part, new=made)


class Commit(beam.DoFn):
    """All receipts and rewritten parts under one key in, the run's summary out."""

    def __init__(self, job: EmbedJob) -> None:
        self._job = job

    def process(self, gathered: tuple[int, Iterable[Receipt | Rewritten | None]]) -> Iterator[dict[str, Any]]:
        job = self._job
        outcomes = list(gathered[1])
        receipts = [outcome for outcome in outcomes if isinstance(outcome, Receipt)]
        rewritten = [outcome for outcome in outcomes if isinstance(outcome, Rewritten)]
        with failures_told(job):
            METER.begin("committing")
            with writing(job.table):
                summary = commit(job, load_summary(job), receipts, rewritten).to_dict()
                told = json.dumps({**summary, "finished": time.time()}).encode()
                files.write(Layout(job.table).run(job.run, SUMMARY), told)
        yield summary
