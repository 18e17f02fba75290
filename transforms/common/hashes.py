"""Stable 64-bit hashes of string keys; they assign rows to train, validation or test, and to the holdout queries."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]


def hashes_of(keys: Iterable[str | None]) -> Hashes:
    """64 bits of each key's BLAKE2b hash, uint64 [n]; the same on every machine."""
    digests = b"".join(blake2b((key or "").encode(), digest_size=8).digest() for key in keys)
    return np.frombuffer(digests, "<u8").astype(np.uint64)
