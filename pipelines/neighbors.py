"""The nearest rows of an index for every row of a feature table: part by part, one commit.

Positions of parts -> Reshuffle -> JoinPart -> (one key) -> CommitNeighbours
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

from pipelines.running import JobStep, pipeline_on
from transforms import files
from transforms.errors import RequestError
from transforms.meter import METER
from transforms.open_table import existing
from transforms.result_table import ResultTable, key_of
from transforms.search import neighbours
from transforms.search.neighbours import Wanted
from transforms.search.searcher import Searcher
from transforms.search.where import matching
from transforms.shard_writer import writing
from transforms.table import NewPart
from transforms.table_vectors import TableVectors


@dataclass(frozen=True, kw_only=True)
class NeighborsJob:
    """Join a version of a table with a version of an index. `index` is the folder of that version."""

    index: str
    table: str
    version: int
    out: str
    wanted: Wanted


def run(job: NeighborsJob, options: PipelineOptions, *, runner: Any = None) -> dict[str, Any]:
    """Finds the neighbours of every row.

    Returns `version` (of the neighbours), `changed` (False: they were there already), `rows`, `joined` (those whose neighbours
    were not there before), `k`, `index` and `table_version`.

    Raises:
      RequestError: the table or the index is missing, they are of different encoders, k is below 1 or above the rows of the
        index, the condition is none, the target is occupied.
      RunError: the disk is full, or another run was first.
    """
    METER.reset()
    METER.begin("finding neighbours")
    work = _Work(job)
    work.require()
    done = work.results.finished(work.key)
    if done is not None:
        return {**done, "joined": 0}
    METER.begin("finding neighbours", work_total=work.snapshot.rows)
    with pipeline_on(runner, options) as pipeline:
        (
            pipeline
            | "Parts" >> beam.Create(range(len(work.snapshot.parts)))
            | "Spread" >> beam.Reshuffle()
            | "JoinPart" >> beam.ParDo(_JoinPart(job))
            | "Parts joined" >> beam.combiners.ToList()
            | "CommitNeighbours" >> beam.ParDo(_Commit(job))
        )
    return work.results.summary()


class _Work:
    """What the steps of a job share: the table, the index, the place of the results."""

    def __init__(self, job: NeighborsJob) -> None:
        self.job = job
        self.snapshot = existing(job.table, job.version)
        self.results = ResultTable(out=job.out, noun="neighbours", own=neighbours.OWN)

    @cached_property
    def searcher(self) -> Searcher:
        return Searcher(self.job.index)

    @cached_property
    def schema(self) -> Any:
        return self.results.schema(self.snapshot, neighbours.CARRIED)

    @cached_property
    def join_key(self) -> str:
        return neighbours.join_key(self.searcher, self.schema, self.job.wanted)

    @cached_property
    def key(self) -> str:
        return key_of(self.join_key, sorted(self.snapshot.parts))

    @property
    def parts(self) -> list[str]:
        return sorted(self.snapshot.parts)

    def require(self) -> None:
        """Refuses what cannot be done, before anything is."""
        job, searcher, wanted = self.job, self.searcher, self.job.wanted
        if wanted.k < 1:
            raise RequestError(f"-k {wanted.k} is no number of neighbours: give 1 or more")
        if wanted.k > searcher.rows:
            raise RequestError(f"-k {wanted.k:,} is more than the {searcher.rows:,} rows of {job.index}: give fewer")
        if not self.snapshot.rows:
            raise RequestError(f"{job.table} holds no rows: embed a corpus into it first")
        searcher.require_encoder(self.snapshot.about.encoder_fingerprint, job.table)
        if wanted.where is not None:
            matching(wanted.where, searcher.rows_of([0]), name=job.index)
        self.results.require_place(self.schema)


class _Step(JobStep[_Work]):
    opens = _Work


class _JoinPart(_Step):
    """Positions of parts in; out come joined parts, and how many of their rows were joined just now."""

    def process(self, position: int) -> Iterator[tuple[NewPart, int]]:
        work, job = self._work, self._job
        part = work.parts[position]
        path = files.join(job.out, neighbours.part_name(part, work.join_key))
        fresh = not files.exists(path)
        if fresh:
            vectors = TableVectors(job.table, work.snapshot).only(part)
            with writing(job.out):
                neighbours.join_part(vectors, work.searcher, job.wanted, schema=work.schema, path=path)
        made = NewPart(name=files.basename(path), rows=work.snapshot.parts[part], size=files.size(path))
        METER.add(written=made.rows, work=made.rows)
        yield made, made.rows if fresh else 0


class _Commit(_Step):
    """All joined parts in; the commit."""

    def process(self, joined: list[tuple[NewPart, int]]) -> None:
        work, job = self._work, self._job
        told = {
            "rows": work.snapshot.rows,
            "joined": sum(rows for _, rows in joined),
            "k": job.wanted.k,
            "index": work.searcher.folder,
            "table_version": work.snapshot.version,
        }
        parts = [part for part, _ in joined]
        with writing(job.out):
            work.results.commit(work.key, schema=work.schema, parts=parts, told=told)
