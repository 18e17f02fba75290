"""Runs an image network's frozen graph on OpenVINO, Intel's engine for x86 processors (of AMD, too).

    function = OpenVinoFunction(graph, precision="float32", streams=2)
    function(pixels)                                                  # float32 [n, dim] of uint8 [n, height, width, 3]

Images go through in fours, the last four filled up, on all streams side by side: OpenVINO plans a network for one shape, and
NASNet-Mobile then takes 0.8 of the processor time that it takes for a shape which is open. `Core.read_model` reads the graph from
a file that is gone when the function is made.

Failure modes: `NotConvertedError` for a graph with an operation that OpenVINO lacks, and for a precision that the processor
lacks. Whatever else a call raises is its caller's to look into, item by item.
"""

from __future__ import annotations

import contextlib
import queue
import tempfile
from collections import deque
from pathlib import Path
from typing import Any

import numpy as np

from transforms.common.arrays import Pixels, Vectors
from transforms.common.errors import one_line
from transforms.encoders import openvino_core
from transforms.encoders.frozen import FrozenGraph
from transforms.encoders.openvino_core import NotConvertedError
from transforms.encoders.spec import Precision

AT_ONCE = 4
"""Processor time per image on an EPYC: NASNet-Mobile 19.5 ms at 1, 18.8 at 4, 21.7 at 16; MobileNetV2 8.5, 9.7, 10.3 at 8."""


class OpenVinoFunction:
    """A function from uint8 [n, height, width, 3] to float32 [n, dim]. Thread-safe: up to `streams` calls run side by side."""

    def __init__(self, compiled: Any, *, streams: int) -> None:
        self._compiled = compiled
        self._dim = int(compiled.output(0).shape[1])
        self._requests: queue.SimpleQueue[Any] = queue.SimpleQueue()
        for _ in range(streams):
            self._requests.put(compiled.create_infer_request())

    @classmethod
    def converted(cls, graph: FrozenGraph, *, precision: Precision, streams: int) -> OpenVinoFunction:
        """Raises NotConvertedError."""
        core = openvino_core.imported().Core()
        try:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder, "graph.pb")
                path.write_bytes(graph.definition.SerializeToString())
                model = core.read_model(path)
            model.reshape([AT_ONCE, *graph.signature.shape[1:]])
        except RuntimeError as error:
            raise NotConvertedError(one_line(error)) from error
        return cls.of_model(model, precision=precision, streams=streams)

    @classmethod
    def of_model(cls, model: Any, *, precision: Precision, streams: int) -> OpenVinoFunction:
        """The function of an OpenVINO model that takes AT_ONCE images. Raises NotConvertedError."""
        core = openvino_core.imported().Core()
        try:
            compiled = core.compile_model(model, "CPU", openvino_core.settings(precision, streams))
        except RuntimeError as error:
            raise NotConvertedError(one_line(error)) from error
        openvino_core.require_precision(compiled, precision)
        return cls(compiled, streams=streams)

    @classmethod
    def imported(cls, network: bytes, *, precision: Precision, streams: int) -> OpenVinoFunction:
        """The function of a network that `exported` gave on such a machine. Raises NotConvertedError."""
        try:
            compiled = (
                openvino_core.imported().Core().import_model(network, "CPU", openvino_core.settings(precision, streams))
            )
        except RuntimeError as error:
            raise NotConvertedError(one_line(error)) from error
        return cls(compiled, streams=streams)

    def exported(self) -> bytes:
        """The compiled network; reading it back takes a tenth of the time that converting it took."""
        network: bytes = self._compiled.export_model().getvalue()
        return network

    def __call__(self, pixels: Pixels) -> Vectors:
        vectors = np.empty((len(pixels), self._dim), np.float32)
        running: deque[tuple[int, Pixels, Any]] = deque()
        try:
            for start in range(0, len(pixels), AT_ONCE):
                request = self._idle_request(running, vectors)
                given = _filled_up(pixels[start : start + AT_ONCE])
                running.append((start, given, request))  # the engine reads `given` where it is
                request.start_async([given], share_inputs=True)
            while running:
                self._collect(running, vectors)
        except RuntimeError as error:
            if "alloc" in str(error):
                raise MemoryError(one_line(error)) from error
            raise
        finally:
            for _, _, request in running:
                with contextlib.suppress(RuntimeError):
                    request.wait()
                self._requests.put(request)
        return vectors

    def _idle_request(self, running: deque[tuple[int, Pixels, Any]], vectors: Vectors) -> Any:
        """A request of this call's or of nobody's: a call that has some waits for its own, so that no two wait for each other."""
        while True:
            try:
                return self._requests.get(block=not running)
            except queue.Empty:
                self._collect(running, vectors)

    def _collect(self, running: deque[tuple[int, Pixels, Any]], vectors: Vectors) -> None:
        """Waits for the first of `running`, takes its vectors, and gives its request back."""
        start, _, request = running[0]
        request.wait()
        rows = vectors[start : start + AT_ONCE]
        rows[:] = request.get_output_tensor(0).data[: len(rows)]
        running.popleft()
        self._requests.put(request)


def _filled_up(pixels: Pixels) -> Pixels:
    missing = AT_ONCE - len(pixels)
    return np.pad(pixels, [(0, missing), (0, 0), (0, 0), (0, 0)]) if missing else pixels
