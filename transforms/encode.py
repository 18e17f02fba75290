"""One batch through an encoder, whatever is in it.

Out of memory: the batch halves and the safe size is remembered. Any other failure: bisection finds the guilty
items, with at most 1 + 2k*ceil(log2 n) calls for k bad ones of n; their batch-mates get their vectors. A vector
with NaN or infinity is the fault of its item.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from transforms.encoders.spec import Encoder
from transforms.errors import ItemError, RunError

Vectors = npt.NDArray[np.float32]


def _is_out_of_memory(error: Exception) -> bool:
    return isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError"


@dataclass
class SafeEncoder:
    """An encoder that answers for every item: a vector, or the reason why there is none.

    Thread-safe: several calls may share it. `calls` counts calls of the encoder, `safe_items` is the largest batch
    that is known to fit once memory has run out (None before that).
    """

    encoder: Encoder
    dim: int
    safe_items: int | None = None
    calls: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def encode(self, items: Sequence[Any] | Vectors) -> tuple[Vectors, dict[int, ItemError]]:
        """Vectors and failures of a batch.

        Args:
          items: n strings, or float32 [n, height, width, 3].

        Returns:
          float32 [n, dim], rows of failed items undefined; and position -> error of those.

        Raises:
          RunError: one item alone does not fit into memory, or the encoder's vectors have another length than `dim`.
        """
        vectors = np.zeros((len(items), self.dim), np.float32)
        failed: dict[int, ItemError] = {}
        self._fill(items, 0, vectors, failed)
        bad = np.flatnonzero(~np.isfinite(vectors).all(axis=1)) if not np.isfinite(vectors.sum()) else ()
        for row in bad:
            failed.setdefault(int(row), ItemError("NonFiniteVector", "the vector holds NaN or infinity"))
        return vectors, failed

    def _fill(
        self, items: Sequence[Any] | Vectors, offset: int, vectors: Vectors, failed: dict[int, ItemError]
    ) -> None:
        count = len(items)
        limit = self.safe_items
        if limit is not None and count > limit:
            for start in range(0, count, limit):
                self._fill(items[start : start + limit], offset + start, vectors, failed)
            return
        with self._lock:
            self.calls += 1
        try:
            result = self.encoder.encode(items)  # type: ignore[arg-type]
        except Exception as error:
            if _is_out_of_memory(error):
                if count == 1:
                    raise RunError(
                        "one item alone does not fit into memory: use a machine with more, or lower --max-chars"
                    ) from error
                with self._lock:
                    self.safe_items = min(self.safe_items or count, (count + 1) // 2)
                self._fill(items, offset, vectors, failed)
                return
            if count == 1:
                failed[offset] = ItemError(type(error).__name__, _first_line(error))
                return
            half = count // 2
            self._fill(items[:half], offset, vectors, failed)
            self._fill(items[half:], offset + half, vectors, failed)
            return
        if result.shape != (count, self.dim):
            raise RunError(
                f"encoder {self.encoder.spec.name} returned {result.shape} for {count} items; expected ({count}, {self.dim})"
            )
        vectors[offset : offset + count] = result


def _first_line(error: Exception) -> str:
    message = str(error).strip()
    return message.splitlines()[0] if message else type(error).__name__
