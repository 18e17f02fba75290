"""Engines and precisions: the rate of each network on each, and the least cosine of its vectors to TensorFlow's in float32.

    python -m benchmarks.engines                                  # every network; about 25 minutes on two cores
    python -m benchmarks.engines --only MobileNetV2,NASNetMobile --items 200
    python -m benchmarks.engines --cosines --items 40             # the vectors alone, without rates; about 10 minutes

The networks are those of the registry that keras.applications can build, with seeded weights, and MobileNetV2 with its real
ones where `../shared/tfhub` is. Items are photographs from `../shared/corpora/hymenoptera`, else pictures that are
made. Every rate is a median over turns in which each engine has its own, with two calls at a time as in the main job.

Targets: OpenVINO's vectors in float32 keep 0.9999 to TensorFlow's for every network, which is why the engine is no part of a
table's fingerprint; a half precision that is not refused keeps 0.999.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import numpy as np

from benchmarks.common import CORPORA, console, show
from benchmarks.figures import record
from launch.terminal.quiet import quieten
from transforms import encoders
from transforms.common.arrays import Pixels, Vectors
from transforms.common.errors import RequestError
from transforms.encoders import cache, devices, load
from transforms.encoders.image_decoder import decoder_of
from transforms.encoders.self_check import HALF_PRECISION, SAME_PRECISION, least_cosine, picture
from transforms.encoders.spec import Encoder, EncoderSpec, Engine, Precision

REAL = "https://tfhub.dev/google/imagenet/mobilenet_v2_100_224/feature_vector/5"
HUB = Path(__file__).parents[2] / "shared" / "tfhub"
NETWORKS = (
    *("EfficientNetV2L", "EfficientNetV2M", "NASNetLarge", "MobileNetV3Large", "MobileNetV3Small", "EfficientNetV2S"),
    *("EfficientNetV2B0", "InceptionV3", "ResNet50V2", "NASNetMobile", "MobileNetV2", "MobileNet"),
)
LARGE_SIDE = 300
"""Pixels from which on a network gets a quarter of the items: one image costs as much as a hundred of a small one."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", help="names of networks, comma-separated")
    parser.add_argument("--items", type=int, default=200)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--cosines", action="store_true", help="Measure no rates.")
    asked = parser.parse_args()
    quieten()
    repeats = 0 if asked.cosines else asked.repeats
    handles = {name: f"keras://{name}?weights=random&seed=1" for name in NETWORKS}
    if HUB.is_dir():
        os.environ.setdefault("TFHUB_CACHE_DIR", str(HUB.resolve()))
        handles = {"MobileNetV2-real": REAL, **handles}
    wanted = asked.only.split(",") if asked.only else list(handles)

    rows: list[list[str]] = []
    cosines: dict[str, list[float]] = {"float32": [], "half": []}
    to_record: dict[str, float | list[float]] = {}
    for name in wanted:
        for found in measured(handles[name], items=asked.items, repeats=repeats):
            rows.append([name, found.engine, found.precision, *found.shown()])
            console.print("  ".join(rows[-1]))
            if found.cosine is not None:
                cosines["float32" if found.precision == "float32" else "half"].append(found.cosine)
            if name == "NASNetMobile" and found.rates:
                to_record[f"{found.engine}_{found.precision}"] = found.rates
    show("Engines", ["network", "engine", "precision", "images/s", "least", "most", "least cosine", "loaded in"], rows)
    least = {name: min(found, default=1.0) for name, found in cosines.items()}
    console.print(f"least cosine between engines in float32: {least['float32']:.6f} (target {SAME_PRECISION})")
    console.print(f"least cosine of half precision to float32: {least['half']:.6f} (target {HALF_PRECISION})")
    if asked.cosines and not asked.only:
        record({"networks": len(wanted), "float32": least["float32"], "half": least["half"]})
    elif not asked.only:
        record({**to_record, "least_cosine": least["float32"]})


@dataclass(kw_only=True)
class Measured:
    """One network on one engine in one precision. `cosine` is None for the reference, or where there are no vectors."""

    engine: Engine
    precision: Precision
    rates: list[float]
    cosine: float | None = None
    load_seconds: float = 0.0
    problem: str = ""

    def shown(self) -> list[str]:
        if self.problem:
            return ["-", "", "", "", self.problem]
        figures = (statistics.median(self.rates), min(self.rates), max(self.rates)) if self.rates else ()
        cosine = "" if self.cosine is None else f"{self.cosine:.6f}"
        return [*([f"{value:.1f}" for value in figures] or [""] * 3), cosine, f"{self.load_seconds:.1f} s"]


def measured(handle: str, *, items: int, repeats: int) -> list[Measured]:
    from transforms.encoders.engines import open_encoder

    spec = encoders.resolve(handle).spec
    module = load.open_module(spec, cache.fetch(handle))
    half = devices.half_precision()
    pixels = pictures(spec, items if max(spec.image_size or (0,)) < LARGE_SIDE else items // 4)
    found: list[Measured] = []
    encode: dict[int, Callable[[], Vectors]] = {}
    exact: Any = None
    for precision in get_args(Precision):
        if precision not in ("float32", half):
            continue
        for engine in get_args(Engine):
            one = Measured(engine=engine, precision=precision, rates=[])
            found.append(one)
            started = time.perf_counter()
            try:
                encoder = open_encoder(module, spec, fingerprint="", precision=precision, engine=engine)
            except RequestError as error:
                one.problem = str(error)
                continue
            one.load_seconds = time.perf_counter() - started
            encode[len(found) - 1] = run = whole(encoder, pixels)
            vectors = run()
            if exact is None:
                exact = vectors
            else:
                one.cosine = least_cosine(exact, vectors)
    for _ in range(repeats):
        for position, run in encode.items():
            started = time.perf_counter()
            run()
            found[position].rates.append(len(pixels) / (time.perf_counter() - started))
    return found


def whole(encoder: Encoder, pixels: Pixels) -> Callable[[], Vectors]:
    """Encodes all pixels, in batches of the encoder's size on its streams."""
    size = encoder.spec.batch_items
    batches = [pixels[start : start + size] for start in range(0, len(pixels), size)]

    def run() -> Vectors:
        with ThreadPoolExecutor(devices.streams_of(encoder.spec)) as streams:
            return np.concatenate(list(streams.map(encoder.encode, batches)))

    return run


def pictures(spec: EncoderSpec, count: int) -> Pixels:
    paths = sorted((CORPORA / "hymenoptera").glob("*/*/*.jpg"))[:count]
    decoder = decoder_of(spec)
    assert decoder is not None and spec.image_size is not None, "all of these are networks of images"
    if len(paths) < count:
        return np.stack([picture(seed, spec.image_size) for seed in range(count)])
    pixels, failed = decoder.decode([path.read_bytes() for path in paths])
    assert not failed, failed
    return pixels


if __name__ == "__main__":
    main()
