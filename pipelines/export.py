"""Export: a feature table's version as TFRecord, plain Parquet, or .npy and Parquet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

from transforms.export import ExportFormat, export_npy, export_part, publish_manifest, refuse_occupied
from transforms.table import Snapshot, existing


@dataclass(frozen=True, kw_only=True)
class ExportJob:
    """Which version of which table goes where, in which format. `version` None is the newest."""

    table: str
    out: str
    export_format: ExportFormat
    version: int | None = None


def run(job: ExportJob, options: PipelineOptions, *, runner: Any = None) -> Snapshot:
    """Writes the export and returns the version that it holds.

    Raises:
      RequestError: no such table or version, or the target is occupied.
    """
    snapshot = existing(job.table, job.version)
    refuse_occupied(job.out)
    if runner is None:
        from apache_beam.runners.portability.fn_api_runner import FnApiRunner

        runner = FnApiRunner()
    with beam.Pipeline(runner=runner, options=options) as pipeline:
        if job.export_format == "npy":
            written = pipeline | beam.Create([None]) | "Npy" >> beam.FlatMap(
                lambda _, table, version, out: export_npy(table, existing(table, version), out),
                job.table, snapshot.version, job.out,
            )
        else:
            written = (
                pipeline
                | beam.Create(range(len(snapshot.parts)))
                | beam.Reshuffle()
                | "ExportPart" >> beam.ParDo(_ExportPart(job, snapshot.version))
            )
        (
            written
            | beam.combiners.ToList()
            | "Manifest" >> beam.Map(
                lambda names, table, version, out: publish_manifest(existing(table, version), table, out, names),
                job.table, snapshot.version, job.out,
            )
        )
    return snapshot


class _ExportPart(beam.DoFn):
    def __init__(self, job: ExportJob, version: int) -> None:
        self._job = job
        self._version = version
        self._snapshot: Snapshot | None = None

    def process(self, position: int) -> Any:
        job = self._job
        if self._snapshot is None:
            self._snapshot = existing(job.table, self._version)
        if job.export_format == "npy":
            raise AssertionError("npy is one file, not one a part")
        yield export_part(job.table, self._snapshot, position, job.out, job.export_format)
