"""Runs jobs that make a part of results of every part of a feature table: parts in, parts out, one commit.

Prepare -> Reshuffle (positions of parts) -> WritePart -> (one key) -> Commit

A part of results is named by a hash of all that decides it, so that a rerun writes only new parts and a killed run continues.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from functools import cached_property
from typing import Any, ClassVar

import apache_beam as beam
import pyarrow as pa
from apache_beam.options.pipeline_options import PipelineOptions

from pipelines.follow import files_of
from pipelines.running import pipeline_on
from pipelines.step import JobStep
from transforms.common.progress import METER
from transforms.storage import files
from transforms.storage.write_errors import writing
from transforms.table.open import existing
from transforms.table.result_table import ResultTable, key_of, new_part
from transforms.table.snapshot import NewPart, Snapshot
from transforms.table.vectors import TableVectors


class PartByPart(ABC):
    """A job, opened: the table and the folder of the results. Every worker opens its own.

    Attributes:
      phase: what the job does, for the progress: "scoring".
      count_key: the name in the summary of the number of rows that were not there before: "scored"; None: it is left out.
    """

    phase: ClassVar[str]
    count_key: ClassVar[str | None] = None

    def __init__(self, job: Any, results: ResultTable) -> None:
        self.job = job
        self.results = results
        self.snapshot: Snapshot = existing(job.table, job.version)

    @cached_property
    def schema(self) -> pa.Schema:
        return self.results.schema(self.snapshot)

    @property
    def key(self) -> str:
        """A hash of everything that decides the results."""
        return key_of(self.method, self.parts)

    @property
    def parts(self) -> list[str]:
        return sorted(self.snapshot.parts)

    def part_path(self, part: str) -> str:
        return files.join(self.job.out, f"part-{key_of(part, self.method)}.parquet")

    @property
    @abstractmethod
    def method(self) -> str:
        """A hash of everything but the part that decides a part of results."""

    @abstractmethod
    def require(self) -> None:
        """Refuses a request that cannot be carried out, before any work is done."""

    def prepare(self) -> None:  # noqa: B027
        """Makes what all parts need, unless that was done before; called once, before the first part."""

    @abstractmethod
    def write(self, vectors: TableVectors, path: str) -> None:
        """Writes the results of one part."""

    @abstractmethod
    def summary(self) -> dict[str, Any]:
        """The fields of the summary that are the job's own; all parts are written."""

    def files_beside(self, summary: dict[str, Any]) -> dict[str, bytes]:
        """Files that are written beside the parts, by name: those that the results list as `beside`."""
        return {}


def run_by_part(work_factory: type[Any], job: Any, options: PipelineOptions, runner: Any) -> dict[str, Any]:
    """Runs the job, which `work_factory(job)` opens as a `PartByPart`.

    Returns the summary: `version` (of the results), `changed` (False: they were there already), `rows`, how many of them were
    not there before, `table_version`, `renamed` (kept columns that have another name in the results: name in the table -> name
    there), and the job's own fields.
    """
    METER.reset()
    METER.begin(work_factory.phase)
    work: PartByPart = work_factory(job)
    work.require()
    finished = work.results.finished(work.key)
    if finished is not None:
        return {**finished, work.count_key: 0} if work.count_key else finished
    rows = {files.basename(work.part_path(part)): work.snapshot.parts[part] for part in work.parts}
    look = files_of(work.results.out, rows, phase=work.phase)
    with pipeline_on(runner, options, job, look=look) as pipeline:
        (
            pipeline
            | "Start" >> beam.Create([None])
            | "Prepare" >> beam.ParDo(_Prepare(work_factory, job))
            | "SpreadParts" >> beam.Reshuffle()
            | "WritePart" >> beam.ParDo(_WritePart(work_factory, job))
            | "GatherParts" >> beam.combiners.ToList()
            | "Commit" >> beam.ParDo(_Commit(work_factory, job))
        )
    return work.results.summary()


class _Step(JobStep[PartByPart]):
    def __init__(self, work_factory: type[Any], job: Any) -> None:
        super().__init__(job)
        self.opens = work_factory


class _Prepare(_Step):
    """Positions of parts out, when what they need is there."""

    def process(self, _: None) -> Iterator[int]:
        work = self._work
        with writing(work.job.out):
            work.prepare()
        METER.begin(work.phase, work_total=work.snapshot.rows)
        yield from range(len(work.parts))


class _WritePart(_Step):
    """Positions of parts in; parts of results out, and how many of their rows were written just now."""

    def process(self, position: int) -> Iterator[tuple[NewPart, int]]:
        work = self._work
        part = work.parts[position]
        path = work.part_path(part)
        is_new = not files.exists(path)
        if is_new:
            with writing(work.job.out):
                work.write(TableVectors(work.job.table, work.snapshot).only(part), path)
        made = new_part(path, work.snapshot.parts[part])
        METER.add(written=made.rows, work=made.rows)
        yield made, made.rows if is_new else 0


class _Commit(_Step):
    """All parts in; the commit."""

    def process(self, written: list[tuple[NewPart, int]]) -> None:
        work = self._work
        summary = {
            "rows": work.snapshot.rows,
            **({work.count_key: sum(rows for _, rows in written)} if work.count_key else {}),
            "table_version": work.snapshot.version,
            **work.summary(),
        }
        parts = [part for part, _ in written]
        with writing(work.job.out):
            beside = work.files_beside(summary)
            work.results.commit(work.key, schema=work.schema, parts=parts, summary=summary, beside=beside)
