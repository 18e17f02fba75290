"""Scores a feature table with a published model, part by part."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from apache_beam.options.pipeline_options import PipelineOptions

from pipelines.part_by_part import PartByPart, run_by_part
from transforms.heads.serve import predict
from transforms.heads.serve.served_model import ServedModel
from transforms.table.vectors import TableVectors


@dataclass(frozen=True, kw_only=True)
class PredictJob:
    """Score a version of a table with one version of a model. `model` is the folder of that version."""

    model: str
    table: str
    version: int
    out: str


def run(job: PredictJob, options: PipelineOptions, *, runner: Any = None) -> dict[str, Any]:
    """Scores the table.

    Returns `version` (of the predictions), `changed` (False: they were there already), `rows`, `scored` (those that were not
    there before), `model`, `labels`, `table_version` and `renamed` (see `run_by_part`).

    Raises:
      RequestError: the vectors are not of the model's encoder, a feature's column is missing, the target is occupied.
      RunError: the disk is full, or another run was first.
    """
    return run_by_part(_Predictions, job, options, runner)


class _Predictions(PartByPart):
    phase, count_key = "scoring", "scored"

    def __init__(self, job: PredictJob) -> None:
        super().__init__(job, predict.predictions(job.out))

    @cached_property
    def model(self) -> ServedModel:
        return ServedModel(self.job.model)

    @cached_property
    def method(self) -> str:
        return predict.score_key(self.model, self.schema)

    def require(self) -> None:
        about = self.snapshot.about
        self.model.require_encoder(about.encoder_fingerprint, self.job.table, about.encoder)
        self.model.require_columns(self.snapshot.schema, self.job.table)
        self.results.require_place(self.schema)

    def write(self, vectors: TableVectors, path: str) -> None:
        predict.score_part(vectors, self.model, results=self.results, schema=self.schema, path=path)

    def summary(self) -> dict[str, Any]:
        return {"model": self.model.folder, "labels": self.model.labels}
