"""Jobs that make a part of results of every part of a feature table: parts in, parts out, one commit.

Parts -> Reshuffle -> WritePart -> (one key) -> Commit

A part of results is named by all that decides it, so that a rerun writes what is new and a killed one goes on.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from functools import cached_property
from typing import Any, ClassVar

import apache_beam as beam
import pyarrow as pa
from apache_beam.options.pipeline_options import PipelineOptions

from pipelines.running import JobStep, pipeline_on
from transforms.common.progress import METER
from transforms.storage import files
from transforms.storage.write_errors import writing
from transforms.table.open import existing
from transforms.table.result_table import ResultTable, key_of
from transforms.table.snapshot import NewPart
from transforms.table.vectors import TableVectors


class PartByPart(ABC):
    """A job, opened: the table and the place of the results. Every worker opens its own.

    Attributes:
      phase: what the job does, for the progress: "scoring".
      done: the name of how many rows were not there before: "scored".
      carried: columns of the table that the results have, too, beside those that were kept.
    """

    phase: ClassVar[str]
    done: ClassVar[str]
    carried: ClassVar[tuple[str, ...]]

    def __init__(self, job: Any, results: ResultTable) -> None:
        self.job = job
        self.results = results
        self.snapshot = existing(job.table, job.version)

    @cached_property
    def schema(self) -> pa.Schema:
        return self.results.schema(self.snapshot, self.carried)

    @cached_property
    def key(self) -> str:
        return key_of(self.method, self.parts)

    @property
    def parts(self) -> list[str]:
        return sorted(self.snapshot.parts)

    def part_path(self, part: str) -> str:
        return files.join(self.job.out, f"part-{key_of(part, self.method)}.parquet")

    @property
    @abstractmethod
    def method(self) -> str:
        """A name for everything but the part that decides a part of results."""

    @abstractmethod
    def require(self) -> None:
        """Refuses what cannot be done, before anything is."""

    @abstractmethod
    def write(self, vectors: TableVectors, path: str) -> None:
        """Writes the results of one part."""

    @abstractmethod
    def told(self) -> dict[str, Any]:
        """What the summary says of the job."""


def run_by_part(opens: type[Any], job: Any, options: PipelineOptions, runner: Any) -> dict[str, Any]:
    """Runs the job, which `opens(job)` opens as a `PartByPart`.

    Returns the summary: `version` (of the results), `changed` (False: they were there already), `rows`, how many of them were
    not there before, `table_version`, and what the job tells.
    """
    METER.reset()
    METER.begin(opens.phase)
    work: PartByPart = opens(job)
    work.require()
    finished = work.results.finished(work.key)
    if finished is not None:
        return {**finished, work.done: 0}
    METER.begin(work.phase, work_total=work.snapshot.rows)
    with pipeline_on(runner, options) as pipeline:
        (
            pipeline
            | "Parts" >> beam.Create(range(len(work.parts)))
            | "Spread" >> beam.Reshuffle()
            | "WritePart" >> beam.ParDo(_WritePart(opens, job))
            | "Parts written" >> beam.combiners.ToList()
            | "Commit" >> beam.ParDo(_Commit(opens, job))
        )
    return work.results.summary()


class _Step(JobStep[PartByPart]):
    def __init__(self, opens: type[Any], job: Any) -> None:
        super().__init__(job)
        self.opens = opens


class _WritePart(_Step):
    """Positions of parts in; out come parts of results, and how many of their rows were written just now."""

    def process(self, position: int) -> Iterator[tuple[NewPart, int]]:
        work = self._work
        part = work.parts[position]
        path = work.part_path(part)
        fresh = not files.exists(path)
        if fresh:
            with writing(work.job.out):
                work.write(TableVectors(work.job.table, work.snapshot).only(part), path)
        made = NewPart(name=files.basename(path), rows=work.snapshot.parts[part], size=files.size(path))
        METER.add(written=made.rows, work=made.rows)
        yield made, made.rows if fresh else 0


class _Commit(_Step):
    """All parts in; the commit."""

    def process(self, written: list[tuple[NewPart, int]]) -> None:
        work = self._work
        told = {
            "rows": work.snapshot.rows,
            work.done: sum(rows for _, rows in written),
            "table_version": work.snapshot.version,
            **work.told(),
        }
        with writing(work.job.out):
            work.results.commit(work.key, schema=work.schema, parts=[part for part, _ in written], told=told)
