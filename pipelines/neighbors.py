"""Finds the nearest rows of an index for every row of a feature table, part by part."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from apache_beam.options.pipeline_options import PipelineOptions

from pipelines.part_by_part import PartByPart, run_by_part
from transforms.common.errors import RequestError
from transforms.encoders.spec import Modality, Precision
from transforms.encoders.towers import tower_of
from transforms.search.ask import neighbours
from transforms.search.ask.neighbours import NeighborQuery
from transforms.search.ask.searcher import Searcher
from transforms.search.ask.where import matching
from transforms.table.open import require_rows
from transforms.table.result_table import ResultTable
from transforms.table.snapshot import Provenance
from transforms.table.vectors import TableVectors


@dataclass(frozen=True, kw_only=True)
class NeighborsJob:
    """Join a version of a table with a version of an index.

    Attributes:
      index: the folder of that version.
      query: for each row.
    """

    index: str
    table: str
    version: int
    out: str
    query: NeighborQuery


def run(job: NeighborsJob, options: PipelineOptions, *, runner: Any = None) -> dict[str, Any]:
    """Finds the neighbours of every row.

    Returns `version` (of the neighbours), `changed` (False: they were there already), `rows`, `joined` (those whose neighbours
    were not there before), `k`, `index`, `table_version` and `renamed` (see `run_by_part`).

    Raises:
      RequestError: the table or the index is missing, they are of different encoders, k is below 1 or above the rows of the
        index, the condition is none, the target is occupied.
      RunError: the disk is full, or another run was first.
    """
    return run_by_part(_Neighbours, job, options, runner)


class _Neighbours(PartByPart):
    phase, count_key = "finding neighbours", "joined"

    def __init__(self, job: NeighborsJob) -> None:
        super().__init__(job, ResultTable(out=job.out, noun="neighbours", own=neighbours.OWN))

    @cached_property
    def searcher(self) -> Searcher:
        return Searcher(self.job.index)

    @cached_property
    def method(self) -> str:
        return neighbours.join_key(self.searcher, self.schema, self.job.query)

    def require(self) -> None:
        job, searcher, query = self.job, self.searcher, self.job.query
        if query.k < 1:
            raise RequestError(f"-k {query.k} is no number of neighbours: give 1 or more")
        if query.k > searcher.rows:
            raise RequestError(f"-k {query.k:,} is more than the {searcher.rows:,} rows of {job.index}: give fewer")
        require_rows(job.table, self.snapshot)
        _require_one_space(searcher, self.snapshot.about, job.table)
        if query.where is not None:
            matching(query.where, searcher.rows_of([0]), name=job.index)
        self.results.require_place(self.schema)

    def write(self, vectors: TableVectors, path: str) -> None:
        neighbours.join_part(
            vectors, self.searcher, self.job.query, results=self.results, schema=self.schema, path=path
        )

    def summary(self) -> dict[str, Any]:
        return {"k": self.job.query.k, "index": self.searcher.folder}


def _require_one_space(searcher: Searcher, about: Provenance, table: str) -> None:
    """Refuses vectors that are of another encoder than the index's and not of its other tower.

    Raises:
      RequestError: `about`, of `table`, says so.
    """
    modality, precision = cast(Modality, about.modality), cast(Precision, about.precision)
    if modality != searcher.metadata["modality"] and searcher.can_be_asked(modality):
        tower = tower_of(searcher.resolved, modality, precision=precision)
        if tower.fingerprint == about.encoder_fingerprint:
            return
    searcher.require_encoder(about.encoder_fingerprint, table)
