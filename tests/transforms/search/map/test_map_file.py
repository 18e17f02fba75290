"""The file of a map: read as it was written, refused in one line where it is damaged or newer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from transforms.common.errors import RequestError
from transforms.search.map.map_file import MAP, VectorMap, read_map, write_map


def some_map(rows: int) -> VectorMap:
    random = np.random.default_rng(rows)
    return VectorMap(
        rows=np.arange(rows) * 3,
        places=random.uniform(-1, 1, (rows, 2)).astype(np.float32),
        clusters=random.integers(0, 5, rows).astype(np.int16),
        placed=random.integers(0, 2, rows).astype(np.bool_),
    )


@pytest.mark.parametrize("rows", [0, 1, 9])
def test_a_map_is_read_as_it_was_written(rows: int, tmp_path: Path) -> None:
    given = some_map(rows)

    write_map(str(tmp_path), given)
    found = read_map(str(tmp_path))

    assert found is not None
    for name, values in vars(given).items():
        np.testing.assert_array_equal(getattr(found, name), values)
        assert getattr(found, name).dtype == values.dtype
    table = pa.ipc.open_file(str(tmp_path / MAP)).read_all()
    assert table.schema.names == ["row", "x", "y", "cluster", "placed"]


def test_a_version_without_a_map_has_none(tmp_path: Path) -> None:
    assert read_map(str(tmp_path)) is None


def test_a_damaged_or_newer_map_is_refused_in_one_line(tmp_path: Path) -> None:
    write_map(str(tmp_path), some_map(9))
    whole = (tmp_path / MAP).read_bytes()
    (tmp_path / MAP).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(RequestError, match="is damaged"):
        read_map(str(tmp_path))
    (tmp_path / MAP).write_bytes(whole.replace(b"vectormill-map-1", b"vectormill-map-2"))
    with pytest.raises(RequestError, match="newer Vectormill"):
        read_map(str(tmp_path))
