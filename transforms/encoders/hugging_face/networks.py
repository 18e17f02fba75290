"""Runs a network of tokens on an engine: TensorFlow for graphs made here, OpenVINO for those and for ONNX.

A network is a function of ids int32 [n, length] and lengths int32 [n] that gives float32: [n, length, hidden], a vector for each
token, or [n, dim] where a graph does the pooling itself.
"""

from __future__ import annotations

import queue
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from transforms.common.errors import RequestError, one_line
from transforms.encoders.hugging_face import onnx_towers
from transforms.encoders.openvino_core import NotConvertedError, imported, require_precision, settings
from transforms.encoders.spec import Precision

TokenNetwork = Callable[[npt.NDArray[np.int32], npt.NDArray[np.int32]], npt.NDArray[np.float32]]

_HIDDEN = ("last_hidden_state", "token_embeddings")
_POOLED = ("sentence_embedding", "text_embeds")
_INPUTS = ("input_ids", "attention_mask", "token_type_ids", "position_ids")


class OpenVinoNetwork:
    """A network on OpenVINO. Thread-safe: up to `streams` calls run side by side."""

    def __init__(self, compiled: Any, *, output: str, streams: int) -> None:
        self._compiled = compiled
        self._output = compiled.output(output) if output else compiled.output(0)
        self._inputs = [next(iter(port.names)) if port.names else "" for port in compiled.inputs]
        self._names = [set(port.names) for port in compiled.inputs]
        self._types = [port.get_element_type().to_dtype() for port in compiled.inputs]
        self._requests: queue.SimpleQueue[Any] = queue.SimpleQueue()
        for _ in range(streams):
            self._requests.put(compiled.create_infer_request())

    @classmethod
    def of_graph(cls, definition: bytes, *, precision: Precision, streams: int) -> OpenVinoNetwork:
        """The network of a frozen TensorFlow graph with the inputs `ids` and `lengths`. Raises NotConvertedError."""
        core = imported().Core()
        try:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder, "graph.pb")
                path.write_bytes(definition)
                compiled = core.compile_model(core.read_model(path), "CPU", settings(precision, streams))
        except RuntimeError as error:
            raise NotConvertedError(one_line(error)) from error
        require_precision(compiled, precision)
        return cls(compiled, output="", streams=streams)

    @classmethod
    def of_onnx(cls, path: Path, *, precision: Precision, streams: int, outputs: Sequence[str] = ()) -> OpenVinoNetwork:
        """The network of an ONNX file.

        Args:
          outputs: of which the first that is there is taken, and with it what of the graph it needs; none: the usual ones.

        Raises:
          RequestError: OpenVINO cannot read it, or it takes or gives something else.
          NotConvertedError: not in this precision.
        """
        model = onnx_towers.read_model(path) if not outputs else onnx_towers.text_model(path, outputs)
        try:
            compiled = imported().Core().compile_model(model, "CPU", settings(precision, streams))
        except RuntimeError as error:
            raise RequestError(f"{path}: cannot be opened by OpenVINO ({onnx_towers.reason(error)})") from error
        taken = [set(port.names) for port in compiled.inputs]
        strange = [sorted(names)[0] for names in taken if names and not names & set(_INPUTS)]
        if strange or not any("input_ids" in names for names in taken):
            raise RequestError(f"{path}: takes {', '.join(strange) or 'no input_ids'}: it is no encoder of texts")
        if outputs:
            return cls(compiled, output="", streams=streams)
        given = {name for port in compiled.outputs for name in port.names}
        output = next((name for name in (*_POOLED, *_HIDDEN) if name in given), "")
        if not output and len(compiled.outputs) > 1:
            raise RequestError(f"{path}: gives {', '.join(sorted(given))}: which of them are vectors is not known")
        require_precision(compiled, precision)
        return cls(compiled, output=output, streams=streams)

    @classmethod
    def imported(cls, network: bytes, *, output: str, precision: Precision, streams: int) -> OpenVinoNetwork:
        """The network that `exported` gave on such a machine. Raises NotConvertedError."""
        try:
            compiled = imported().Core().import_model(network, "CPU", settings(precision, streams))
        except RuntimeError as error:
            raise NotConvertedError(one_line(error)) from error
        return cls(compiled, output=output, streams=streams)

    @property
    def output(self) -> str:
        """The name of the output that is taken."""
        return sorted(self._output.names)[0] if self._output.names else ""

    def exported(self) -> bytes:
        network: bytes = self._compiled.export_model().getvalue()
        return network

    def __call__(self, ids: npt.NDArray[np.int32], lengths: npt.NDArray[np.int32]) -> npt.NDArray[np.float32]:
        given = [self._value(names, ids, lengths).astype(kind, copy=False)
                 for names, kind in zip(self._names, self._types, strict=True)]  # fmt: skip
        request = self._requests.get()
        try:
            request.infer(given, share_inputs=True)
            vectors: npt.NDArray[np.float32] = request.get_tensor(self._output).data.astype(np.float32)
            return vectors
        except RuntimeError as error:
            if "alloc" in str(error):
                raise MemoryError(one_line(error)) from error
            raise
        finally:
            self._requests.put(request)

    @staticmethod
    def _value(names: set[str], ids: npt.NDArray[np.int32], lengths: npt.NDArray[np.int32]) -> Any:
        if any(name.startswith("lengths") for name in names):
            return lengths
        if any(name.startswith(("ids", "input_ids")) for name in names):
            return ids
        if "attention_mask" in names:
            return np.arange(ids.shape[1]) < lengths[:, None]
        if "position_ids" in names:
            return np.broadcast_to(np.arange(ids.shape[1]), ids.shape)
        return np.zeros_like(ids)


def tensorflow_network(function: Any) -> TokenNetwork:
    """The concrete function of `bert.function_of` as a network."""
    import tensorflow as tf

    return lambda ids, lengths: np.asarray(function(tf.constant(ids), tf.constant(lengths)))
