"""Builds and updates indexes: from a version of a feature table to a published version of an index.

PrepareIndex -> Reshuffle (numbers of shards) -> EncodeShard -> (one key) -> Reshuffle (names of segments) -> BuildSegment
   -> (one key) -> FinishIndex: measure -> gate -> publish

An update is the same graph over the added rows.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

from pipelines.follow import Look, files_of
from pipelines.running import pipeline_on
from pipelines.step import JobStep
from transforms.common.errors import RequestError, RunError
from transforms.common.progress import METER
from transforms.search.build.base_version import BaseVersion
from transforms.search.build.describe import table_path
from transforms.search.build.draft import Draft
from transforms.search.build.finish import IndexOutcome, finish
from transforms.search.build.measurement import RebuildDueError
from transforms.search.build.prepare import prepare
from transforms.search.build.segments import build_segment
from transforms.search.build.shard import encode_shard
from transforms.search.build.update import prepare_update, reason_to_rebuild
from transforms.search.job import IndexJob
from transforms.search.map.map_file import map_path
from transforms.search.store.index_folder import INDEXES, building, read_metadata, read_outcome, write_outcome
from transforms.search.store.segment import RECENT
from transforms.storage import files, folders
from transforms.storage.formats import known_fields
from transforms.storage.numbered_versions import RUNS
from transforms.storage.write_errors import writing
from transforms.table.compactions import Compactions
from transforms.table.open import existing
from transforms.table.snapshot import Snapshot


def run(job: IndexJob, options: PipelineOptions, *, runner: Any = None) -> IndexOutcome | None:
    """Updates the newest version of an index, or builds one from all rows; None where it is up to date.

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
        metadata = None if newest is None or job.rebuild else read_metadata(files.join(job.to, str(newest)))
        has_map = newest is not None and files.exists(map_path(files.join(job.to, str(newest))))
        job = replace(job, map=has_map if job.map is None else job.map)
        snapshot = existing(job.table, job.version)
        why = ""
        if metadata is not None:
            _require_same_origin(job, metadata)
            why = _reason_for_new_build(job, snapshot, metadata)
            has_same_rows = Compactions.of(job.table).have_same_rows(snapshot.parts, metadata["table"]["parts"])
            if not why and has_same_rows and job.map == has_map:
                _clear(job.to, None)
                return None
        base = newest if metadata is not None and not why else None
        try:
            return _run(_IndexRun(job=job, base=base, newest=newest, why=why), options, runner)
        except RebuildDueError as due:
            METER.begin("building anew")
            return _run(_IndexRun(job=job, base=None, newest=newest, why=str(due)), options, runner)


def _require_same_origin(job: IndexJob, metadata: dict[str, Any]) -> None:
    if metadata["table"]["path"] != table_path(job.table):
        raise RequestError(
            f"{job.to} is an index of {metadata['table']['path']}, not of {job.table}: give another --to, or --rebuild to"
            " replace it"
        )


def _reason_for_new_build(job: IndexJob, snapshot: Snapshot, metadata: dict[str, Any]) -> str:
    """The reason why the newest version cannot be updated; empty if it can."""
    if metadata["encoder"]["fingerprint"] != snapshot.about.encoder_fingerprint:
        return f"the table's vectors are of another encoder now: {snapshot.about.encoder}"
    option = job.changed_option(metadata["asked"])
    return f"another {option} is asked for" if option else ""


@dataclass(frozen=True, kw_only=True)
class _IndexRun:
    """A request, and the versions that it starts from; it travels with the steps.

    Attributes:
      base: the version to update; None for a build from all rows.
      newest: the newest published version; None if there is none.
      why: for a build: why the newest version is not updated.
    """

    job: IndexJob
    base: int | None
    newest: int | None
    why: str


def _run(run: _IndexRun, options: PipelineOptions, runner: Any) -> IndexOutcome:
    work = _Work(run)
    folder = work.folder
    files.make_folder(folder)
    with pipeline_on(runner, options, run.job, look=_shards_of(folder, work.snapshot)) as pipeline:
        (
            pipeline
            | "Start" >> beam.Create([None])
            | "PrepareIndex" >> beam.ParDo(_Prepare(run))
            | "SpreadShards" >> beam.Reshuffle()
            | "EncodeShard" >> beam.ParDo(_EncodeShard(run))
            | "GatherShards" >> beam.combiners.ToList()
            | "ListSegments" >> beam.ParDo(_Segments(run))
            | "SpreadSegments" >> beam.Reshuffle()
            | "BuildSegment" >> beam.ParDo(_BuildSegment(run))
            | "GatherSegments" >> beam.combiners.ToList()
            | "FinishIndex" >> beam.ParDo(_Finish(run))
        )
    outcome = read_outcome(folder)
    if "rebuild" in outcome:
        folders.remove(folder)
        raise RebuildDueError(outcome["rebuild"])
    _clear(run.job.to, folder)
    return IndexOutcome(**known_fields(IndexOutcome, outcome, where=folder))


