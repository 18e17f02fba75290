"""python -m benchmarks.web_learning: classes learnt in the page of a `mobilenet-v2` model, from 20 photographs, offline.

Chromium, headless, as `.ci/browser` drives it: photographs of ants and bees (10 of each, from the train part), and of four kinds
of clothing (5 of each), are given to the page; it labels those of the other part. Vectors that the page made are compared with
the encoder's own of the same files, of the largest photographs, and of one as files of every kind: turned by EXIF, grey,
progressive, CMYK, with a colour profile, with transparency. The head for ants and bees goes through `import-head` twice: as a
first version, and against the head that `train` has made of all 318 photographs.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageCms

from benchmarks.common import CORPORA, WORK, child, show, verdict
from benchmarks.figures import record
from tests.helpers.static_server import static_server
from transforms import encoders
from transforms.encoders.image_decoder import decoder_of

_DRIVER = Path(__file__).parents[1] / "tests" / "browser"
_CLOTHES = ("dress", "pants", "shoes", "t-shirt")
_ENCODER = "mobilenet-v2"
_LARGEST = 10


def main() -> None:
    os.environ.setdefault("TFHUB_CACHE_DIR", str(CORPORA.parent / "tfhub"))
    WORK.mkdir(exist_ok=True)
    work = WORK / "web-learning"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    insects = CORPORA / "hymenoptera"
    table, model, page = work / "insects.table", work / "models" / "insects", work / "page"
    child(
        [
            "-m",
            "launch.cli",
            "embed",
            str(insects),
            "--encoder",
            _ENCODER,
            "--labels-from",
            "folder",
            "--to",
            str(table),
        ]
    )
    child(["-m", "launch.cli", "train", str(table), "--to", str(model), "--head", "linear"])
    child(["-m", "launch.cli", "export-model", str(model), "--format", "web", "--to", str(page)])

    tasks = {
        "insects": task(insects / "train", insects / "val", ("ants", "bees"), 10),
        "clothes": task(CORPORA / "clothing" / "train", CORPORA / "clothing" / "validation", _CLOTHES, 5),
    }
    kinds = of_every_kind(Path(tasks["insects"]["classes"]["bees"][0]), work)
    largest = sorted(insects.rglob("*.jpg"), key=pixels_of, reverse=True)[:_LARGEST]
    tasks["kinds"] = {"classes": {"kinds": kinds, "large": [str(file) for file in largest]}, "others": kinds[:1]}
    (work / "given.json").write_text(json.dumps(tasks))
    with static_server(page) as url:
        done = subprocess.run(
            ["node", "photograph_learning.mjs", url, work / "given.json", work],
            cwd=_DRIVER, check=True, capture_output=True, text=True,
        )  # fmt: skip
    seen = json.loads(done.stdout)

    shares = {name: share_right(tasks[name]["others"], seen[name]["said"]) for name in ("insects", "clothes")}
    files = [file for one in tasks.values() for group in one["classes"].values() for file in group]
    cosines = cosines_to_ours(files, [vector for one in seen.values() for vector in one["vectors"]])
    for to in (model.with_name("learnt"), model):
        command = ["import-head", str(work / "insects.head.json"), "--to", str(to), "--table", str(table)]
        done = subprocess.run(
            [sys.executable, "-m", "launch.cli", *command], check=False, capture_output=True, text=True
        )
        print(f"import-head, exit code {done.returncode}: {(done.stderr if done.returncode else done.stdout).strip()}")
    for name in ("insects", "clothes"):
        one = seen[name]
        show(
            f"{name}: {one['learnt']}",
            ["figure", "value"],
            [
                ["seconds for 20 vectors", f"{one['vectorSeconds']:.1f}"],
                ["seconds to fit", f"{one['fitSeconds']:.2f}"],
                [f"right of {len(tasks[name]['others'])} others", f"{shares[name]:.3f}"],
                ["problem", one["problem"]],
            ],
        )
    least = min(cosines, key=lambda file: cosines[file])
    lowest = f"{cosines[least]:.6f}, {Path(least).name}"
    show("vectors", ["least cosine", "of", "aim"], [[lowest, str(len(cosines)), verdict(cosines[least], 0.999)]])
    record(
        {
            "vector_seconds": seen["insects"]["vectorSeconds"],
            "fit_seconds": seen["insects"]["fitSeconds"],
            "insects": shares["insects"],
            "clothes": shares["clothes"],
            "least_cosine": cosines[least],
            "photographs": len(cosines),
        }
    )


def task(train: Path, others: Path, labels: tuple[str, ...], taught: int) -> dict[str, Any]:
    """The first photographs of each class to teach, and all others of the other part."""
    return {
        "classes": {label: [str(file) for file in sorted((train / label).iterdir())[:taught]] for label in labels},
        "others": [str(file) for label in labels for file in sorted((others / label).iterdir())],
    }


def of_every_kind(photograph: Path, folder: Path) -> list[str]:
    """The photograph as files of every kind, written into `folder`."""
    image = Image.open(photograph).convert("RGB")
    width, height = image.size
    turned = Image.Exif()
    turned[0x0112] = 6
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    shade = np.linspace(0, 255, width).astype(np.uint8)[None, :, None].repeat(height, axis=0)
    kinds: dict[str, tuple[Image.Image, dict[str, Any]]] = {
        "turned.jpg": (image, {"exif": turned}),
        "grey.jpg": (image.convert("L"), {}),
        "progressive.jpg": (image, {"progressive": True}),
        "cmyk.jpg": (image.convert("CMYK"), {}),
        "profile.jpg": (image, {"icc_profile": profile}),
        "transparent.png": (Image.fromarray(np.concatenate([np.asarray(image), shade], axis=2)), {}),
        "lossy.webp": (image, {}),
        "plain.avif": (image, {}),
        **{f"large-{times}.jpg": (image.resize((width * times, height * times)), {}) for times in (2, 4, 8)},
    }
    for name, (made, options) in kinds.items():
        stream = io.BytesIO()
        made.save(stream, Image.registered_extensions()[Path(name).suffix], **options)
        (folder / name).write_bytes(stream.getvalue())
    return [str(folder / name) for name in kinds]


def pixels_of(photograph: Path) -> int:
    with Image.open(photograph) as image:
        return image.size[0] * image.size[1]


def share_right(files: list[str], said: list[str]) -> float:
    return float(np.mean([Path(file).parent.name == label for file, label in zip(files, said, strict=True)]))


def cosines_to_ours(files: list[str], vectors: list[list[float]]) -> dict[str, float]:
    """By file, between the page's vector and the encoder's."""
    encoder = encoders.resolve(_ENCODER).load()
    decoder = decoder_of(encoder.spec)
    assert decoder is not None, "it is an encoder of images"
    pixels, failed = decoder.decode([Path(file).read_bytes() for file in files])
    assert not failed, failed
    ours, theirs = encoder.encode(pixels), np.asarray(vectors, np.float32)
    lengths = np.linalg.norm(ours, axis=1) * np.linalg.norm(theirs, axis=1)
    cosines = (ours * theirs).sum(axis=1) / lengths
    return {file: float(cosine) for file, cosine in zip(files, cosines, strict=True)}


if __name__ == "__main__":
    main()
