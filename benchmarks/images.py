"""Images: the main job against a plain loop, and against its own parts.

    python -m benchmarks.images                         # 2,000 JPEGs of 1024 x 768; about 12 minutes on two cores
    python -m benchmarks.images --images 256 --repeats 3 --only plain,decode

The network is NASNet-Mobile with seeded weights, since only its cost matters here. Measured, in images a second,
medians over rounds in which every measure has its turn, so that a machine's slow minutes hit all of them:

  plain loop          what a person would write: decode_image, resize, stack 32, `hub.load(...)(batch)`
  decode              our decoder alone, batch after batch, from bytes in memory
  encode PRECISION    our frozen encoder alone, on decoded pixels, on the engine that it chooses here
  embed PRECISION     `pipelines.embed.run`, from files to a committed table

Loading is in none of them: each has run once before its first turn. "CPU ms" is the processor time an image costs, over
all cores, which other work on the machine disturbs less than the rate.

Targets: embed over plain loop >= 1.4 in float32 and >= 2.4 in bfloat16 with AMX, 1.8 without; embed over the harmonic bound
1 / (1/decode + 1/encode), which is what one resource that does both could reach, >= 0.9.
"""

from __future__ import annotations

import argparse
import io
import shutil
import statistics
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.figures import record
from launch.terminal.quiet import quieten
from transforms.encoders import devices
from transforms.encoders.image_decoder import ImageDecoder
from transforms.encoders.spec import Precision

