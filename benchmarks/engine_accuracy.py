"""Accuracy by engine and precision: the same photographs, the same head, other arithmetic.

    python -m benchmarks.engine_accuracy            # about 4 minutes on two cores

MobileNetV2 with its real weights encodes the corpora hymenoptera and clothing on TensorFlow and OpenVINO, in float32 and in
bfloat16 where this machine computes in it. On the vectors of each, a logistic regression is fitted to the training part and
scored on the held-out part; its C is the one that cross-validation chooses for TensorFlow in float32. The difference to
TensorFlow in float32 has a 95% interval from the items that only one of the two answers rightly (they are pairs).

The self-check refuses bfloat16 to this network: here it is measured all the same, and what it would cost is one of the figures.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV
from sklearn.model_selection import StratifiedKFold

from benchmarks.common import CORPORA, console, show
from benchmarks.engines import HUB, REAL
from benchmarks.figures import record
from launch.terminal.quiet import quieten
from transforms import encoders
from transforms.common.arrays import Pixels, Vectors
from transforms.encoders import cache, devices, load, openvino_core, openvino_engine, tensorflow_engine
from transforms.encoders.frozen import trace
from transforms.encoders.image_decoder import decoder_of
from transforms.encoders.spec import EncoderSpec, Precision

_PARTS = {"hymenoptera": ("train", "val"), "clothing": ("train", "validation")}
_STRENGTHS = np.logspace(-2, 2, 9)
_BATCH = 32
_REFERENCE = ("tensorflow", "float32")

Encode = Callable[[Pixels], Any]


@dataclass(frozen=True, eq=False)
class Photographs:
    """One part of a corpus: pixels uint8 [n, height, width, 3], and labels [n]."""

    pixels: Pixels
    labels: npt.NDArray[np.str_]


def main() -> None:
    quieten()
    os.environ.setdefault("TFHUB_CACHE_DIR", str(HUB.resolve()))
    spec = encoders.resolve(REAL).spec
    engines = dict(engines_of(spec))
    rows: list[Sequence[str]] = []
    figures: dict[str, float] = {}
    differing = answers = 0
    losses: list[float] = []
    for corpus, parts in _PARTS.items():
        train, test = (photographs(spec, corpus, part) for part in parts)
        strength = 1.0
        right: dict[tuple[str, str], npt.NDArray[np.bool_]] = {}
        predicted: dict[tuple[str, str], Any] = {}
        for name, encode in engines.items():
            learnt, asked = encoded(encode, train.pixels), encoded(encode, test.pixels)
            if name == _REFERENCE:
                strength = chosen_strength(learnt, train.labels)
            model = LogisticRegression(C=strength, max_iter=2000).fit(learnt, train.labels)
            predicted[name] = model.predict(asked)
            right[name] = predicted[name] == test.labels
            loss, margin = difference(right[_REFERENCE], right[name])
            rows.append([corpus, *name, f"{right[name].mean():.4f}", f"{-loss:+.4f} ± {margin:.4f}"])
            console.print("  ".join(rows[-1]))
            if name[1] == "bfloat16":
                losses.append(loss)
        figures[corpus] = float(right[_REFERENCE].mean())
        if ("openvino", "float32") in predicted:
            differing += int((predicted["openvino", "float32"] != predicted[_REFERENCE]).sum())
            answers += len(test.labels)
    show(
        "Accuracy of a logistic regression on MobileNetV2 vectors",
        ["corpus", "engine", "precision", "accuracy", "difference to TensorFlow in float32, 95%"],
        rows,
    )
    if answers:
        figures["openvino"] = differing / answers
    if losses:
        figures["bfloat16"] = max(losses)
    record(figures)


def engines_of(spec: EncoderSpec) -> Iterator[tuple[tuple[str, Precision], Encode]]:
    """The network on each engine in each precision of this machine, without their self-checks; the reference first."""
    network = trace(load.open_module(spec, cache.fetch(spec.handle)), spec)
    graph = tensorflow_engine.frozen_for_float32(network)
    assert graph is not None, "this network can be frozen"
    half = devices.half_precision()
    yield ("tensorflow", "float32"), tensorflow_engine.in_float32(network, graph)
    if half is not None:
        yield ("tensorflow", half), tensorflow_engine.in_half_precision(network, half)[0]
    if openvino_core.is_installed():
        precisions: tuple[Precision, ...] = ("float32",) if half is None else ("float32", half)
        for precision in precisions:
            converted = openvino_engine.OpenVinoFunction.converted(graph, precision=precision, streams=1)
            yield ("openvino", precision), converted


def photographs(spec: EncoderSpec, corpus: str, part: str) -> Photographs:
    """A part of a corpus with a folder for each class."""
    paths = sorted((CORPORA / corpus / part).glob("*/*.jp*g"))
    decoder = decoder_of(spec)
    assert decoder is not None, "an encoder of images has a decoder"
    pixels, failed = decoder.decode([path.read_bytes() for path in paths])
    assert not failed, failed
    return Photographs(pixels, np.array([path.parent.name for path in paths]))


def encoded(encode: Encode, pixels: Pixels) -> Vectors:
    return np.concatenate(
        [np.asarray(encode(pixels[start : start + _BATCH])) for start in range(0, len(pixels), _BATCH)]
    )


def chosen_strength(vectors: Vectors, labels: npt.NDArray[np.str_]) -> float:
    """The C of the best accuracy in 5 folds."""
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    model = LogisticRegressionCV(
        Cs=_STRENGTHS, cv=folds, max_iter=2000, l1_ratios=(0.0,), use_legacy_attributes=False, scoring="accuracy"
    )
    return float(model.fit(vectors, labels).C_)


def difference(reference: npt.NDArray[np.bool_], other: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """How much accuracy `other` loses, and half the width of its 95% interval, of answers to the same items."""
    changes = reference.astype(float) - other.astype(float)
    return float(changes.mean()), float(1.96 * changes.std() / np.sqrt(len(changes)))


if __name__ == "__main__":
    main()
