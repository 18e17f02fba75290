"""Ranges, read one after the other, are the whole."""

import csv
import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from tests.transforms.corpus.readers.writing import TEXT, parquet_bytes, rows, source
from transforms.corpus import readers
from transforms.corpus.options import Range, ReadOptions
from transforms.corpus.readers import delimited
from transforms.corpus.sources import Source
from transforms.corpus.streams import blocks

NO_HEADER = ReadOptions(modality="text", text_column="0", header=False)
# Few characters, each with a meaning to some format.
_PIECES = [b"a", b'"', b",", b"\n", b"\r\n", b"\r", b"\t", b"\xef\xbb\xbf", b"\xff", b"{}"]
RAW = st.lists(st.sampled_from(_PIECES)).map(b"".join)


@contextmanager
def small_blocks(size: int) -> Iterator[None]:
    with mock.patch.object(blocks, "BLOCK", size):
        yield


@contextmanager
def written(suffix: str, content: bytes) -> Iterator[Source]:
    with tempfile.TemporaryDirectory() as folder:
        yield source(Path(folder) / f"in{suffix}", content)


def assert_ranges_are_the_whole(suffix: str, content: bytes, options: ReadOptions, max_bytes: int, block: int) -> None:
    with written(suffix, content) as one:
        whole = rows(one, options)
        with small_blocks(block):
            assert rows(one, options) == whole
            ranges = readers.split(one, options, max_bytes=max_bytes)
            assert [row for part in ranges for row in rows(one, options, part)] == whole
        joined = [part for part in ranges if part is not None]
        if joined:
            assert joined[0].start == 0
            assert all(a.stop == b.start for a, b in pairwise(joined))


@settings(max_examples=150, deadline=None)
@given(content=RAW, max_bytes=st.integers(1, 30), block=st.integers(1, 9))
@example(content=b"\xef\xbb\xbfa\nb", max_bytes=1, block=1)
def test_lines(content: bytes, max_bytes: int, block: int) -> None:
    assert_ranges_are_the_whole(".txt", content, TEXT, max_bytes, block)
    with written(".txt", content) as one:
        body = content.removeprefix(b"\xef\xbb\xbf")
        if b"\n" not in body and b"\r" in body.rstrip(b"\r"):  # old Mac line ends
            body = body.replace(b"\r", b"\n")
        lines = [line.rstrip(b"\r") for line in body.split(b"\n")[:-1]] + [
            line for line in body.split(b"\n")[-1:] if line
        ]
        assert [row["payload"] for row in rows(one)] == [line for line in lines if line.strip()]


@settings(max_examples=100, deadline=None)
@given(content=RAW, cuts=st.lists(st.integers(0, 40)), block=st.integers(1, 9))
def test_any_ranges_of_lines_that_meet(content: bytes, cuts: list[int], block: int) -> None:
    with written(".txt", content) as one, small_blocks(block):
        bounds = sorted({0, one.size, *(cut for cut in cuts if cut < one.size)})
        found = [
            row
            for start, stop in pairwise(bounds)
            for row in rows(one, TEXT, Range(unit="bytes", start=start, stop=stop))
        ]
        assert found == rows(one)


@settings(max_examples=150, deadline=None)
@given(content=RAW, max_bytes=st.integers(1, 30), block=st.integers(1, 9), longest=st.integers(1, 40))
@example(content=b'a\n"b\n"c,d\n', max_bytes=1, block=1, longest=40)
@example(content=b'a\n"bbbbbbb\n"\nc\n', max_bytes=1, block=2, longest=4)
def test_csv_whatever_its_quotes(content: bytes, max_bytes: int, block: int, longest: int) -> None:
    with mock.patch.object(delimited, "LONGEST_RECORD", longest):
        assert_ranges_are_the_whole(".csv", b"a\n" + content, NO_HEADER, max_bytes, block)


VALUES = st.text(st.sampled_from('a" ,\n\r\té'), max_size=12)


@settings(max_examples=80, deadline=None)
@given(
    table=st.lists(st.tuples(VALUES, VALUES), min_size=1),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    end=st.sampled_from(["\n", "\r\n"]),
    max_bytes=st.integers(1, 60),
    block=st.integers(1, 20),
)
def test_csv_as_written_by_others(
    table: list[tuple[str, str]], quoting: int, end: str, max_bytes: int, block: int
) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=quoting, lineterminator=end)
    writer.writerow(("text", "other"))
    writer.writerows(table)
    content = out.getvalue().encode()
    # A carriage return that nobody quotes ends a record for pandas and pyarrow, and so it does here.
    assume(end == "\r\n" or quoting == csv.QUOTE_ALL or "\r" not in out.getvalue())
    options = ReadOptions(modality="text", keep=("other",))
    assert_ranges_are_the_whole(".csv", content, options, max_bytes, block)
    with written(".csv", content) as one:
        assert [(r["payload"].decode(), r["other"], r["error"]) for r in rows(one, options)] == [
            (*v, None) for v in table
        ]


