"""Embeds a corpus: the Beam graph that makes a feature table's next version.

    StartRun -> PlanShards -> Reshuffle -> EmbedShards -> |
                          \\-> Reshuffle -> RewriteParts -> | -> CombineGroups -> CommitVersion

`run` builds the graph and hands it to a runner; all work, the commit included, happens inside the graph, so that a
launcher may leave once the job is submitted. What flows between the steps is a few hundred bytes a shard: each reads what
it needs from the run's folder, so that payloads and vectors never cross a shuffle. Receipts are combined in groups of 512, side
by side, so that the one worker which commits reads two thousand files for a million shards.
"""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import apache_beam as beam
from apache_beam.metrics import Metrics
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.transforms.window import GlobalWindow
from apache_beam.utils.windowed_value import WindowedValue

from pipelines.follow import receipts_of
from pipelines.running import pipeline_on, read_outcome
from pipelines.step import JobStep
from pipelines.workers import accelerator_of, slots_of
from transforms.common.progress import METER
from transforms.embed.background_line import BackgroundLine, Bundle
from transforms.embed.combine import Outcome, combine
from transforms.embed.commit import commit, forget_plan
from transforms.embed.job import EmbedJob
from transforms.embed.plan import make_plan, with_contents
from transforms.embed.plan_file import (
    PlanSummary,
    group_of,
    groups_of,
    load_rewrite,
    load_shard,
    load_summary,
    save_plan,
)
from transforms.embed.rewrite import Rewritten, without_sources
from transforms.storage import files
from transforms.storage.write_errors import writing
from transforms.table.ledger import Receipt
from transforms.table.open import open_log, require_all_parts
from transforms.table.snapshot import Layout

__all__ = ["EmbedJob", "build", "run"]

SHARDS, REWRITES, PLANNED = "shards", "rewrites", "planned"
SUMMARY = "summary.json"
_MARK = "planned"


def build(pipeline: beam.Pipeline, job: EmbedJob) -> beam.PCollection[dict[str, Any]]:
    """Adds the job to a pipeline; the result holds one summary."""
    summaries: beam.PCollection[dict[str, Any]] = pipeline | "EmbedCorpus" >> EmbedCorpus(job)
    return summaries


def run(job: EmbedJob, options: PipelineOptions, *, runner: Any = None) -> dict[str, Any]:
    """Runs the job to its end and returns its summary (`transforms.embed.commit.Summary` as a dict).

    Args:
      runner: a Beam runner or a `RemoteRunner`; None: the in-process FnApiRunner, in memory.

    Raises:
      RequestError: the request cannot be carried out; nothing was changed.
      RunError: the run failed; the table is as it was, finished parts are kept for the next try.
    """
    METER.reset()
    path = Layout(job.table).run(job.run, SUMMARY)
    if files.exists(path):  # this very run has been done
        return dict(read_outcome(path))
    base = open_log(job.table, job.part_format).snapshot()
    if base is not None:
        require_all_parts(job.table, base)
    if runner is not None:
        job = replace(job, slots=slots_of(options) or job.slots)
    with pipeline_on(runner, options, job, look=receipts_of(job)) as pipeline:
        build(pipeline, job)
    summary: dict[str, Any] = read_outcome(path)
    return summary


def submit(job: EmbedJob, options: PipelineOptions, *, runner: Any) -> Any:
    """Hands the job to a runner, or writes it as a template where `--template_location` says so, and waits for nothing.

    Returns:
      Beam's PipelineResult: the runner's own, of a job that has only begun, or has not where it is a template.
    """
    job = replace(job, slots=slots_of(options) or job.slots)
    pipeline = beam.Pipeline(runner=runner, options=options)
    build(pipeline, job)
    return pipeline.run()


class EmbedCorpus(beam.PTransform):
    """PBegin -> PCollection of one summary dict: brings the table up to date with the corpus."""

    def __init__(self, job: EmbedJob) -> None:
        super().__init__()
        self._job = job

    def expand(self, begin: Any) -> Any:
        job = self._job
        planned = (
            begin
            | "StartRun" >> beam.Create([None])
            | "PlanShards" >> beam.ParDo(PlanShards(job)).with_outputs(REWRITES, PLANNED, main=SHARDS)
        )
        embed = beam.ParDo(EmbedShards(job))
        accelerator = accelerator_of(begin.pipeline.options)
        if accelerator is not None:  # of this step alone: the others would leave it idle
            embed = embed.with_resource_hints(accelerator=accelerator)
        receipts = planned[SHARDS] | "SpreadShards" >> beam.Reshuffle() | "EmbedShards" >> embed
        rewritten = (
            planned[REWRITES] | "SpreadRewrites" >> beam.Reshuffle() | "RewriteParts" >> beam.ParDo(RewriteParts(job))
        )
        # The plan's own mark goes with them, so that there is a commit even where nothing was to be done.
        return (
            (receipts, rewritten, planned[PLANNED])
            | "FlattenOutcomes" >> beam.Flatten()
            | "GatherGroups" >> beam.GroupByKey()
            | "CombineGroups" >> beam.ParDo(CombineGroups(job))
            | "KeyGroups" >> beam.Map(_keyed)
            | "GatherVersion" >> beam.GroupByKey()
            | "CommitVersion" >> beam.ParDo(CommitVersion(job))
        )


