"""Indexes: from a version of a feature table to a published version of an index.

PrepareIndex -> Reshuffle (numbers of shards) -> EncodeShard -> (one key) -> Reshuffle (names of segments) -> BuildSegment
   -> (one key) -> FinishIndex: measure -> gate -> publish

An update is the same graph over the rows that came.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

from pipelines.running import pipeline_on
from transforms.common.errors import RequestError, RunError
from transforms.common.progress import METER
from transforms.search.build.describe import table_path
from transforms.search.build.draft import Draft
from transforms.search.build.finish import Base, Outcome, RebuildDueError, finish
from transforms.search.build.prepare import prepare
from transforms.search.build.segments import build_segment
from transforms.search.build.shard import encode_shard
from transforms.search.build.update import follow, too_much
from transforms.search.job import IndexJob
from transforms.search.store.index_folder import INDEXES, building, outcome_of, read_about, remember_outcome
from transforms.search.store.segment import RECENT, open_segments
from transforms.storage import files
from transforms.storage.numbered_versions import RUNS
from transforms.storage.write_errors import writing
from transforms.table.open import existing


def run(job: IndexJob, options: PipelineOptions, *, runner: Any = None) -> Outcome | None:
    """Builds, or follows the newest version; None where that is up to date.

    Raises:
      RequestError: the request cannot be carried out.
      RunError: the run failed.
    """
    METER.reset()
    METER.begin("planning")
    INDEXES.require_writable(job.to)
    with building(job.to), writing(job.to):
        newest = INDEXES.newest(job.to)
        # A version that is damaged can be replaced.
        about = None if newest is None or job.rebuild else read_about(files.join(job.to, str(newest)))
        snapshot = existing(job.table, job.version)
        why = ""
        if about is not None:
            _require_same_origin(job, about)
            why = _why_not_followed(job, snapshot, about)
            if not why and about["table"]["parts"] == sorted(snapshot.parts):
                _clear(job.to)
                return None
        follows = about is not None and not why
        try:
            return _run(job, newest if follows else None, newest, why, options, runner)
        except RebuildDueError as needed:
            METER.begin("building anew")
            return _run(job, None, newest, str(needed), options, runner)


def _require_same_origin(job: IndexJob, about: dict[str, Any]) -> None:
    if about["table"]["path"] != table_path(job.table):
        raise RequestError(
            f"{job.to} is an index of {about['table']['path']}, not of {job.table}: give another --to, or --rebuild to"
            " replace it"
        )


def _why_not_followed(job: IndexJob, snapshot: Any, about: dict[str, Any]) -> str:
    if about["encoder"]["fingerprint"] != snapshot.about.encoder_fingerprint:
        return f"the table's vectors are of another encoder now: {snapshot.about.encoder}"
    asked = {name: value for name, value in job.asked.items() if value != about["asked"][name]}
    if asked:
        return f"another {next(iter(asked))} is asked for"
    return ""


def _run(
    job: IndexJob, base: int | None, newest: int | None, why: str, options: PipelineOptions, runner: Any
) -> Outcome:
    work = _Work(job, base, newest, why)
    files.make_folder(work.folder)
    with pipeline_on(runner, options) as pipeline:
        (
            pipeline
            | "Start" >> beam.Create([None])
            | "PrepareIndex" >> beam.ParDo(_Prepare(work))
            | "Spread shards" >> beam.Reshuffle()
            | "EncodeShard" >> beam.ParDo(_EncodeShard(work))
            | "Shards encoded" >> beam.combiners.ToList()
            | "Segments" >> beam.ParDo(_Segments(work))
            | "Spread segments" >> beam.Reshuffle()
            | "BuildSegment" >> beam.ParDo(_BuildSegment(work))
            | "Segments built" >> beam.combiners.ToList()
            | "FinishIndex" >> beam.ParDo(_Finish(work))
        )
    told = outcome_of(work.folder)
    if "rebuild" in told:
        shutil.rmtree(work.folder, ignore_errors=True)
        raise RebuildDueError(told["rebuild"])
    outcome = Outcome(**told)
    _clear(job.to)
    return outcome


def _clear(index: str) -> None:
    """Removes work that is done, or was begun on other versions of the table and left."""
    for name in files.names(files.join(index, RUNS)):
        if name != "lock":
            shutil.rmtree(files.join(index, RUNS, name), ignore_errors=True)


class _Work:
    """What the steps share. Pickled with them: what is opened is opened where it is needed."""

    def __init__(self, job: IndexJob, base: int | None, newest: int | None, why: str) -> None:
        self.job = job
        self.base = base
        self.newest = newest
        self.why = why

    def __getstate__(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("job", "base", "newest", "why")}

    @property
    def folder(self) -> str:
        return files.join(self.job.to, RUNS, self.job.key(self.base, run=self.snapshot.about.run))

    @cached_property
    def snapshot(self) -> Any:
        return existing(self.job.table, self.job.version)

    @cached_property
    def draft(self) -> Draft:
        found = Draft.load(self.folder)
        if found is None:
            raise RunError(f"{self.folder} was deleted while its index was built: run the same command again")
        return found

    @cached_property
    def followed(self) -> Base | None:
        """The version that is followed."""
        if self.base is None:
            return None
        folder = files.join(self.job.to, str(self.base))
        about = read_about(folder)
        return Base(folder, about, open_segments(folder, about["segments"], about["plan"]["kind"]))


class _Step(beam.DoFn):
    def __init__(self, work: _Work) -> None:
        self._work = work


class _Prepare(_Step):
    """Numbers of shards out."""

    def process(self, _: None) -> Iterator[int]:
        work = self._work
        draft = Draft.load(work.folder)
        if draft is None:
            started = time.monotonic()
            base = work.followed
            METER.begin("sampling and training" if base is None else "looking for changes")
            with writing(work.job.to):
                if base is None:
                    draft = prepare(work.job, work.snapshot, work.folder, work.why)
                else:
                    draft = follow(work.job, work.snapshot, work.folder, work.base or 0, base.about, base.segments)
            draft.took("prepare", 0, time.monotonic() - started)
        reason = too_much(draft, work.followed.segments) if work.followed is not None else None
        if reason is not None:
            remember_outcome(work.folder, {"rebuild": reason})
            return
        rows = sum(work.snapshot.parts[part] for shard in draft.shards for part in shard.parts)
        METER.begin("encoding", work_total=rows)
        yield from (position for position in range(len(draft.shards)))


class _EncodeShard(_Step):
    def process(self, position: int) -> Iterator[int]:
        work, started = self._work, time.monotonic()
        with writing(work.job.to):
            encode_shard(work.draft, work.draft.shards[position], work.job.table, work.snapshot)
            work.draft.took("encode", position, time.monotonic() - started)
        yield position


class _Segments(_Step):
    """Names of the segments to build out; none where a new build is due."""

    def process(self, _: list[int]) -> Iterator[str]:
        if "rebuild" not in outcome_of(self._work.folder):
            METER.begin("building")
            yield from self._work.draft.segments()


class _BuildSegment(_Step):
    def process(self, name: str) -> Iterator[str]:
        work, started = self._work, time.monotonic()
        carried = work.followed.left(name, work.draft) if name == RECENT and work.followed is not None else None
        with writing(work.job.to):
            build_segment(work.draft, name, carried)
            work.draft.took("build", name, time.monotonic() - started)
        yield name


class _Finish(_Step):
    """The version, measured, judged and published."""

    def process(self, _: list[str]) -> None:
        work = self._work
        if "rebuild" in outcome_of(work.folder):
            return
        METER.begin("measuring")
        with writing(work.job.to):
            try:
                outcome = finish(work.job, work.draft, work.snapshot, base=work.followed, newest=work.newest)
            except RebuildDueError as error:
                remember_outcome(work.folder, {"rebuild": str(error)})
                return
            remember_outcome(work.folder, vars(outcome))
