"""How delimited files are written, as concluded from their heads; the references are Python's csv and pandas' way of quoting."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.transforms.corpus.readers.test_ranges import written
from tests.transforms.corpus.readers.writing import TEXT, payloads, rows, source
from transforms.common.errors import RequestError
from transforms.corpus.delimiters.dialect import Dialect, find_dialect
from transforms.corpus.options import ReadOptions
from transforms.corpus.readers import survey

VALUES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff"), min_size=1, max_size=20)
CELLS = st.lists(st.tuples(VALUES, VALUES, VALUES), min_size=3, max_size=20)


@settings(max_examples=100, deadline=None)
@given(table=CELLS, separator=st.sampled_from(",;\t|"), suffix=st.sampled_from([".csv", ".tsv"]))
def test_what_csv_writes_with_a_named_separator_is_read(
    table: list[tuple[str, str, str]], separator: str, suffix: str
) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=separator, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([("text", "a", "b"), *table])
    options = ReadOptions(modality="text", delimiter=separator, quote='"', id_column="a", label_column="b")
    with written(suffix, out.getvalue().encode()) as one:
        found = [(row["payload"].decode(), row["id"], row["label"]) for row in rows(one, options)]
    assert found == table


@pytest.mark.parametrize("separator", [";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_separator_is_found_in_the_head_and_said(tmp_path: Path, separator: str, encoding: str) -> None:
    lines = [separator.join(("id", "text", "label"))]
    lines += [separator.join((f"00{n}", f"words, words and more {n}", "pos")) for n in range(30)]
    one = source(tmp_path / "a.csv", "\r\n".join(lines).encode(encoding))
    options = ReadOptions(modality="text", id_column="id", label_column="label")
    assert [(row["id"], row["payload"], row["label"]) for row in rows(one, options)] == [
        (f"00{n}", f"words, words and more {n}".encode(), "pos") for n in range(30)
    ]
    (note,) = survey([one], options).notes
    assert "separated by" in note and "--delimiter" in note


@pytest.mark.parametrize(
    ("head", "separator"),
    [
        (b"text\nhello; world\nno more\nof; this; kind\n", b","),
        (b"id,text\n1,a;b\n2,c;d\n", b","),
        (b"text\none\n", b","),
        (b"", b","),
        (b"a;b\n", b","),
        (b"a;b\n1;2", b";"),
        (b'sep="\na,b\n1,2\n', b","),
        (b"sep=\xac\na,b\n1,2\n", b","),
        ("sep=é\na,b\n1,2\n".encode(), b","),
        (b'a|"b"\n"x\ny"|1\nz|"2\n3"', b"|"),
        (b'a;b\n"x;y";1\nz;2\n', b";"),
        (b"sep=|\na|b\n1|2\n", b"|"),
    ],
)
def test_texts_with_a_separator_do_not_make_it_one(head: bytes, separator: bytes) -> None:
    assert find_dialect(head, separator=b",", name="a.csv").separator == separator


def test_excels_first_line_is_no_record(tmp_path: Path) -> None:
    one = source(tmp_path / "a.csv", b"\xef\xbb\xbfsep=;\r\nid;text\r\n1;one\r\n2;two, too\r\n")
    assert payloads(one, ReadOptions(modality="text", text_column="text")) == [b"one", b"two, too"]


def test_tsv_is_read_as_pandas_writes_it(tmp_path: Path) -> None:
    content = b'id\ttext\n1\t"He said ""hi"""\n2\t"two\nlines"\n3\tplain\n4\t""\n'
    assert payloads(source(tmp_path / "a.tsv", content)) == [b'He said "hi"', b"two\nlines", b"plain", b""]


def test_the_last_value_of_a_tsv_without_a_line_end_may_be_quoted(tmp_path: Path) -> None:
    assert payloads(source(tmp_path / "a.tsv", b'id\ttext\n1\t"two\nlines, ""quoted"""')) == [b'two\nlines, "quoted"']


def test_stray_quotes_in_tsv_are_characters(tmp_path: Path) -> None:
    texts = [b'5" nail', b'"open', b'say "hi" now', b'"hello" he said', b'end"', b"plain"] * 3
    content = b"id\ttext\n" + b"".join(b"%d\t%b\n" % pair for pair in enumerate(texts))
    assert payloads(source(tmp_path / "a.tsv", content)) == texts


@pytest.mark.parametrize("later", ['a normal, quoted one"', 'a 5" nail', '"quoted"', "none"])
def test_a_stray_quote_costs_its_own_line(tmp_path: Path, later: str) -> None:
    lines = [f"{n},fine row {n}" for n in range(100)]
    lines[50] = '50,"starts a quote'
    lines[70] = f'70,"{later}' if later.startswith("a normal") else f"70,{later}"
    found = rows(source(tmp_path / "a.csv", "\n".join(["id,text", *lines]).encode()))
    assert len(found) == 100
    assert [row for row, one in enumerate(found) if one["error"]] == [50]


@pytest.mark.parametrize(
    ("option", "value"), [("delimiter", ";;"), ("delimiter", "ä"), ("quote", "''"), ("quote", "\n")]
)
def test_separators_that_are_none_are_refused(tmp_path: Path, option: str, value: str) -> None:
    with pytest.raises(RequestError, match="give one character"):
        rows(source(tmp_path / "a.csv", b"text\na\n"), ReadOptions(modality="text", **{option: value}))


@settings(max_examples=200, deadline=None)
@given(
    content=st.lists(
        st.sampled_from([b"a", b"b", b'"', b'"', b'""', b",", b",", b"\n", b"\r\n", b"\r"]), max_size=12
    ).map(b"".join),
    quoting=st.sampled_from(["strict", "lenient"]),
)
@example(content=b'"7,"1.0,b\n', quoting="strict")
@example(content=b'"a,b"\n', quoting="lenient")
def test_the_start_of_a_sound_record_may_go_on(content: bytes, quoting: str) -> None:
    # Else a record is given up where a block of the file happens to end within it.
    grammar = Dialect(separator=b",", quoting=quoting).grammar  # type: ignore[arg-type]
    for end in range(grammar.last_record_end(content)):
        begun = content[:end]
        assert grammar.is_open(begun[grammar.last_record_end(begun) :])


@pytest.mark.parametrize("options", [{"delimiter": '"'}, {"quote": ","}, {"delimiter": "'", "quote": "'"}])
def test_a_separator_that_is_the_quote_is_refused(tmp_path: Path, options: dict[str, str]) -> None:
    with pytest.raises(RequestError, match="cannot be separator and quote"):
        rows(source(tmp_path / "a.csv", b"text\na\n"), ReadOptions(modality="text", **options))


def test_quotes_beside_other_signs_do_not_make_backslashes_escapes() -> None:
    head = b'id,text,label\r1,nan,"\\"\r2,007""\t","""a"\r'
    assert not find_dialect(head, separator=b",", name="a.csv").escaped
    assert find_dialect(b'id,text\n1,"say \\"hi\\", twice"\n', separator=b",", name="a.csv").escaped


def test_one_column_without_a_header_is_said(tmp_path: Path) -> None:
    one = source(tmp_path / "a.csv", b"the first is good\nthe second is bad\n")
    (note,) = survey([one], TEXT).notes
    assert "--no-header" in note and "the first is good" in note


def test_a_separator_by_which_the_first_line_never_ends_is_not_chosen() -> None:
    assert find_dialect(b'"\n,\n,\n', separator=b"\t", name="a.tsv").separator == b"\t"
