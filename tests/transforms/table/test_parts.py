"""Both formats of parts keep the same promises."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.helpers.embedding import FORMATS, parquet_rows, tfrecord_rows
from transforms.table.parts import SUFFIX, PartFormat, parse_spec, part_writer, read_part
from transforms.table.schema import table_schema, vector_column

KEPT = pa.schema(
    [
        ("flag", pa.bool_()),
        ("small", pa.int16()),
        ("large", pa.int64()),
        ("ratio", pa.float32()),
        ("score", pa.float64()),
        ("note", pa.string()),
        ("long_note", pa.large_string()),
        ("blob", pa.binary()),
    ]
)
SCHEMA = table_schema(has_text=True, chunked=True, kept=KEPT)
DIM = 3
VALUES: dict[str, list[Any]] = {
    "id": ["a#1", "a\nb", "\U0001f600"],
    "content": ["c1", "c2", "c3"],
    "source": ["a.txt", "a.txt", "b/c.txt"],
    "fingerprint": ["1-1", "1-1", "2-2"],
    "label": ["pos", None, ""],
    "text": ["one", "zwei €", None],
    "parent": [None, "p", "p"],
    "flag": [True, False, None],
    "small": [-32768, None, 32767],
    "large": [-(2**63), 2**63 - 1, None],
    "ratio": [None, 0.0, 0.5],
    "score": [0.0, None, -1.5],
    "note": ["", None, "n"],
    "long_note": [None, "", "n"],
    "blob": [b"\x00\xff", b"", None],
}
VECTORS = np.array([[0.1, -0.0, 3e38], [1e-45, 2, 3], [-1, -2, -3]], np.float32)


def batch(values: dict[str, list[Any]] = VALUES, vectors: np.ndarray = VECTORS) -> pa.RecordBatch:
    columns = [
        vector_column(vectors) if field.name == "embedding" else pa.array(values[field.name], field.type)
        for field in SCHEMA
    ]
    return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)


def write(path: Path, part_format: PartFormat, batches: list[pa.RecordBatch]) -> str:
    writer = part_writer(str(path), batches[0].schema, part_format=part_format)
    for each in batches:
        writer.write(each)
    writer.close()
    return str(path)


def table_of(path: str, part_format: PartFormat, columns: list[str] | None = None) -> pa.Table:
    schema = SCHEMA if columns is None else pa.schema([SCHEMA.field(name) for name in columns])
    return pa.Table.from_batches(
        read_part(path, schema=SCHEMA, part_format=part_format, columns=columns), schema=schema
    ).combine_chunks()


@pytest.mark.parametrize("part_format", FORMATS)
def test_every_column_comes_back_as_it_was(tmp_path: Path, part_format: PartFormat) -> None:
    path = write(tmp_path / f"part{SUFFIX[part_format]}", part_format, [batch(), batch().slice(1, 1)])

    found = table_of(path, part_format)

    want = pa.Table.from_batches([batch(), batch().slice(1, 1)])
    assert found.schema == SCHEMA
    assert found.drop_columns(["embedding"]).to_pylist() == want.drop_columns(["embedding"]).to_pylist()
    assert found["embedding"].to_pylist() == want["embedding"].to_pylist()


@pytest.mark.parametrize("part_format", FORMATS)
def test_some_columns_can_be_read_alone(tmp_path: Path, part_format: PartFormat) -> None:
    path = write(tmp_path / "part", part_format, [batch()])

    found = table_of(path, part_format, ["id", "score"])

    assert found.to_pylist() == [
        {"id": "a#1", "score": 0.0},
        {"id": "a\nb", "score": None},
        {"id": "\U0001f600", "score": -1.5},
    ]


@pytest.mark.parametrize("part_format", FORMATS)
def test_many_rows_stay_in_order_in_batches_that_fit_in_memory(tmp_path: Path, part_format: PartFormat) -> None:
    rows = 9000 if part_format == "tfrecord" else 40_000
    schema = pa.schema([SCHEMA.field("id"), SCHEMA.field("embedding")])
    vectors = np.arange(rows * DIM, dtype=np.float32).reshape(rows, DIM)
    whole = pa.RecordBatch.from_arrays(
        [pa.array([str(row) for row in range(rows)]), vector_column(vectors)], schema=schema
    )
    path = write(tmp_path / "part", part_format, [whole.slice(start, 700) for start in range(0, rows, 700)])

    found = list(read_part(path, schema=schema, part_format=part_format))

    assert max(each.num_rows for each in found) <= 8192
    assert pa.Table.from_batches(found).equals(pa.Table.from_batches([whole]))


def test_parquet_vectors_are_stored_for_reading_not_for_filtering(tmp_path: Path) -> None:
    path = write(tmp_path / "part.parquet", "parquet", [batch()])

    metadata = pq.read_metadata(path)
    columns = {metadata.row_group(0).column(i).path_in_schema: metadata.row_group(0).column(i) for i in range(16)}
    vectors = columns.pop("embedding.list.element")
    assert "BYTE_STREAM_SPLIT" in vectors.encodings
    assert not {"PLAIN", "PLAIN_DICTIONARY", "RLE_DICTIONARY"} & set(vectors.encodings)
    assert (vectors.compression, vectors.has_dictionary_page, vectors.statistics) == ("ZSTD", False, None)
    assert all(column.compression == "ZSTD" and column.statistics is not None for column in columns.values())
    assert not any(columns[name].has_dictionary_page for name in ("id", "content", "text"))
    assert all(columns[name].has_dictionary_page for name in ("source", "fingerprint", "label"))


def test_a_large_parquet_part_has_row_groups_of_bounded_size(tmp_path: Path) -> None:
    rows = pa.Table.from_batches([batch()] * 7000).combine_chunks().to_batches()[0]
    path = write(tmp_path / "part.parquet", "parquet", [rows.slice(start, 4096) for start in range(0, 21_000, 4096)])

    groups = [pq.read_metadata(path).row_group(i).num_rows for i in range(3)]
    assert groups == [8_192, 8_192, 4_616]


def test_plain_pyarrow_reads_a_parquet_part(tmp_path: Path) -> None:
    path = write(tmp_path / "part.parquet", "parquet", [batch()])

    found = parquet_rows([path])

    assert [row["id"] for row in found] == VALUES["id"]
    assert [row["embedding"] for row in found] == [tuple(vector) for vector in VECTORS.tolist()]


def test_a_tfrecord_part_holds_an_example_a_row(tmp_path: Path) -> None:
    path = write(tmp_path / "part.tfrecord", "tfrecord", [batch().drop_columns(["blob"])])

    found = tfrecord_rows([path])

    want = [
        {**{name: values[row] for name, values in VALUES.items() if name != "blob"}, "embedding": tuple(vector)}
        for row, vector in enumerate(VECTORS.tolist())
    ]
    assert found == want


def test_tensorflow_reads_a_tfrecord_part_by_the_spec_that_is_told(tmp_path: Path) -> None:
    import tensorflow as tf

    path = write(tmp_path / "part.tfrecord", "tfrecord", [batch()])
    spec = {}
    for name, (kind, shape, dtype) in parse_spec(SCHEMA, DIM).items():
        make = getattr(tf.io, kind)
        spec[name] = make(shape, dtype) if kind == "FixedLenFeature" else make(dtype)

    records = list(tf.data.TFRecordDataset(path).as_numpy_iterator())
    parsed = tf.io.parse_example(records, spec)

    np.testing.assert_array_equal(parsed["embedding"].numpy(), VECTORS)
    assert [value.decode() for value in parsed["id"].numpy()] == VALUES["id"]
    for name in ("label", "flag", "small", "large", "ratio", "score", "blob"):
        column = parsed[name]
        found = dict(zip(column.indices.numpy()[:, 0].tolist(), column.values.numpy().tolist(), strict=True))
        want = {row: value for row, value in enumerate(VALUES[name]) if value is not None}
        assert found == {row: value.encode() if isinstance(value, str) else value for row, value in want.items()}