WORK = Path(__file__).parent / ".work"
WIDTH, HEIGHT, QUALITY = 1024, 768, 90
SIZE = (224, 224)
BATCH = 32
ENCODER = "keras://NASNetMobile?weights=random&seed=1"
PRECISIONS: tuple[Precision, ...] = ("float32", "bfloat16")
PLAIN_TARGETS = {"float32": 1.4, "bfloat16": 1.8}
BOUND_TARGET = 0.9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=2000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--only", default="plain,decode,encode,embed", help="which measures, comma-separated")
    asked = parser.parse_args()
    quieten()
    console = Console()

    photos = make_photos(asked.images)
    wanted = set(asked.only.split(","))
    measures: dict[str, Callable[[], None]] = {}
    if "plain" in wanted:
        measures["plain loop"] = plain_loop(photos)
    if "decode" in wanted:
        measures["decode"] = decode_alone(photos)
    for precision in PRECISIONS:
        if "encode" in wanted:
            measures[f"encode {precision}"] = encode_alone(photos, precision)
        if "embed" in wanted:
            measures[f"embed {precision}"] = embed(photos, precision)
    turns: dict[str, list[Turn]] = {name: [] for name in measures}
    for _ in track(range(asked.repeats), description="rounds", console=console):
        for name, measure in measures.items():
            started, cpu = time.perf_counter(), time.process_time()
            measure()
            seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu
            turns[name].append(Turn(rate=len(photos) / seconds, cpu_ms=1000 * cpu_seconds / len(photos)))
    report(turns, images=len(photos), console=console)


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One pass over all images: images a second, and milliseconds of processor time an image."""

    rate: float
    cpu_ms: float


def report(turns: dict[str, list[Turn]], *, images: int, console: Console) -> None:
    table = Table(
        title=f"NASNet-Mobile, {images:,} JPEGs of {WIDTH} x {HEIGHT}, medians of {len(next(iter(turns.values())))}"
    )
    console.print(
        ", ".join(f"{precision}: {resolved(precision).load().computation.engine}" for precision in PRECISIONS)
    )
    for heading in ("measure", "images/s", "least", "most", "CPU ms", "over plain loop", "over harmonic bound"):
        table.add_column(heading, justify="left" if heading == "measure" else "right")
    median = {name: statistics.median(turn.rate for turn in all_turns) for name, all_turns in turns.items()}
    to_record: dict[str, float | list[float]] = {}
    for name, all_turns in turns.items():
        plain = bound = ""
        step, _, precision = name.partition(" ")
        if step == "embed" and "plain loop" in median:
            to_record[f"{precision}_over_plain"] = median[name] / median["plain loop"]
            plain = against(median[name] / median["plain loop"], PLAIN_TARGETS[precision])
        if step == "embed" and {"decode", f"encode {precision}"} <= median.keys():
            reachable = 1 / (1 / median["decode"] + 1 / median[f"encode {precision}"])
            to_record[f"{precision}_over_bound"] = median[name] / reachable
            bound = against(median[name] / reachable, BOUND_TARGET)
        rates = [turn.rate for turn in all_turns]
        if precision != "bfloat16":
            to_record["plain" if name == "plain loop" else name.replace(" ", "_")] = rates
        cpu_ms = statistics.median(turn.cpu_ms for turn in all_turns)
        figures = (f"{value:.0f}" for value in (median[name], min(rates), max(rates)))
        table.add_row(name, *figures, f"{cpu_ms:.1f}", plain, bound)
    console.print(table)
    record(to_record)


def against(ratio: float, target: float) -> str:
    colour = "green" if ratio >= target else "red"
    return f"[{colour}]{ratio:.2f}[/] (target {target})"


# --- what is measured ----------------------------------------------------------------------------------------


def plain_loop(photos: list[Path]) -> Callable[[], None]:
    import tensorflow as tf
    import tensorflow_hub as hub

    module = hub.load(str(plain_module()))

    def run() -> None:
        vectors = []
        for paths in batches(photos):
            images = []
            for path in paths:
                image = tf.io.decode_image(tf.io.read_file(str(path)), channels=3, expand_animations=False)
                images.append(tf.image.resize(image, SIZE))
            vectors.append(module(tf.stack(images) / 255.0).numpy())
        np.concatenate(vectors)

    module(tf.zeros((BATCH, *SIZE, 3)))
    if len(photos) % BATCH:
        module(tf.zeros((len(photos) % BATCH, *SIZE, 3)))
    return run


def plain_module() -> Path:
    """NASNet-Mobile as its publishers export it: a callable SavedModel of pixels 0..1."""
    import keras
    import tensorflow as tf

    folder = WORK / "nasnet-mobile"
    if not (folder / "saved_model.pb").exists():
        keras.utils.set_random_seed(1)
        network = keras.applications.NASNetMobile(
            input_shape=(*SIZE, 3), include_top=False, weights=None, pooling="avg"
        )
        module = tf.Module()
        module.network = network
        module.__call__ = tf.function(
            lambda pixels: network(pixels, training=False),
            input_signature=[tf.TensorSpec((None, *SIZE, 3), tf.float32)],
        )
        tf.saved_model.save(module, str(folder))
    return folder


def decode_alone(photos: list[Path]) -> Callable[[], None]:
    payloads = [[path.read_bytes() for path in paths] for paths in batches(photos)]
    decoder = ImageDecoder(size=SIZE)

    def run() -> None:
        for batch in payloads:
            _, failed = decoder.decode(batch)
            assert not failed

    decoder.decode(payloads[0])
    return run


def encode_alone(photos: list[Path], precision: Precision) -> Callable[[], None]:
    """The encoder on batches and on as many streams as the main job gives it."""
    encoder = resolved(precision).load()
    decoder = ImageDecoder(size=SIZE)
    sample = [path.read_bytes() for path in photos[: 8 * encoder.spec.batch_items]]
    some = [
        decoder.decode(sample[start : start + encoder.spec.batch_items])[0]
        for start in range(0, len(sample), encoder.spec.batch_items)
    ]

    def run() -> None:
        calls = -(-len(photos) // encoder.spec.batch_items)
        with ThreadPoolExecutor(devices.streams_of(encoder.spec)) as streams:
            list(streams.map(encoder.encode, islice(cycle(some), calls)))

    for pixels in some[-1:] + some[:1]:
        encoder.encode(pixels)
    return run


def embed(photos: list[Path], precision: Precision) -> Callable[[], None]:
    """The main job into a new table each time."""
    from launch.profiles import Profile
    from pipelines.embed import run as run_job
    from transforms.corpus.options import ReadOptions
    from transforms.embed.job import EmbedJob

    def run() -> None:
        name = uuid.uuid4().hex
        table = WORK / "tables" / name
        job = EmbedJob(
            inputs=(str(photos[0].parent),),
            table=str(table),
            encoder=resolved(precision),
            read=ReadOptions(modality="image"),
            run=name,
        )
        summary = run_job(job, Profile().options())
        assert summary["encoded"] == len(photos), summary
        shutil.rmtree(table)

    run()
    return run


def resolved(precision: Precision) -> Any:
    from transforms import encoders

    return encoders.resolve(ENCODER, precision=precision, trust=True)


def batches(photos: list[Path]) -> Iterator[list[Path]]:
    for start in range(0, len(photos), BATCH):
        yield photos[start : start + BATCH]


# --- photographs ---------------------------------------------------------------------------------------------


def make_photos(count: int) -> list[Path]:
    """`count` files, made once; file i is the same whatever `count` is."""
    folder = WORK / f"photos-{WIDTH}x{HEIGHT}-{count}"
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{number:06}.jpg" for number in range(count)]
    missing = [number for number, path in enumerate(paths) if not path.exists()]
    if missing:
        backdrops = [backdrop(seed) for seed in range(8)]
        with ThreadPoolExecutor() as threads:
            jobs = [threads.submit(save_photo, paths[number], number, backdrops) for number in missing]
            for job in track(as_completed(jobs), description="making photographs", total=len(jobs)):
                job.result()
    return paths


def save_photo(path: Path, seed: int, backdrops: list[npt.NDArray[np.uint8]]) -> None:
    whole = path.with_suffix(".tmp")
    whole.write_bytes(photo(seed, backdrops))
    whole.rename(path)


def backdrop(seed: int) -> npt.NDArray[np.uint8]:
    """Smooth colour at many scales, twice as wide and high as a photograph: sums of enlarged noise."""
    from PIL import Image

    rng = np.random.default_rng((seed, 0))
    total = np.full((2 * HEIGHT, 2 * WIDTH, 3), 127.5, np.float32)
    for cells, strength in ((6, 0.9), (16, 0.6), (48, 0.35), (160, 0.2), (440, 0.09)):
        coarse = Image.fromarray(rng.integers(0, 256, (cells * 3 // 4, cells, 3), dtype=np.uint8))
        smooth = coarse.resize((2 * WIDTH, 2 * HEIGHT), Image.Resampling.BICUBIC)
        total += strength * (np.asarray(smooth, np.float32) - 127.5)
    return total.clip(0, 255).astype(np.uint8)


def photo(seed: int, backdrops: list[npt.NDArray[np.uint8]]) -> bytes:
    """A cut of a backdrop with outlined shapes before it and a camera's grain over it; about 200 kB."""
    from PIL import Image, ImageDraw

    rng = np.random.default_rng((seed, 1))
    top, left = int(rng.integers(0, HEIGHT)), int(rng.integers(0, WIDTH))
    cut = backdrops[seed % len(backdrops)][top : top + HEIGHT, left : left + WIDTH]
    image = Image.fromarray(np.ascontiguousarray(cut))
    draw = ImageDraw.Draw(image)
    for _ in range(12):
        x, y = rng.integers(0, (WIDTH, HEIGHT))
        wide, high = rng.integers(20, 200, 2)
        colour = tuple(int(value) for value in rng.integers(0, 256, 3))
        shape = draw.ellipse if rng.random() < 0.5 else draw.rectangle
        filling = colour if rng.random() < 0.3 else None
        box = [int(edge) for edge in (x - wide, y - high, x + wide, y + high)]
        shape(box, outline=colour, width=int(rng.integers(1, 6)), fill=filling)
    grain = rng.integers(-6, 7, (HEIGHT, WIDTH, 1), dtype=np.int16)
    grainy = (np.asarray(image) + grain).clip(0, 255).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(grainy).save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()


if __name__ == "__main__":
    main()
