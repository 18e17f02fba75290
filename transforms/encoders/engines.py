"""Puts a network on the engine that is best for this machine, and makes sure that its vectors are the promised ones.

TensorFlow in float32 is the reference. Another engine is used where it runs the network and keeps a least cosine of 0.9999 to
TensorFlow at the same precision, half precision where it keeps 0.999 to float32: both measured on the machine that will use it,
when it first loads the encoder; what was converted and found is kept (`conversions`).

OpenVINO is asked for image networks on a machine without a GPU. Text networks carry their tokenizers in the graph, which
OpenVINO lacks; networks without weights, such as `hog`, gain nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from transforms.common.arrays import Pixels, Vectors
from transforms.common.errors import RequestError
from transforms.encoders import devices, openvino_core, tensorflow_engine
from transforms.encoders.conversions import Conversion
from transforms.encoders.frozen import FrozenGraph, Network, trace
from transforms.encoders.length_buckets import LengthBuckets, OneByOne, depends_on_batch, fills_up
from transforms.encoders.load import Module
from transforms.encoders.openvino_core import NotConvertedError
from transforms.encoders.openvino_engine import OpenVinoFunction
from transforms.encoders.self_check import (
    HALF_PRECISION,
    SAME_PRECISION,
    FailedCheckError,
    check_items,
    least_cosine,
)
from transforms.encoders.spec import Computation, Encoder, EncoderSpec, EngineChoice, Precision
from transforms.encoders.tensorflow_engine import Function


@dataclass(kw_only=True)
class LoadedEncoder:
    """Implements `spec.Encoder`. `is_frozen` is False where the module had to be called as it is."""

    spec: EncoderSpec
    fingerprint: str
    computation: Computation
    is_frozen: bool
    exact: Callable[[], Encoder] | None = None
    _call: Callable[[Any], Any] = field(repr=False)
    _owner: Any = field(repr=False, default=None)
    _graph: FrozenGraph | None = field(repr=False, default=None)

    def encode(self, items: list[str] | Pixels) -> Vectors:
        """Raises TypeError for pixels of another type than uint8: in whole numbers nothing else is meant."""
        batch = np.asarray(items, object) if self.spec.modality == "text" else np.asarray(items)
        if batch.dtype not in (np.uint8, object):
            raise TypeError(f"pixels are uint8, not {batch.dtype}")
        return np.asarray(self._call(batch))  # a view: .numpy() would copy

    def conversion(self) -> Conversion | None:
        """What is worth keeping for the next start; None where there was nothing to convert and to check."""
        if isinstance(self._call, OpenVinoFunction):
            return Conversion(computation=self.computation, network=self._call.exported())
        graph = self._graph
        if graph is None or graph.resources:
            return None if self.computation.cosine is None else Conversion(computation=self.computation)
        network = graph.definition.SerializeToString()
        return Conversion(computation=self.computation, network=network, names=(graph.inputs[0], graph.output))


def open_encoder(
    module: Module,
    spec: EncoderSpec,
    *,
    fingerprint: str,
    precision: Precision,
    engine: EngineChoice,
    known: Computation | None = None,
) -> LoadedEncoder:
    """Freezes `module`, and puts it on an engine whose vectors are those of `precision`.

    Args:
      spec: complete.
      engine: "auto": OpenVINO where it runs the network and passes the self-check, else TensorFlow.
      known: what an earlier start found out on this machine: the network is not checked again.

    Raises:
      RequestError: the engine or the precision that was asked for cannot be had here; FailedCheckError: it fails the check.
    """
    network = trace(module, spec)
    graph = tensorflow_engine.frozen_for_float32(network)
    reference = _Reference(spec, tensorflow_engine.in_float32(network, graph))
    call, used, computation = reference.call, graph, Computation(engine="tensorflow")
    if precision != "float32":
        call, used = tensorflow_engine.in_half_precision(network, precision)
        computation = known or _checked_half_precision(reference, precision, call)
    missing = _why_not_openvino(network, graph)
    if engine == "openvino" and missing:
        raise RequestError(f"--engine openvino: {missing}")
    if engine != "tensorflow" and not missing:
        assert graph is not None, "a network without a frozen graph is not for OpenVINO"
        try:
            faster = OpenVinoFunction.converted(graph, precision=precision, streams=devices.streams_of(spec))
            cosine = _checked_engine(reference, call, faster)
            call, computation = faster, Computation(engine="openvino", cosine=cosine)
        except NotConvertedError as error:
            if engine == "openvino":
                raise RequestError(f"--engine openvino: {spec.name} in {precision}: {error}") from error
            note = f"{spec.name} runs on TensorFlow: OpenVINO cannot take its place ({error})"
            computation = replace(computation, note=note)
    return LoadedEncoder(
        spec=spec,
        fingerprint=fingerprint,
        computation=computation,
        is_frozen=graph is not None or not network.has_weights or precision != "float32",
        _call=_by_length(call, spec),
        _owner=network,
        _graph=used,
    )


def reopened(spec: EncoderSpec, found: Conversion, *, fingerprint: str, precision: Precision) -> LoadedEncoder | None:
    """The encoder of a kept conversion, without its module; None where it has to be opened from its own files.

    Raises:
      FailedCheckError: it was found that the precision cannot be had.
    """
    if found.refusal:
        raise FailedCheckError(found.refusal)
    if found.network is None or found.computation is None:
        return None
    graph: FrozenGraph | None = None
    call: Function
    try:
        if found.computation.engine == "openvino":
            call = OpenVinoFunction.imported(found.network, precision=precision, streams=devices.streams_of(spec))
        else:
            graph = FrozenGraph.parsed(found.network, found.names, spec)
            call = tensorflow_engine.function_of(graph)
    except NotConvertedError:
        return None
    return LoadedEncoder(
        spec=spec,
        fingerprint=fingerprint,
        computation=found.computation,
        is_frozen=True,
        _call=_by_length(call, spec),
        _graph=graph,
    )


def _by_length(call: Function, spec: EncoderSpec) -> Function:
    """The function, of a text network that fills texts up, called with texts of like length, or with one at a time."""
    if spec.modality != "text":
        return call
    if depends_on_batch(call):
        return OneByOne(call)
    return LengthBuckets(call) if fills_up(call) else call


@dataclass(kw_only=False)
class _Reference:
    """TensorFlow in float32, with its vectors of the items of the check, which are made when they are first asked for."""

    spec: EncoderSpec
    call: Function

    @cached_property
    def items(self) -> Any:
        return check_items(self.spec)

    @cached_property
    def vectors(self) -> Vectors:
        return np.asarray(self.call(self.items))


def _why_not_openvino(network: Network, graph: FrozenGraph | None) -> str:
    """Why OpenVINO is not even asked to run this network here; "" if it is."""
    if not openvino_core.is_installed():
        return "OpenVINO is not installed: pip install openvino"
    if devices.gpus_used():
        return "this machine has a GPU, which TensorFlow uses: leave it out"
    if network.modality == "text" or graph is None or graph.resources:
        return f"{network.name} is no image network that can be frozen: leave it out"
    return ""


def _checked_half_precision(reference: _Reference, precision: Precision, half: Function) -> Computation:
    cosine = least_cosine(reference.vectors, half(reference.items))
    if not cosine >= HALF_PRECISION:
        raise FailedCheckError(
            f"{reference.spec.name} cannot be had in {precision}: on {len(reference.items)} items the least cosine to its"
            f" vectors in float32 is {cosine:.4f}, and {HALF_PRECISION} is asked of it: use float32"
        )
    return Computation(engine="tensorflow", cosine=cosine)


def _checked_engine(reference: _Reference, here: Function, engine: Function) -> float:
    """The least cosine of an engine's vectors to TensorFlow's in float32.

    Raises:
      NotConvertedError: those to `here`, TensorFlow at the same precision, are not the same.
    """
    vectors = engine(reference.items)
    exact = here is reference.call
    same = least_cosine(reference.vectors if exact else here(reference.items), vectors)
    if not same >= SAME_PRECISION:
        raise NotConvertedError(f"the least cosine of their vectors is {same:.5f}, and {SAME_PRECISION} is asked of it")
    return same if exact else least_cosine(reference.vectors, vectors)
