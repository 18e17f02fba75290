"""The main job: a corpus in, a feature table's next version out.

    Create([job]) -> PlanShards -> Reshuffle -> EmbedShards -> |
                              \\-> Reshuffle -> RewriteParts -> | -> Commit

`run` builds the graph and hands it to a runner; all work, the commit included, happens inside the graph, so that a
launcher may leave once the job is submitted. What flows between the steps is a few hundred bytes a shard: each reads what
it needs from the run's folder, so that payloads and vectors never cross a shuffle.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterable, Iterator
from typing import Any

import apache_beam as beam
from apache_beam.metrics import Metrics
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.transforms.window import GlobalWindow
from apache_beam.utils.windowed_value import WindowedValue

from pipelines.running import FAILURE, raise_reported, reported_failures, runner_of
from transforms.common.progress import METER
from transforms.embed.background_line import BackgroundLine
from transforms.embed.commit import Rewritten, commit
from transforms.embed.job import EmbedJob
from transforms.embed.plan import PLAN, PlanSummary, load_shards, load_summary, make_plan, save_plan
from transforms.embed.rewrite import without_sources
from transforms.storage import files
from transforms.storage.write_errors import writing
from transforms.table.ledger import Receipt
from transforms.table.open import open_log, whole
from transforms.table.snapshot import Layout

__all__ = ["EmbedJob", "build", "run"]

SHARDS, REWRITES, PLANNED = "shards", "rewrites", "planned"
SUMMARY = "summary.json"


def build(pipeline: beam.Pipeline, job: EmbedJob) -> beam.PCollection[dict[str, Any]]:
    """Adds the job to a pipeline; the result holds one summary."""
    summaries: beam.PCollection[dict[str, Any]] = pipeline | "EmbedCorpus" >> EmbedCorpus(job)
    return summaries


def run(job: EmbedJob, options: PipelineOptions, *, runner: Any = None) -> dict[str, Any]:
    """Runs the job to its end and returns its summary (`transforms.commit.Summary` as a dict).

    Args:
      runner: a Beam runner; None: the in-process FnApiRunner, in memory.

    Raises:
      RequestError: the request cannot be carried out; nothing was changed.
      RunError: the run failed; the table is as it was, finished parts are kept for the next try.
    """
    METER.reset()
    base = open_log(job.table, job.part_format).snapshot()
    if base is not None:
        whole(job.table, base)
    pipeline = beam.Pipeline(runner=runner_of(runner), options=options)
    build(pipeline, job)
    layout = Layout(job.table)
    try:
        pipeline.run().wait_until_finish()
    except Exception as error:
        raise_reported(error, job.run, layout.run(job.run, FAILURE))
    summary: dict[str, Any] = json.loads(files.read(layout.run(job.run, SUMMARY)))
    return summary


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
        with failures_reported(job):
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
        with failures_reported(self._job):
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
        with failures_reported(self._job):
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


class RewriteParts(beam.DoFn):
    """Positions of rewrites in, `Rewritten` out: parts without the rows of dropped sources."""

    def __init__(self, job: EmbedJob) -> None:
        self._job = job
        self._plan: PlanSummary | None = None

    def process(self, position: int) -> Iterator[Rewritten]:
        job = self._job
        with failures_reported(job):
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
        with failures_reported(job):
            METER.begin("committing")
            with writing(job.table):
                summary = commit(job, load_summary(job), receipts, rewritten).to_dict()
                told = json.dumps({**summary, "finished": time.time()}).encode()
                files.write(Layout(job.table).run(job.run, SUMMARY), told)
        yield summary


def failures_reported(job: EmbedJob) -> contextlib.AbstractContextManager[None]:
    """Leaves a failure of a step beside the run's plan, once there is one, for the launcher."""
    layout = Layout(job.table)
    return reported_failures(job.run, layout.run(job.run, FAILURE), beside=layout.run(job.run, PLAN))
