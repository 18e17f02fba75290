"""Training: a table's version in, published heads (or candidates) out.

Training -> Prepare -> Reshuffle -> ReadRows -> TFT's AnalyzeDataset -> Keep
                                                                         |
Heads (one element each) -> Reshuffle -> TrainHead <- (side input) ------+
                                            |
                                         Outcomes
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from typing import Any

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

from pipelines.running import pipeline_on
from transforms.common.progress import METER
from transforms.heads import model_folder
from transforms.heads.job import TrainJob
from transforms.heads.rows.feature_transform import Analyse, Inputs, is_ready
from transforms.heads.rows.prepare import Prepared, require_columns
from transforms.heads.train import Outcome, encoder_of, finished, train_head
from transforms.storage import files
from transforms.table.open import existing

__all__ = ["Outcome", "TrainJob", "run"]


def run(job: TrainJob, options: PipelineOptions, *, runner: Any = None) -> list[Outcome]:
    """Trains every head of the job and returns what became of them, in their order.

    Raises:
      RequestError: the request cannot be carried out; nothing is published.
      RunError: the run failed; what is finished is kept for the next try.
    """
    METER.reset()
    METER.begin("preparing")
    snapshot = existing(job.table, job.version)
    require_columns(job, snapshot)
    inputs = Inputs.of(job, snapshot.schema, snapshot.about.dim)
    for head in job.heads:
        model_folder.MODELS.require_writable(job.folder(head))
    done = [outcome for head in job.heads if (outcome := finished(job, head)) is not None]
    if len(done) == len(job.heads):
        return done
    encoder_of(snapshot)
    told = files.join(job.state, "outcomes.json")
    with pipeline_on(runner, options) as pipeline:
        if is_ready(job) and Prepared.load(job.state) is not None:
            transform = pipeline | "Transform" >> beam.Create([None])
        else:
            transform = pipeline | "Analysis" >> Analyse(job, inputs)
        (
            pipeline
            | "Heads" >> beam.Create(range(len(job.heads)))
            | "SpreadHeads" >> beam.Reshuffle()
            | "TrainHead" >> beam.ParDo(_TrainHead(job), beam.pvalue.AsSingleton(transform))
            | "Outcomes" >> beam.combiners.ToList()
            | "Tell" >> beam.Map(_tell, path=told)
        )
    outcomes = [Outcome(**outcome) for _, outcome in sorted(json.loads(files.read(told)), key=_position)]
    shutil.rmtree(job.state, ignore_errors=True)
    return outcomes


class _TrainHead(beam.DoFn):
    """Positions of heads in, with the learnt transform as a side input; positions and outcomes out."""

    def __init__(self, job: TrainJob) -> None:
        self._job = job

    def process(self, position: int, _: object) -> Iterator[tuple[int, dict[str, Any]]]:
        yield position, train_head(self._job, position).to_dict()


def _tell(outcomes: list[tuple[int, dict[str, Any]]], *, path: str) -> None:
    files.write(path, json.dumps(outcomes).encode())


def _position(told: tuple[int, dict[str, Any]]) -> int:
    return told[0]
