"""A GPU, fed: decoder, encoder and whole job against each other and against a loop by hand; a GPU shared by two processes.

    python -m benchmarks.gpu                                      # some 10 minutes on a machine with 16 cores and a GPU
    python -m benchmarks.gpu --networks MobileNetV2 --photos 64 --share 8        # a trial, on any machine

Nothing needs to be prepared: photographs of 1024 x 768 and of 256 x 256 are made, weights are seeded (`use-multilingual` has its
real ones). For each network in float16 (in float32 where there is no GPU), and each size of photographs:

  decode      our decoder alone, as the job runs it: on all cores, and on two
  encode      our encoder alone on decoded pixels, batches and streams as in the job
  by hand     what a person would write for this GPU: the network in mixed precision, compiled by XLA, one batch after the other
  job         `pipelines.embed.run`, from files to a committed table, with the GPU's busy share by its driver

Targets: job over the slower of decode and encode >= 0.9; encode over by hand >= 0.9; NASNetLarge on 256 x 256 >= 0.9 busy;
decode on all cores >= 0.7 of so many times a core's rate on two; two processes on one GPU >= 0.95 of one.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import shutil
import sys
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import WORK, console, seconds, show, verdict
from benchmarks.images import make_photos
from launch.terminal.quiet import quieten
from transforms import encoders
from transforms.encoders import devices
from transforms.encoders.decoding_processes import DecodingProcesses
from transforms.encoders.image_decoder import ImageDecoder, decoder_of
from transforms.encoders.spec import Precision

NETWORKS = ("NASNetMobile", "NASNetLarge", "MobileNetV2")
DISTINCT = 512
SMALL = 256


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--networks", default=",".join(NETWORKS))
    parser.add_argument("--photos", type=int, default=8192, help="of a run; a quarter of them for NASNetLarge")
    parser.add_argument("--texts", type=int, default=100_000, help="for use-multilingual; 0: none")
    parser.add_argument("--share", type=int, default=200, help="batches of each of two processes on one GPU; 0: none")
    parser.add_argument("--one", metavar="NETWORK", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    quieten()
    if asked.one:
        print(json.dumps(encoder_alone(handle(asked.one), asked.share)))
        return
    precision: Precision = "float16" if devices.gpus_used() else "float32"
    driver = devices.nvidia_driver()
    console.print(f"{', '.join(driver.gpus) or 'no GPU'}; {devices.cores()} cores; {precision}")
    rows: list[list[str]] = []
    for name in asked.networks.split(","):
        count = asked.photos // 4 if name == "NASNetLarge" else asked.photos
        for side in (None, SMALL):
            rows += measured(name, photographs(count, side), side or 1024, precision)
            console.print("  ".join(rows[-1]))
    columns = ["network", "photographs", "decode", "on two cores", "encode", "by hand", "job", "busy", "targets"]
    show("Items a second", columns, rows)
    if asked.texts:
        show("use-multilingual", ["texts", "encode", "job", "over encode"], [texts(asked.texts)])
    if asked.share:
        console.print(shared("NASNetMobile", asked.share))


def handle(name: str) -> str:
    return f"keras://{name}?weights=random&seed=1"


def measured(name: str, photos: list[Path], side: int, precision: Precision) -> list[list[str]]:
    resolved = encoders.resolve(handle(name), precision=precision)
    encoder = resolved.load()
    decoder = decoder_of(resolved.spec)
    assert decoder is not None, "these are networks of images"
    payloads = [path.read_bytes() for path in photos[:DISTINCT]]
    size = devices.batch_items_of(resolved.spec)

    all_cores = decode_rate(decoder, payloads, devices.cores())
    two = decode_rate(decoder, payloads, 2)
    pixels, _ = decoder.decode(payloads)
    given = [pixels[start : start + size] for start in range(0, max(len(pixels) - size, 0) + 1, size)]
    encode = rate(encoder.encode, given, len(photos), devices.streams_of(resolved.spec))
    by_hand = rate(loop_by_hand(name, precision), given, len(photos), 1)
    job, busy = job_rate(resolved, photos)
    slower = min(all_cores, encode) if devices.gpus_used() else 1 / (1 / all_cores + 1 / encode)
    targets = [f"job {verdict(job / slower, 0.9)}", f"encode {verdict(encode / by_hand, 0.9)}"]
    targets.append(f"cores {verdict(all_cores / (two * devices.cores() / 2), 0.7)}")
    if name == "NASNetLarge" and side == SMALL and "gpu" in busy:
        targets.append(f"busy {verdict(busy['gpu'], 0.9)}")
    figures = (f"{value:,.0f}" for value in (all_cores, two, encode, by_hand, job))
    return [[name, str(side), *figures, " ".join(f"{k} {v:.0%}" for k, v in busy.items()), "; ".join(targets)]]


def decode_rate(decoder: ImageDecoder, payloads: list[bytes], cores: int) -> float:
    """Images a second in as many processes."""
    decoding = DecodingProcesses(decoder, most=cores)
    try:
        decoding.decode(payloads[: 8 * cores])
        decoding.fit(encode_seconds=1e-9)  # all of them
        decoding.decode(payloads)
        repeats = 3
        took = seconds(lambda: [decoding.decode(payloads) for _ in range(repeats)])
        return repeats * len(payloads) / took
    finally:
        decoding.close()


def rate(encode: Callable[[Any], Any], batches: list[Any], items: int, streams: int) -> float:
    """Items a second, when every shape has been seen."""
    for batch in batches[-1:] + batches[:1]:
        encode(batch)
    turns = list(islice(cycle(batches), max(streams, items // len(batches[0]))))
    with ThreadPoolExecutor(streams) as pool:
        took = seconds(lambda: list(pool.map(encode, turns)))
    return sum(len(batch) for batch in turns) / took


def loop_by_hand(name: str, precision: Precision) -> Callable[[Any], Any]:
    import keras
    import tensorflow as tf

    from transforms.encoders import keras_models
    from transforms.encoders.handles import parse_keras

    keras.config.set_dtype_policy("mixed_float16" if precision == "float16" else "float32")
    try:
        model, preprocess = keras_models.build(parse_keras(handle(name)))
    finally:
        keras.config.set_dtype_policy("float32")

    def forward(pixels: Any) -> Any:
        return tf.cast(model(preprocess(tf.cast(pixels, tf.float32)), training=False), tf.float32)

    # On processors XLA makes these networks slower.
    compiled = tf.function(forward, jit_compile=devices.gpus_used() > 0)
    return lambda pixels: compiled(tf.constant(pixels)).numpy()


def job_rate(resolved: Any, photos: list[Path]) -> tuple[float, dict[str, float]]:
    """Rows a second of the whole job, when it has run once, and its busy shares."""
    from apache_beam.options.pipeline_options import PipelineOptions

    from pipelines.embed import run
    from transforms.corpus.options import ReadOptions
    from transforms.embed.job import EmbedJob

    def once() -> dict[str, Any]:
        name = uuid.uuid4().hex
        table = WORK / "tables" / name
        read = ReadOptions(modality=resolved.spec.modality)
        job = EmbedJob(inputs=(str(photos[0].parent),), table=str(table), encoder=resolved, read=read, run=name)
        try:
            return run(job, PipelineOptions([]))
        finally:
            shutil.rmtree(table, ignore_errors=True)

    once()
    started = time.perf_counter()
    summary = once()
    return summary["encoded"] / (time.perf_counter() - started), summary["busy"]


def photographs(count: int, side: int | None) -> list[Path]:
    """`count` files: some hundreds of distinct ones, and links to them. `side` None: 1024 x 768."""
    originals = make_photos(min(count, DISTINCT))
    folder = WORK / f"gpu-{side or 'large'}-{count}"
    folder.mkdir(parents=True, exist_ok=True)
    sources = originals if side is None else [smaller(path, side) for path in originals]
    paths = [folder / f"{number:06}.jpg" for number in range(count)]
    for path, source in zip(paths, cycle(sources), strict=False):
        if not path.exists():
            os.link(source, path)
    return paths


def smaller(path: Path, side: int) -> Path:
    from PIL import Image

    folder = path.parent.with_name(f"{path.parent.name}-{side}")
    folder.mkdir(exist_ok=True)
    if not (folder / path.name).exists():
        buffer = io.BytesIO()
        Image.open(path).resize((side, side), Image.Resampling.BICUBIC).save(buffer, "JPEG", quality=90)
        (folder / path.name).write_bytes(buffer.getvalue())
    return folder / path.name


def texts(count: int) -> list[str]:
    resolved = encoders.resolve("use-multilingual")
    encoder = resolved.load()
    words = np.random.default_rng(0).integers(0, 5000, (count, 8))
    lines = [" ".join(f"word{word}" for word in row) for row in words.tolist()]
    size = resolved.spec.batch_items
    encode = rate(encoder.encode, [lines[start : start + size] for start in range(0, count, size)], count, 2)
    folder = WORK / f"gpu-texts-{count}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "lines.txt").write_text("\n".join(lines))
    job, _ = job_rate(resolved, [folder / "lines.txt"])
    return [f"{count:,}", f"{encode:,.0f}", f"{job:,.0f}", verdict(job / encode, 0.9)]


def encoder_alone(name: str, turns: int) -> dict[str, float]:
    """The rate of an encoder in this process: what two processes on one GPU are compared by."""
    precision: Precision = "float16" if devices.gpus_used() else "float32"
    resolved = encoders.resolve(name, precision=precision)
    size = devices.batch_items_of(resolved.spec)
    assert resolved.spec.image_size is not None
    pixels = np.random.default_rng(0).integers(0, 256, (size, *resolved.spec.image_size, 3), dtype=np.uint8)
    encoder = resolved.load()
    encoder.encode(pixels)
    print("ready", flush=True)
    sys.stdin.readline()
    return {"rate": rate(encoder.encode, [pixels], turns * size, devices.streams_of(resolved.spec))}


def shared(network: str, turns: int) -> str:
    """Two processes at once against one, on one GPU."""
    import subprocess

    def together(count: int) -> float:
        command = [sys.executable, "-m", "benchmarks.gpu", "--one", network, "--share", str(turns)]
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        started = [subprocess.Popen(command, **pipes) for _ in range(count)]
        for process in started:
            assert process.stdout is not None and process.stdout.readline().strip() == "ready"
        for process in started:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        return sum(float(json.loads(process.communicate()[0].splitlines()[-1])["rate"]) for process in started)

    one, two = together(1), together(2)
    return f"one process {one:,.0f}/s, two on the same GPU {two:,.0f}/s: {verdict(two / one, 0.95)}"


if __name__ == "__main__":
    main()
