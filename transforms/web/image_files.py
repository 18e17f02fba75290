"""Writes a frozen encoder of images for a browser: its graph, and a picture with its vector to check the browser with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np

from transforms.common.arrays import Pixels, Vectors
from transforms.common.errors import RequestError
from transforms.encoders import cache, handles, load
from transforms.encoders.frozen import Network, freeze, scaled
from transforms.encoders.resolved import ResolvedEncoder
from transforms.encoders.self_check import HALF_PRECISION, FailedCheckError, check_items, least_cosine, picture
from transforms.encoders.spec import EncoderSpec
from transforms.web.arrays_file import packed
from transforms.web.graph_model import WeightType, graph_model_files
from transforms.web.graph_rewrites import Graph, UnsupportedGraphError, fused, simplified, with_half_weights

_PATHS: tuple[handles.HandleKind, ...] = ("saved_model", "keras_file", "hf")
GRAPH_FOLDER, CHECK, FACTS = "graph", "check.arrays", "model.json"


def image_files(encoder: ResolvedEncoder, weights: WeightType = "float32") -> Iterator[tuple[str, bytes]]:
    """Yields name and content of each file of an encoder's folder, which needs nothing beside it.

    Raises:
      RequestError: a browser cannot run this encoder, which is no graph of TensorFlow's or has operators that are missing there;
        or with weights in float16 its vectors are others.
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
    pixels, vectors = graph.inputs[0], graph.output
    try:
        definition = simplified(graph.definition, vectors)
    except UnsupportedGraphError as error:
        raise RequestError(f"{spec.name} does not run in a browser: {error}") from error
    check = picture(0, _size(spec))[None]
    vector = traced(_in_range(check, spec))[0].numpy()
    if weights == "float16":
        definition = with_half_weights(definition)
        items_of_check = _in_range(check_items(spec), spec)
        found = _computed(definition, pixels, vectors, items_of_check)
        cosine = least_cosine(traced(items_of_check).numpy(), found)
        if not cosine >= HALF_PRECISION:
            raise FailedCheckError(
                f"{spec.name} cannot have weights in float16: the least cosine to its vectors is {cosine:.4f}, and"
                f" {HALF_PRECISION} is asked of it: use float32"
            )
        vector = found[0]
    files = graph_model_files(fused(definition), name=spec.name, pixels=pixels, vectors=vectors, weights=weights)
    for file, content in files:
        yield f"{GRAPH_FOLDER}/{file}", content
    yield CHECK, packed({"pixels": check, "vector": vector})
    yield FACTS, json.dumps(image_facts(encoder)).encode()


def image_facts(encoder: ResolvedEncoder) -> dict[str, Any]:
    """The model.json of an encoder's folder: how an image becomes pixels, and where the files are."""
    spec = encoder.spec
    height, width = _size(spec)
    return {
        "kind": "image",
        # Of a path of this machine its last part: the folder is for others.
        "name": spec.name.rstrip("/").rpartition("/")[2] if handles.kind(spec.handle) in _PATHS else spec.name,
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


def _in_range(pixels: Pixels, spec: EncoderSpec) -> Any:
    import tensorflow as tf

    return scaled(tf.constant(pixels, tf.float32), spec.pixel_range)


def _computed(graph: Graph, pixels: str, vectors: str, given: Any) -> Vectors:
    import tensorflow as tf

    with tf.Graph().as_default() as alone:
        tf.import_graph_def(graph, name="")
    with tf.compat.v1.Session(graph=alone) as session:
        return np.asarray(session.run(vectors, {pixels: given.numpy()}))


def _size(spec: EncoderSpec) -> tuple[int, int]:
    assert spec.image_size is not None, "a resolved image encoder knows its size"
    return spec.image_size
