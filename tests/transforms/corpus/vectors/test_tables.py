"""Vectors in list columns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake

from tests.helpers.vector_files import expected, options, rows, vectors, write_table
from transforms.common.errors import RequestError

NAMES = ["a", "b", "c", "d"]


def lists(values: np.ndarray, kind: pa.DataType) -> pa.Array:
    return pa.array([row.tolist() for row in values], kind)


@pytest.mark.parametrize(
    "kind",
    [
        pa.list_(pa.float32()),
        pa.list_(pa.float64()),
        pa.list_(pa.float16()),
        pa.large_list(pa.float32()),
        pa.list_(pa.float32(), 3),
        pa.list_(pa.float64(), 3),
    ],
)
def test_lists_of_any_kind(kind: pa.DataType, tmp_path: Path) -> None:
    values = vectors(4)
    table = pa.table(
        {"id": NAMES, "emb": lists(values.astype(np.float16) if kind.value_type == pa.float16() else values, kind)}
    )
    pq.write_table(table, tmp_path / "x.parquet", row_group_size=2)
    feather.write_feather(table, tmp_path / "x.feather")
    how = options(id_column="id")

    assert rows([tmp_path / "x.parquet"], how) == expected(NAMES, values)
    assert rows([tmp_path / "x.parquet"], how, max_bytes=300) == expected(NAMES, values)
    assert rows([tmp_path / "x.feather"], how) == expected(NAMES, values)


def test_rows_without_a_vector(tmp_path: Path) -> None:
    given = [[1.0, 2.0, 3.0], None, [1.0, None, 3.0], [4.0, 5.0, 6.0]]
    path = write_table(tmp_path / "x.parquet", id=NAMES, emb=pa.array(given, pa.list_(pa.float32())))

    assert rows([path], options(id_column="id")) == {
        "a": (1.0, 2.0, 3.0),
        "b": "MissingValue: there is no vector",
        "c": "NotFinite: value 1 of the vector is NaN",
        "d": (4.0, 5.0, 6.0),
    }


def test_rows_without_a_vector_among_lists_of_one_size(tmp_path: Path) -> None:
    given = [[1.0, 2.0, 3.0], None, [1.0, None, 3.0], [4.0, 5.0, 6.0]]
    table = pa.table({"id": NAMES, "emb": pa.array(given, pa.list_(pa.float32(), 3))})
    feather.write_feather(table, tmp_path / "x.feather")
    pq.write_table(table, tmp_path / "x.parquet")

    found = rows([tmp_path / "x.feather"], options(id_column="id"))

    assert found["b"] == "MissingValue: there is no vector"
    assert (found["a"], found["d"]) == ((1.0, 2.0, 3.0), (4.0, 5.0, 6.0))
    with pytest.raises(RequestError, match="has null vectors in a column of lists of one size"):
        rows([tmp_path / "x.parquet"], options(id_column="id"))


def test_a_vector_of_another_length(tmp_path: Path) -> None:
    given = pa.array([[1.0, 2.0, 3.0], [1.0], [], [4.0, 5.0, 6.0]], pa.list_(pa.float32()))

    found = rows([write_table(tmp_path / "x.parquet", id=NAMES, emb=given)], options(id_column="id"))

    assert found["b"] == "WrongLength: the vector has 1 values, the others have 3"
    assert found["c"] == "WrongLength: the vector has 0 values, the others have 3"
    assert (found["a"], found["d"]) == ((1.0, 2.0, 3.0), (4.0, 5.0, 6.0))


def test_the_column_is_named_where_there_are_several(tmp_path: Path) -> None:
    kind = pa.list_(pa.float32())
    first, second = lists(vectors(4), kind), lists(vectors(4, start=4), kind)
    path = write_table(tmp_path / "x.parquet", id=NAMES, one=first, two=second, tags=[["x"]] * 4)

    with pytest.raises(
        RequestError, match=r"has 2 columns of lists of fractions \(one, two\): name one with --vector-column"
    ):
        rows([path], options(id_column="id"))
    assert rows([path], options(id_column="id", column="two")) == expected(NAMES, vectors(4, start=4))
    with pytest.raises(RequestError, match="column 'tags' holds list"):
        rows([path], options(id_column="id", column="tags"))
    with pytest.raises(RequestError, match="has no column 'three': its columns of lists are one, two"):
        rows([path], options(id_column="id", column="three"))


def test_a_table_without_vectors(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"has no column of lists of fractions \(its columns: id, n\)"):
        rows([write_table(tmp_path / "x.parquet", id=NAMES, n=[1, 2, 3, 4])], options(id_column="id"))


def test_deleted_rows_of_a_delta_table_are_not_read(tmp_path: Path) -> None:
    table = pa.table({"id": NAMES, "emb": lists(vectors(4), pa.list_(pa.float32()))})
    write_deltalake(tmp_path / "delta", table)
    write_deltalake(tmp_path / "delta", table.slice(0, 2), mode="append")
    DeltaTable(tmp_path / "delta").delete("id = 'a' or id = 'b'")

    assert rows([tmp_path / "delta"], options(id_column="id")) == expected(["c", "d"], vectors(2, start=2))


def test_a_lance_table(tmp_path: Path) -> None:
    lance = pytest.importorskip("lance")
    table = pa.table({"id": NAMES, "emb": lists(vectors(4), pa.list_(pa.float32(), 3))})
    lance.write_dataset(table, tmp_path / "x.lance", max_rows_per_file=3)
    lance.dataset(tmp_path / "x.lance").delete("id = 'b'")

    found = rows([tmp_path / "x.lance"], options(id_column="id"))

    assert found == expected(["a", "c", "d"], vectors(4)[[0, 2, 3]])
