"""Reads TFRecord files of `tf.train.Example`.

A record is: its length (8 bytes), the length's checksum (4), the data, the data's checksum (4), all little-endian;
the checksums are masked CRC-32C. A wrong checksum or a file that ends within a record means that the file is
damaged, which fails the source: what follows cannot be trusted. A feature with several values, or with none, has
no one value to give.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import pyarrow as pa

from transforms.common.errors import RequestError
from transforms.corpus.columns.batches import MAX_BYTES, MAX_ROWS, ColumnBatch
from transforms.corpus.columns.roles import Roles
from transforms.corpus.options import Range, ReadOptions
from transforms.corpus.sources import Source
from transforms.corpus.streams.opening import open_stream
from transforms.corpus.streams.signatures import HEAD, require_no_other
from transforms.storage.files import exactly
from transforms.storage.tf_example import example_class
from transforms.storage.tfrecord import records

LABELS = ("image/class/label", "label")
"""Features that hold the label where none is named."""

_LOOKED_AT = 32
_TYPES = {"bytes_list": pa.binary(), "int64_list": pa.int64(), "float_list": pa.float32()}


def columns(source: Source, options: ReadOptions) -> pa.Schema | None:
    """The features of the first examples; None where there is no record."""
    types: dict[str, pa.DataType] = {}
    try:
        with open_stream(source) as stream:
            for data in islice(records(stream, source.uri), _LOOKED_AT):
                for name, feature in _parse(data, source.uri).items():
                    kind = feature.WhichOneof("kind")
                    if kind is not None:
                        types.setdefault(name, _column_type(name, kind, options))
    except RequestError:
        # TensorFlow packs (TFRecordOptions) without a word in the name.
        with open_stream(source) as stream:
            require_no_other(exactly(stream, HEAD))
        raise
    return pa.schema(sorted(types.items())) if types else None


def _column_type(name: str, kind: str, options: ReadOptions) -> pa.DataType:
    # Bytes serve as text and as image alike: the name and the wish decide. What is kept is meant to be read.
    is_text = options.modality == "text" and not name.startswith("image/")
    if kind == "bytes_list" and (is_text or name in options.keep):
        return pa.string()
    return _TYPES[kind]


def read(source: Source, roles: Roles, options: ReadOptions, part: Range | None) -> Iterator[ColumnBatch]:
    """The rows of a source."""
    with open_stream(source) as stream:
        rows: list[dict[str, Any]] = []
        errors: dict[int, str] = {}
        size = 0
        for data in records(stream, source.uri):
            features = _parse(data, source.uri)
            row: dict[str, Any] = {}
            for name in roles.columns:
                if name in features:
                    try:
                        row[name] = _value(name, features[name])
                    except ValueError as error:
                        errors[len(rows)] = str(error)
            rows.append(row)
            size += len(data)
            if len(rows) >= MAX_ROWS or size >= MAX_BYTES:
                yield _arrange(rows, errors, roles)
                rows, errors, size = [], {}, 0
        if rows:
            yield _arrange(rows, errors, roles)


def split(source: Source, options: ReadOptions, max_bytes: int) -> list[Range | None]:
    """Records can only be found one after the other."""
    return [None]


def _parse(data: bytes, uri: str) -> Any:
    from google.protobuf.message import DecodeError

    try:
        return example_class().FromString(data).features.feature
    except DecodeError as error:
        raise RequestError(f"{uri}: holds records that are no tf.train.Example: convert them") from error


def _value(name: str, feature: Any) -> Any:
    kind = feature.WhichOneof("kind")
    if kind is None:
        return None
    values = getattr(feature, kind).value
    if len(values) > 1:
        raise ValueError(f"ManyValues: feature {name!r} holds {len(values)} values where one is due")
    return values[0] if values else None


def _arrange(rows: Sequence[dict[str, Any]], errors: dict[int, str], roles: Roles) -> ColumnBatch:
    arrays = {}
    for name in roles.columns:
        arrays[name] = _array([row.get(name) for row in rows])
    return ColumnBatch(arrays, pa.array(map(errors.get, range(len(rows))), pa.string()) if errors else None)


def _array(values: list[Any]) -> pa.Array:
    present = next((value for value in values if value is not None), None)
    kind = pa.int64() if isinstance(present, int) else pa.float32() if isinstance(present, float) else pa.binary()
    try:
        return pa.array(values, kind)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        # One name, several kinds: what they share is being written down.
        texts = [v if v is None or isinstance(v, bytes) else str(v).encode() for v in values]
        return pa.array(texts, pa.binary())
