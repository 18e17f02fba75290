"""Groups the near-duplicates of a feature table: compares stripes of rows with all that follow, then commits once.

    Stripes -> Reshuffle -> Link -> (one key) -> CommitGroups

Where there are too many pairs, those within cells are compared:

    TrainCells -> Reshuffle -> AssignPart -> (one key) -> Gatherings -> Reshuffle -> Link -> (one key) -> CommitGroups

Positions and names of files cross between steps. Intermediate results lie in OUT/.work until the commit, so that a killed run
continues from them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import apache_beam as beam
import numpy as np
from apache_beam.options.pipeline_options import PipelineOptions

from pipelines.follow import Look, files_of
from pipelines.running import pipeline_on
from pipelines.step import JobStep
from transforms.common.errors import RequestError
from transforms.common.progress import METER
from transforms.similarity import duplicate_groups, near_duplicates
from transforms.similarity.near_duplicates import Cells, Links
from transforms.storage import files
from transforms.storage.write_errors import writing
from transforms.table.open import existing, require_rows
from transforms.table.result_table import key_of, new_part
from transforms.table.snapshot import Snapshot
from transforms.table.vectors import TableVectors

_METHOD = 1
"""Raised when the same request would give other groups."""


@dataclass(frozen=True, kw_only=True)
class DuplicatesJob:
    """Find near-duplicates in a version of a table.

    Attributes:
      threshold: the least cosine of near-duplicates, above 0, at most 1.
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

    Returns `version` (of the groups), `changed` (False: they were there already), `rows`, `zeros` (rows whose vectors
    are zero, which are near nothing), `groups`, `grouped` (rows in them), `droppable`, `compared` (in words), `exact`, `largest`,
    and `renamed` (kept columns that have another name in the results: name in the table -> name there).

    Raises:
      RequestError: the table is missing or empty, the threshold is none, the target is occupied.
      RunError: the disk is full, or another run was first.
    """
    METER.reset()
    METER.begin("comparing")
    if not 0 < job.threshold <= 1:
        raise RequestError(f"--threshold {job.threshold:g} is no cosine above 0 and up to 1: give one like 0.97")
    work = _Work(job)
    require_rows(job.table, work.snapshot)
    work.results.require_place(work.schema)
    done = work.results.finished(work.key)
    if done is not None:
        return done
    with pipeline_on(runner, options, job, look=work.look()) as pipeline:
        links = _every_pair(pipeline, job, work) if work.exact else _within_cells(pipeline, job)
        _ = links | "GatherLinks" >> beam.combiners.ToList() | "CommitGroups" >> beam.ParDo(_Commit(job))
    return work.results.summary()


def _every_pair(pipeline: Any, job: DuplicatesJob, work: _Work) -> Any:
    METER.begin("comparing", work_total=near_duplicates.pairs_of(work.vectors.rows, work.vectors.dim))
    return (
        pipeline
        | "ListStripes" >> beam.Create(near_duplicates.stripes(work.vectors.rows, work.vectors.dim))
        | "SpreadWork" >> beam.Reshuffle()
        | "CompareRows" >> beam.ParDo(_Link(job))
    )


def _within_cells(pipeline: Any, job: DuplicatesJob) -> Any:
    return (
        pipeline
        | "Start" >> beam.Create([None])
        | "TrainCells" >> beam.ParDo(_TrainCells(job))
        | "SpreadParts" >> beam.Reshuffle()
        | "AssignPart" >> beam.ParDo(_AssignPart(job))
        | "GatherParts" >> beam.combiners.ToList()
        | "ListCells" >> beam.ParDo(_Gatherings(job))
        | "SpreadWork" >> beam.Reshuffle()
        | "CompareRows" >> beam.ParDo(_Link(job))
    )


class _Work:
    """The table and the folder of results, opened in the worker."""

    def __init__(self, job: DuplicatesJob) -> None:
        self.job = job
        self.snapshot: Snapshot = existing(job.table, job.version)
        self.vectors = TableVectors(job.table, self.snapshot)
        affordable = near_duplicates.every_pair_is_affordable(self.vectors.rows, self.vectors.dim)
        self.exact = job.exact or affordable
        self.results = duplicate_groups.result_table(job.out)

    @cached_property
    def schema(self) -> Any:
        return self.results.schema(self.snapshot)

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

    def look(self) -> Look:
        """How far workers elsewhere are: the stripes of rows that are compared, or the parts whose rows have cells."""
        rows, dim = self.vectors.rows, self.vectors.dim
        folder = files.parent(self.path(""))
        if self.exact:
            stripes = {f"stripe-{first}.npz": (first, last) for first, last in near_duplicates.stripes(rows, dim)}
            pairs = {name: (last - first) * (rows - first) for name, (first, last) in stripes.items()}
            sizes = {name: last - first for name, (first, last) in stripes.items()}
            return files_of(folder, sizes, phase="comparing", then="writing", work=pairs)
        parts = {
            f"cells-{number}.npy": self.snapshot.parts[part] for number, part in enumerate(sorted(self.snapshot.parts))
        }
        total = rows * (1 + near_duplicates.FEW)
        return files_of(folder, parts, phase="assigning cells", then="comparing", work_total=total)

    def links(self, first: int, last: int) -> Links:
        """Links of the rows (or within the cells) from `first` to before `last`; adds to the progress."""

        def progress(count: int) -> None:
            METER.add(work=count)

        threshold = self.job.threshold
        if self.exact:
            return near_duplicates.link_stripe(self.vectors, first, last, threshold=threshold, progress=progress)
        return near_duplicates.link_cells(self.vectors, self.cells, first, last, threshold=threshold, progress=progress)

    def links_before(self, first: int, last: int) -> int:
        """The progress of `links` that an earlier run made."""
        if self.exact:
            return (last - first) * (self.vectors.rows - first)
        return int(np.any((self.cells >= first) & (self.cells < last), axis=1).sum())


class _Step(JobStep[_Work]):
    opens = _Work


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
    """Numbers of parts in, and out when the cells of their rows are stored."""

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
    """All parts assigned; ranges of cells out."""

    def process(self, _: list[int]) -> Iterator[tuple[int, int]]:
        yield from near_duplicates.gatherings(self._work.cells, self._work.vectors.dim)


class _Link(_Step):
    """Stripes of rows, or ranges of cells, in; names of files of links out."""

    def process(self, span: tuple[int, int]) -> Iterator[str]:
        work, (first, last) = self._work, span
        name = f"stripe-{first}.npz" if work.exact else f"run-{first}.npz"
        if files.exists(work.path(name)):
            METER.add(work=work.links_before(first, last))
        else:
            links = work.links(first, last)
            with writing(self._job.out):
                links.save(work.path(name))
        if work.exact:
            METER.add(written=last - first)
        yield name


class _Commit(_Step):
    """All names in; writes the groups, and commits."""

    def process(self, names: list[str]) -> None:
        work, job = self._work, self._job
        METER.begin("writing")
        found = (Links.load(work.path(name)) for name in sorted(names))
        union_find, zeros = near_duplicates.joined(work.vectors.rows, found)
        groups = duplicate_groups.groups_of(union_find, work.vectors)
        if not work.exact:
            zeros = int((work.cells[:, 0] < 0).sum())
        with writing(job.out):
            path = files.join(job.out, f"part-{work.key}.parquet")
            largest = duplicate_groups.write_groups(
                groups, work.vectors, results=work.results, schema=work.schema, path=path
            )
            summary = {
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
            parts = [new_part(path, len(groups.rows))]
            work.results.commit(work.key, schema=work.schema, parts=parts, summary=summary)

    def _compared(self, work: _Work) -> str:
        if work.exact:
            return "every pair"
        cells = len(files.read_array(work.path("centres.npy")))
        return f"rows that share one of their {work.cells.shape[1]} nearest of {cells:,} cells, not every pair"
