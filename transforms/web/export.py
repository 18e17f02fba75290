"""Writes a published model as a folder that any static server serves: it labels and learns in the browser."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from importlib.resources import files as resources
from typing import Any

import numpy as np
import numpy.typing as npt

from transforms.common.errors import RequestError
from transforms.encoders import registry
from transforms.heads import model_folder
from transforms.heads.serve.served_model import ServedModel
from transforms.storage import files, folders
from transforms.web.arrays_file import packed
from transforms.web.graph_model import WeightType
from transforms.web.image_files import image_facts, image_files
from transforms.web.service_worker import SERVICE_WORKER, service_worker
from transforms.web.text_files import text_facts, text_files

WEB_FORMAT = "vectormill-web-1"
_ENCODER = "use-multilingual"
_CHECK = "Ein Satz, une phrase, 一句话: 42 words?"
_LINEAR = ("linear", "relu")


def export_web(
    model: ServedModel, out: str, *, name: str, version: int, weights: WeightType = "float32"
) -> dict[str, Any]:
    """Writes the folder `out`, whole or not at all; returns what its model.json says.

    Args:
      weights: how those of an image encoder are stored.

    Raises:
      RequestError: `out` is taken, or a browser cannot run this model: a text encoder other than use-multilingual, operators of
        an image encoder that TensorFlow.js lacks, a head of other layers, or one that sees columns; `weights` are of a text
        model.
    """
    if files.exists(out):
        raise RequestError(f"{out} is there already: give a new folder")
    if not files.is_local(out):
        raise RequestError(f"{out} is no folder of this machine: export to one, and copy it")
    is_image = model.fact("encoder")["modality"] == "image"
    if weights != "float32" and not is_image:
        raise RequestError(f"--weights {weights} is for image models: {model.folder} is of texts")
    encoder, described = _image_encoder(model, weights) if is_image else _text_encoder(model)
    head = packed(_head(model))
    with folders.built(out) as scratch:
        digest = hashlib.blake2b(digest_size=8)
        names = []

        def write(file: str, content: bytes) -> None:
            files.write(files.join(scratch, file), content)
            digest.update(f"{file} {len(content)} ".encode() + content)
            names.append(file)

        for file, content in encoder:
            write(f"encoder/{file}", content)
        write("head.arrays", head)
        for file, content in _page(is_image=is_image):
            write(file, content)
        facts = {
            "format": WEB_FORMAT,
            "name": name,
            "version": version,
            **described,
            "head": {
                "labels": list(model.labels),
                "activation": model.activation,
                "temperature": float(model.fact("temperature")),
            },
            "files": names,
        }
        digest.update(json.dumps(facts).encode())
        # A browser keeps what it has of this version, and of no other.
        facts["key"] = digest.hexdigest()
        files.write(files.join(scratch, "model.json"), json.dumps(facts).encode())
        worker = service_worker(facts="model.json", key=facts["key"])
        files.write(files.join(scratch, SERVICE_WORKER), worker)
    return facts


def _text_encoder(model: ServedModel) -> tuple[Iterable[tuple[str, bytes]], dict[str, Any]]:
    """Name and content of its files, and what model.json says of it."""
    encoder = model.fact("encoder")
    if encoder["handle"] != registry.look_up(_ENCODER, trust=True).handle or model.fact("fine_tuned"):
        raise RequestError(
            f"{model.folder} is of the encoder {encoder['name']}: a browser runs models of {_ENCODER} that are not fine-tuned"
        )
    vector = model.encoder().load().encode([_CHECK])[0]
    return text_files(), {
        "modality": "text",
        "encoder": {"name": encoder["name"], "fingerprint": encoder["fingerprint"], **text_facts()},
        "check": {"item": _CHECK, "vector": [round(float(value), 7) for value in vector]},
    }


def _image_encoder(model: ServedModel, weights: WeightType) -> tuple[Iterable[tuple[str, bytes]], dict[str, Any]]:
    """Name and content of its files, and what model.json says of it."""
    encoder = model.encoder()
    facts = image_facts(encoder)
    return image_files(encoder, weights), {
        "modality": "image",
        "kind": "image",
        "image": facts["image"],
        "dimension": facts["dimension"],
        "labels": list(model.labels),
        "encoder": facts,
    }


def _page(*, is_image: bool) -> Iterator[tuple[str, bytes]]:
    """Name and content of the page's files, but for the service worker, which is made for each model."""
    page = resources("transforms.web").joinpath("page")
    for file in sorted(page.iterdir(), key=lambda file: file.name):
        if file.is_file() and file.name != SERVICE_WORKER and not file.name.endswith(".wat"):
            yield file.name, file.read_bytes()
    if is_image:
        for file in sorted(page.joinpath("vendor").iterdir(), key=lambda file: file.name):
            yield f"vendor/{file.name}", file.read_bytes()


def _head(model: ServedModel) -> dict[str, npt.NDArray[Any]]:
    """Weights `kernel0` [in, out], `bias0` [out], `kernel1`, … with a ReLU between each two.

    Raises:
      RequestError: the head is of other layers, or sees more than the vector.
    """
    import keras

    if not model.inputs.is_identity:
        raise RequestError(f"{model.folder} sees columns or normalised vectors: a browser gives the vector alone")
    path = files.join(model.local_folder, model_folder.EXTRA, model_folder.KERAS)
    weights: list[tuple[npt.NDArray[Any], npt.NDArray[Any]]] = []
    scale: npt.NDArray[Any]
    scale, offset = np.ones(()), np.zeros(())
    for layer in keras.models.load_model(path, compile=False).layers:
        if isinstance(layer, keras.layers.InputLayer | keras.layers.Dropout):
            continue
        if isinstance(layer, keras.layers.Rescaling):
            scale, offset = np.asarray(layer.scale, np.float64), np.asarray(layer.offset, np.float64)
        elif isinstance(layer, keras.layers.Dense) and layer.activation.__name__ in _LINEAR:
            kernel, bias = (np.asarray(weight, np.float64) for weight in layer.get_weights())
            shift = np.broadcast_to(offset, len(kernel)) @ kernel
            weights.append((kernel * np.reshape(scale, (-1, 1)), bias + shift))
            scale, offset = np.ones(()), np.zeros(())
        else:
            kind = type(layer).__name__
            raise RequestError(f"{model.folder} has a layer {kind}: a browser runs the heads of --head linear and mlp")
    named: dict[str, npt.NDArray[Any]] = {}
    for at, (kernel, bias) in enumerate(weights):
        named |= {f"kernel{at}": kernel.astype(np.float32), f"bias{at}": bias.astype(np.float32)}
    return named