def _keyed(group: str) -> tuple[int, str]:
    return 0, group


class PlanShards(JobStep[EmbedJob]):
    """Lists the corpus and compares it with the table.

    Yields (position, id) of every shard, (position, part) of every rewrite, and (group, None) for every group of parts whose
    ids are compared with new ones. The plan itself is files, and a runner that tries this step twice writes them twice: the
    names let the next steps see whether they are still the same.
    """

    def process(self, _: None) -> Iterator[Any]:
        job: EmbedJob = self._job
        METER.begin("planning")
        base = open_log(job.table, job.part_format).snapshot()
        plan = make_plan(job, base)
        with writing(job.table):
            plan = with_contents(job, plan, base)
            save_plan(job, plan)
        METER.begin(
            "embedding" if job.read.vectors is None else "importing",
            work_total=plan.weight,
            sources=sum(len(s.sources) for s in plan.shards),
        )
        yield beam.pvalue.TaggedOutput(PLANNED, (_MARK, None))
        for group in groups_of("kept", len(plan.kept)):
            yield beam.pvalue.TaggedOutput(PLANNED, (group, None))
        for position, shard in enumerate(plan.shards):
            yield position, shard.id
        for position, rewrite in enumerate(plan.rewrites):
            yield beam.pvalue.TaggedOutput(REWRITES, (position, rewrite.part))


class EmbedShards(JobStep[BackgroundLine]):
    """(position, id) of shards in, (group, receipt) out.

    `process` feeds a line that works in the background, so that the next shard is read while the last is encoded; it
    blocks while the line is behind, so that a runner still sees how busy a worker is. All copies of this step in a
    process share the line. A bundle ends when the receipts of its own shards are there.
    """

    opens = BackgroundLine
    per_process = True

    def __init__(self, job: EmbedJob) -> None:
        super().__init__(job)
        self._bundle: Bundle | None = None
        self._groups: deque[str] = (
            deque()
        )  # of the shards that were put into the bundle, in order, as their receipts come
        self._encoded = Metrics.counter("vectormill", "items_encoded")
        self._dead = Metrics.counter("vectormill", "items_dead")

    def start_bundle(self) -> None:
        self._close()  # one that failed was never finished

    def process(self, element: tuple[int, str]) -> Iterator[tuple[str, Receipt]]:
        shard = load_shard(self._job, *element)
        if self._bundle is None:
            self._bundle = self._work.open_bundle()
        self._groups.append(group_of("shards", element[0]))
        self._bundle.put(shard)
        yield from self._counted(self._bundle.ready())

    def finish_bundle(self) -> Iterator[WindowedValue]:
        if self._bundle is None:
            return
        try:
            for receipt in self._counted(self._bundle.finish()):
                yield WindowedValue(receipt, GlobalWindow().max_timestamp(), [GlobalWindow()])
        finally:
            self._close()

    def teardown(self) -> None:
        self._close()

    def _close(self) -> None:
        if self._bundle is not None:
            self._bundle.close()
            self._bundle = None
        self._groups.clear()

    def _counted(self, receipts: Iterable[Receipt]) -> Iterator[tuple[str, Receipt]]:
        for receipt in receipts:
            self._encoded.inc(receipt.encoded)
            self._dead.inc(receipt.dead)
            yield self._groups.popleft(), receipt


class RewriteParts(JobStep[PlanSummary]):
    """(position, part) of rewrites in, (group, `Rewritten`) out: parts without the rows of dropped sources."""

    opens = staticmethod(load_summary)

    def process(self, element: tuple[int, str]) -> Iterator[tuple[str, Rewritten]]:
        job: EmbedJob = self._job
        rewrite = load_rewrite(job, *element)
        made = without_sources(job.table, rewrite, schema=self._work.schema, part_format=job.part_format)
        yield group_of("rewrites", element[0]), Rewritten(old=rewrite.part, new=made)


class CombineGroups(JobStep[PlanSummary]):
    """The receipts or rewritten parts of a group in, its name out; what became of the group is a file then."""

    opens = staticmethod(load_summary)

    def process(self, gathered: tuple[str, Iterable[Outcome]]) -> Iterator[str]:
        job: EmbedJob = self._job
        group, outcomes = gathered
        if group != _MARK:
            with writing(job.table):
                combine(job, self._work, group, outcomes)
        yield group


class CommitVersion(JobStep[PlanSummary]):
    """The names of all groups under one key in, the run's summary out."""

    opens = staticmethod(load_summary)

    def process(self, gathered: tuple[int, Iterable[str]]) -> Iterator[dict[str, Any]]:
        job: EmbedJob = self._job
        path = Layout(job.table).run(job.run, SUMMARY)
        METER.begin("committing")
        with writing(job.table):
            if files.exists(path):  # a runner tries this step again that had come to its end
                summary = json.loads(files.read(path))
            else:
                summary = commit(job, self._work, set(gathered[1])).to_dict()
                files.write(path, json.dumps({**summary, "finished": time.time()}).encode())
            forget_plan(job, self._work)
        yield summary
