"""Parts made from parts, and the ids that they are compared by; parts are longer than what is read at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tests.helpers.embedding import FORMATS
from transforms.embed.plan import Rewrite
from transforms.embed.rewrite import with_ids, without_sources
from transforms.table.parts import SUFFIX, part_writer, read_part
from transforms.table.schema import table_schema, vector_column

ROWS = 9_100
HASH = "0123456789abcdef"
SCHEMA = table_schema(has_text=False, chunked=False)
both = pytest.mark.parametrize("part_format", FORMATS)


def write(root: Path, name: str, part_format: Any, ids: list[str], *, source: Any = lambda row: "a.txt") -> str:
    rows = len(ids)
    sources = [source(row) for row in range(rows)]
    columns = [ids, [f"c{row}" for row in range(rows)], sources, ["1-1"] * rows, [f"l{row}" for row in range(rows)]]
    vectors = np.arange(rows * 2, dtype=np.float32).reshape(rows, 2)
    arrays = [*(pa.array(column, pa.string()) for column in columns), vector_column(vectors)]
    path = root / f"part-{name}{SUFFIX[part_format]}"
    writer = part_writer(str(path), SCHEMA, part_format=part_format)
    writer.write(pa.RecordBatch.from_arrays(arrays, schema=SCHEMA))
    writer.close()
    return path.name


def read(root: Path, part: str, part_format: Any) -> pa.Table:
    return pa.Table.from_batches(
        read_part(str(root / part), schema=SCHEMA, part_format=part_format), SCHEMA
    ).combine_chunks()


@both
def test_rows_of_dropped_sources_leave_and_the_others_stay_as_they_are(tmp_path: Path, part_format: Any) -> None:
    ids = [str(row) for row in range(ROWS)]
    part = write(tmp_path, "p", part_format, ids, source=lambda row: f"{row % 7}.txt")
    before = read(tmp_path, part, part_format)

    drop = ("1.txt", "5.txt", "no such")
    made = without_sources(str(tmp_path), Rewrite(part=part, drop=drop), schema=SCHEMA, part_format=part_format)

    assert made is not None
    kept = [row for row in range(ROWS) if row % 7 not in (1, 5)]
    assert read(tmp_path, made.name, part_format).equals(before.take(kept))
    assert (made.rows, made.size) == (len(kept), (tmp_path / made.name).stat().st_size)
    assert read(tmp_path, part, part_format).equals(before)
    again = without_sources(str(tmp_path), Rewrite(part=part, drop=drop), schema=SCHEMA, part_format=part_format)
    assert again == made


@both
def test_a_part_of_dropped_sources_only_is_none(tmp_path: Path, part_format: Any) -> None:
    part = write(tmp_path, "p", part_format, ["1", "2"])

    made = without_sources(str(tmp_path), Rewrite(part=part, drop=("a.txt",)), schema=SCHEMA, part_format=part_format)

    assert made is None
    assert [path.name for path in tmp_path.iterdir()] == [part]


@both
def test_other_ids_at_some_rows(tmp_path: Path, part_format: Any) -> None:
    part = write(tmp_path, "p", part_format, [str(row) for row in range(ROWS)])
    before = read(tmp_path, part, part_format)
    names = {0: "first", 9000: "late", ROWS - 1: "last"}

    made = with_ids(str(tmp_path), part, names, schema=SCHEMA, part_format=part_format)

    after = read(tmp_path, made.name, part_format)
    assert after["id"].to_pylist() == [names.get(row, str(row)) for row in range(ROWS)]
    assert after.drop_columns(["id"]).equals(before.drop_columns(["id"]))
