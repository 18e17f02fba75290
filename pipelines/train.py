"""Trains heads: a table's version in, published heads (or candidates) out.

Training -> PrepareRows -> Reshuffle -> ReadRows -> TFT's AnalyzeDataset -> KeepTransform
                                                                              |
Heads (one element each) -> Reshuffle -> TrainHead <- (side input) -----------+
                                            |
                                         Outcomes

The analysis reads only the columns that it needs; the vectors themselves only where they are to be normalised.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cached_property
from itertools import accumulate
from typing import Any

import apache_beam as beam
import pyarrow as pa
from apache_beam.options.pipeline_options import PipelineOptions

from pipelines.follow import Look
from pipelines.running import pipeline_on, read_outcome
from pipelines.step import JobStep
from pipelines.submitted_job import RemoteRunner
from transforms.common.errors import RequestError
from transforms.common.progress import METER
from transforms.heads import model_folder
from transforms.heads.job import TrainJob
from transforms.heads.rows.analysis import Preprocessing, analysis_batch, arrow_schema, feature_spec
from transforms.heads.rows.feature_transform import FOLDER, is_ready, save_transform
from transforms.heads.rows.inputs import Inputs
from transforms.heads.rows.prepare import prepare
from transforms.heads.rows.prepared import Prepared
from transforms.heads.rows.row_columns import require_columns
from transforms.heads.rows.split import TRAIN
from transforms.heads.train import Outcome, encoder_of, finished, train_head
from transforms.storage import files, folders, local_disk
from transforms.storage.write_errors import naming_a_full_disk
from transforms.table.open import existing
from transforms.table.snapshot import Snapshot
from transforms.table.vectors import TableVectors

__all__ = ["Outcome", "TrainJob", "run"]


def run(job: TrainJob, options: PipelineOptions, *, runner: Any = None) -> list[Outcome]:
    """Trains every head of the job and returns what became of them, in their order.

    Raises:
      RequestError: the request cannot be carried out; nothing is published.
      RunError: the run failed; what is finished is kept for the next try.
    """
    METER.reset()
    METER.begin("preparing")
    work = _Work(job)
    require_columns(job, work.snapshot)
    inputs, analysis = work.inputs, _analysis_folder(job, RemoteRunner.of(runner))
    for head in job.heads:
        model_folder.MODELS.require_writable(job.folder(head))
    done = [outcome for head in job.heads if (outcome := finished(job, head)) is not None]
    if len(done) == len(job.heads):
        return done
    encoder_of(work.snapshot)
    path = files.join(job.state, "outcomes.json")
    with naming_a_full_disk(job.to), pipeline_on(runner, options, job, look=_heads_of(job)) as pipeline:
        if is_ready(job) and Prepared.load(job.state) is not None:
            transform = pipeline | "Transform" >> beam.Create([None])
        else:
            transform = pipeline | "Analysis" >> Analyse(job, inputs, analysis)
        (
            pipeline
            | "Heads" >> beam.Create(range(len(job.heads)))
            | "SpreadHeads" >> beam.Reshuffle()
            | "TrainHead" >> beam.ParDo(_TrainHead(job), beam.pvalue.AsSingleton(transform))
            | "Outcomes" >> beam.combiners.ToList()
            | "KeepOutcomes" >> beam.Map(_keep_outcomes, path=path)
        )
    outcomes = [Outcome(**outcome) for _, outcome in sorted(read_outcome(path), key=_position)]
    folders.remove(job.state)
    folders.remove(analysis)
    return outcomes


def _heads_of(job: TrainJob) -> Look:
    """Says which step the workers are at, and counts the heads that are trained."""
    waiting = list(job.heads)

    def look() -> bool:
        if not is_ready(job):
            if files.names(job.state):
                METER.begin("preparing")
            return True
        left = [head for head in waiting if finished(job, head) is None]
        METER.begin(f"training, {len(job.heads) - len(left)} of {len(job.heads)} heads", work_total=len(job.heads))
        METER.add(work=len(waiting) - len(left))
        waiting[:] = left
        return bool(left)

    return look


def _analysis_folder(job: TrainJob, remote: RemoteRunner | None = None) -> str:
    """Where TensorFlow Transform keeps what it works on: on a disk, which all workers must share, or of stores on gs:// alone.

    Raises:
      RequestError: workers elsewhere share no such place.
    """
    if files.is_local(job.state) or (job.state.startswith("gs://") and remote is not None):
        return files.join(job.state, "tft")
    name = f"vectormill-tft-{job.key}"
    if remote is None:
        return local_disk.temporary(name)
    if remote.shared_folder is None:
        raise RequestError(
            f"{job.to}: workers on other machines learn the transform in a folder that they share, and TensorFlow reaches disks"
            " and gs:// alone: give --shared-folder FOLDER, which every worker has, or a --to on gs://"
        )
    return files.join(remote.shared_folder, name)


class _Work:
    """A training, opened: the table's version, what the heads see of a row, and the rows' sides and labels."""

    def __init__(self, job: TrainJob) -> None:
        self.job = job

    @cached_property
    def snapshot(self) -> Snapshot:
        return existing(self.job.table, self.job.version)

    @cached_property
    def inputs(self) -> Inputs:
        return Inputs.of(self.job, self.snapshot.schema, self.snapshot.about.dim)

    @cached_property
    def prepared(self) -> Prepared:
        return prepare(self.job)

    @cached_property
    def starts(self) -> dict[str, int]:
        """The position of each part's first row in the table."""
        names = sorted(self.snapshot.parts)
        return dict(zip(names, accumulate((self.snapshot.parts[name] for name in names), initial=0), strict=False))


