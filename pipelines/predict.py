"""Predictions of a published model over a feature table: parts of vectors in, parts of scores out, one commit.

Parts -> Reshuffle -> ScorePart -> (one key) -> CommitPredictions
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

from pipelines.running import pipeline_on
from transforms import files
from transforms.heads.predict import (
    commit_predictions,
    prediction_schema,
    refuse_strangers,
    require_same_columns,
    score_part,
)
from transforms.heads.served import ServedModel
from transforms.meter import METER
from transforms.open_table import existing
from transforms.shard_writer import writing
from transforms.table import NewPart, Snapshot

_SUMMARY = ".summary.json"


@dataclass(frozen=True, kw_only=True)
class PredictJob:
    """Score a version of a table with one version of a model. `model` is the folder of that version."""

    model: str
    table: str
    version: int
    out: str


def run(job: PredictJob, options: PipelineOptions, *, runner: Any = None) -> dict[str, Any]:
    """Scores the table; returns `version` (of the predictions), `rows` and `scored` (those that were not there before).

    Raises:
      RequestError: the vectors are not of the model's encoder, a feature's column is missing, the target is occupied.
      RunError: the disk is full, or another run was first.
    """
    METER.reset()
    METER.begin("scoring")
    snapshot = existing(job.table, job.version)
    model = ServedModel(job.model)
    model.require_encoder(snapshot.about.encoder_fingerprint, job.table, snapshot.about.encoder)
    model.require_columns(snapshot.schema, job.table)
    refuse_strangers(job.out)
    require_same_columns(job.out, prediction_schema(snapshot))
    with pipeline_on(runner, options) as pipeline:
        (
            pipeline
            | "Parts" >> beam.Create(range(len(snapshot.parts)))
            | "Spread" >> beam.Reshuffle()
            | "ScorePart" >> beam.ParDo(_ScorePart(job))
            | "Parts scored" >> beam.combiners.ToList()
            | "CommitPredictions" >> beam.ParDo(_Commit(job))
        )
    summary: dict[str, Any] = json.loads(files.read(files.join(job.out, _SUMMARY)))
    return summary


class _ScorePart(beam.DoFn):
    """Positions of parts in, scored parts out."""

    def __init__(self, job: PredictJob) -> None:
        self._job = job
        self._snapshot: Snapshot | None = None
        self._model: ServedModel | None = None

    def process(self, position: int) -> Iterator[NewPart]:
        job = self._job
        if self._snapshot is None or self._model is None:
            self._snapshot = existing(job.table, job.version)
            self._model = ServedModel(job.model)
            METER.begin("scoring", work_total=self._snapshot.rows)
        part = sorted(self._snapshot.parts)[position]
        with writing(job.out):
            made = score_part(job.table, self._snapshot, part, self._model, job.out)
        METER.add(written=made.rows, work=made.rows)
        yield made


class _Commit(beam.DoFn):
    """All scored parts in; the commit."""

    def __init__(self, job: PredictJob) -> None:
        self._job = job

    def process(self, parts: list[NewPart]) -> None:
        job = self._job
        with writing(job.out):
            summary = commit_predictions(job.out, existing(job.table, job.version), parts, ServedModel(job.model))
            files.write(files.join(job.out, _SUMMARY), json.dumps(summary).encode())
