"""Reads arrays of .npy files, of vectors and of ids: straight from the file, so that memory stays flat, and never a pickle."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from transforms.common.errors import RequestError, one_line
from transforms.corpus.options import Range
from transforms.corpus.sources import Source
from transforms.corpus.streams.opening import open_raw
from transforms.corpus.vectors.vector_file import (
    VectorRows,
    as_vectors,
    bounds_of,
    even_pieces,
    not_finite,
    rows_at_once,
)
from transforms.storage import files

_ZIP = b"PK\x03\x04"


@dataclass(frozen=True, kw_only=True)
class NpyArray:
    """The head of a file: `start` is where its values begin, in bytes."""

    source: Source
    shape: tuple[int, ...]
    fortran: bool
    dtype: np.dtype[Any]
    start: int

    @staticmethod
    def of(source: Source) -> NpyArray:
        """Reads the head.

        Raises:
          RequestError: it is no .npy file, holds objects, or not as many bytes as its head says.
        """
        with open_raw(source.uri) as raw:
            shape, fortran, dtype = _head(raw, source)
            start = raw.tell()
        if dtype.hasobject:
            raise RequestError(
                f"{source.uri}: holds Python objects, which are programs and are never run: save a plain array"
                " (numpy.save(path, numpy.stack(list(array))))"
            )
        wanted = start + math.prod(shape) * dtype.itemsize
        if source.size < wanted:
            raise RequestError(
                f"{source.uri}: is cut short: it has {source.size:,} bytes and its head says {wanted:,}: copy it again"
            )
        if source.size > wanted:
            raise RequestError(
                f"{source.uri}: has {source.size - wanted:,} bytes behind its array, as where several were saved into one file:"
                " save each into a file of its own"
            )
        return NpyArray(source=source, shape=shape, fortran=fortran, dtype=dtype, start=start)

    def read(self, start: int, stop: int) -> npt.NDArray[Any]:
        """Rows from `start` to `stop`.

        Raises:
          OSError: the file is shorter by now.
        """
        if self.fortran and len(self.shape) > 1:
            return self._read_columns(start, stop)
        shape = (stop - start, *self.shape[1:])
        row = math.prod(self.shape[1:]) * self.dtype.itemsize
        with open_raw(self.source.uri) as raw:
            raw.seek(self.start + start * row)
            data = files.exactly(raw, (stop - start) * row)
        if len(data) < (stop - start) * row:
            raise OSError("it became shorter while it was read")
        return np.frombuffer(data, self.dtype).reshape(shape)

    def _read_columns(self, start: int, stop: int) -> npt.NDArray[Any]:
        if not files.is_local(self.source.uri):
            raise RequestError(
                f"{self.source.uri}: is stored by columns (fortran_order), and only a local file of that kind can be read by"
                " rows: save numpy.ascontiguousarray of it"
            )
        array = np.memmap(self.source.uri, self.dtype, "r", self.start, self.shape, order="F")
        return np.array(array[start:stop])


def _head(raw: IO[bytes], source: Source) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    first = files.exactly(raw, 4)
    raw.seek(0)
    if first == _ZIP:
        raise RequestError(f"{source.uri}: is an archive of arrays (.npz): save each as .npy")
    try:
        version = np.lib.format.read_magic(raw)
        if version == (1, 0):
            found = np.lib.format.read_array_header_1_0(raw)
        elif version == (2, 0):
            found = np.lib.format.read_array_header_2_0(raw)
        else:
            raise ValueError("its format is for arrays of records alone")
    except (ValueError, SyntaxError, TypeError, EOFError) as error:
        raise RequestError(f"{source.uri}: is no .npy file of numpy.save ({one_line(error)}): save it again") from error
    return found  # type: ignore[no-any-return, unused-ignore]


class NpyVectors:
    """Implements `VectorFile`.

    Raises:
      RequestError: as `NpyArray.of`; the array is no matrix of fractions.
    """

    def __init__(self, source: Source) -> None:
        self._array = NpyArray.of(source)
        shape, kind = self._array.shape, self._array.dtype
        if kind.kind != "f" or kind.itemsize > 8:
            raise RequestError(
                f"{source.uri}: holds {kind.name}, and vectors are float16, float32 or float64: convert it with"
                " array.astype('float32')"
            )
        if len(shape) != 2 or (shape[0] and not shape[1]):
            raise RequestError(
                f"{source.uri}: has the shape {shape}, and vectors are a matrix, a row each: reshape it to (rows, dim)"
            )

    @property
    def dim(self) -> int | None:
        return self._array.shape[1] or None

    @property
    def rows(self) -> int:
        return self._array.shape[0]

    def read(self, part: Range | None, *, dim: int) -> Iterator[VectorRows]:
        start, stop = bounds_of(part, self.rows)
        step = rows_at_once(self._array.shape[1] * max(self._array.dtype.itemsize, 4))
        for first in range(start, stop, step):
            vectors = as_vectors(self._array.read(first, min(first + step, stop)))
            yield VectorRows(vectors=vectors, errors=not_finite(vectors))

    def split(self, max_bytes: int) -> list[Range | None]:
        return even_pieces(self.rows, self._array.source.size, max_bytes)


class NpyIds:
    """An array of ids: whole numbers or strings, one a row.

    Raises:
      RequestError: as `NpyArray.of`; it holds something else.
    """

    def __init__(self, source: Source) -> None:
        self._array = NpyArray.of(source)
        shape, kind = self._array.shape, self._array.dtype
        if kind.kind not in "iuUS" or not (len(shape) == 1 or (len(shape) == 2 and shape[1] == 1)):
            raise RequestError(
                f"{source.uri}: holds {kind.name} of the shape {shape}, and ids are one whole number or string a row"
            )

    @property
    def rows(self) -> int:
        return self._array.shape[0]

    def read(self, start: int, stop: int) -> Iterator[pa.Array]:
        """The ids as strings, some thousands at a time; "" is null."""
        step = rows_at_once(self._array.dtype.itemsize)
        for first in range(start, stop, step):
            values = self._array.read(first, min(first + step, stop)).reshape(-1)
            if values.dtype.kind == "S":
                yield pa.array([value.decode("utf-8", "replace") or None for value in values.tolist()], pa.string())
            else:
                yield pa.array([str(value) or None for value in values.tolist()], pa.string())
