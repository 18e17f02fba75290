"""Writes a frozen encoder of images for a browser: its graph, and a picture with its vector to check the browser with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np

from transforms.common.arrays import Pixels
from transforms.common.errors import RequestError
from transforms.encoders import cache, load
from transforms.encoders.frozen import Network, freeze, scaled
from transforms.encoders.resolved import ResolvedEncoder
from transforms.encoders.spec import EncoderSpec
from transforms.web.arrays_file import packed
from transforms.web.graph_model import graph_model_files
from transforms.web.graph_rewrites import simplified

GRAPH_FOLDER, CHECK, FACTS = "graph", "check.arrays", "model.json"


def image_files(encoder: ResolvedEncoder) -> Iterator[tuple[str, bytes]]:
    """Yields name and content of each file of an encoder's folder, which needs nothing beside it.

    Raises:
      RequestError: a browser cannot run this encoder: it is no graph of TensorFlow's, or has operators that are missing there.
    """
    import tensorflow as tf

    spec = encoder.spec
    module = load.open_module(spec, cache.fetch(spec.handle))
    items = tf.TensorSpec([None, *_size(spec), 3], tf.float32, name="pixels")
    # Behind a function of its own, the network's outermost operators get names of this graph.
    traced = tf.function(lambda pixels: tf.identity(module.call(pixels), name="vectors")).get_concrete_function(items)
    graph = freeze(Network(name=spec.name, modality="image", traced=traced, owner=module.owner), lower=True)
    if graph is None or graph.resources:
        raise RequestError(f"{spec.name} does not run in a browser: its graph cannot be frozen")
    definition = simplified(graph.definition, graph.output)
    for file, content in graph_model_files(definition, name=spec.name, pixels=graph.inputs[0], vectors=graph.output):
        yield f"{GRAPH_FOLDER}/{file}", content
    picture = check_picture(_size(spec))
    vector = traced(scaled(tf.constant(picture, tf.float32), spec.pixel_range)).numpy()[0]
    yield CHECK, packed({"pixels": picture, "vector": vector})
    yield FACTS, json.dumps(image_facts(encoder)).encode()


def image_facts(encoder: ResolvedEncoder) -> dict[str, Any]:
    """The model.json of an encoder's folder: how an image becomes pixels, and where the files are."""
    spec = encoder.spec
    height, width = _size(spec)
    return {
        "kind": "image",
        "name": spec.name,
        "fingerprint": encoder.fingerprint,
        "image": {
            "height": height,
            "width": width,
            "channels": 3,
            "range": list(spec.pixel_range or (0.0, 255.0)),
            "resize": {
                "fit": spec.fit,
                "resampling": spec.resampling,
                "resized": spec.resized and list(spec.resized),
                "transparency": spec.transparency,
            },
        },
        "graph": f"{GRAPH_FOLDER}/model.json",
        "dimension": spec.dim,
        "check": {"pixels": CHECK},
    }


def check_picture(size: tuple[int, int]) -> Pixels:
    """A picture with edges, gradients and colours, the same everywhere: uint8 [1, height, width, 3]."""
    height, width = size
    down, right = np.mgrid[0:height, 0:width]
    waves = [128 + 90 * np.sin((down * (channel + 2) + right * (4 - channel)) / 17) for channel in range(3)]
    stripes = 30 * ((down // 16 + right // 24) % 2)
    return np.clip(np.stack(waves, axis=-1) + stripes[..., None], 0, 255).astype(np.uint8)[None]


def _size(spec: EncoderSpec) -> tuple[int, int]:
    assert spec.image_size is not None, "a resolved image encoder knows its size"
    return spec.image_size
