"""Clusters the rows of a feature table: trains centres on a sample, then assigns the rows part by part."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from apache_beam.options.pipeline_options import PipelineOptions

from pipelines.part_by_part import PartByPart, run_by_part
from transforms.common.arrays import Vectors
from transforms.common.errors import RequestError
from transforms.similarity import clusters
from transforms.similarity.kmeans import sample_of, train
from transforms.storage import files
from transforms.table.open import require_rows
from transforms.table.result_table import key_of
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

    Returns `version` (of the clusters), `changed` (False: they were there already), `rows`, `zeros` (rows whose vectors are
    zero, in no cluster), `k`, `empty` (clusters without rows), and `clusters`, the largest first, as
    `transforms.similarity.clusters.described` lists them; and `table_version` and `renamed` (see `run_by_part`).

    Raises:
      RequestError: the table is missing or empty, k is below 1 or above the rows, the target is occupied.
      RunError: the disk is full, or another run was first.
    """
    return run_by_part(_Clusters, job, options, runner)


class _Clusters(PartByPart):
    phase = "training centres"

    def __init__(self, job: ClusterJob) -> None:
        super().__init__(job, clusters.result_table(job.out))

    @cached_property
    def method(self) -> str:
        # All parts decide the centres.
        return key_of(_METHOD, self.parts, self.schema.names, self.job.k, self.job.seed)

    @property
    def key(self) -> str:
        return self.method

    @property
    def centres_path(self) -> str:
        return self.results.work(self.key, clusters.CENTRES)

    @cached_property
    def centres(self) -> Vectors:
        """float32 [k, dim]."""
        found: Vectors = files.read_array(self.centres_path)
        return found

    @property
    def vectors(self) -> TableVectors:
        return TableVectors(self.job.table, self.snapshot)

    def require(self) -> None:
        job = self.job
        if job.k < 1:
            raise RequestError(f"-k {job.k} is no number of clusters: give 1 or more")
        require_rows(job.table, self.snapshot)
        if job.k > self.snapshot.rows:
            raise RequestError(f"-k {job.k:,} is more than the {self.snapshot.rows:,} rows of {job.table}: give fewer")
        self.results.require_place(self.schema)

    def prepare(self) -> None:
        job = self.job
        if files.exists(self.centres_path):
            return
        sample = sample_of(self.vectors, job.k, seed=job.seed)
        centres = train(sample, job.k, seed=job.seed)
        if len(centres) < job.k:
            raise RequestError(
                f"-k {job.k:,} is more than the {len(centres):,} different directions that {job.table} has in a sample"
                f" of {len(sample):,} rows: give fewer"
            )
        files.write_array(self.centres_path, centres)

    def write(self, vectors: TableVectors, path: str) -> None:
        clusters.assign_part(vectors, self.centres, results=self.results, schema=self.schema, path=path)

    def summary(self) -> dict[str, Any]:
        found = clusters.central([self.part_path(part) for part in self.parts], self.job.k)
        return {
            "zeros": found.zeros,
            "k": self.job.k,
            "seed": self.job.seed,
            "empty": int((found.sizes == 0).sum()),
            "clusters": clusters.described(found, self.vectors, with_text="text" in self.snapshot.schema.names),
        }

    def files_beside(self, summary: dict[str, Any]) -> dict[str, bytes]:
        return {
            clusters.CENTRES: files.read(self.centres_path),
            clusters.CENTRAL: clusters.central_csv(summary["clusters"]),
        }
