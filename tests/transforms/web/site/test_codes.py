"""8-bit vectors: near the ones that they stand for, the same whatever the blocks, and products that fit into 32 bits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from transforms.web.arrays_file import unpacked
from transforms.web.site import codes
from transforms.web.site.codes import cosines, encoded, query_numbers, read_vectors, vector_files, width_of

VECTORS: Any = st.integers(1, 40).flatmap(
    lambda dim: hnp.arrays(np.float32, st.tuples(st.integers(1, 30), st.just(dim)), elements=st.floats(-1, 1, width=16))
)


BITS: Any = st.sampled_from([8, 12])


@given(VECTORS, BITS)
def test_codes_stand_for_their_vectors(vectors: Any, bits: Any) -> None:
    made, scales = encoded(vectors, bits)

    assert made.shape == (len(vectors), width_of(vectors.shape[1])) and made.shape[1] % 16 == 0
    assert np.abs(made[:, : vectors.shape[1]] * scales[:, None] - vectors).max() <= scales.max() * 0.51
    assert not made[:, vectors.shape[1] :].any()


@given(VECTORS, BITS)
def test_cosines_are_near_and_their_sums_fit_into_32_bits(vectors: Any, bits: Any) -> None:
    made, scales = encoded(vectors, bits)
    query = vectors[0]
    numbers, step = query_numbers(query, bits)

    assert np.abs(numbers * step - query).max() <= 0.51 * step
    assert int(np.abs(made.astype(np.int64)).max()) * int(np.abs(numbers.astype(np.int64)).sum()) < 2**31
    expected = (made[:, : len(query)] * scales[:, None].astype(np.float64)) @ query.astype(np.float64)
    bound = np.abs(made.astype(np.int64)).sum(axis=1) * scales * (0.51 * step) + 1e-9
    assert (np.abs(cosines(made, scales, query) - expected) <= bound).all()


@pytest.mark.parametrize(("bits", "most"), [(8, 0.003), (12, 0.0002)])
def test_unit_vectors_keep_their_cosines(bits: Any, most: float) -> None:
    random = np.random.default_rng(0).standard_normal((300, 512)).astype(np.float32)
    unit = random / np.linalg.norm(random, axis=1, keepdims=True)
    made, scales = encoded(unit, bits)

    found = np.stack([cosines(made, scales, vector) for vector in unit[:20]])

    assert np.abs(found - unit[:20] @ unit.T).max() < most


@given(vectors=VECTORS, block=st.integers(1, 8), rows=st.integers(1, 7), bits=BITS)
def test_files_are_the_same_however_vectors_come(vectors: Any, block: int, rows: int, bits: Any) -> None:
    dim = vectors.shape[1]
    before = codes.FILE_BYTES
    codes.FILE_BYTES = rows * width_of(dim) * (1 if bits == 8 else 2)
    try:
        whole = list(vector_files([vectors], dim, bits))
        parts = list(vector_files([vectors[at : at + block] for at in range(0, len(vectors), block)], dim, bits))
    finally:
        codes.FILE_BYTES = before

    assert parts == whole
    assert [len(unpacked(content)["scales"]) for _, content in whole[:-1]] == [rows] * (len(whole) - 1)
    for found, expected in zip(read_vectors(content for _, content in whole), encoded(vectors, bits), strict=True):
        np.testing.assert_array_equal(found, expected)
