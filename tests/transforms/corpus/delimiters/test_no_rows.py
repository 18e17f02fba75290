"""Lines of CSV and TSV that are no rows: headers in the middle, rules of dashes."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transforms.corpus.readers.writing import payloads, rows, source
from transforms.corpus import readers
from transforms.corpus.delimiters import no_rows
from transforms.corpus.options import ReadOptions

OPTIONS = ReadOptions(modality="text", id_column="id", label_column="label")


def found(path: Path, content: bytes, options: ReadOptions = OPTIONS) -> list[tuple[str | None, bytes | None, str]]:
    return [
        (row["id"], row["payload"], (row["error"] or "").partition(":")[0])
        for row in rows(source(path, content), options)
    ]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize(("suffix", "separator"), [(".csv", b","), (".tsv", b"\t"), (".csv", b";")])
def test_the_header_of_a_joined_file_is_no_item(
    tmp_path: Path, end: bytes, mark: bytes, suffix: str, separator: bytes
) -> None:
    one = mark + b"id,text,label" + end + b"1,one,pos" + end
    two = mark + b"id,text,label" + end + b"2,two,neg" + end + mark + b"id,text,label" + end
    content = (one + two).replace(b",", separator)
    assert found(tmp_path / f"a{suffix}", content) == [
        ("1", b"one", ""),
        (None, None, "RepeatedHeader"),
        ("2", b"two", ""),
        (None, None, "RepeatedHeader"),
    ]


def test_a_header_inside_a_quoted_value_is_part_of_it(tmp_path: Path) -> None:
    content = b'id,text,label\n1,"a file of\nid,text,label\n9,x,y",pos\nid,text,label\n2,"z",neg\n'
    assert found(tmp_path / "a.csv", content) == [
        ("1", b"a file of\nid,text,label\n9,x,y", ""),
        (None, None, "RepeatedHeader"),
        ("2", b"z", ""),
    ]


def test_a_line_that_only_begins_or_ends_like_the_header_is_a_row(tmp_path: Path) -> None:
    content = b"id,text,label\nid,text,labels\nmy id,text,label\n"
    assert found(tmp_path / "a.csv", content) == [("id", b"text", ""), ("my id", b"text", "")]


def test_a_file_of_one_column_or_without_header_repeats_what_it_likes(tmp_path: Path) -> None:
    assert payloads(source(tmp_path / "a.csv", b"text\none\ntext\n")) == [b"one", b"text"]
    plain = ReadOptions(modality="text", text_column="1", header=False)
    assert payloads(source(tmp_path / "b.csv", b"id,text\n1,one\nid,text\n"), plain) == [b"text", b"one", b"text"]


def test_numbers_stay_numbers_behind_a_second_header(tmp_path: Path) -> None:
    one = source(tmp_path / "a.csv", b"text,price\none,1.5\ntext,price\ntwo,2.5\n")
    options = ReadOptions(modality="text", keep=("price",))
    assert str(readers.probe(one, options).field("price").type) == "double"
    assert [row["price"] for row in rows(one, options)] == [1.5, None, 2.5]


@pytest.mark.parametrize("rule", [b"--,----,-----", b"---------- , ---- , ---", b"-,--,-"])
def test_a_rule_of_dashes_under_the_header_is_no_item(tmp_path: Path, rule: bytes) -> None:
    content = b"id,text,label\n" + rule + b"\n1,one,pos\n--,----,-----\n"
    assert found(tmp_path / "a.csv", content) == [
        (None, None, "RuleLine"),
        ("1", b"one", ""),
        ("--", b"----", ""),
    ]


def test_single_dashes_and_values_with_dashes_are_a_row(tmp_path: Path) -> None:
    assert found(tmp_path / "a.csv", b"id,text,label\n-,-,-\n") == [("-", b"-", "")]
    assert found(tmp_path / "b.csv", b"id,text,label\n--,a-b,--\n") == [("--", b"a-b", "")]


VALUES = st.text(st.sampled_from('idtexlab,;"\n\r -'), min_size=1, max_size=12)


@settings(max_examples=60, deadline=None)
@given(values=st.lists(st.tuples(VALUES, VALUES, VALUES), max_size=12), every=st.integers(1, 5))
def test_whatever_the_rows_hold_only_headers_are_cut_out(
    tmp_path_factory: pytest.TempPathFactory, values: list[tuple[str, str, str]], every: int
) -> None:
    header = ("id", "text", "label")
    data = io.StringIO()
    writer = csv.writer(data)
    writer.writerow(header)
    expected: list[tuple[str, ...] | None] = []
    for place, value in enumerate(values, 1):
        if value == header or set("".join(value)) <= {"-", " "}:
            continue
        writer.writerow(value)
        expected.append(value)
        if place % every == 0:
            writer.writerow(header)
            expected.append(None)
    path = tmp_path_factory.mktemp("joined") / "a.csv"
    options = ReadOptions(modality="text", id_column="id", label_column="label", delimiter=",")
    got = rows(source(path, data.getvalue().encode()), options)
    assert [
        None
        if (row["error"] or "").startswith("RepeatedHeader")
        else (row["id"], row["payload"].decode(), row["label"])
        for row in got
    ] == expected


def test_the_words_name_the_kind_of_error_first() -> None:
    assert (
        no_rows.REPEATED_HEADER.partition(": ")[0] == "RepeatedHeader" and no_rows.RULE.partition(": ")[0] == "RuleLine"
    )
