"""Groups of near duplicates in a feature table: stripes of rows compared with all that follow, one commit.

    Stripes -> Reshuffle -> LinkStripe -> (one key) -> CommitGroups

Where there are too many pairs, those within cells are compared:

    TrainCells -> Reshuffle -> AssignPart -> (one key) -> Gatherings -> Reshuffle -> LinkCells -> (one key) -> CommitGroups

Positions and names of files cross between steps. What a step found lies in OUT/.work until the commit, so that a killed run
goes on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import apache_beam as beam
import numpy as np
from apache_beam.options.pipeline_options import PipelineOptions

from pipelines.running import JobStep, pipeline_on
from transforms.common.errors import RequestError
from transforms.common.progress import METER
from transforms.similarity import duplicate_groups, near_duplicates
from transforms.similarity.near_duplicates import Cells, Links
from transforms.storage import files
from transforms.storage.write_errors import writing
from transforms.table.open import existing
from transforms.table.result_table import ResultTable, key_of
from transforms.table.snapshot import Snapshot
from transforms.table.vectors import TableVectors

_METHOD = 1
"""Raised when the same request would give other groups."""


@dataclass(frozen=True, kw_only=True)
class DuplicatesJob:
    """Find near duplicates in a version of a table.

    Attributes:
      threshold: the least cosine of near duplicates, above 0, at most 1.
      exact: compare every pair, however many they are.
      seed: of the cells, where not every pair is compared.
    """

    table: str
    version: int
    out: str
    threshold: float = 0.97
    exact: bool = False
    seed: int = 0


def run(job: DuplicatesJob, options: PipelineOptions, *, runner: Any = None) -> dict[str, Any]:
    """Finds the groups and writes them.

    Returns `version` (of the groups), `changed` (False: they were there already), `rows`, `zeros` (rows without direction,
    which are near nothing), `groups`, `grouped` (rows in them), `droppable`, `compared` (in words), `exact`, `largest`.

    Raises:
      RequestError: the table is missing or empty, the threshold is none, the target is occupied.
      RunError: the disk is full, or another run was first.
    """
    METER.reset()
    METER.begin("comparing")
    if not 0 < job.threshold <= 1:
        raise RequestError(f"--threshold {job.threshold:g} is no cosine above 0 and up to 1: give one like 0.97")
    work = _Work(job)
    if not work.snapshot.rows:
        raise RequestError(f"{job.table} holds no rows: embed a corpus into it first")
    work.results.require_place(work.schema)
    done = work.results.finished(work.key)
    if done is not None:
        return done
    with pipeline_on(runner, options) as pipeline:
        links = _every_pair(pipeline, job, work) if work.exact else _within_cells(pipeline, job)
        _ = links | "All links" >> beam.combiners.ToList() | "CommitGroups" >> beam.ParDo(_Commit(job))
    return work.results.summary()


def _every_pair(pipeline: Any, job: DuplicatesJob, work: _Work) -> Any:
    METER.begin("comparing", work_total=near_duplicates.pairs_of(work.vectors.rows, work.vectors.dim))
    return (
        pipeline
        | "Stripes" >> beam.Create(near_duplicates.stripes(work.vectors.rows, work.vectors.dim))
        | "Spread" >> beam.Reshuffle()
        | "LinkStripe" >> beam.ParDo(_LinkStripe(job))
    )


def _within_cells(pipeline: Any, job: DuplicatesJob) -> Any:
    return (
        pipeline
        | "Start" >> beam.Create([None])
        | "TrainCells" >> beam.ParDo(_TrainCells(job))
        | "Spread parts" >> beam.Reshuffle()
        | "AssignPart" >> beam.ParDo(_AssignPart(job))
        | "All parts" >> beam.combiners.ToList()
        | "Gatherings" >> beam.ParDo(_Gatherings(job))
        | "Spread" >> beam.Reshuffle()
        | "LinkCells" >> beam.ParDo(_LinkCells(job))
    )


class _Work:
    """What the steps of a job share: the table, the place of what they find."""

    def __init__(self, job: DuplicatesJob) -> None:
        self.job = job
        self.snapshot: Snapshot = existing(job.table, job.version)
        self.vectors = TableVectors(job.table, self.snapshot)
        affordable = near_duplicates.every_pair_is_affordable(self.vectors.rows, self.vectors.dim)
        self.exact = job.exact or affordable
        self.results = ResultTable(out=job.out, noun="duplicates", own=duplicate_groups.OWN)

    @cached_property
    def schema(self) -> Any:
        return self.results.schema(self.snapshot, duplicate_groups.CARRIED)

    @cached_property
    def key(self) -> str:
        # The seed decides cells, and nothing where every pair is compared.
        seed = None if self.exact else self.job.seed
        return key_of(_METHOD, sorted(self.snapshot.parts), self.schema.names, self.job.threshold, seed)

    def path(self, name: str) -> str:
        return self.results.work(self.key, name)

    @cached_property
    def cells(self) -> Cells:
        """The cells of all rows, int32 [rows, few]."""
        return np.concatenate(
            [files.read_array(self.path(f"cells-{number}.npy")) for number in range(len(self.snapshot.parts))]
        )


class _Step(JobStep[_Work]):
    opens = _Work


class _LinkStripe(_Step):
    """Stripes in; names of files of links out."""

    def process(self, stripe: tuple[int, int]) -> Iterator[str]:
        start, stop = stripe
        work, name = self._work, f"stripe-{start}.npz"
        if not files.exists(work.path(name)):
            links = near_duplicates.link_stripe(
                work.vectors,
                start,
                stop,
                threshold=self._job.threshold,
                progress=lambda pairs: METER.add(work=pairs),
            )
            with writing(self._job.out):
                links.save(work.path(name))
        else:
            METER.add(work=(stop - start) * (work.vectors.rows - start))
        METER.add(written=stop - start)
        yield name


class _TrainCells(_Step):
    """Writes the centres; numbers of parts out."""

    def process(self, _: None) -> Iterator[int]:
        work = self._work
        if not files.exists(work.path("centres.npy")):
            METER.begin("training cells")
            centres = near_duplicates.train_cells(work.vectors, seed=self._job.seed)
            with writing(self._job.out):
                files.write_array(work.path("centres.npy"), centres)
        METER.begin("comparing", work_total=work.vectors.rows * (1 + near_duplicates.FEW))
        yield from range(len(work.snapshot.parts))


class _AssignPart(_Step):
    """Numbers of parts in, and out when the cells of their rows are kept."""

    def process(self, number: int) -> Iterator[int]:
        work, name = self._work, f"cells-{number}.npy"
        part = sorted(work.snapshot.parts)[number]
        if not files.exists(work.path(name)):
            cells = near_duplicates.cells_of(work.vectors.only(part), files.read_array(work.path("centres.npy")))
            with writing(self._job.out):
                files.write_array(work.path(name), cells)
        rows = work.snapshot.parts[part]
        METER.add(written=rows, work=rows)
        yield number


class _Gatherings(_Step):
    """All parts assigned; runs of cells out."""

    def process(self, _: list[int]) -> Iterator[tuple[int, int]]:
        yield from near_duplicates.gatherings(self._work.cells, self._work.vectors.dim)


class _LinkCells(_Step):
    """Runs of cells in; names of files of links out."""

    def process(self, cells: tuple[int, int]) -> Iterator[str]:
        first, last = cells
        work, name = self._work, f"run-{first}.npz"
        if not files.exists(work.path(name)):
            links = near_duplicates.link_cells(
                work.vectors,
                work.cells,
                first,
                last,
                threshold=self._job.threshold,
                progress=lambda rows: METER.add(work=rows),
            )
            with writing(self._job.out):
                links.save(work.path(name))
        yield name


class _Commit(_Step):
    """All names in; groups written, and the commit."""

    def process(self, names: list[str]) -> None:
        work, job = self._work, self._job
        METER.begin("writing")
        found = (Links.load(work.path(name)) for name in sorted(names))
        forest, zeros = near_duplicates.joined(work.vectors.rows, found)
        groups = duplicate_groups.groups_of(forest, work.vectors)
        if not work.exact:
            zeros = int((work.cells[:, 0] < 0).sum())
        with writing(job.out):
            path = files.join(job.out, f"part-{work.key}.parquet")
            part, largest = duplicate_groups.write_groups(groups, work.vectors, work.schema, path=path)
            told = {
                "rows": work.vectors.rows,
                "zeros": zeros,
                "groups": len(groups.sizes),
                "grouped": len(groups.rows),
                "droppable": len(groups.rows) - len(groups.sizes),
                "exact": work.exact,
                "compared": self._compared(work),
                "threshold": job.threshold,
                "table_version": work.snapshot.version,
                "largest": largest,
            }
            work.results.commit(work.key, schema=work.schema, parts=[part], told=told)

    def _compared(self, work: _Work) -> str:
        if work.exact:
            return "every pair"
        cells = len(files.read_array(work.path("centres.npy")))
        return f"rows that share one of their {work.cells.shape[1]} nearest of {cells:,} cells, not every pair"
