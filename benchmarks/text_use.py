"""The main job around a real text encoder: end to end over a bare loop of the encoder.

    python -m benchmarks.text_use [--corpus scifact]

`use-multilingual` on short texts (headlines in a .txt file) or on long ones (scifact's abstracts), one process, everything
warm, medians of five turns. The bare loop has the texts in memory already, cut into batches of the encoder's size, and
throws the vectors away; it is measured with one call at a time, as a person would write it, and with as many at once as
the job makes. End to end is the whole job: listing, reading, ids, encoding, Parquet, commit. At least 0.95.
"""

from __future__ import annotations

import argparse
import shutil
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa

from benchmarks.common import CORPORA, WORK, interleaved, new_run, show, verdict
from benchmarks.corpora import text_lines
from launch.terminal.quiet import quieten


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--corpus", choices=["headlines", "scifact"], default="headlines")
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    quieten()

    from apache_beam.options.pipeline_options import PipelineOptions

    from pipelines.embed import EmbedJob, run
    from transforms import encoders
    from transforms.corpus import readers
    from transforms.corpus.options import ReadOptions
    from transforms.corpus.sources import list_sources
    from transforms.encoders.batching import rebatch

    long = arguments.corpus == "scifact"
    corpus = CORPORA / "scifact" / "corpus.jsonl" if long else text_lines(arguments.rows)
    table = WORK / "use-table"
    resolved = encoders.resolve("use-multilingual")
    encoder, spec = resolved.load(), resolved.spec
    options = ReadOptions(modality="text", id_column="_id" if long else None)
    batches = rebatch(
        readers.read(list_sources([str(corpus)], options), options),
        max_items=spec.batch_items,
        max_weight=spec.batch_chars,
    )
    texts = [batch.column("payload").cast(pa.string()).to_pylist() for batch in batches]
    rows = sum(map(len, texts))
    encoder.encode(texts[0])

    def bare() -> None:
        for batch in texts:
            encoder.encode(batch)

    def streams() -> None:
        with ThreadPoolExecutor(spec.streams) as pool:
            for _ in pool.map(encoder.encode, texts):
                pass

    def whole() -> None:
        shutil.rmtree(table, ignore_errors=True)
        job = EmbedJob(inputs=(str(corpus),), table=str(table), encoder=resolved, read=options, run=new_run())
        run(job, PipelineOptions([]))

    measured = {"bare loop": bare, f"bare loop, {spec.streams} calls at once": streams, "end to end": whole}
    taken = interleaved(measured, repeats=arguments.repeats)
    shutil.rmtree(table, ignore_errors=True)
    rates = {name: rows / value for name, value in taken.items()}
    figures = [(name, f"{rate:,.0f} texts/s") for name, rate in rates.items()]
    ours = rates.pop("end to end")
    figures += [(f"end to end over the {name}", verdict(ours / rate, 0.95)) for name, rate in rates.items()]
    show(f"use-multilingual, {rows:,} texts of {arguments.corpus}", ("what", "median"), figures)


if __name__ == "__main__":
    main()
