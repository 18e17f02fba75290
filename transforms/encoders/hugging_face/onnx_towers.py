"""Cuts one tower out of a graph in ONNX, for OpenVINO: images to vectors, or the tokens of texts.

A graph may hold both towers and more (`logits_per_image`): what its wanted output does not need is left out. To that of images
the preprocessing is added, so that pixels come as bytes, and for two towers unit length.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from transforms.common.errors import RequestError, one_line
from transforms.encoders.hugging_face.image_folder import ImageFolder
from transforms.encoders.openvino_core import NotConvertedError, imported

_PIXELS = "pixel_values"
_OF_FIRST_TOKEN = ("vit", "deit")
"""Networks whose `pooler_output` is a layer of their first training and no feature: the first token is taken."""
_TOKENS, _POOLED = "last_hidden_state", "pooler_output"
_RANK_OF_TOKENS = 3


def vision_model(folder: ImageFolder, *, images: int) -> Any:
    """The vision network as an OpenVINO model: uint8 [images, height, width, 3] to float32 [images, dim].

    Raises:
      RequestError: OpenVINO cannot read the file, or it takes no pixels, or gives no vectors.
      NotConvertedError: it cannot be called with so many images, or with images of this size.
    """
    assert folder.onnx is not None, "a folder without weights has a graph"
    openvino = imported()
    model = read_model(folder.onnx)
    height, width = folder.preprocessing.image_size
    try:
        model = _cut(folder, model)
        model.reshape([images, 3, height, width])
        model = openvino.Model([_one_vector(folder, model)], model.get_parameters())
        model = _with_preprocessing(folder, model)
    except RuntimeError as error:
        raise NotConvertedError(one_line(error)) from error
    if len(model.output(0).partial_shape) != 2:
        raise RequestError(f"{folder.onnx}: gives {model.output(0).partial_shape} and not a vector of each image")
    return model


def dim_of(folder: ImageFolder) -> int:
    """Length of an image's vector. Raises RequestError: as `vision_model`."""
    if folder.dim is not None:
        return folder.dim
    try:
        return int(vision_model(folder, images=1).output(0).shape[1])
    except NotConvertedError as error:
        raise RequestError(f"{folder.onnx}: cannot be opened by OpenVINO ({error})") from error


def text_model(path: Path, outputs: Sequence[str]) -> Any:
    """The part of a graph that makes vectors of texts: the first of some outputs that it has.

    Raises:
      RequestError: OpenVINO cannot read the file, or it has none of them.
    """
    model = read_model(path)
    output = _named(model, outputs)
    if output is None:
        raise RequestError(f"{path}: gives {_listed(model)} and no {outputs[0]}: it is no text tower")
    return imported().Model([output], [one for one in model.get_parameters() if _needs(output, one)])


def read_model(path: Path) -> Any:
    """A file in ONNX. Raises RequestError: OpenVINO cannot read it."""
    if not path.is_file():
        raise RequestError(f"there is no file {path}")
    try:
        return imported().Core().read_model(path)
    except RuntimeError as error:
        raise RequestError(f"{path}: cannot be opened by OpenVINO ({reason(error)})") from error


def reason(error: Exception) -> str:
    """The telling line of OpenVINO's many."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip() and not line.startswith("Exception from")]
    telling = [
        line
        for line in lines
        if "not supported" in line.lower() or "external" in line.lower() or "opset" in line.lower()
    ]
    return (telling or lines or [type(error).__name__])[0][:200]


def _cut(folder: ImageFolder, model: Any) -> Any:
    """The model with the one input and the one output that images need."""
    pixels = [one for one in model.get_parameters() if _PIXELS in one.output(0).names]
    if not pixels and len(model.get_parameters()) == 1:
        pixels = model.get_parameters()
    if not pixels:
        taken = ", ".join(sorted(min(one.output(0).names, default="?") for one in model.get_parameters()))
        raise RequestError(f"{folder.onnx}: takes {taken} and no {_PIXELS}: it is no encoder of images")
    pooled = (_TOKENS, _POOLED) if folder.kind in _OF_FIRST_TOKEN else (_POOLED, _TOKENS)
    output = _named(model, ("image_embeds", *(() if folder.kind == "clip" else pooled), "embeddings", "features"))
    if output is None and len(model.outputs) == 1 and "logits" not in model.output(0).names:
        output = model.output(0)
    if output is None:
        raise RequestError(
            f"{folder.onnx}: gives {_listed(model)}: which of them are vectors is not known; export it for feature extraction"
        )
    others = [one for one in model.get_parameters() if one is not pixels[0] and _needs(output, one)]
    if others:
        raise RequestError(
            f"{folder.onnx}: its vectors of images need {', '.join(one.friendly_name for one in others)}, too"
        )
    return imported().Model([output], [pixels[0]])


def _one_vector(folder: ImageFolder, model: Any) -> Any:
    """The output as [n, dim]: of tokens the first, of a map of features its mean, and of unit length for two towers."""
    openvino = imported()
    ops = openvino.opset13
    output = model.output(0).get_node().input_value(0)
    rank = len(output.partial_shape)
    if rank == _RANK_OF_TOKENS:
        output = ops.gather(output, ops.constant(0, dtype="int64"), ops.constant(1, dtype="int64")).output(0)
    elif rank > _RANK_OF_TOKENS:
        output = ops.reduce_mean(output, ops.constant([2, 3], dtype="int64")).output(0)
    output = ops.convert(output, "f32").output(0)
    if folder.has_text_tower:
        output = ops.normalize_l2(output, ops.constant([1], dtype="int64"), 1e-12, "max").output(0)
    return output


def _with_preprocessing(folder: ImageFolder, model: Any) -> Any:
    openvino = imported()
    scale, offset = folder.preprocessing.scale, folder.preprocessing.offset
    steps = openvino.preprocess.PrePostProcessor(model)
    taken = steps.input()
    taken.tensor().set_element_type(openvino.Type.u8).set_layout(openvino.Layout("NHWC"))
    taken.model().set_layout(openvino.Layout("NCHW"))
    mean = [-shift / factor for shift, factor in zip(offset, scale, strict=True)]
    taken.preprocess().convert_element_type(openvino.Type.f32).mean(mean).scale([1 / factor for factor in scale])
    return steps.build()


def _named(model: Any, names: Sequence[str]) -> Any:
    """The first of some outputs that the model has, as what makes it; None: it has none."""
    for name in names:
        for port in model.outputs:
            if name in port.names:
                return port.get_node().input_value(0)
    return None


def _needs(output: Any, parameter: Any) -> bool:
    """Whether an output is computed from an input."""
    seen, left = set(), [output.get_node()]
    while left:
        node = left.pop()
        if node.friendly_name in seen:
            continue
        seen.add(node.friendly_name)
        if node.friendly_name == parameter.friendly_name:
            return True
        left += [one.get_node() for one in node.input_values()]
    return False


def _listed(model: Any) -> str:
    return ", ".join(sorted(min(port.names, default="?") for port in model.outputs))
