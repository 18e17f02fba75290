"""Keeps unit vectors as whole numbers with a scale each, and scores them by those, so that a browser computes the same.

    vector = scale * codes          scale: the largest number of the vector over the largest code
    cosine = scale * step * (codes · numbers)          numbers: the query in 16 bits, the query = step * numbers

The products are sums of whole numbers below 2^31: they are exact, in whatever order they are added. Codes have 8 bits, which
order nearly all answers rightly, or 12 where vectors lie too close for that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from transforms.common.arrays import Vectors
from transforms.web.arrays_file import packed, unpacked

Bits = Literal[8, 12]
Codes = npt.NDArray[Any]
"""int8, or int16 of 12 bits; [n, width]."""
Floats = npt.NDArray[np.float64]

FILE_BYTES = 4 << 20
_STEP = 16
"""Codes of a row are a multiple of these, which is what one instruction reads; zeros behind the last."""
_LARGEST_CODE: dict[Bits, int] = {8: 127, 12: 2_047}
_TYPES: dict[Bits, type[np.integer[Any]]] = {8: np.int8, 12: np.int16}
_LARGEST_NUMBER, _LARGEST_SUM = 32_767, 1 << 30


def width_of(dim: int) -> int:
    """The number of codes of a vector."""
    return -(-dim // _STEP) * _STEP


def rows_of_a_file(dim: int, bits: Bits) -> int:
    """The number of vectors in each file but the last."""
    return max(FILE_BYTES // (width_of(dim) * np.dtype(_TYPES[bits]).itemsize), 1)


def encoded(vectors: Vectors, bits: Bits) -> tuple[Codes, Vectors]:
    """Codes [n, width] and scales float32 [n] of unit vectors float32 [n, dim]."""
    most, largest = _LARGEST_CODE[bits], np.abs(vectors).max(axis=1, initial=0)
    scales = np.where(largest > 0, largest / np.float32(most), np.float32(1)).astype(np.float32)
    codes = np.zeros((len(vectors), width_of(vectors.shape[1])), _TYPES[bits])
    codes[:, : vectors.shape[1]] = np.rint(vectors / scales[:, None]).clip(-most, most)
    return codes, scales


def query_numbers(vector: Vectors, bits: Bits) -> tuple[npt.NDArray[np.int16], float]:
    """Numbers int16 [dim] and the step of a query float32 [dim]; zero where it is zero."""
    exact = vector.astype(np.float64)
    total = float(np.abs(exact).sum())
    if not total:
        return np.zeros(len(exact), np.int16), 0.0
    factor = min(_LARGEST_NUMBER / float(np.abs(exact).max()), _LARGEST_SUM / (_LARGEST_CODE[bits] * total))
    # Halves are rounded up, as JavaScript does.
    return np.floor(exact * factor + 0.5).astype(np.int16), 1 / factor


def cosines(codes: Codes, scales: Vectors, query: Vectors) -> Floats:
    """Cosines float64 [n] of a query float32 [dim] and the vectors."""
    numbers, step = query_numbers(query, 8 if codes.dtype == np.int8 else 12)
    # Of whole numbers in double precision, which is exact and fast.
    sums: Floats = codes[:, : len(numbers)].astype(np.float64) @ numbers.astype(np.float64)
    return sums * (scales.astype(np.float64) * step)


def vector_files(blocks: Iterable[Vectors], dim: int, bits: Bits) -> Iterator[tuple[str, bytes]]:
    """Yields name and content of each file of the vectors, which come in the order of the rows, in blocks of any size."""
    rows = rows_of_a_file(dim, bits)
    waiting: list[Vectors] = []
    number = count = 0
    for block in blocks:
        waiting.append(block)
        count += len(block)
        while count >= rows:
            whole = np.concatenate(waiting)
            yield _file(number, whole[:rows], bits)
            waiting, count, number = [whole[rows:]], count - rows, number + 1
    if count:
        yield _file(number, np.concatenate(waiting), bits)


def _file(number: int, vectors: Vectors, bits: Bits) -> tuple[str, bytes]:
    codes, scales = encoded(vectors, bits)
    return f"vectors-{number:03}.arrays", packed({"codes": codes, "scales": scales})


def read_vectors(contents: Iterable[bytes]) -> tuple[Codes, Vectors]:
    """Codes and scales of all rows, from the contents of the files."""
    arrays = [unpacked(content) for content in contents]
    return np.concatenate([one["codes"] for one in arrays]), np.concatenate([one["scales"] for one in arrays])
