"""Runs an image network compiled by XLA, for a GPU: few shapes, copies beside the computation, compiled or not the same function.

    function = XlaFunction(compiled, plain, batch=256)
    function(pixels)                                                  # float32 [n, dim] of uint8 [n, height, width, 3]

XLA compiles once for each shape (25 s for NASNet-Mobile on an H100), so a batch is filled up to one of three sizes. The
largest is searched with the first large batch: what a usual GPU takes, half of it as often as memory runs out, or twice as much
where that is faster. Calls may overlap: while one computes, the pixels of another travel to the device and the vectors of a
third come back. Where XLA cannot compile a network, it runs as TensorFlow has it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from transforms.common.arrays import Pixels, Vectors
from transforms.encoders.safe_encoder import is_out_of_memory

_LEAST = 8
_AREAS = ((256 * 256, 256), (350 * 350, 128))
"""Images in a batch, by the most pixels of one: what kept an H100 busiest with NASNet-Mobile and NASNet-Large."""
_LARGEST = 64
_WORTH_DOUBLING = 1.1
"""Twice the images are tried where four times as many went so much faster; compiling one more shape takes its time."""
_CALLS_TIMED = 2
_NOT_COMPILED = ("InvalidArgumentError", "UnimplementedError", "NotFoundError")


def batch_of(image_size: tuple[int, int]) -> int:
    """Images that a GPU is given at once; memory that runs out halves it (`SafeEncoder`)."""
    area = image_size[0] * image_size[1]
    return next((batch for most, batch in _AREAS if area <= most), _LARGEST)


def most_of(image_size: tuple[int, int]) -> int:
    """Images of the largest batch that the search may find."""
    return 2 * batch_of(image_size)


def shapes_of(batch: int) -> tuple[int, ...]:
    """The sizes that batches are filled up to: of `batch`, a quarter of it, and a few."""
    return tuple(sorted({min(_LEAST, batch), max(_LEAST, batch // 4), batch}))


class XlaFunction:
    """A function of any number of images, which calls another with few shapes. Thread-safe.

    Args:
      compiled: from uint8 [n, height, width, 3] to float32 [n, dim], compiled for each n.
      plain: the same without compiling, for a network that cannot be compiled.
      batch: images of a call that a usual GPU takes.
      clock: seconds.
    """

    def __init__(
        self,
        compiled: Callable[[Any], Any],
        plain: Callable[[Any], Any],
        *,
        batch: int,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._call, self._plain = compiled, plain
        self._shapes = shapes_of(batch)
        self._searched = batch <= _LEAST
        self._searching = threading.Lock()
        self._compiling = threading.Lock()
        self._ready: set[int] = set()
        self._clock = clock

    @property
    def batch(self) -> int:
        """The most images of a call."""
        return self._shapes[-1]

    def __call__(self, pixels: Pixels) -> Vectors:
        # A single image, as of a search, needs no large shape, and none is compiled for it.
        if not self._searched and len(pixels) > self.batch // 4:
            with self._searching:
                if not self._searched:
                    self._shapes = shapes_of(self._best_batch(pixels))
                    self._searched = True
        most = self._shapes[-1]
        whole = [self._one(pixels[start : start + most]) for start in range(0, len(pixels), most)]
        return whole[0] if len(whole) == 1 else np.concatenate(whole)

    def _best_batch(self, pixels: Pixels) -> int:
        """The batch that is fastest here and fits.

        Raises:
          MemoryError: not even the smallest fits.
        """
        batch = self.batch
        while (rate := self._rate(pixels, batch)) is None:
            if batch <= _LEAST:
                raise MemoryError(f"the GPU has no memory for a batch of {batch} images")
            batch //= 2
        if batch < self.batch or batch // 4 < _LEAST:
            return batch
        few = self._rate(pixels, batch // 4)
        if few is None or rate < few * _WORTH_DOUBLING:
            return batch
        more = self._rate(pixels, 2 * batch)
        return 2 * batch if more is not None and more > rate else batch

    def _rate(self, pixels: Pixels, size: int) -> float | None:
        """Images a second in batches of `size`, compiled before; None where memory runs out."""
        given = np.take(pixels, np.arange(size) % len(pixels), axis=0)
        try:
            self._shaped(given)
            started = self._clock()
            for _ in range(_CALLS_TIMED):
                self._shaped(given)
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            return None
        return _CALLS_TIMED * size / max(self._clock() - started, 1e-9)

    def _one(self, pixels: Pixels) -> Vectors:
        size = next(shape for shape in self._shapes if shape >= len(pixels))
        missing = size - len(pixels)
        given = np.pad(pixels, [(0, missing), (0, 0), (0, 0), (0, 0)]) if missing else pixels
        return self._shaped(given)[: len(pixels)]

    def _shaped(self, given: Pixels) -> Vectors:
        size = len(given)
        if size in self._ready:
            return np.asarray(self._call(given))
        with self._compiling:  # two calls of one shape would compile it twice
            vectors = self._first(given)
            self._ready.add(size)
        return vectors

    def _first(self, given: Pixels) -> Vectors:
        try:
            return np.asarray(self._call(given))
        except Exception as error:
            if self._call is self._plain or type(error).__name__ not in _NOT_COMPILED:
                raise
            self._call = self._plain
            return np.asarray(self._call(given))
