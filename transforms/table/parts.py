"""Reads and writes parts: the files of a table that hold its vectors, as Parquet or as TFRecord.

Both formats are written from and read back to the same record batches, so that everything above (resume, reuse of
vectors, rewriting, export) is written once. A part is written in the order of its items, streaming.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import IO, Any, Literal, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from transforms.storage import files
from transforms.storage.tf_example import example_class
from transforms.storage.tfrecord import frame, records
from transforms.table.schema import EMBEDDING, vectors_of

PartFormat = Literal["parquet", "tfrecord"]
SUFFIX: dict[PartFormat, str] = {"parquet": ".parquet", "tfrecord": ".tfrecord"}

_ROW_GROUP = 8_192
_READ_ROWS = 8_192


class PartWriter(Protocol):
    """Writes one part, batch by batch. It is whole after `close`; without that it is no part."""

    def write(self, batch: pa.RecordBatch) -> None:
        """Adds rows with the columns of the part's schema.

        Raises:
          OSError: the disk is full, or the store refuses.
        """
        ...

    def close(self) -> None:
        """Writes what is buffered and the end of the file.

        Raises:
          OSError: as of `write`.
        """
        ...


def part_writer(path: str, schema: pa.Schema, *, part_format: PartFormat) -> PartWriter:
    """A writer to a path that `files.publish` gave.

    Raises:
      OSError: the path cannot be written.
    """
    if part_format == "parquet":
        return ParquetPart(path, schema)
    return TFRecordPart(path, schema)


def read_part(
    path: str, *, schema: pa.Schema, part_format: PartFormat, columns: Sequence[str] | None = None
) -> Iterator[pa.RecordBatch]:
    """Batches of a part, in order, with the given columns (default: all of `schema`) in the types of `schema`."""
    wanted = list(columns) if columns is not None else schema.names
    if part_format == "parquet":
        with files.open_read(path) as stream, pq.ParquetFile(stream) as part:
            for batch in part.iter_batches(batch_size=_READ_ROWS, columns=wanted):
                yield _as_in_table(batch, schema, wanted)
    else:
        yield from _read_tfrecord(path, pa.schema([schema.field(name) for name in wanted]))


def read_row_group(part: pq.ParquetFile, group: int, *, schema: pa.Schema, columns: Sequence[str]) -> pa.RecordBatch:
    """A row group of an opened part with the given columns in the types of `schema`."""
    table = part.read_row_group(group, columns=list(columns)).combine_chunks()
    return _as_in_table(table.to_batches()[0], schema, columns)


def _as_in_table(batch: pa.RecordBatch, schema: pa.Schema, names: Sequence[str]) -> pa.RecordBatch:
    """The batch with columns in the types of a table's schema.

    Other tools that rewrite a part write the types that they have in memory, string_view or large_list, say; and a part
    that is older than a column has nulls in it.
    """
    if not names:
        return batch
    fields = [schema.field(name) for name in dict.fromkeys(names)]
    arrays = [
        batch.column(field.name).cast(field.type)
        if field.name in batch.schema.names
        else pa.nulls(batch.num_rows, field.type)
        for field in fields
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=pa.schema(fields))


class ParquetPart:
    """Parquet: vectors as BYTE_STREAM_SPLIT + zstd without dictionary or statistics, the rest with both."""

    def __init__(self, path: str, schema: pa.Schema) -> None:
        self._stream = files.open_native_write(path)
        others = [name for name in schema.names if name != EMBEDDING]
        self._writer = pq.ParquetWriter(
            self._stream,
            schema,
            compression="zstd",
            use_dictionary=[name for name in others if name not in ("id", "content", "text")],
            column_encoding={f"{EMBEDDING}.list.element": "BYTE_STREAM_SPLIT"},
            write_statistics=others,
        )
        self._schema = schema
        self._buffer: list[pa.RecordBatch] = []
        self._rows = 0

    def write(self, batch: pa.RecordBatch) -> None:
        self._buffer.append(batch)
        self._rows += batch.num_rows
        if self._rows >= _ROW_GROUP:
            self._flush()

    def _flush(self) -> None:
        if self._rows:
            table = pa.Table.from_batches(self._buffer, schema=self._schema)
            self._writer.write_table(table, row_group_size=self._rows)
        self._buffer, self._rows = [], 0

    def close(self) -> None:
        self._flush()
        self._writer.close()
        self._stream.close()


class TFRecordPart:
    """One `tf.train.Example` a row: strings as bytes, numbers as int64 or float32, a null as an empty feature."""

    def __init__(self, path: str, schema: pa.Schema) -> None:
        self._stream: IO[bytes] = files.open_write(path)

    def write(self, batch: pa.RecordBatch) -> None:
        make_example = example_class()
        dim = len(batch.column(EMBEDDING)[0]) if batch.num_rows else 0
        vectors: Any = vectors_of(batch.column(EMBEDDING), dim) if dim else []
        others = [name for name in batch.schema.names if name != EMBEDDING]
        rows = batch.select(others).to_pylist()
        for row, vector in zip(rows, vectors, strict=True):
            example = make_example()
            feature = example.features.feature
            for name, value in row.items():
                _set_feature(feature[name], value)
            feature[EMBEDDING].float_list.value.extend(vector)
            self._stream.write(frame(example.SerializeToString(deterministic=True)))

    def close(self) -> None:
        self._stream.close()


def _set_feature(feature: Any, value: Any) -> None:
    if value is None:
        return
    if isinstance(value, bool | int):
        feature.int64_list.value.append(int(value))
    elif isinstance(value, float):
        feature.float_list.value.append(value)
    elif isinstance(value, bytes):
        feature.bytes_list.value.append(value)
    elif isinstance(value, str):
        feature.bytes_list.value.append(value.encode())
    else:
        feature.bytes_list.value.append(str(value).encode())


def _read_tfrecord(path: str, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    parse = example_class().FromString
    columns: dict[str, list[Any]] = {name: [] for name in schema.names}
    buffered = 0
    with files.open_read(path) as stream:
        for record in records(stream, path):
            feature = parse(record).features.feature
            for field in schema:
                columns[field.name].append(_get_feature(feature, field))
            buffered += 1
            if buffered == _READ_ROWS:
                yield pa.RecordBatch.from_pydict(columns, schema=schema)
                columns, buffered = {name: [] for name in schema.names}, 0
    if buffered:
        yield pa.RecordBatch.from_pydict(columns, schema=schema)


def _get_feature(features: Any, field: pa.Field) -> Any:
    if field.name not in features:
        return None
    feature = features[field.name]
    if field.name == EMBEDDING:
        return list(feature.float_list.value)
    kind = feature.WhichOneof("kind")
    if kind is None or not getattr(feature, kind).value:
        return None
    value = getattr(feature, kind).value[0]
    if pa.types.is_string(field.type) or pa.types.is_large_string(field.type):
        return value.decode()
    return bool(value) if pa.types.is_boolean(field.type) else value


def parse_spec(schema: pa.Schema, dim: int) -> dict[str, tuple[str, list[int], str]]:
    """The spec by which `tf.io.parse_example` reads a TFRecord part: name -> (kind, shape, dtype).

    `kind` is "FixedLenFeature" for the id, content and vector, "VarLenFeature" where a row may lack the value.
    """
    spec: dict[str, tuple[str, list[int], str]] = {}
    for field in schema:
        if field.name == EMBEDDING:
            spec[field.name] = ("FixedLenFeature", [dim], "float32")
            continue
        if pa.types.is_integer(field.type) or pa.types.is_boolean(field.type):
            dtype = "int64"
        elif pa.types.is_floating(field.type):
            dtype = "float32"
        else:
            dtype = "string"
        spec[field.name] = ("VarLenFeature" if field.nullable else "FixedLenFeature", [], dtype)
    return spec
