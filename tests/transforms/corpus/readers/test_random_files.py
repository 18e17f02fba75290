"""Random files of every format: what was written comes back, and any bytes are rows, dead letters or a refusal.

`python -m benchmarks.fuzz_readers` holds a million files to the same.
"""

import csv
import io
import tempfile
from pathlib import Path
from random import Random

import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.damaged_files import random_bytes
from tests.helpers.random_files import FORMS, SEPARATORS, random_file
from tests.helpers.random_values import random_text
from tests.helpers.reader_checks import check_bytes, check_file, written
from tests.helpers.reference_readers import records
from tests.transforms.corpus.readers.writing import rows, source
from transforms.corpus.options import ReadOptions
from transforms.corpus.readers.dialect import Dialect

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
