"""Files of named arrays for JavaScript: the same bytes for the same arrays, and every array where its header says."""

from __future__ import annotations

import gzip
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from transforms.web.arrays_file import packed

ARRAYS = st.dictionaries(
    st.text(max_size=6),
    st.sampled_from(["uint8", "int32", "uint32", "float32"]).flatmap(
        lambda dtype: hnp.arrays(dtype, hnp.array_shapes(max_dims=3, min_side=0, max_side=5))
    ),
    max_size=5,
)


def unpacked(content: bytes) -> dict[str, Any]:
    plain = gzip.decompress(content)
    length = int.from_bytes(plain[:4], "little")
    start = -(-(4 + length) // 8) * 8
    found = {}
    for name, entry in json.loads(plain[4 : 4 + length]).items():
        assert entry["offset"] % 8 == 0
        count = int(np.prod(entry["shape"]))
        array = np.frombuffer(plain, np.dtype(entry["dtype"]).newbyteorder("<"), count, start + entry["offset"])
        found[name] = array.reshape(entry["shape"])
    return found


@given(ARRAYS)
def test_what_is_packed_is_found(arrays: dict[str, Any]) -> None:
    content = packed(arrays)

    assert content == packed(arrays)
    found = unpacked(content)
    assert list(found) == list(arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array)


def test_a_type_that_javascript_has_not_is_refused() -> None:
    with pytest.raises(ValueError, match="float64"):
        packed({"a": np.zeros(2)})
