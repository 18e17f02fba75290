"""Puts a network on the engine that is best for this machine, and makes sure that its vectors are the promised ones.

TensorFlow in float32 is the reference. Another engine is used where it runs the network and keeps a least cosine of 0.9999 to
TensorFlow at the same precision, half precision where it keeps 0.999 to float32: both measured whenever an encoder is
loaded, on the machine that will use it.

OpenVINO is asked for image networks on a machine without a GPU. Text networks carry their tokenizers in the graph, which
OpenVINO lacks; networks without weights, such as `hog`, gain nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from transforms.common.arrays import Pixels, Vectors
from transforms.common.errors import RequestError
from transforms.encoders import openvino_engine, tensorflow_engine
from transforms.encoders.frozen import FrozenGraph, Network, trace
from transforms.encoders.load import Module
from transforms.encoders.openvino_engine import NotConvertedError, OpenVinoFunction
from transforms.encoders.self_check import HALF_PRECISION, SAME_PRECISION, check_items, least_cosine
from transforms.encoders.spec import Computation, EncoderSpec, EngineChoice, Precision
from transforms.encoders.tensorflow_engine import Function


@dataclass(kw_only=True)
class LoadedEncoder:
    """Implements `spec.Encoder`. `is_frozen` is False where the module had to be called as it is."""

    spec: EncoderSpec
    fingerprint: str
    computation: Computation
    is_frozen: bool
    _call: Callable[[Any], Any] = field(repr=False)
    _owner: Any = field(repr=False)

    def encode(self, items: list[str] | Pixels) -> Vectors:
        """Raises TypeError for pixels of another type than uint8: in whole numbers nothing else is meant."""
        batch = np.asarray(items, object) if self.spec.modality == "text" else np.asarray(items)
        if batch.dtype not in (np.uint8, object):
            raise TypeError(f"pixels are uint8, not {batch.dtype}")
        return np.asarray(self._call(batch))  # a view: .numpy() would copy


def open_encoder(
    module: Module, spec: EncoderSpec, *, fingerprint: str, precision: Precision, engine: EngineChoice
) -> LoadedEncoder:
    """Freezes `module`, and puts it on an engine whose vectors are those of `precision`.

    Args:
      spec: complete.
      engine: "auto": OpenVINO where it runs the network and passes the self-check, else TensorFlow.

    Raises:
      RequestError: the engine or the precision that was asked for cannot be had here, or fails the self-check.
    """
    network = trace(module, spec)
    graph = tensorflow_engine.frozen_for_float32(network)
    exact = tensorflow_engine.in_float32(network, graph)
    call, computation = exact, Computation(engine="tensorflow")
    if precision != "float32":
        call = tensorflow_engine.in_half_precision(network, precision)
        computation = _checked_half_precision(spec, precision, exact, call)
    missing = _why_not_openvino(network, graph)
    if engine == "openvino" and missing:
        raise RequestError(f"--engine openvino: {missing}")
    if engine != "tensorflow" and not missing:
        assert graph is not None, "a network without a frozen graph is not for OpenVINO"
        try:
            faster = OpenVinoFunction(graph, precision=precision, streams=spec.streams)
            cosine = _checked_engine(spec, call, faster, exact)
            call, computation = faster, Computation(engine="openvino", cosine=cosine)
        except NotConvertedError as error:
            if engine == "openvino":
                raise RequestError(f"--engine openvino: {spec.name} in {precision}: {error}") from error
            note = f"{spec.name} runs on TensorFlow: OpenVINO cannot take its place ({error})"
            computation = replace(computation, note=note)
    is_frozen = graph is not None or not network.has_weights or precision != "float32"
    return LoadedEncoder(
        spec=spec, fingerprint=fingerprint, computation=computation, is_frozen=is_frozen, _call=call, _owner=network
    )


def _why_not_openvino(network: Network, graph: FrozenGraph | None) -> str:
    """Why OpenVINO is not even asked to run this network here; "" if it is."""
    import tensorflow as tf

    if not openvino_engine.is_installed():
        return "OpenVINO is not installed: pip install openvino"
    if tf.config.list_physical_devices("GPU"):
        return "this machine has a GPU, which TensorFlow uses: leave it out"
    if network.modality == "text" or graph is None or graph.resources:
        return f"{network.name} is no image network that can be frozen: leave it out"
    return ""


def _checked_half_precision(spec: EncoderSpec, precision: Precision, exact: Function, half: Function) -> Computation:
    items = check_items(spec)
    cosine = least_cosine(exact(items), half(items))
    if not cosine >= HALF_PRECISION:
        raise RequestError(
            f"{spec.name} cannot be had in {precision}: on {len(items)} items the least cosine to its vectors in float32 is"
            f" {cosine:.4f}, and {HALF_PRECISION} is asked of it: use float32"
        )
    return Computation(engine="tensorflow", cosine=cosine)


def _checked_engine(spec: EncoderSpec, reference: Function, engine: Function, exact: Function) -> float:
    """The least cosine of an engine's vectors to TensorFlow's in float32.

    Raises:
      NotConvertedError: those to `reference`, TensorFlow's at the same precision, are not the same.
    """
    items = check_items(spec)
    vectors = engine(items)
    same = least_cosine(reference(items), vectors)
    if not same >= SAME_PRECISION:
        raise NotConvertedError(f"the least cosine of their vectors is {same:.5f}, and {SAME_PRECISION} is asked of it")
    return same if reference is exact else least_cosine(exact(items), vectors)