class _Step(JobStep[_Work]):
    opens = _Work


class _PrepareRows(_Step):
    """Makes the rows' sides and labels, and yields the names of the table's parts."""

    def process(self, _: None) -> Iterator[str]:
        prepare(self._work.job)
        yield from sorted(self._work.snapshot.parts)


class _ReadRows(_Step):
    """Names of parts in, Arrow batches of their training rows out, as the tensor adapter wants them."""

    def process(self, part: str) -> Iterator[pa.RecordBatch]:
        work, inputs = self._work, self._work.inputs
        labels, start = list(work.prepared.labels.values()), work.starts[part]
        train = work.prepared.sides[start : start + work.snapshot.parts[part]] == TRAIN
        vectors = TableVectors(work.job.table, work.snapshot).only(part)
        columns = ["id", *inputs.features]
        if inputs.normalise == "none":
            for rows, batch in vectors.chosen(train, columns):
                yield analysis_batch(inputs, labels, start + rows, batch, None)
        else:
            for chunk in vectors.chunks(train, columns=columns):
                yield analysis_batch(inputs, labels, start + chunk.rows, chunk.columns, chunk.vectors)


class _TrainHead(JobStep[TrainJob]):
    """Positions of heads in, with the learnt transform as a side input; positions and outcomes out."""

    def process(self, position: int, _: object) -> Iterator[tuple[int, dict[str, Any]]]:
        yield position, train_head(self._job, position).to_dict()


class Analyse(beam.PTransform):
    """PBegin -> PCollection of one path: the learnt transform's folder."""

    def __init__(self, job: TrainJob, inputs: Inputs, temporary: str | None = None) -> None:
        super().__init__()
        self._job = job
        self._inputs = inputs
        self._temporary = temporary or _analysis_folder(job)

    def expand(self, begin: Any) -> Any:
        import tensorflow_transform.beam as tft_beam
        from tensorflow_transform.tf_metadata import schema_utils
        from tfx_bsl.tfxio import tensor_adapter, tensor_representation_util

        spec = feature_spec(self._inputs)
        representations = tensor_representation_util.InferTensorRepresentationsFromSchema(
            schema_utils.schema_from_feature_spec(spec)
        )
        config = tensor_adapter.TensorAdapterConfig(arrow_schema(self._inputs), representations)
        batches = (
            begin
            | "Training" >> beam.Create([None])
            | "PrepareRows" >> beam.ParDo(_PrepareRows(self._job))
            | "SpreadParts" >> beam.Reshuffle()
            | "ReadRows" >> beam.ParDo(_ReadRows(self._job))
        )
        with tft_beam.Context(temp_dir=self._temporary, force_tf_compat_v1=False):
            path, _ = (batches, config) | "Analyse" >> tft_beam.AnalyzeDataset(Preprocessing(self._inputs))
        folder = files.join(self._job.state, FOLDER)
        return path | "KeepTransform" >> beam.Map(_keep_transform, folder=folder, inputs=self._inputs)


def _keep_transform(path: str, *, folder: str, inputs: Inputs) -> str:
    save_transform(path, folder, inputs)
    return folder


def _keep_outcomes(outcomes: list[tuple[int, dict[str, Any]]], *, path: str) -> None:
    files.write(path, json.dumps(outcomes).encode())


def _position(outcome: tuple[int, dict[str, Any]]) -> int:
    return outcome[0]
