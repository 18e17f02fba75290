from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from tests.helpers import fakes, heads
from tests.helpers.embedding import rows
from transforms.common.errors import RequestError
from transforms.table import vectors as module
from transforms.table.open import existing
from transforms.table.parts import PartFormat
from transforms.table.vectors import Chunk, TableVectors


@pytest.fixture(scope="module", params=["parquet", "tfrecord"])
def table(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """70 rows in seven parts."""
    root = tmp_path_factory.mktemp("vectors")
    made = [{**row, "size": number} for number, row in enumerate(heads.news(70))]
    part_format: PartFormat = request.param
    for number in range(7):
        ten = made[number * 10 : number * 10 + 10]
        found = heads.embedded(root, ten, source=f"{number}.parquet", part_format=part_format)
    return found


@pytest.fixture
def reader(table: str) -> TableVectors:
    return TableVectors(table, existing(table))


def whole(chunks: list[Chunk]) -> tuple[np.ndarray, np.ndarray]:
    return np.concatenate([chunk.rows for chunk in chunks]), np.concatenate([chunk.vectors for chunk in chunks])


def test_the_table_is_as_large_as_it_says(reader: TableVectors) -> None:
    assert (reader.rows, reader.dim) == (70, fakes.DIM)


def test_positions_name_the_same_rows_in_every_reading(reader: TableVectors, table: str) -> None:
    ids, stored = heads.ids_of(table), rows(table)
    chunks = list(reader.chunks(columns=["id", "size"]))
    positions, found = whole(chunks)

    assert len(chunks) == 7
    assert positions.tolist() == list(range(70))
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, np.array([stored[name]["embedding"] for name in ids], np.float32))
    columns = pa.Table.from_batches([chunk.columns for chunk in chunks])
    assert columns["id"].to_pylist() == ids
    assert columns["size"].to_pylist() == [stored[name]["size"] for name in ids]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("columns", [[], ["id"]])
def test_the_wanted_rows_alone_in_order(seed: int, columns: list[str], reader: TableVectors, table: str) -> None:
    wanted = np.random.default_rng(seed).random(70) < 0.3
    wanted[20:40] = False
    ids, stored = heads.ids_of(table), rows(table)

    chunks = list(reader.chunks(wanted, columns=columns))
    positions, found = whole(chunks)

    assert positions.tolist() == np.flatnonzero(wanted).tolist()
    np.testing.assert_array_equal(found, np.array([stored[ids[at]]["embedding"] for at in positions], np.float32))
    if columns:
        names = [name for chunk in chunks for name in chunk.columns.column("id").to_pylist()]
        assert names == [ids[at] for at in positions]


def test_no_row_is_wanted(reader: TableVectors) -> None:
    nobody = np.zeros(70, np.bool_)

    assert list(reader.chunks(nobody)) == []
    assert [len(rows) for rows, _ in reader.chosen(nobody, ["id"]) if len(rows)] == []


@pytest.mark.parametrize("stored", [2, 8])
def test_a_seed_decides_an_order_in_which_every_row_keeps_its_vector(
    stored: int, reader: TableVectors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MIXED_PIECES", stored)
    _, vectors = whole(list(reader.chunks()))
    ids = [name for batch in reader.columns(["id"]) for name in batch.column("id").to_pylist()]
    wanted = np.arange(70) % 3 > 0

    def shuffled(seed: int) -> list[int]:
        chunks = list(reader.shuffled(wanted, seed=seed, columns=["id"]))
        positions, found = whole(chunks)
        np.testing.assert_array_equal(found, vectors[positions])
        names = [name for chunk in chunks for name in chunk.columns.column("id").to_pylist()]
        assert names == [ids[at] for at in positions]
        return [int(at) for at in positions]

    assert sorted(shuffled(1)) == np.flatnonzero(wanted).tolist()
    assert shuffled(1) == shuffled(1) != shuffled(2)
    parts = [at // 10 for at in shuffled(1)]
    changes = sum(a != b for a, b in pairwise(parts))
    assert changes > 12, "rows of several parts stand among each other"


def test_rows_are_shuffled_without_columns_too(reader: TableVectors) -> None:
    positions, _ = whole(list(reader.shuffled(None, seed=0)))

    assert sorted(positions.tolist()) == list(range(70)) != positions.tolist()


def test_one_part_alone_counts_from_nothing(reader: TableVectors, table: str) -> None:
    parts = sorted(existing(table).parts)
    _, vectors = whole(list(reader.chunks()))

    positions, found = whole(list(reader.only(parts[2]).chunks()))

    assert positions.tolist() == list(range(10))
    np.testing.assert_array_equal(found, vectors[20:30])


def test_a_number_that_is_none_is_refused_only_where_it_is_wanted(reader: TableVectors, tmp_path: Path) -> None:
    made = heads.news(12)
    made[5]["text"] = "w1"
    table = heads.embedded(tmp_path, made)
    snapshot = existing(table)
    at = heads.ids_of(table).index(made[5]["id"])
    (part,) = snapshot.parts
    path = tmp_path / "table" / part
    import pyarrow.parquet as pq

    stored = pq.read_table(path)
    place = stored.schema.get_field_index("embedding")
    broken = stored["embedding"].to_pylist()
    broken[at] = [float("nan")] * fakes.DIM
    field = stored.schema.field(place)
    pq.write_table(stored.set_column(place, field, pa.array(broken, field.type)), path)
    others = np.arange(12) != at

    assert sum(len(chunk.rows) for chunk in TableVectors(table, snapshot).chunks(others)) == 11
    with pytest.raises(
        RequestError, match=f"1 rows here hold NaN or infinity, first {made[5]['id']}: embed its source"
    ):
        list(TableVectors(table, snapshot).chunks())


def test_sums_beyond_float32_are_no_infinity(tmp_path: Path) -> None:
    """The quick look at the sum is only a hint."""
    table = heads.embedded(tmp_path, heads.news(6))
    chunk = next(iter(TableVectors(table, existing(table)).chunks()))
    batch = pa.RecordBatch.from_pydict(
        {"embedding": pa.array([[3e38] * fakes.DIM] * 2, pa.list_(pa.field("element", pa.float32(), nullable=False)))}
    )

    read = TableVectors(table, existing(table))._chunk(batch, 0, None)

    assert chunk.vectors.shape == (6, fakes.DIM)
    assert (read.vectors == np.float32(3e38)).all()


@pytest.mark.parametrize("seed", [0, 1])
def test_light_columns_of_the_wanted_rows_alone(seed: int, reader: TableVectors) -> None:
    ids = [name for batch in reader.columns(["id"]) for name in batch.column("id").to_pylist()]
    wanted = np.random.default_rng(seed).random(len(ids)) < 0.3

    found = [
        (row, name)
        for rows, batch in reader.chosen(wanted, ["id"])
        for row, name in zip(rows.tolist(), batch.column("id").to_pylist(), strict=True)
    ]

    assert found == [(row, ids[row]) for row in np.flatnonzero(wanted).tolist()]
