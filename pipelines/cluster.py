"""Clusters of a feature table: centres from a sample, then every part on its own, one commit.

TrainCentres -> Reshuffle (positions of parts) -> AssignPart -> (one key) -> CommitClusters
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

from pipelines.running import JobStep, pipeline_on
from transforms.common.errors import RequestError
from transforms.common.progress import METER
from transforms.similarity import clusters
from transforms.similarity.kmeans import Vectors, sample_of, train
from transforms.storage import files
from transforms.storage.write_errors import writing
from transforms.table.open import existing
from transforms.table.result_table import ResultTable, key_of
from transforms.table.snapshot import NewPart
from transforms.table.vectors import TableVectors

_METHOD = 1
"""Raised when the same request would give other clusters."""


@dataclass(frozen=True, kw_only=True)
class ClusterJob:
    """Put the rows of a version of a table into `k` clusters."""

    table: str
    version: int
    out: str
    k: int
    seed: int = 0


def run(job: ClusterJob, options: PipelineOptions, *, runner: Any = None) -> dict[str, Any]:
    """Trains the centres and assigns every row.

    Returns `version` (of the clusters), `changed` (False: they were there already), `rows`, `zeros` (rows without direction,
    in no cluster), `k`, `empty` (clusters without rows), and `clusters`, the largest first, as
    `transforms.search.clusters.told` says them.

    Raises:
      RequestError: the table is missing or empty, k is below 1 or above the rows, the target is occupied.
      RunError: the disk is full, or another run was first.
    """
    METER.reset()
    METER.begin("training centres")
    if job.k < 1:
        raise RequestError(f"-k {job.k} is no number of clusters: give 1 or more")
    work = _Work(job)
    if not work.snapshot.rows:
        raise RequestError(f"{job.table} holds no rows: embed a corpus into it first")
    if job.k > work.snapshot.rows:
        raise RequestError(f"-k {job.k:,} is more than the {work.snapshot.rows:,} rows of {job.table}: give fewer")
    work.results.require_place(work.schema)
    done = work.results.finished(work.key)
    if done is not None:
        return done
    with pipeline_on(runner, options) as pipeline:
        (
            pipeline
            | "Start" >> beam.Create([None])
            | "TrainCentres" >> beam.ParDo(_TrainCentres(job))
            | "Spread" >> beam.Reshuffle()
            | "AssignPart" >> beam.ParDo(_AssignPart(job))
            | "Parts assigned" >> beam.combiners.ToList()
            | "CommitClusters" >> beam.ParDo(_Commit(job))
        )
    return work.results.summary()


class _Work:
    """What the steps of a job share: the table, the place of the results, the centres."""

    def __init__(self, job: ClusterJob) -> None:
        self.job = job
        self.snapshot = existing(job.table, job.version)
        self.vectors = TableVectors(job.table, self.snapshot)
        beside = (clusters.CENTRES, clusters.CENTRAL)
        self.results = ResultTable(out=job.out, noun="clusters", own=clusters.OWN, beside=beside)

    @cached_property
    def schema(self) -> Any:
        return self.results.schema(self.snapshot, clusters.CARRIED)

    @cached_property
    def key(self) -> str:
        return key_of(_METHOD, sorted(self.snapshot.parts), self.schema.names, self.job.k, self.job.seed)

    @property
    def parts(self) -> list[str]:
        return sorted(self.snapshot.parts)

    @property
    def centres_path(self) -> str:
        return self.results.work(self.key, clusters.CENTRES)

    @cached_property
    def centres(self) -> Vectors:
        """float32 [k, dim]."""
        found: Vectors = files.read_array(self.centres_path)
        return found

    def part_path(self, part: str) -> str:
        return files.join(self.job.out, clusters.part_name(part, self.key))


class _Step(JobStep[_Work]):
    opens = _Work


class _TrainCentres(_Step):
    """Writes the centres, unless that was done before; positions of parts out."""

    def process(self, _: None) -> Iterator[int]:
        work, job = self._work, self._job
        if not files.exists(work.centres_path):
            sample = sample_of(work.vectors, job.k, seed=job.seed)
            centres = train(sample, job.k, seed=job.seed)
            if len(centres) < job.k:
                raise RequestError(
                    f"-k {job.k:,} is more than the {len(centres):,} different directions that {job.table} has in a sample"
                    f" of {len(sample):,} rows: give fewer"
                )
            with writing(job.out):
                files.write_array(work.centres_path, centres)
        METER.begin("assigning", work_total=work.snapshot.rows)
        yield from range(len(work.parts))


class _AssignPart(_Step):
    """Positions of parts in, parts of clusters out."""

    def process(self, position: int) -> Iterator[NewPart]:
        work, job = self._work, self._job
        part = work.parts[position]
        with writing(job.out):
            made = clusters.assign_part(
                job.table, work.snapshot, part, work.centres, schema=work.schema, path=work.part_path(part)
            )
        METER.add(written=made.rows, work=made.rows)
        yield made


class _Commit(_Step):
    """All parts in; the centres, the central items, and the commit."""

    def process(self, parts: list[NewPart]) -> None:
        work, job = self._work, self._job
        found = clusters.central([work.part_path(part) for part in work.parts], job.k)
        described = clusters.told(found, work.vectors, with_text="text" in work.snapshot.schema.names)
        told = {
            "rows": work.snapshot.rows,
            "zeros": found.zeros,
            "k": job.k,
            "seed": job.seed,
            "empty": int((found.sizes == 0).sum()),
            "table_version": work.snapshot.version,
            "clusters": described,
        }
        with writing(job.out):
            centres = files.read(work.centres_path)
            work.results.commit(
                work.key,
                schema=work.schema,
                parts=parts,
                told=told,
                beside={clusters.CENTRES: centres, clusters.CENTRAL: clusters.central_csv(described)},
            )
