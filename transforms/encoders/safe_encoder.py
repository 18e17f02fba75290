"""Encodes a batch whatever is in it: bad items become errors, and memory that runs out smaller batches.

Out of memory: the batch halves, and the safe size is remembered as long as this object lives. Any other failure:
bisection finds the guilty items, with at most 1 + 2k*ceil(log2 n) calls for k bad ones of n; their batch-mates get
their vectors. A vector with NaN or infinity is made again in float32 where it was made in half precision, whose numbers end
at 65,504 in float16; one that has them in float32 is the fault of its item.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from transforms.common.arrays import Pixels, Vectors
from transforms.common.errors import ItemError, RunError, VectormillError
from transforms.encoders.spec import Encoder


def is_out_of_memory(error: Exception) -> bool:
    """Whether a device or the machine had no memory for a batch: a smaller one may fit."""
    return isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError"


@dataclass
class SafeEncoder:
    """An encoder that answers for every item: a vector, or the reason why there is none.

    Thread-safe: several calls may share it. `calls` counts calls of the encoder, `safe_items` is the largest batch
    that is known to fit once memory has run out (None before that), `again` counts items that were encoded again in float32.
    """

    encoder: Encoder
    dim: int
    safe_items: int | None = None
    calls: int = 0
    again: int = 0
    _exact: SafeEncoder | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def encode(self, items: Sequence[Any] | Pixels) -> tuple[Vectors, dict[int, ItemError]]:
        """Vectors and failures of a batch.

        Args:
          items: n strings, or uint8 [n, height, width, 3].

        Returns:
          float32 [n, dim], rows of failed items undefined; and position -> error of those.

        Raises:
          RunError: one item alone does not fit into memory, or the encoder's vectors have another length than `dim`.
          VectormillError: the encoder itself says that request or run, not an item, is at fault.
        """
        failed: dict[int, ItemError] = {}
        whole = self._call(items) if self.safe_items is None or len(items) <= self.safe_items else None
        if isinstance(whole, np.ndarray):
            vectors = whole  # the usual case: nothing went wrong, nothing is copied
        else:
            vectors = np.zeros((len(items), self.dim), np.float32)
            self._fill(items, whole, 0, vectors, failed)
        with np.errstate(all="ignore"):
            total = vectors.sum()  # one number shows of nearly every batch that all of it is finite
        if not np.isfinite(total):
            rows = [int(row) for row in np.flatnonzero(~np.isfinite(vectors).all(axis=1)) if int(row) not in failed]
            if rows and self.encoder.exact is not None:
                vectors, rows = self._made_again(items, vectors, rows)
            for row in rows:
                failed[row] = ItemError("NonFiniteVector", "the vector holds NaN or infinity")
        return vectors, failed

    def _made_again(
        self, items: Sequence[Any] | Pixels, vectors: Vectors, rows: list[int]
    ) -> tuple[Vectors, list[int]]:
        """The vectors with those of `rows` made in float32, and the rows that have none in it either."""
        assert self.encoder.exact is not None, "a half precision was asked for"
        if self._exact is None:
            self._exact = SafeEncoder(self.encoder.exact(), self.dim)
        again, failed = self._exact.encode([items[row] for row in rows] if isinstance(items, list) else items[rows])  # type: ignore[call-overload]
        vectors = np.array(vectors)  # the encoder's own may be read-only
        vectors[rows] = again
        with self._lock:
            self.again += len(rows) - len(failed)
        return vectors, [rows[position] for position in failed]

    def _call(self, items: Sequence[Any] | Pixels) -> Vectors | Exception:
        with self._lock:
            self.calls += 1
        try:
            result = self.encoder.encode(items)  # type: ignore[arg-type]
        except VectormillError:
            raise
        except Exception as error:  # whatever a network may raise; the items decide what it means
            return error
        if result.shape != (len(items), self.dim):
            raise RunError(
                f"encoder {self.encoder.spec.name} returned {result.shape} for {len(items)} items;"
                f" expected ({len(items)}, {self.dim})"
            )
        return result

    def _fill(
        self,
        items: Sequence[Any] | Pixels,
        outcome: Vectors | Exception | None,
        offset: int,
        vectors: Vectors,
        failed: dict[int, ItemError],
    ) -> None:
        """Fills in the vectors of `items`, given how a call with all of them ended (None: it was not tried)."""
        count = len(items)
        if isinstance(outcome, np.ndarray):
            vectors[offset : offset + count] = outcome
            return
        if isinstance(outcome, Exception) and not is_out_of_memory(outcome):
            if count == 1:
                failed[offset] = ItemError(type(outcome).__name__, _first_line(outcome))
                return
            step = count - count // 2
        else:
            if isinstance(outcome, Exception):
                if count == 1:
                    raise RunError(
                        "one item alone does not fit into memory: use a machine with more, or lower --max-chars"
                    ) from outcome
                with self._lock:
                    self.safe_items = min(self.safe_items or count, (count + 1) // 2)
            step = min(self.safe_items or count, count)
        for start in range(0, count, step):
            piece = items[start : start + step]
            tried = self._call(piece) if self.safe_items is None or len(piece) <= self.safe_items else None
            self._fill(piece, tried, offset + start, vectors, failed)


def _first_line(error: Exception) -> str:
    message = str(error).strip()
    return message.splitlines()[0] if message else type(error).__name__
