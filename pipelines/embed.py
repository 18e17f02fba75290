"""The main job: a corpus in, a feature table's next version out.

`run` builds the graph and hands it to a runner; all work, the commit included, happens inside the graph, so that a
launcher may leave once the job is submitted.
"""

from __future__ import annotations

import json
from typing import Any

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

from pipelines.running import runner_of
from transforms.common.errors import RequestError, RunError
from transforms.common.progress import METER
from transforms.embed.job import EmbedJob
from transforms.graph import FAILURE, FAILURES, SUMMARY, EmbedCorpus
from transforms.storage import files
from transforms.table.open import open_log, whole
from transforms.table.snapshot import Layout

__all__ = ["EmbedJob", "build", "run"]


def build(pipeline: beam.Pipeline, job: EmbedJob) -> beam.PCollection[dict[str, Any]]:
    """Adds the job to a pipeline; the result holds one summary."""
    summaries: beam.PCollection[dict[str, Any]] = pipeline | "EmbedCorpus" >> EmbedCorpus(job)
    return summaries


def run(job: EmbedJob, options: PipelineOptions, *, runner: Any = None) -> dict[str, Any]:
    """Runs the job to its end and returns its summary (`transforms.commit.Summary` as a dict).

    Args:
      runner: a Beam runner; None: the in-process FnApiRunner, in memory.

    Raises:
      RequestError: the request cannot be carried out; nothing was changed.
      RunError: the run failed; the table is as it was, finished parts are kept for the next try.
    """
    METER.reset()
    base = open_log(job.table, job.part_format).snapshot()
    if base is not None:
        whole(job.table, base)
    pipeline = beam.Pipeline(runner=runner_of(runner), options=options)
    build(pipeline, job)
    layout = Layout(job.table)
    try:
        pipeline.run().wait_until_finish()
    except Exception as error:
        if job.run in FAILURES:
            raise FAILURES.pop(job.run) from None
        failure = layout.run(job.run, FAILURE)
        if files.exists(failure):
            told = json.loads(files.read(failure))
            kind = RequestError if told["exit_code"] == RequestError.exit_code else RunError
            raise kind(told["message"]) from error
        raise
    summary: dict[str, Any] = json.loads(files.read(layout.run(job.run, SUMMARY)))
    return summary
