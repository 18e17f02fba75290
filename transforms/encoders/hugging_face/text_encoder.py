"""Opens a text encoder of a folder: its tokenizer, its network on the best engine of the machine, its pooling.

TensorFlow in float32 is the reference for networks that are made here. On processors OpenVINO runs them, at 1.3 times the rate,
where its vectors keep a cosine of 0.9999; what it compiled is kept, so that a second start imports no TensorFlow. A graph in
ONNX runs on OpenVINO alone. Texts go through in batches of like length.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from transforms.common.arrays import Pixels, Vectors
from transforms.common.errors import RequestError
from transforms.encoders import devices, openvino_core, self_check
from transforms.encoders.conversions import Conversion
from transforms.encoders.hugging_face import folder as model_folder
from transforms.encoders.hugging_face.folder import ModelFolder
from transforms.encoders.hugging_face.folder_tokenizer import TEXT, FolderTokenizer, prompted
from transforms.encoders.hugging_face.image_folder import read_text_side
from transforms.encoders.hugging_face.networks import OpenVinoNetwork, TokenNetwork, tensorflow_network
from transforms.encoders.hugging_face.pooling import Head, unit
from transforms.encoders.hugging_face.token_batches import packed
from transforms.encoders.openvino_core import NotConvertedError
from transforms.encoders.self_check import FailedCheckError
from transforms.encoders.spec import Computation, Encoder, EncoderSpec, EngineChoice, Precision

_TOWER_OUTPUTS = {
    "clip_text_model": ("text_embeds",),
    "siglip_text_model": ("text_embeds", "pooler_output"),
}
"""Names of a text tower's vectors in ONNX."""


@dataclass(frozen=True)
class _Texts:
    """What stands before a network and behind it: texts become tokens, and vectors of tokens those of texts."""

    folder: ModelFolder
    tokenizer: FolderTokenizer
    head: Head

    @staticmethod
    def of(folder: ModelFolder) -> _Texts:
        return _Texts(folder, FolderTokenizer(folder), Head.of(folder))

    def vectors(self, network: TokenNetwork, texts: Any, prompt: str) -> Vectors:
        """Vectors float32 [n, dim] of texts, each behind the prompt, by a network."""
        folder, ids = self.folder, self.tokenizer.ids([prompted(prompt, text) for text in texts])
        before = prompt.partition(TEXT)[0]
        first = 0 if folder.include_prompt or not before else self.tokenizer.counts([before])[0] + 1
        vectors = np.empty((len(ids), folder.dim), np.float32)
        for batch in packed(ids, most=folder.max_tokens):
            given = network(batch.ids, batch.lengths)
            if given.ndim == 3:
                vectors[batch.rows] = self.head(given, batch.lengths, first)
            else:
                vectors[batch.rows] = unit(given) if folder.normalize else given
        return vectors


@dataclass(kw_only=True)
class TextEncoder:
    """Implements `spec.Encoder` and `spec.TwoSidedEncoder`: questions may have another prompt than documents."""

    spec: EncoderSpec
    fingerprint: str
    computation: Computation
    exact: Callable[[], Encoder] | None = None
    _texts: _Texts = field(repr=False)
    _network: TokenNetwork = field(repr=False)

    def encode(self, items: list[str] | Pixels) -> Vectors:
        return self._texts.vectors(
            self._network, items, _prompt(self.spec.document_prompt, self._texts.folder.document_prompt)
        )

    def encode_queries(self, texts: list[str]) -> Vectors:
        return self._texts.vectors(
            self._network, texts, _prompt(self.spec.query_prompt, self._texts.folder.query_prompt)
        )

    def conversion(self) -> Conversion | None:
        """What is worth keeping for the next start."""
        if isinstance(self._network, OpenVinoNetwork):
            return Conversion(
                computation=self.computation, network=self._network.exported(), names=(self._network.output,)
            )
        return None


def _prompt(asked: str | None, stored: str) -> str:
    return stored if asked is None else asked


def open_encoder(
    spec: EncoderSpec,
    path: Path,
    *,
    onnx: Path | None,
    fingerprint: str,
    precision: Precision,
    engine: EngineChoice,
    found: Conversion | None,
) -> TextEncoder:
    """The encoder of a folder.

    Args:
      spec: complete.
      onnx: the graph that is asked for; None: safetensors, or where there are none the folder's own graph.
      found: what an earlier start compiled on this machine.

    Raises:
      RequestError: as `folder.read`; the engine or the precision cannot be had here. FailedCheckError: it makes other vectors.
    """
    folder = read_text_side(path, onnx=onnx)
    if found is not None and found.refusal:
        raise FailedCheckError(found.refusal)
    texts = _Texts.of(folder)
    network, computation = _kept(found, spec, precision) or _network(texts, spec, precision, engine)
    return TextEncoder(
        spec=spec,
        fingerprint=fingerprint,
        computation=computation,
        _texts=texts,
        _network=network,
    )


