"""Files that are not what their names say."""

import bz2
import gzip
import io
import zipfile
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from tests.transforms.corpus.readers.writing import TEXT, example, parquet_bytes, payloads, record, source, tar_of
from transforms.common.errors import RequestError
from transforms.corpus import readers
from transforms.corpus.options import ReadOptions
from transforms.corpus.streams.signatures import contents_of

LINES = b"id,text\n1,hello world\n2,good bye\n"
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"4d7a2146" * 8 + b"\nsize 12345\n"


def zipped() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("a.csv", LINES)
    return data.getvalue()


CONTENTS = {
    "a pointer of Git LFS": POINTER,
    "packed by gzip": gzip.compress(LINES, mtime=0),
    "packed by bzip2": bz2.compress(LINES),
    "packed by zstd": zstandard.ZstdCompressor().compress(LINES),
    "a zip archive": zipped(),
    "a Parquet file": parquet_bytes({"text": ["one"]}),
    "a tar archive": tar_of([("a.csv", LINES)]),
    "a document of an office program": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504),
    "a PDF": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
    "a database of SQLite": b"SQLite format 3\x00" + bytes(84),
    "an image": b"\x89PNG\r\n\x1a\n" + bytes(20),
}


@pytest.mark.parametrize("suffix", [".txt", ".csv", ".tsv", ".jsonl"])
@pytest.mark.parametrize("words", CONTENTS)
def test_a_text_file_that_is_none_is_refused_by_what_it_is(tmp_path: Path, words: str, suffix: str) -> None:
    one = source(tmp_path / f"a{suffix}", CONTENTS[words])
    with pytest.raises(RequestError, match=f"a{suffix}: cannot be read: it is {words}"):
        payloads(one)


@pytest.mark.parametrize("words", ["a pointer of Git LFS", "packed by gzip", "a tar archive"])
def test_so_is_one_inside_a_compressed_file(tmp_path: Path, words: str) -> None:
    one = source(tmp_path / "a.csv.gz", gzip.compress(CONTENTS[words]))
    with pytest.raises(RequestError, match=f"cannot be read: it is {words}"):
        payloads(one)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("a.parquet", "a pointer of Git LFS"),
        ("a.parquet", "packed by gzip"),
        ("a.tfrecord", "a pointer of Git LFS"),
        ("a.tfrecord", "packed by gzip"),
    ],
)
def test_a_table_that_is_none_is_refused_by_what_it_is(tmp_path: Path, name: str, words: str) -> None:
    with pytest.raises(RequestError, match=f"cannot be read: it is {words}"):
        readers.probe(source(tmp_path / name, CONTENTS[words]), TEXT)


def test_a_damaged_file_of_its_own_kind_keeps_the_error_s_words(tmp_path: Path) -> None:
    broken = source(tmp_path / "a.parquet", parquet_bytes({"text": ["one"]})[:-4])
    with pytest.raises(RequestError, match="cannot be read: Parquet magic bytes not found"):
        readers.probe(broken, TEXT)
    short = source(tmp_path / "a.csv.gz", gzip.compress(LINES * 100)[:-20])
    with pytest.raises(RequestError, match="cannot be read: Truncated compressed stream"):
        readers.probe(short, TEXT)


def test_a_record_whose_length_looks_like_a_signature_is_read(tmp_path: Path) -> None:
    length = int.from_bytes(b"\x1f\x8b\x08", "little")
    empty = len(example({"text": b"x" * (length - 100)})) - (length - 100)
    data = example({"text": b"x" * (length - empty)})
    assert len(data) == length and record(data)[:3] == b"\x1f\x8b\x08"
    assert payloads(source(tmp_path / "a.tfrecord", record(data))) == [b"x" * (length - empty)]


@pytest.mark.parametrize(
    "text", ["version 2 of it", "BZh is a name", "PK and PAR1", "SQLite format 3", "GIF89", "(ustar)", "%PDF"]
)
def test_texts_that_speak_of_formats_are_texts(tmp_path: Path, text: str) -> None:
    assert payloads(source(tmp_path / "a.txt", text.encode())) == [text.encode()]


@given(
    text=st.text(min_size=1),
    encoding=st.sampled_from(["utf-8", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "shift-jis"]),
)
def test_no_text_is_taken_for_another_format(text: str, encoding: str) -> None:
    assert contents_of(text.encode(encoding, "ignore")) is None


def test_a_page_of_html_is_no_table(tmp_path: Path) -> None:
    for page in (
        b"<!DOCTYPE html>\n<html>\n",
        b"\xef\xbb\xbf\n<HTML lang='en'>\n",
        b'<?xml version="1.0"?>\n<Error>\n',
    ):
        with pytest.raises(RequestError, match="begins as a page of HTML or XML does, not as a table"):
            payloads(source(tmp_path / "a.csv", page + b"<p>Please sign in</p>\n"))
    without = ReadOptions(modality="text", text_column="0", header=False)
    assert payloads(source(tmp_path / "b.csv", b"<html>one</html>\n<html>two</html>\n"), without) == [
        b"<html>one</html>",
        b"<html>two</html>",
    ]
