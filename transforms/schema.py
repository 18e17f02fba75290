"""The columns of a feature table, in one place."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from transforms.encoders.spec import Modality

FORMAT_VERSION = 1
"""Raised when the meaning of a part's columns changes; it is part of every shard's identity."""

EMBEDDING = "embedding"
VECTOR_TYPE = pa.list_(pa.field("element", pa.float32(), nullable=False))
RESERVED = ("id", "content", "source", "fingerprint", "label", "text", "parent", EMBEDDING)


def table_schema(
    *, modality: Modality, keep_text: bool, chunked: bool, kept: pa.Schema | None = None
) -> pa.Schema:
    """The schema of a feature table's parts. `kept` are the columns carried along as read."""
    fields = [
        pa.field("id", pa.string(), nullable=False),
        pa.field("content", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("fingerprint", pa.string(), nullable=False),
        pa.field("label", pa.string()),
    ]
    if modality == "text" and keep_text:
        fields.append(pa.field("text", pa.string()))
    if chunked:
        fields.append(pa.field("parent", pa.string()))
    fields += list(kept or ())
    fields.append(pa.field(EMBEDDING, VECTOR_TYPE, nullable=False))
    return pa.schema(fields)


def vector_column(vectors: npt.NDArray[np.float32]) -> pa.ListArray:
    """An (n, dim) float32 array as list<float32>, without a copy of the values and without Python lists."""
    rows, dim = vectors.shape
    offsets = np.arange(0, (rows + 1) * dim, dim, dtype=np.int32)
    values = pa.array(np.ascontiguousarray(vectors, np.float32).reshape(-1))
    return pa.ListArray.from_arrays(pa.array(offsets), values, type=VECTOR_TYPE)


def vectors_of(column: pa.Array | pa.ChunkedArray, dim: int) -> npt.NDArray[np.float32]:
    """The inverse of `vector_column`: float32 (n, dim). Raises ValueError where a row has another length."""
    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    arrays = [chunk.flatten().to_numpy(zero_copy_only=True).reshape(len(chunk), dim) for chunk in chunks]
    if not arrays:
        return np.empty((0, dim), np.float32)
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)
