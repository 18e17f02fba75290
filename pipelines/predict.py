"""Predictions of a published model over a feature table: parts of vectors in, parts of scores out, one commit.

Parts -> Reshuffle -> ScorePart -> (one key) -> CommitPredictions
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
from transforms.heads.predict import CARRIED, model_key, part_name, predictions, score_part
from transforms.heads.served import ServedModel
from transforms.meter import METER
from transforms.open_table import existing
from transforms.result_table import key_of
from transforms.shard_writer import writing
from transforms.table import NewPart
from transforms.table_vectors import TableVectors


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
    there before), `model`, `labels` and `table_version`.

    Raises:
      RequestError: the vectors are not of the model's encoder, a feature's column is missing, the target is occupied.
      RunError: the disk is full, or another run was first.
    """
    METER.reset()
    METER.begin("scoring")
    work = _Work(job)
    work.require()
    done = work.results.finished(work.key)
    if done is not None:
        return {**done, "scored": 0}
    METER.begin("scoring", work_total=work.snapshot.rows)
    with pipeline_on(runner, options) as pipeline:
        (
            pipeline
            | "Parts" >> beam.Create(range(len(work.snapshot.parts)))
            | "Spread" >> beam.Reshuffle()
            | "ScorePart" >> beam.ParDo(_ScorePart(job))
            | "Parts scored" >> beam.combiners.ToList()
            | "CommitPredictions" >> beam.ParDo(_Commit(job))
        )
    return work.results.summary()


class _Work:
    """What the steps of a job share: the table, the model, the place of the results."""

    def __init__(self, job: PredictJob) -> None:
        self.job = job
        self.snapshot = existing(job.table, job.version)
        self.results = predictions(job.out)

    @cached_property
    def model(self) -> ServedModel:
        return ServedModel(self.job.model)

    @cached_property
    def schema(self) -> Any:
        return self.results.schema(self.snapshot, CARRIED)

    @cached_property
    def key(self) -> str:
        return key_of(model_key(self.model), self.parts, self.schema.names)

    @property
    def parts(self) -> list[str]:
        return sorted(self.snapshot.parts)

    def require(self) -> None:
        """Refuses what cannot be done, before anything is."""
        about = self.snapshot.about
        self.model.require_encoder(about.encoder_fingerprint, self.job.table, about.encoder)
        self.model.require_columns(self.snapshot.schema, self.job.table)
        self.results.require_place(self.schema)


class _Step(JobStep[_Work]):
    opens = _Work


class _ScorePart(_Step):
    """Positions of parts in; out come scored parts, and how many of their rows were scored just now."""

    def process(self, position: int) -> Iterator[tuple[NewPart, int]]:
        work, job = self._work, self._job
        part = work.parts[position]
        path = files.join(job.out, part_name(part, work.model))
        fresh = not files.exists(path)
        if fresh:
            vectors = TableVectors(job.table, work.snapshot).only(part)
            with writing(job.out):
                score_part(vectors, work.model, schema=work.schema, path=path)
        made = NewPart(name=files.basename(path), rows=work.snapshot.parts[part], size=files.size(path))
        METER.add(written=made.rows, work=made.rows)
        yield made, made.rows if fresh else 0


class _Commit(_Step):
    """All scored parts in; the commit."""

    def process(self, scored: list[tuple[NewPart, int]]) -> None:
        work, job = self._work, self._job
        told = {
            "rows": work.snapshot.rows,
            "scored": sum(rows for _, rows in scored),
            "model": work.model.folder,
            "labels": work.model.labels,
            "table_version": work.snapshot.version,
        }
        with writing(job.out):
            work.results.commit(work.key, schema=work.schema, parts=[part for part, _ in scored], told=told)
