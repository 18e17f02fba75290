"""What Vectormill costs around a fast text encoder, so that overhead shows.

    python -m benchmarks.text_overhead

A DAN-like SavedModel is made (hashed words, mean of their vectors, one dense layer to 512) and 1,000,000 short distinct texts
in one Parquet file. Measured in one process, everything warm, medians of five turns:

- our read, our encoder and our write apart, and the harmonic bound of the three: what the job would reach if nothing
  overlapped and the rest were free;
- the job end to end, over that bound, and over a bare loop of the same SavedModel;
- Beam's MLTransform with TensorflowHubTextEmbeddings on the same model and texts. Both rates are steady rates: the
  difference of a long and a short run, so that nobody pays for starting.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from benchmarks.common import WORK, console, interleaved, new_run, seconds, show, verdict
from benchmarks.corpora import dan_model, text_parquet
from benchmarks.figures import record
from launch.terminal.quiet import quieten


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--no-peer", action="store_true", help="Leave MLTransform out.")
    arguments = parser.parse_args()
    quieten()
    rows, repeats = arguments.rows, arguments.repeats

    from apache_beam.options.pipeline_options import PipelineOptions

    from pipelines.embed import EmbedJob, run
    from transforms import encoders
    from transforms.corpus import readers
    from transforms.corpus.items import Itemiser
    from transforms.corpus.options import ReadOptions
    from transforms.corpus.sources import list_sources
    from transforms.embed.shard_writer import ShardWriter
    from transforms.embed.shards import Shard
    from transforms.table.schema import table_schema

    model, corpus, table = dan_model(), text_parquet(rows), WORK / "overhead-table"
    resolved = encoders.resolve(str(model), trust=True)
    encoder = resolved.load()
    options = ReadOptions(modality="text")
    (source,) = list_sources([str(corpus)], options)

    def job(inputs: Path, where: Path) -> EmbedJob:
        return EmbedJob(inputs=(str(inputs),), table=str(where), encoder=resolved, read=options, run=new_run())

    def items() -> Iterator[pa.RecordBatch]:
        itemiser = Itemiser(modality="text", max_chars=100_000)
        for batch in readers.read([source], options):
            yield itemiser.split(batch)[0]

    stored = list(items())
    texts = [batch.column("payload").cast(pa.string()).to_pylist() for batch in stored]

    def read() -> None:
        for batch in items():
            batch.column("payload").cast(pa.string()).to_pylist()

    def encode() -> None:
        for batch in texts:
            encoder.encode(batch)

    vectors = encoder.encode(texts[0])

    def write() -> None:
        shutil.rmtree(table, ignore_errors=True)
        schema = table_schema(has_text=True, chunked=False)
        writer = ShardWriter(job(corpus, table), Shard(id="0" * 32, sources=(source,), range=None), schema)
        for batch in stored:
            writer.rows_in += batch.num_rows
            writer.write(batch, vectors[: batch.num_rows])
        writer.finish()

    import tensorflow as tf

    bare_model = tf.saved_model.load(str(model))

    def bare() -> None:
        for batch in texts:
            bare_model(tf.constant(batch)).numpy()

    def whole() -> None:
        shutil.rmtree(table, ignore_errors=True)
        run(job(corpus, table), PipelineOptions([]))

    taken = interleaved(
        {"read": read, "encode": encode, "write": write, "bare loop": bare, "end to end": whole}, repeats=repeats
    )
    bound = rows / (taken["read"] + taken["encode"] + taken["write"])
    ours = rows / taken["end to end"]
    table_rows = [(name, f"{rows / value:,.0f} rows/s") for name, value in taken.items()]
    table_rows += [
        ("harmonic bound of read, encode, write", f"{bound:,.0f} rows/s"),
        ("end to end over the bound", verdict(ours / bound, 0.9)),
        ("end to end over the bare loop", f"{ours / (rows / taken['bare loop']):.3g}"),
    ]
    figures: dict[str, float | list[float]] = {
        **{name.replace(" ", "_"): rows / value for name, value in taken.items() if name != "bare loop"},
        "over_bound": ours / bound,
        "over_bare_loop": ours / (rows / taken["bare loop"]),
    }
    if not arguments.no_peer:
        few, many = rows // 5, rows
        short = text_parquet(few)

        def ours_few() -> None:
            shutil.rmtree(table, ignore_errors=True)
            run(job(short, table), PipelineOptions([]))

        peer_few, peer_many = 4_000, 24_000
        flat = [text for batch in texts[:8] for text in batch][:peer_many]
        ours_rates, peer_rates = [], []
        for _ in range(repeats):
            ours_rates.append((many - few) / (seconds(whole) - seconds(ours_few)))
            peer = seconds(lambda: _ml_transform(model, flat)) - seconds(lambda: _ml_transform(model, flat[:peer_few]))
            peer_rates.append((peer_many - peer_few) / peer)
            console.print(f"[dim]steady: ours {ours_rates[-1]:,.0f}, MLTransform {peer_rates[-1]:,.0f} rows/s[/dim]")
        steady, theirs = statistics.median(ours_rates), statistics.median(peer_rates)
        table_rows += [
            ("steady rate, end to end", f"{steady:,.0f} rows/s"),
            ("steady rate, MLTransform + TensorflowHubTextEmbeddings", f"{theirs:,.0f} rows/s"),
            ("ours over MLTransform", verdict(steady / theirs, 15)),
        ]
        figures |= {"steady": ours_rates, "ml_transform": peer_rates, "over_ml_transform": steady / theirs}
    show(f"Text, a fast encoder, {rows:,} short texts from Parquet", ("what", "median"), table_rows)
    record(figures)
    shutil.rmtree(table, ignore_errors=True)


def _ml_transform(model: Path, texts: list[str]) -> None:
    import apache_beam as beam
    from apache_beam.ml.transforms.base import MLTransform
    from apache_beam.ml.transforms.embeddings.tensorflow_hub import TensorflowHubTextEmbeddings
    from apache_beam.runners.portability.fn_api_runner import FnApiRunner

    with tempfile.TemporaryDirectory() as artifacts, beam.Pipeline(runner=FnApiRunner()) as pipeline:
        (
            pipeline
            | beam.Create([{"text": text} for text in texts])
            | MLTransform(write_artifact_location=artifacts).with_transform(
                TensorflowHubTextEmbeddings(columns=["text"], hub_url=str(model))
            )
            | beam.Map(lambda row: len(row["text"]))
        )


if __name__ == "__main__":
    main()
