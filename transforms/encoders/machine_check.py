"""Measures what this machine can do: decoding, and an encoder in each precision on the engine that a run takes, or on each.

report = examine("keras://MobileNetV2?weights=random")
report.bottleneck                                            # "encode"
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import metadata
from itertools import cycle, islice
from typing import Any, Literal, get_args

import numpy as np

from transforms import encoders
from transforms.common.errors import RequestError
from transforms.encoders import devices, openvino_core, self_check
from transforms.encoders.image_decoder import ImageDecoder, decoder_of
from transforms.encoders.spec import Encoder, EncoderSpec, Engine, EngineChoice, Precision

PHOTOGRAPH = (768, 1024)
_PHOTOGRAPHS = 8


@dataclass(frozen=True, kw_only=True)
class EncodeRate:
    """How fast an encoder is on one engine in one precision.

    Attributes:
      engine: what computed; where it cannot be had, what was asked for ("auto": the one that a run takes).
      items_per_second: None where it cannot be had; `problem` says why.
      cosine: the least one to TensorFlow in float32; None for that one itself.
    """

    engine: str
    precision: Precision
    items_per_second: float | None = None
    cosine: float | None = None
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class MachineReport:
    """What this machine has, and how fast it is.

    Attributes:
      cores: that this process may use.
      gpus: names of NVIDIA's GPUs, `driver` its version ("" without).
      gpus_used: how many of them TensorFlow finds.
      engines: name -> version; None where it is not installed.
      precisions: that are faster here than float32, after float32.
      encoder: what was measured.
      decode_per_second: photographs of 1024 x 768 to the encoder's pixels; None for text.
      encode: the rates of the encoder.
      items_per_second: what decoding and the fastest float32 encoding allow together; None where no engine runs it.
      bottleneck: what takes most of the time; "" where it is not known.
      warnings: one line each, with what to do.
    """

    processor: str
    cores: int
    gpus: tuple[str, ...]
    gpus_used: int
    driver: str
    engines: dict[str, str | None]
    precisions: tuple[Precision, ...]
    encoder: str
    decode_per_second: float | None
    encode: tuple[EncodeRate, ...]
    items_per_second: float | None
    bottleneck: Literal["decode", "encode", ""]
    warnings: tuple[str, ...]


def examine(encoder: str, *, trust: bool = False, seconds: float = 0.4, every_engine: bool = False) -> MachineReport:
    """Looks at the machine and measures.

    TensorFlow is imported only where it computes: where a run takes another engine whose network is in the cache, it is not.

    Args:
      encoder: a name, a handle or a path.
      seconds: for each rate.
      every_engine: measure all engines, not only the one that a run takes.

    Raises:
      RequestError: there is no such encoder, or it cannot be had.
    """
    driver = devices.nvidia_driver()
    used = devices.gpus_used()
    half = devices.half_precision()
    precisions: tuple[Precision, ...] = ("float32",) if half is None else ("float32", half)
    openvino = metadata.version("openvino") if openvino_core.is_installed() else None

    spec = encoders.resolve(encoder, trust=trust).spec
    decoder = decoder_of(spec)
    decode = None if decoder is None else _decode_rate(decoder, seconds)
    engines: tuple[EngineChoice, ...] = get_args(Engine) if every_engine else ("auto",)
    rates = tuple(_encode_rates(encoder, spec, precisions, engines, trust=trust, seconds=seconds))
    fastest = max((r.items_per_second for r in rates if r.items_per_second and r.precision == "float32"), default=None)
    whole, bottleneck = _whole(decode, fastest, beside=used > 0)
    return MachineReport(
        processor=devices.processor().name,
        cores=devices.cores(),
        gpus=driver.gpus,
        gpus_used=used,
        driver=driver.version,
        engines={"tensorflow": metadata.version("tensorflow"), "openvino": openvino},
        precisions=precisions,
        encoder=spec.name,
        decode_per_second=decode,
        encode=rates,
        items_per_second=whole,
        bottleneck=bottleneck,
        warnings=tuple(_warnings(driver, used, openvino)),
    )


def _whole(
    decode: float | None, encode: float | None, *, beside: bool
) -> tuple[float | None, Literal["decode", "encode", ""]]:
    """The rate of both together, and the slower. `beside`: they do not share the processor, for a GPU encodes."""
    if encode is None or decode is None:
        return encode, "" if encode is None else "encode"
    return min(decode, encode) if beside else 1 / (1 / decode + 1 / encode), "decode" if decode < encode else "encode"


def _warnings(driver: devices.NvidiaDriver, used: int, openvino: str | None) -> Iterator[str]:
    name = ", ".join(driver.gpus)
    if driver.problem:
        yield f"{name} is there and not used: {driver.problem}"
    elif len(driver.gpus) > used:
        yield (
            f"{name}: TensorFlow uses {used} of {len(driver.gpus)}; it finds no CUDA libraries that fit:"
            f" pip install 'tensorflow[and-cuda]=={metadata.version('tensorflow')}'"
        )
    if openvino is None and "avx2" in devices.processor().instructions and not used:
        yield "OpenVINO is not installed, which encodes images faster than TensorFlow on this processor: pip install openvino"


def _encode_rates(
    name: str,
    spec: EncoderSpec,
    precisions: tuple[Precision, ...],
    engines: tuple[EngineChoice, ...],
    *,
    trust: bool,
    seconds: float,
) -> Iterator[EncodeRate]:
    batch = self_check.check_items(spec)
    for precision in precisions:
        for engine in engines:
            try:
                found = encoders.resolve(name, precision=precision, engine=engine, trust=trust).load()
            except RequestError as error:
                yield EncodeRate(engine=engine, precision=precision, problem=str(error))
                continue
            rate = _encode_rate(found, batch, seconds)
            used = found.computation.engine if engine == "auto" else engine
            cosine = found.computation.cosine
            yield EncodeRate(engine=used, precision=precision, items_per_second=rate, cosine=cosine)


def _encode_rate(encoder: Encoder, items: Any, seconds: float) -> float:
    """Batches of the encoder's own size, on as many streams as the main job gives it."""
    spec = encoder.spec
    batch = list(islice(cycle(items), min(spec.batch_items, 64)))
    given: Any = batch if spec.modality == "text" else np.stack(batch)
    encoder.encode(given)
    count = devices.streams_of(spec)
    with ThreadPoolExecutor(count) as streams:

        def call() -> None:
            list(streams.map(encoder.encode, [given] * count))

        return len(batch) * count * _per_second(call, seconds)


def _decode_rate(decoder: ImageDecoder, seconds: float) -> float:
    from PIL import Image

    photographs = []
    for seed in range(_PHOTOGRAPHS):
        buffer = io.BytesIO()
        Image.fromarray(self_check.picture(seed, PHOTOGRAPH)).save(buffer, "JPEG", quality=90)
        photographs.append(buffer.getvalue())
    return len(photographs) * _per_second(lambda: decoder.decode(photographs), seconds)


def _per_second(call: Callable[[], Any], seconds: float) -> float:
    call()
    calls, started = 0, time.perf_counter()
    while True:
        call()
        calls += 1
        passed = time.perf_counter() - started
        if passed >= seconds:
            return calls / passed
