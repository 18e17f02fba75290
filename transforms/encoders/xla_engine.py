"""Runs an image network compiled by XLA, for a GPU: few shapes, copies beside the computation, compiled or not the same function.

    function = XlaFunction(compiled, plain, batch=256)
    function(pixels)                                                  # float32 [n, dim] of uint8 [n, height, width, 3]

XLA compiles once for each shape (25 s for NASNet-Mobile on an H100), so a batch is filled up to one of three sizes. Calls
may overlap: while one computes, the pixels of another travel to the device and the vectors of a third come back. Where XLA
cannot compile a network, it runs as TensorFlow has it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from transforms.common.arrays import Pixels, Vectors

_LEAST = 8
_AREAS = ((256 * 256, 256), (350 * 350, 128))
"""Images in a batch, by the most pixels of one: what kept an H100 busiest with NASNet-Mobile and NASNet-Large."""
_LARGEST = 64
_NOT_COMPILED = ("InvalidArgumentError", "UnimplementedError", "NotFoundError")


def batch_of(image_size: tuple[int, int]) -> int:
    """Images that a GPU is given at once; memory that runs out halves it (`SafeEncoder`)."""
    area = image_size[0] * image_size[1]
    return next((batch for most, batch in _AREAS if area <= most), _LARGEST)


def shapes_of(batch: int) -> tuple[int, ...]:
    """The sizes that batches are filled up to: of `batch`, a quarter of it, and a few."""
    return tuple(sorted({min(_LEAST, batch), max(_LEAST, batch // 4), batch}))


class XlaFunction:
    """A function of any number of images, which calls another with few shapes. Thread-safe.

    Args:
      compiled: from uint8 [n, height, width, 3] to float32 [n, dim], compiled for each n.
      plain: the same without compiling, for a network that cannot be compiled.
      batch: the most images of a call.
    """

    def __init__(self, compiled: Callable[[Any], Any], plain: Callable[[Any], Any], *, batch: int) -> None:
        self._call, self._plain = compiled, plain
        self._shapes = shapes_of(batch)
        self._compiling = threading.Lock()
        self._ready: set[int] = set()

    def __call__(self, pixels: Pixels) -> Vectors:
        most = self._shapes[-1]
        whole = [self._one(pixels[start : start + most]) for start in range(0, len(pixels), most)]
        return whole[0] if len(whole) == 1 else np.concatenate(whole)

    def _one(self, pixels: Pixels) -> Vectors:
        size = next(shape for shape in self._shapes if shape >= len(pixels))
        missing = size - len(pixels)
        given = np.pad(pixels, [(0, missing), (0, 0), (0, 0), (0, 0)]) if missing else pixels
        if size not in self._ready:
            with self._compiling:  # two calls of one shape would compile it twice
                vectors = self._first(given)
                self._ready.add(size)
        else:
            vectors = np.asarray(self._call(given))
        return vectors[: len(pixels)]

    def _first(self, given: Pixels) -> Vectors:
        try:
            return np.asarray(self._call(given))
        except Exception as error:
            if self._call is self._plain or type(error).__name__ not in _NOT_COMPILED:
                raise
            self._call = self._plain
            return np.asarray(self._call(given))
