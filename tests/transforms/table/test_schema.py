from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as np_st

from transforms.table.schema import VECTOR_TYPE, table_schema, vector_column, vectors_of

arrays = st.tuples(st.integers(0, 20), st.integers(1, 9)).flatmap(
    lambda shape: np_st.arrays(np.float32, shape, elements=st.floats(width=32, allow_nan=False))
)


@given(arrays)
def test_a_column_gives_back_the_array_it_was_made_from(vectors: np.ndarray) -> None:
    column = vector_column(vectors)

    assert column.type == VECTOR_TYPE
    assert column.to_pylist() == vectors.tolist()
    np.testing.assert_array_equal(vectors_of(column, vectors.shape[1]), vectors)


@given(arrays, st.integers(0, 20), st.integers(0, 20))
def test_slices_and_chunks_give_back_their_rows(vectors: np.ndarray, start: int, cut: int) -> None:
    column = vector_column(vectors)
    dim = vectors.shape[1]

    np.testing.assert_array_equal(vectors_of(column.slice(start), dim), vectors[start:])
    chunked = pa.chunked_array([column.slice(0, cut), column.slice(cut)])
    np.testing.assert_array_equal(vectors_of(chunked, dim), vectors)


def test_no_chunks_are_no_rows() -> None:
    assert vectors_of(pa.chunked_array([], VECTOR_TYPE), 5).shape == (0, 5)


def test_a_column_is_made_without_a_copy() -> None:
    vectors = np.ones((3, 4), np.float32)

    assert vector_column(vectors).values.buffers()[1].address == vectors.ctypes.data


@pytest.mark.parametrize("rows", [[[1.0, 2.0]], [[1.0], [1.0, 2.0, 3.0, 4.0, 5.0]], [[1.0, 2.0, 3.0], [1.0, 2.0]]])
def test_vectors_of_another_length_are_refused(rows: list[list[float]]) -> None:
    with pytest.raises(ValueError):
        vectors_of(pa.array(rows, VECTOR_TYPE), 3)


def test_the_columns_of_a_table() -> None:
    kept = pa.schema([("year", pa.int32())])

    names = table_schema(has_text=True, chunked=True, kept=kept).names
    assert names == ["id", "content", "source", "fingerprint", "label", "text", "parent", "year", "embedding"]
    for other in (
        table_schema(has_text=False, chunked=False),
        table_schema(has_text=False, chunked=False),
    ):
        assert other.names == ["id", "content", "source", "fingerprint", "label", "embedding"]
    required = {field.name for field in other if not field.nullable}
    assert required == {"id", "content", "source", "fingerprint", "embedding"}
