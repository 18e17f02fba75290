"""Builds the embed job in a launcher of Dataflow's Flex Template, and hands it over; waits for nothing and reads no summary.

Its parameters are those of metadata.json; whatever else the launcher gives is Beam's.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any


def main(arguments: Sequence[str] | None = None) -> None:
    """Submits what the parameters say.

    Raises:
      RequestError: a parameter is wrong.
    """
    from apache_beam.options.pipeline_options import PipelineOptions
    from apache_beam.runners.runner import create_runner

    from pipelines.embed import submit

    asked, beam = parser().parse_known_args(arguments)
    options = PipelineOptions(beam)
    submit(job_of(asked), options, runner=create_runner("DataflowRunner"))


def parser() -> argparse.ArgumentParser:
    """The parameters of the template."""
    known = argparse.ArgumentParser(allow_abbrev=False)
    known.add_argument("--inputs", required=True)
    known.add_argument("--to", required=True)
    known.add_argument("--encoder", required=True)
    known.add_argument("--precision", default="float32", choices=["float32", "bfloat16", "float16"])
    known.add_argument("--format", default="parquet", choices=["parquet", "tfrecord"])
    known.add_argument("--text_column")
    known.add_argument("--image_column")
    known.add_argument("--id_column")
    known.add_argument("--label_column")
    known.add_argument("--labels_from", choices=["folder", "file"])
    known.add_argument("--keep", default="")
    known.add_argument("--max_dead_fraction", type=float, default=0.01)
    return known


def job_of(asked: Any) -> Any:
    """The job that the parameters describe.

    Raises:
      RequestError: there is no such encoder, or a path is on no object store.
    """
    from launch.jobs.given import new_run
    from transforms import encoders
    from transforms.common.errors import RequestError
    from transforms.corpus.options import ReadOptions
    from transforms.embed.job import EmbedJob
    from transforms.storage import files

    inputs = tuple(path for path in asked.inputs.split(",") if path)
    for path in (*inputs, asked.to):
        if files.is_local(path):
            raise RequestError(f"{path}: Dataflow's workers do not have this disk: give gs://BUCKET/...")
    resolved = encoders.resolve(asked.encoder, precision=asked.precision)
    read = ReadOptions(
        modality=resolved.spec.modality,
        text_column=asked.text_column,
        image_column=asked.image_column,
        id_column=asked.id_column,
        label_column=asked.label_column,
        labels_from=asked.labels_from,
        keep=tuple(name for name in asked.keep.split(",") if name),
    )
    return EmbedJob(
        inputs=inputs,
        table=asked.to,
        encoder=resolved,
        read=read,
        run=new_run(),
        part_format=asked.format,
        max_dead_fraction=asked.max_dead_fraction,
    )


if __name__ == "__main__":
    main()