@settings(max_examples=100, deadline=None)
@given(content=RAW, max_bytes=st.integers(1, 30), block=st.integers(1, 9))
def test_tsv(content: bytes, max_bytes: int, block: int) -> None:
    assert_ranges_are_the_whole(".tsv", content, NO_HEADER, max_bytes, block)


@settings(max_examples=100, deadline=None)
@given(
    lines=st.lists(st.sampled_from([b'{"text": "a"}', b"{}", b"", b"no", b'{"text": null, "x": [1]}', b"[]"])),
    end=st.sampled_from([b"\n", b"\r\n"]),
    max_bytes=st.integers(1, 60),
    block=st.integers(1, 30),
)
def test_json_lines(lines: list[bytes], end: bytes, max_bytes: int, block: int) -> None:
    content = end.join([b'{"text": "first"}', *lines])
    assert_ranges_are_the_whole(".jsonl", content, TEXT, max_bytes, block)


@settings(max_examples=60, deadline=None)
@given(count=st.integers(0, 60), group=st.integers(1, 70), max_bytes=st.integers(1, 4000), slices=st.integers(2, 90))
def test_parquet(count: int, group: int, max_bytes: int, slices: int) -> None:
    content = parquet_bytes(
        {"text": [f"text {n}" for n in range(count)]} if count else {"text": ["x"]}, row_group_size=group
    )
    with mock.patch("transforms.corpus.readers.parquet._SLICES", slices):
        assert_ranges_are_the_whole(".parquet", content, TEXT, max_bytes, 1)


def test_any_rows_of_parquet(tmp_path: Path) -> None:
    one = source(tmp_path / "a.parquet", parquet_bytes({"text": [str(n) for n in range(50)]}, row_group_size=7))
    whole = rows(one)
    for start in range(0, 51, 5):
        for stop in range(start, 51, 3):
            assert rows(one, TEXT, Range(unit="rows", start=start, stop=stop)) == whole[start:stop]


def test_pieces_are_about_as_large_as_asked_for(tmp_path: Path) -> None:
    line = b"some words on a line,0\n"
    for suffix in (".txt", ".csv", ".tsv"):
        one = source(tmp_path / f"a{suffix}", line * 10_000)
        ranges = readers.split(one, TEXT, max_bytes=50_000)
        sizes = [part.stop - part.start for part in ranges if part is not None]
        assert sum(sizes) == one.size and 4 <= len(sizes) <= 5
        assert max(sizes) < 70_000


def test_a_large_row_group_is_sliced_and_small_ones_are_joined(tmp_path: Path) -> None:
    texts = [f"{n:032}" for n in range(1000)]
    options = {"use_dictionary": False, "compression": "none"}
    large = source(tmp_path / "large.parquet", parquet_bytes({"text": texts}, **options))
    small = source(tmp_path / "small.parquet", parquet_bytes({"text": texts}, row_group_size=100, **options))
    assert [(r.start, r.stop) for r in readers.split(large, TEXT, max_bytes=10_000) if r] == [
        (0, 250), (250, 500), (500, 750), (750, 1000)
    ]  # fmt: skip
    assert [(r.start, r.stop) for r in readers.split(small, TEXT, max_bytes=10_000) if r] == [
        (0, 200), (200, 400), (400, 600), (600, 800), (800, 1000)
    ]  # fmt: skip


@pytest.mark.parametrize("suffix", [".txt.gz", ".csv.zst", ".tfrecord", ".tfrecord.gz"])
def test_what_cannot_be_cut_stays_whole(tmp_path: Path, suffix: str) -> None:
    one = source(tmp_path / f"a{suffix}", b"x" * 1000)
    assert readers.split(one, TEXT, max_bytes=10) == [None]


def test_small_sources_stay_whole(tmp_path: Path) -> None:
    one = source(tmp_path / "a.txt", b"a\nb\n")
    assert readers.split(one, TEXT, max_bytes=4) == [None]
    with pytest.raises(ValueError, match="of one source"):
        list(readers.read([one, one], TEXT, range=Range(unit="bytes", start=0, stop=2)))