def _shards_of(folder: str, snapshot: Snapshot) -> Look:
    """Counts the rows of the shards that are encoded, once there is a draft."""
    encoded: Look | None = None

    def look() -> bool:
        nonlocal encoded
        if encoded is None:
            draft = Draft.load(folder)
            if draft is None:
                return True
            rows = {str(shard.number): sum(snapshot.parts[part] for part in shard.parts) for shard in draft.shards}
            encoded = files_of(draft.path("shards"), rows, phase="encoding", then="building")
        return encoded()

    return look


def _clear(index: str, done: str | None) -> None:
    """Removes the work of the run in the folder `done`, and locally all that was begun on other versions of the table.

    A store has no lock that says whether another builder is at work there.
    """
    if files.is_local(index):
        for name in files.names(files.join(index, RUNS)):
            if name != "lock":
                folders.remove(files.join(index, RUNS, name))
    elif done is not None:
        folders.remove(done)


class _Work:
    """The table, the draft and the version that is updated, opened in the worker when they are first needed."""

    def __init__(self, run: _IndexRun) -> None:
        self.run = run
        self.job = run.job
        self.snapshot = existing(run.job.table, run.job.version)
        self.folder = files.join(run.job.to, RUNS, run.job.key(run.base, run=self.snapshot.about.run))

    @cached_property
    def draft(self) -> Draft:
        found = Draft.load(self.folder)
        if found is None:
            raise RunError(f"{self.folder} was deleted while its index was built: run the same command again")
        return found

    @cached_property
    def base(self) -> BaseVersion | None:
        """The version that is updated."""
        return None if self.run.base is None else BaseVersion.open(self.job.to, self.run.base)


class _Step(JobStep[_Work]):
    opens = _Work


class _Prepare(_Step):
    """Prepares the build or the update; numbers of shards out."""

    def process(self, _: None) -> Iterator[int]:
        work = self._work
        draft = Draft.load(work.folder)
        if draft is None:
            started = time.monotonic()
            METER.begin("sampling and training" if work.base is None else "looking for changes")
            with writing(work.job.to):
                if work.base is None:
                    draft = prepare(work.job, work.snapshot, work.folder, work.run.why)
                else:
                    draft = prepare_update(work.job, work.snapshot, work.folder, work.base)
            draft.record_seconds("prepare", 0, time.monotonic() - started)
        reason = None if work.base is None else reason_to_rebuild(draft, work.base.segments)
        if reason is not None:
            write_outcome(work.folder, {"rebuild": reason})
            return
        rows = sum(work.snapshot.parts[part] for shard in draft.shards for part in shard.parts)
        METER.begin("encoding", work_total=rows)
        yield from range(len(draft.shards))


class _EncodeShard(_Step):
    """Numbers of shards in, and out when they are encoded."""

    def process(self, position: int) -> Iterator[int]:
        work, started = self._work, time.monotonic()
        with writing(work.job.to):
            encode_shard(work.draft, work.draft.shards[position], work.job.table, work.snapshot)
            work.draft.record_seconds("encode", position, time.monotonic() - started)
        yield position


class _Segments(_Step):
    """All shards encoded; names of the segments to build out, none where the index is to be built anew."""

    def process(self, _: list[int]) -> Iterator[str]:
        if "rebuild" not in read_outcome(self._work.folder):
            METER.begin("building")
            yield from self._work.draft.segments()


class _BuildSegment(_Step):
    """Names of segments in, and out when they are built."""

    def process(self, name: str) -> Iterator[str]:
        work, started = self._work, time.monotonic()
        carried = work.base.remaining(name, work.draft) if name == RECENT and work.base is not None else None
        with writing(work.job.to):
            build_segment(work.draft, name, carried)
            work.draft.record_seconds("build", name, time.monotonic() - started)
        yield name


class _Finish(_Step):
    """All segments built; measures and publishes the version."""

    def process(self, _: list[str]) -> None:
        work = self._work
        if "rebuild" in read_outcome(work.folder):
            return
        METER.begin("measuring")
        with writing(work.job.to):
            try:
                outcome = finish(work.job, work.draft, work.snapshot, base=work.base, newest=work.run.newest)
            except RebuildDueError as due:
                write_outcome(work.folder, {"rebuild": str(due)})
                return
            write_outcome(work.folder, vars(outcome))
