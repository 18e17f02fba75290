"""Opens an image encoder whose network is a graph in ONNX, on OpenVINO."""

from __future__ import annotations

from transforms.common.errors import RequestError
from transforms.encoders import devices, engines, openvino_core, self_check
from transforms.encoders.conversions import Conversion
from transforms.encoders.engines import LoadedEncoder
from transforms.encoders.hugging_face import onnx_towers
from transforms.encoders.hugging_face.image_folder import ImageFolder
from transforms.encoders.openvino_core import NotConvertedError
from transforms.encoders.openvino_engine import AT_ONCE, OpenVinoFunction
from transforms.encoders.self_check import FailedCheckError
from transforms.encoders.spec import Computation, EncoderSpec, EngineChoice, Precision


def open_encoder(
    spec: EncoderSpec,
    folder: ImageFolder,
    *,
    fingerprint: str,
    precision: Precision,
    engine: EngineChoice,
    found: Conversion | None,
) -> LoadedEncoder:
    """The encoder of a folder.

    Args:
      spec: complete.
      found: what an earlier start compiled on this machine.

    Raises:
      RequestError: OpenVINO cannot read the graph or run it here; FailedCheckError: the precision makes other vectors.
    """
    if engine == "tensorflow":
        raise RequestError(f"{folder.onnx} is a graph in ONNX, which TensorFlow does not run: leave --engine out")
    if not openvino_core.is_installed():
        raise RequestError(f"{folder.onnx} is a graph in ONNX, which OpenVINO runs: pip install openvino")
    kept = None if found is None else engines.reopened(spec, found, fingerprint=fingerprint, precision=precision)
    if kept is not None:
        return kept
    try:
        call = _function(spec, folder, precision)
        cosine = None
        if precision != "float32":
            pictures = self_check.check_items(spec)
            exact = _function(spec, folder, "float32")
            cosine = self_check.least_cosine(exact(pictures), call(pictures))
    except NotConvertedError as error:
        raise RequestError(f"{spec.name} in {precision} on OpenVINO: {error}") from error
    if cosine is not None and cosine < self_check.HALF_PRECISION:
        raise FailedCheckError(f"{spec.name} cannot be had in {precision}: its least cosine to float32 is {cosine:.4f}")
    return LoadedEncoder(
        spec=spec,
        fingerprint=fingerprint,
        computation=Computation(engine="openvino", cosine=cosine),
        is_frozen=True,
        _call=call,
    )


def _function(spec: EncoderSpec, folder: ImageFolder, precision: Precision) -> OpenVinoFunction:
    model = onnx_towers.vision_model(folder, images=AT_ONCE)
    return OpenVinoFunction.of_model(model, precision=precision, streams=devices.streams_of(spec))
