"""Defines the columns of a feature table."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

FORMAT_VERSION = 1
"""Raised when the meaning of a part's columns changes; it is part of every shard's identity."""

EMBEDDING = "embedding"
VECTOR_TYPE = pa.list_(pa.field("element", pa.float32(), nullable=False))
RESERVED = ("id", "content", "source", "fingerprint", "label", "text", "parent", EMBEDDING)

FEATURE_COLUMNS = pa.schema([(name, pa.float32()) for name in ("y", "x", "scale", "score")])
"""Of a table of local features: where in the image a feature is, in pixels, on which scale it was found, and its score."""


def table_schema(
    *, has_text: bool, chunked: bool, has_features: bool = False, kept: pa.Schema | None = None
) -> pa.Schema:
    """The schema of a feature table's parts. `kept` are the columns carried along as read."""
    fields = [
        pa.field("id", pa.string(), nullable=False),
        pa.field("content", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("fingerprint", pa.string(), nullable=False),
        pa.field("label", pa.string()),
    ]
    if has_text:
        fields.append(pa.field("text", pa.string()))
    if chunked or has_features:
        fields.append(pa.field("parent", pa.string()))
    if has_features:
        fields += list(FEATURE_COLUMNS)
    fields += list(kept or ())
    fields.append(pa.field(EMBEDDING, VECTOR_TYPE, nullable=False))
    return pa.schema(fields)


def stored_type(read: pa.DataType, *, scalars_only: bool) -> pa.DataType | None:
    """The type in which a kept column's values are stored, unchanged in meaning; None where there is none.

    Delta Lake has neither unsigned integers nor half floats, and times in microseconds of UTC or of no zone; a
    `tf.train.Example` (`scalars_only`) has strings, bytes, integers and floats.
    """
    tests = pa.types
    if tests.is_null(read) or tests.is_string(read) or tests.is_large_string(read) or tests.is_string_view(read):
        return pa.string()
    if tests.is_binary(read) or tests.is_large_binary(read) or tests.is_binary_view(read):
        return pa.binary()
    if tests.is_fixed_size_binary(read) and not tests.is_decimal(read):
        return pa.binary()
    if tests.is_unsigned_integer(read):
        return {8: pa.int16(), 16: pa.int32()}.get(read.bit_width, pa.int64())
    if tests.is_float16(read):
        return pa.float32()
    if tests.is_boolean(read) or tests.is_integer(read) or tests.is_floating(read):
        return read
    if scalars_only:
        return None
    if tests.is_date(read):
        return pa.date32()
    if tests.is_timestamp(read):
        return pa.timestamp("us", None if read.tz is None else "UTC")
    if tests.is_decimal128(read):
        return read
    if tests.is_list(read) or tests.is_large_list(read) or tests.is_fixed_size_list(read):
        element = stored_type(read.value_type, scalars_only=False)
        return None if element is None else pa.list_(pa.field("element", element))
    if tests.is_struct(read):
        members = {field.name: stored_type(field.type, scalars_only=False) for field in read}
        return None if None in members.values() else pa.struct(list(members.items()))
    return None


def has_local_features(schema: pa.Schema) -> bool:
    """Whether the rows are local features of images."""
    return "text" not in schema.names and {"parent", *FEATURE_COLUMNS.names} <= set(schema.names)


def kept_columns(schema: pa.Schema) -> pa.Schema:
    """The columns of a table that it carries along for the person."""
    return pa.schema([field for field in schema if field.name not in RESERVED])


def read_columns(schema: pa.Schema) -> pa.Schema:
    """The columns of a table that are read from the corpus for the person."""
    made = FEATURE_COLUMNS.names if has_local_features(schema) else ()
    return pa.schema([field for field in kept_columns(schema) if field.name not in made])


def vector_column(vectors: npt.NDArray[np.float32]) -> pa.ListArray:
    """An (n, dim) float32 array as list<float32>, without a copy of the values and without Python lists."""
    rows, dim = vectors.shape
    offsets = np.arange(0, (rows + 1) * dim, dim, dtype=np.int32)
    values = pa.array(np.ascontiguousarray(vectors, np.float32).reshape(-1))
    return pa.ListArray.from_arrays(pa.array(offsets), values, type=VECTOR_TYPE)


def vectors_of(column: pa.Array | pa.ChunkedArray, dim: int) -> npt.NDArray[np.float32]:
    """The inverse of `vector_column`: float32 (n, dim). Raises ValueError where a row has another length."""
    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    if not pc.all(pc.equal(pc.list_value_length(column), dim).fill_null(False), min_count=0).as_py():
        raise ValueError(f"a vector is not {dim} values long")
    arrays = [chunk.flatten().to_numpy(zero_copy_only=True).reshape(len(chunk), dim) for chunk in chunks]
    if not arrays:
        return np.empty((0, dim), np.float32)
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)
