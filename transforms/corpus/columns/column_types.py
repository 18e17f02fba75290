"""Tells the types of columns apart, and converts them: strings, bytes, lists, and images as Hugging Face stores them."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc


def is_text(kind: pa.DataType) -> bool:
    """Whether values are strings."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def is_binary(kind: pa.DataType) -> bool:
    """Whether values are bytes."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    tests = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_binary_view, pa.types.is_fixed_size_binary)
    return any(test(kind) for test in tests)


def has_bytes(kind: pa.DataType) -> bool:
    """Whether it is a struct with a field `bytes`, as Hugging Face stores images."""
    return bool(pa.types.is_struct(kind)) and kind.get_field_index("bytes") >= 0


def is_image_struct(kind: pa.DataType) -> bool:
    """Whether it is Hugging Face's image, struct<bytes, path>, of which one may be left out."""
    if not pa.types.is_struct(kind):
        return False
    position = kind.get_field_index("path")
    return has_bytes(kind) or (position >= 0 and is_text(kind.field(position).type))


def paths_of(images: pa.Array) -> pa.Array | None:
    """The paths, binary [n], of those Hugging Face images that have no bytes; None where all have bytes, or name none."""
    if not pa.types.is_struct(images.type) or images.type.get_field_index("path") < 0:
        return None
    paths = as_binary(pc.struct_field(images, "path"))
    if has_bytes(images.type):
        paths = pc.if_else(pc.is_valid(pc.struct_field(images, "bytes")), pa.scalar(None, pa.binary()), paths)
    return paths if paths.null_count < len(paths) else None


def is_list(kind: pa.DataType) -> bool:
    """Whether a value is a list of values."""
    tests = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list, pa.types.is_list_view)
    return any(test(kind) for test in tests)


def as_binary(array: pa.Array) -> pa.Array:
    """Any array of strings or bytes as binary, without looking at the bytes."""
    if is_image_struct(array.type):
        array = pc.struct_field(array, "bytes") if has_bytes(array.type) else pa.nulls(len(array), pa.binary())
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_fixed_size_binary(array.type) or is_text(array.type) or is_binary(array.type):
        return array.cast(pa.binary())
    return array.cast(pa.string()).cast(pa.binary())


def plain_schema(schema: pa.Schema) -> pa.Schema:
    """The types that `plain` gives the columns, with the schema's own metadata."""
    return pa.schema([field.with_type(_plain_type(field.type)) for field in schema], metadata=schema.metadata)


def plain(array: pa.Array) -> pa.Array:
    """An extension type as what it is stored in, UUIDs as text, run ends as values."""
    if pa.types.is_run_end_encoded(array.type):
        return pc.run_end_decode(array)
    if not isinstance(array, pa.ExtensionArray):
        return array
    if isinstance(array.type, pa.UuidType):
        return pa.array([None if value is None else str(value) for value in array.to_pylist()], pa.string())
    return array.storage


def _plain_type(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_run_end_encoded(kind):
        return kind.value_type
    if not isinstance(kind, pa.BaseExtensionType):
        return kind
    return pa.string() if isinstance(kind, pa.UuidType) else kind.storage_type
