"""Defines what a reader of vectors gives: rows of one file, a few at a time, each good or with what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from transforms.common.arrays import Vectors
from transforms.corpus.options import Range

BATCH_BYTES = 8 << 20
BATCH_ROWS = 4_096
FEW_PIECES = 16
"""Of a file whose rows can only be counted from its beginning: so often is it read."""


@dataclass(frozen=True, kw_only=True)
class VectorRows:
    """Some rows of a file, in its order.

    Attributes:
      vectors: float32 [n, dim]; what stands in a faulty row means nothing.
      errors: "Kind: message" by row, of rows that are no vectors.
      ids: string [n], where the file itself names its rows; else None.
    """

    vectors: Vectors
    errors: Mapping[int, str] = field(default_factory=dict)
    ids: pa.Array | None = None


class VectorFile(Protocol):
    """An opened file.

    Attributes:
      dim: length of a vector; None where no row tells.
      rows: how many there are; None where only reading tells.
    """

    @property
    def dim(self) -> int | None: ...

    @property
    def rows(self) -> int | None: ...

    def read(self, part: Range | None, *, dim: int) -> Iterator[VectorRows]:
        """The rows, or those of a stretch, at most `BATCH_ROWS` and about `BATCH_BYTES` at a time.

        Args:
          dim: that vectors should have; of one row with another length that is an error.

        Raises:
          RequestError, OSError: the file is damaged.
        """
        ...

    def split(self, max_bytes: int) -> list[Range | None]:
        """Stretches of about so many bytes that together are the file; [None] where it stays whole."""
        ...


def rows_at_once(row_bytes: int) -> int:
    """How many rows are read together."""
    return max(1, min(BATCH_ROWS, BATCH_BYTES // max(row_bytes, 1)))


def even_pieces(rows: int, size: int, max_bytes: int, *, most: int | None = None) -> list[Range | None]:
    """Even stretches of rows."""
    pieces = max(min(-(-size // max_bytes), rows), 1)
    pieces = pieces if most is None else min(pieces, most)
    bounds = [rows * piece // pieces for piece in range(pieces + 1)]
    return [Range(unit="rows", start=start, stop=stop) for start, stop in pairwise(bounds)]


def bounds_of(part: Range | None, rows: int) -> tuple[int, int]:
    """The first row of a stretch and the one behind its last."""
    return (0, rows) if part is None else (part.start, min(part.stop, rows))


def as_vectors(array: npt.NDArray[Any]) -> Vectors:
    """Fractions of any width and byte order as float32; what is too large for it becomes infinite."""
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(array, np.float32)


def not_finite(vectors: Vectors) -> dict[int, str]:
    """The errors of rows with a NaN or an infinite value."""
    # A row's sum is finite unless a value is not, or the sum itself is too large: those few are looked at value by value.
    with np.errstate(all="ignore"):
        doubtful = np.flatnonzero(~np.isfinite(vectors.sum(axis=1, dtype=np.float64)))
    errors = {}
    for row in doubtful.tolist():
        places = np.flatnonzero(~np.isfinite(vectors[row]))
        if len(places):
            value = "NaN" if np.isnan(vectors[row, places[0]]) else "infinite in float32"
            errors[row] = f"NotFinite: value {places[0]} of the vector is {value}"
    return errors
