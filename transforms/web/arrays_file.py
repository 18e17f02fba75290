"""Writes and reads files of named arrays, as JavaScript does: gzip of a length, a JSON header, and the bytes of each array."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

_ALIGNMENT = 8
_TYPES = ("int8", "uint8", "int16", "int32", "uint32", "float32")


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


def unpacked(content: bytes) -> dict[str, npt.NDArray[Any]]:
    """The arrays of a file that `packed` made.

    Raises:
      ValueError: it is no such file, or a damaged one.
    """
    try:
        inflated = gzip.decompress(content)
        length = int.from_bytes(inflated[:4], "little")
        header = json.loads(inflated[4 : 4 + length])
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"no file of arrays: {error}") from error
    start = -(-(4 + length) // _ALIGNMENT) * _ALIGNMENT
    arrays = {}
    for name, about in header.items():
        count = int(np.prod(about["shape"], dtype=np.int64))
        kind = np.dtype(about["dtype"]).newbyteorder("<")
        arrays[name] = np.frombuffer(inflated, kind, count, start + about["offset"]).reshape(about["shape"])
    return arrays
