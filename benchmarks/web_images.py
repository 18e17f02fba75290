"""python -m benchmarks.web_images: vectors of 20 photographs in WebAssembly against TensorFlow's, time of one, size (3 minutes).

Encoders are exported as `export-model --format web` does, and run by node with the page's own runtime, on one thread: the same
WebAssembly that a browser runs. The real MobileNetV2, and NASNet-Mobile with seeded weights.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt

import transforms.web
from benchmarks.common import CORPORA, WORK, show, verdict
from benchmarks.figures import record
from transforms import encoders
from transforms.encoders.image_decoder import decoder_of
from transforms.encoders.self_check import least_cosine
from transforms.web.arrays_file import packed
from transforms.web.graph_model import WeightType
from transforms.web.image_files import image_files

_COUNT = 20
_ENCODERS: dict[str, tuple[str, WeightType]] = {
    "mobilenet": ("mobilenet-v2", "float32"),
    "mobilenet_half": ("mobilenet-v2", "float16"),
    "nasnet": ("keras://NASNetMobile?weights=random", "float32"),
}
_PAGE = Path(transforms.web.__file__).parent / "page"
_DRIVER = Path(__file__).parents[1] / "tests" / "browser" / "graph_runtime.mjs"


def main() -> None:
    photographs = sorted((CORPORA / "clothing" / "validation").rglob("*.jpg"))[:: 341 // _COUNT][:_COUNT]
    rows: list[list[str]] = []
    found: dict[str, float] = {}
    for short, (name, weights) in _ENCODERS.items():
        encoder = encoders.resolve(name, engine="tensorflow")
        decoder = decoder_of(encoder.spec)
        assert decoder is not None
        pixels, failed = decoder.decode([path.read_bytes() for path in photographs])
        assert not failed
        folder = WORK / f"web-{short}"
        bytes_written = write(folder, encoder, weights, pixels)
        done = subprocess.run(
            ["node", _DRIVER, folder, folder / "pixels.arrays"], check=True, capture_output=True, text=True
        )
        made = json.loads(done.stdout)
        loaded = encoder.load()
        expected = loaded.encode(pixels)
        started = time.perf_counter()
        for one in pixels:
            loaded.encode(one[None])
        ours = (time.perf_counter() - started) / len(pixels) * 1e3
        vectors = np.array(made["wasm-simd"]["vectors"], np.float32).reshape(expected.shape)
        error = float(np.abs(vectors - expected).max() / np.abs(expected).max())
        cosine = least_cosine(expected, vectors)
        times = {way: statistics.median(made[way]["milliseconds"]) for way in ("wasm-simd", "wasm")}
        limit = 1e-4 if weights == "float32" else 1e-2
        rows.append(
            [f"{name}, {weights}", verdict(error, limit, at_least=False), f"{cosine:.7f}", f"{times['wasm-simd']:.0f}",
             f"{times['wasm']:.0f}", f"{ours:.0f}", f"{bytes_written / 1e6:.1f}"]
        )  # fmt: skip
        found |= {f"{short}_error": error, f"{short}_cosine": cosine, f"{short}_simd": times["wasm-simd"]}
        found |= {f"{short}_plain": times["wasm"], f"{short}_size": bytes_written / 1e6}
    columns = [
        "encoder",
        "largest difference / scale",
        "least cosine",
        "ms, SIMD",
        "ms, without",
        "ms, TensorFlow",
        "MB",
    ]
    show(f"{_COUNT} photographs, one at a time", columns, rows)
    record(found)


def write(folder: Path, encoder: encoders.ResolvedEncoder, weights: WeightType, pixels: npt.NDArray[np.uint8]) -> int:
    """Writes page, encoder and pixels in the encoder's range; the bytes of the encoder's folder."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(_PAGE, folder)
    total = 0
    for name, content in image_files(encoder, weights):
        path = folder / "encoder" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        total += len(content)
    low, high = encoder.spec.pixel_range or (0.0, 255.0)
    given = pixels.astype(np.float32) * np.float32((high - low) / 255) + np.float32(low)
    (folder / "pixels.arrays").write_bytes(packed({"pixels": given}))
    return total


if __name__ == "__main__":
    main()