def _kept(found: Conversion | None, spec: EncoderSpec, precision: Precision) -> tuple[TokenNetwork, Computation] | None:
    if found is None or found.network is None or found.computation is None:
        return None
    try:
        output = found.names[0] if found.names else ""
        streams = devices.streams_of(spec)
        return OpenVinoNetwork.imported(
            found.network, output=output, precision=precision, streams=streams
        ), found.computation
    except NotConvertedError:
        return None


def _network(
    texts: _Texts, spec: EncoderSpec, precision: Precision, engine: EngineChoice
) -> tuple[TokenNetwork, Computation]:
    folder = texts.folder
    if not folder.weights:
        return _of_onnx(texts, spec, precision, engine)
    from transforms.encoders.hugging_face import bert

    function = _function_of(folder)
    reference = tensorflow_network(function)
    missing = _why_not_openvino()
    if engine == "openvino" and missing:
        raise RequestError(f"--engine openvino: {missing}")
    if engine == "tensorflow" or missing:
        if precision != "float32":
            raise RequestError(
                f"{spec.name} in {precision} needs OpenVINO: use float32" + (f" ({missing})" if missing else "")
            )
        return reference, Computation(engine="tensorflow")
    try:
        faster = OpenVinoNetwork.of_graph(bert.frozen(function), precision=precision, streams=devices.streams_of(spec))
        cosine = _least_cosine(texts, reference, faster)
    except NotConvertedError as error:
        if engine == "openvino" or precision != "float32":
            raise RequestError(f"{spec.name} in {precision} on OpenVINO: {error}") from error
        note = f"{spec.name} runs on TensorFlow: OpenVINO cannot take its place ({error})"
        return reference, Computation(engine="tensorflow", note=note)
    least = self_check.SAME_PRECISION if precision == "float32" else self_check.HALF_PRECISION
    if cosine >= least:
        return faster, Computation(engine="openvino", cosine=cosine)
    fault = f"the least cosine of their vectors is {cosine:.5f}, and {least} is asked of it"
    if precision != "float32":
        raise FailedCheckError(f"{spec.name} cannot be had in {precision}: {fault}: use float32")
    if engine == "openvino":
        raise RequestError(f"--engine openvino: {spec.name}: {fault}")
    note = f"{spec.name} runs on TensorFlow: OpenVINO cannot take its place ({fault})"
    return reference, Computation(engine="tensorflow", note=note)


def _function_of(folder: ModelFolder) -> Any:
    """The folder's network as a concrete function of ids and lengths."""
    if folder.tower_dim is not None:
        from transforms.encoders.hugging_face import text_tower
        from transforms.encoders.hugging_face.vision_weights import read_text_tower

        return text_tower.function_of(folder, read_text_tower(folder))
    from transforms.encoders.hugging_face import bert
    from transforms.encoders.hugging_face.weights import read_bert

    model_folder.require_known_network(folder)
    return bert.function_of(folder, read_bert(folder))


def _of_onnx(
    texts: _Texts, spec: EncoderSpec, precision: Precision, engine: EngineChoice
) -> tuple[TokenNetwork, Computation]:
    folder = texts.folder
    assert folder.onnx is not None, "a folder has weights or a graph"
    if engine == "tensorflow":
        raise RequestError(f"{folder.onnx} is a graph in ONNX, which TensorFlow does not run: leave --engine out")
    if not openvino_core.is_installed():
        raise RequestError(f"{folder.onnx} is a graph in ONNX, which OpenVINO runs: pip install openvino")
    streams = devices.streams_of(spec)
    try:
        outputs = _TOWER_OUTPUTS.get(folder.config.get("model_type", ""), ()) if folder.tower_dim is not None else ()
        network = OpenVinoNetwork.of_onnx(folder.onnx, precision=precision, streams=streams, outputs=outputs)
        if precision == "float32":
            return network, Computation(engine="openvino")
        exact = OpenVinoNetwork.of_onnx(folder.onnx, precision="float32", streams=1, outputs=outputs)
    except NotConvertedError as error:
        raise RequestError(f"{spec.name} in {precision}: {error}: use float32") from error
    cosine = _least_cosine(texts, exact, network)
    if cosine < self_check.HALF_PRECISION:
        raise FailedCheckError(f"{spec.name} cannot be had in {precision}: its least cosine to float32 is {cosine:.4f}")
    return network, Computation(engine="openvino", cosine=cosine)


def _why_not_openvino() -> str:
    if not openvino_core.is_installed():
        return "OpenVINO is not installed: pip install openvino"
    return "this machine has a GPU, which TensorFlow uses: leave it out" if devices.gpus_used() else ""


def _least_cosine(texts: _Texts, first: TokenNetwork, second: TokenNetwork) -> float:
    """The least cosine of two networks' vectors of the texts of the self-check."""
    return self_check.least_cosine(*(texts.vectors(network, self_check.TEXTS, "") for network in (first, second)))
