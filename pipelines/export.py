"""Exports a feature table's version as TFRecord, plain Parquet, or .npy and Parquet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

from pipelines.running import pipeline_on
from transforms.storage.write_errors import writing
from transforms.table.export import ExportFormat, export_npy, export_part, publish_manifest, require_place
from transforms.table.open import existing
from transforms.table.snapshot import Snapshot


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
      RequestError: no such table or version, or the target is occupied or cannot be written.
      RunError: the target's disk is full.
    """
    snapshot = existing(job.table, job.version)
    require_place(job.out)
    with pipeline_on(runner, options, job) as pipeline:
        (
            pipeline
            | "Positions" >> beam.Create(range(len(snapshot.parts)) if job.export_format != "npy" else [None])
            | "Spread" >> beam.Reshuffle()
            | "ExportParts" >> beam.ParDo(_Export(job, snapshot.version))
            | "Names" >> beam.combiners.ToList()
            | "Manifest" >> beam.ParDo(_Manifest(job, snapshot.version))
        )
    return snapshot


class _Export(beam.DoFn):
    """Positions of parts in, names of files out; None stands for all parts, which an .npy file holds in one."""

    def __init__(self, job: ExportJob, version: int) -> None:
        self._job = job
        self._version = version
        self._snapshot: Snapshot | None = None

    def process(self, position: int | None) -> Iterator[str]:
        job = self._job
        if self._snapshot is None:
            self._snapshot = existing(job.table, self._version)
        with writing(job.out):
            if job.export_format == "npy":
                yield from export_npy(job.table, self._snapshot, job.out)
            else:
                assert position is not None
                yield export_part(job.table, self._snapshot, position, job.out, job.export_format)


class _Manifest(beam.DoFn):
    """All names in; the manifest, written last, makes them an export."""

    def __init__(self, job: ExportJob, version: int) -> None:
        self._job = job
        self._version = version

    def process(self, names: list[str]) -> None:
        with writing(self._job.out):
            publish_manifest(existing(self._job.table, self._version), self._job.table, self._job.out, names)
