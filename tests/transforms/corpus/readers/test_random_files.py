"""Random files of every format: what was written comes back, and any bytes are rows, dead letters or a refusal.

`python -m benchmarks.fuzz_readers` holds a million files to the same.
"""

import csv
import io
import math
import tempfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.damaged_files import random_bytes
from tests.helpers.random_files import FORMS, SEPARATORS, random_file
from tests.helpers.random_values import random_text, random_values
from tests.helpers.reader_checks import check_bytes, check_file, same, written
from tests.helpers.reference_readers import records
from tests.transforms.corpus.readers.writing import rows, source
from transforms.corpus.delimiters.dialect import Dialect
from transforms.corpus.options import ReadOptions

RANDOMS = st.randoms(use_true_random=False)


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=12, deadline=None)
@given(random=RANDOMS)
def test_any_table_comes_back_equal_whole_and_in_ranges(form: str, random: Random) -> None:
    file = random_file(random, form)
    with tempfile.TemporaryDirectory() as folder:
        check_file(written(Path(folder), file), file, random)


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=12, deadline=None)
@given(random=RANDOMS, kind=st.sampled_from(["damaged", "signs", "noise"]))
def test_any_bytes_are_rows_dead_letters_or_a_refusal(form: str, random: Random, kind: str) -> None:
    file = random_bytes(random, form, kind)  # type: ignore[arg-type]
    with tempfile.TemporaryDirectory() as folder:
        check_bytes(written(Path(folder), file), file.content, file.options, random)


@settings(max_examples=25, deadline=None)
@given(random=RANDOMS, separator=st.sampled_from(list(SEPARATORS.values())))
def test_tables_hold_what_csv_pandas_and_polars_read(random: Random, separator: str) -> None:
    cells = [[random_text(random, without="\0\r") for _ in range(3)] for _ in range(random.randrange(1, 5))]
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=separator, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(
        [["a", "b", "c"], *cells]
    )
    content = out.getvalue().encode()
    options = ReadOptions(
        modality="text", text_column="a", id_column="b", label_column="c", delimiter=separator, quote='"'
    )

    with tempfile.TemporaryDirectory() as folder:
        found = rows(source(Path(folder) / "in.csv", content), options)

    read = [[row["payload"].decode(), row["id"] or "", row["label"] or ""] for row in found]
    assert read == list(csv.reader(io.StringIO(out.getvalue(), newline=""), delimiter=separator))[1:] == cells
    frame = pd.read_csv(io.BytesIO(content), sep=separator, dtype=str, keep_default_na=False)
    assert read == frame.to_numpy().tolist()
    table = pl.read_csv(content, separator=separator, infer_schema=False)
    assert read == [[value or "" for value in row] for row in table.rows()]


def by_pandas_csv(table: dict[str, list[Any]], separator: str) -> bytes:
    return pd.DataFrame(table).to_csv(sep=separator, index=False, lineterminator="\r\n").encode()


def by_pandas_utf16(table: dict[str, list[Any]], separator: str) -> bytes:
    return pd.DataFrame(table).to_csv(sep=separator, index=False, lineterminator="\r\n").encode("utf-16")


def by_polars_csv(table: dict[str, list[Any]], separator: str) -> bytes:
    return pl.DataFrame(table).write_csv(separator=separator).encode()


def by_arrow_csv(table: dict[str, list[Any]], separator: str) -> bytes:
    out = io.BytesIO()
    pa.csv.write_csv(pa.table(table), out, pa.csv.WriteOptions(delimiter=separator))
    return out.getvalue()


def by_polars_json(table: dict[str, list[Any]], separator: str) -> bytes:
    return pl.DataFrame(table).write_ndjson().encode()


def by_pandas_json(table: dict[str, list[Any]], separator: str) -> bytes:
    written = pd.DataFrame(table).to_json(
        orient="records", lines=True, double_precision=15, force_ascii=separator == ","
    )
    return written.encode()


def by_pandas_parquet(table: dict[str, list[Any]], separator: str) -> bytes:
    return bytes(pd.DataFrame(table).to_parquet())


def by_polars_parquet(table: dict[str, list[Any]], separator: str) -> bytes:
    out = io.BytesIO()
    pl.DataFrame(table).write_parquet(out)
    return out.getvalue()


WRITERS = {
    ".csv": (by_pandas_csv, by_pandas_utf16, by_polars_csv, by_arrow_csv),
    ".jsonl": (by_polars_json, by_pandas_json),
    ".parquet": (by_pandas_parquet, by_polars_parquet),
}


@pytest.mark.parametrize(
    ("suffix", "write"), [(suffix, write) for suffix, writers in WRITERS.items() for write in writers]
)
@settings(max_examples=15, deadline=None)
@given(random=RANDOMS, separator=st.sampled_from(list(SEPARATORS.values())))
def test_what_other_tools_write_comes_back_equal(
    suffix: str, write: Callable[[dict[str, list[Any]], str], bytes], random: Random, separator: str
) -> None:
    count = random.randrange(1, 5)
    is_json = suffix == ".jsonl"
    # JSON has no NaN, for pandas it is null, and pandas writes 15 digits of JSON at most.
    floats = [
        0.25 if (is_json and not math.isfinite(value)) or math.isnan(value) else value
        for value in random_values(random, count, ("float",))
    ]
    if write is by_pandas_json:
        floats = [round(value, 6) if 1e-3 < abs(value) < 1e6 else 0.25 for value in floats]
    table = {
        "text": [random_text(random, without="\0") for _ in range(count)],
        "label": [random_text(random, without="\0") for _ in range(count)],
        "count": random_values(random, count, ("integer",)),
        "size": [0.5, *floats[1:]],
    }
    options = ReadOptions(
        modality="text",
        text_column="text",
        label_column="label",
        keep=("count", "size"),
        delimiter=separator if suffix == ".csv" else None,
        # Unasked, a quoted value of a tab-separated file may hold tabs or line ends, not both.
        quote='"' if separator == "\t" and suffix == ".csv" else None,
    )

    with tempfile.TemporaryDirectory() as folder:
        found = rows(source(Path(folder) / f"in{suffix}", write(table, separator)), options)

    assert [(row["payload"].decode(), row["label"] or "", row["count"]) for row in found] == list(
        zip(table["text"], table["label"], table["count"], strict=True)
    )
    assert all(same(row["size"], size) for row, size in zip(found, table["size"], strict=True))


@settings(max_examples=100, deadline=None)
@given(
    table=st.lists(st.lists(st.text(st.sampled_from('a",\n\r ')), min_size=2, max_size=3), min_size=1),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_the_second_reader_of_delimited_files_reads_as_csv_does(table: list[list[str]], end: str) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator=end).writerows(table)
    found = list(records(out.getvalue().encode(), Dialect(separator=b",")))
    assert [[value.decode() for value in record or ()] for record in found] == table
