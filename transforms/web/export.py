"""Writes a published model as a folder that any static server serves: it labels and learns in the browser."""

from __future__ import annotations

import hashlib
import json
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
from transforms.web.text_files import text_facts, text_files

WEB_FORMAT = "vectormill-web-1"
_ENCODER = "use-multilingual"
_CHECK = "Ein Satz, une phrase, 一句话: 42 words?"
_LINEAR = ("linear", "relu")


def export_web(model: ServedModel, out: str, *, name: str, version: int) -> dict[str, Any]:
    """Writes the folder `out`, whole or not at all; returns what its model.json says.

    Raises:
      RequestError: `out` is taken, or a browser cannot run this model: another encoder than use-multilingual, a head of
        other layers, or one that sees columns.
    """
    if files.exists(out):
        raise RequestError(f"{out} is there already: give a new folder")
    if not files.is_local(out):
        raise RequestError(f"{out} is no folder of this machine: export to one, and copy it")
    encoder = model.fact("encoder")
    if encoder["handle"] != registry.look_up(_ENCODER, trust=True).handle or model.fact("fine_tuned"):
        raise RequestError(
            f"{model.folder} is of the encoder {encoder['name']}: a browser runs models of {_ENCODER} that are not fine-tuned"
        )
    head = _head(model)
    vector = model.encoder().load().encode([_CHECK])[0]
    with folders.built(out) as scratch:
        names = []
        for file, content in text_files():
            files.write(files.join(scratch, "encoder", file), content)
            names.append(f"encoder/{file}")
        files.write(files.join(scratch, "head.arrays"), packed(head))
        facts = {
            "format": WEB_FORMAT,
            "name": name,
            "version": version,
            "modality": "text",
            "encoder": {"name": encoder["name"], "fingerprint": encoder["fingerprint"], **text_facts()},
            "head": {
                "labels": list(model.labels),
                "activation": model.activation,
                "temperature": float(model.fact("temperature")),
            },
            "check": {"item": _CHECK, "vector": [round(float(value), 7) for value in vector]},
            "files": [*names, "head.arrays"],
        }
        content = json.dumps(facts).encode()
        files.write(files.join(scratch, "model.json"), content)
        key = hashlib.blake2b(content + packed(head), digest_size=8).hexdigest()
        for page in resources("transforms.web").joinpath("page").iterdir():
            if page.name.endswith(".wat"):
                continue
            code = page.read_bytes()
            if page.name == "service-worker.js":
                code = code.replace(b"MODEL_KEY", key.encode())
            files.write(files.join(scratch, page.name), code)
    return facts


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
            raise RequestError(f"{model.folder} has a layer {kind}: a browser runs linear and MLP heads")
    named: dict[str, npt.NDArray[Any]] = {}
    for at, (kernel, bias) in enumerate(weights):
        named |= {f"kernel{at}": kernel.astype(np.float32), f"bias{at}": bias.astype(np.float32)}
    return named
