"""Writes named arrays to one file that JavaScript reads: gzip of a length, a JSON header, and the bytes of each array."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

_ALIGNMENT = 8
_TYPES = ("uint8", "int32", "uint32", "float32")


def packed(arrays: Mapping[str, npt.NDArray[Any]]) -> bytes:
    """The file of some arrays; the same bytes for the same arrays.

    Raises:
      ValueError: an array is of a type that JavaScript has not.
    """
    header: dict[str, Any] = {}
    content = bytearray()
    for name, array in arrays.items():
        if array.dtype.name not in _TYPES:
            raise ValueError(f"{name} is of {array.dtype}")
        header[name] = {"dtype": array.dtype.name, "shape": list(array.shape), "offset": len(content)}
        content += np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<")).tobytes()
        content += bytes(-len(content) % _ALIGNMENT)
    text = json.dumps(header).encode()
    start = len(text).to_bytes(4, "little") + text
    start += bytes(-len(start) % _ALIGNMENT)
    return gzip.compress(start + bytes(content), mtime=0)
