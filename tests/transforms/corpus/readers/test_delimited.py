"""CSV and TSV."""

from pathlib import Path

import pytest

from tests.transforms.corpus.readers.writing import payloads, rows, source
from transforms.common.errors import RequestError
from transforms.corpus import readers
from transforms.corpus.options import ReadOptions

TEXT = ReadOptions(modality="text")
NO_HEADER = ReadOptions(modality="text", text_column="0", header=False)


def test_a_record_of_another_width_is_an_error_in_its_place(tmp_path: Path) -> None:
    one = source(tmp_path / "a.csv", b"id,text\n1,one\n2\n\n3,three\n4,four,more\n5,five\n6")
    found = rows(one, ReadOptions(modality="text", id_column="id"))
    assert [(row["id"], row["payload"], row["error"]) for row in found] == [
        ("1", b"one", None),
        (None, None, "WrongColumns: 1 values where 2 are due: 2"),
        ("3", b"three", None),
        (None, None, "WrongColumns: 3 values where 2 are due: 4,four,more"),
        ("5", b"five", None),
        (None, None, "WrongColumns: 1 values where 2 are due: 6"),
    ]


def test_bytes_that_are_not_utf8_cost_nothing_but_themselves(tmp_path: Path) -> None:
    one = source(tmp_path / "a.csv", b"text,label\ncaf\xe9,x\n\xff\xfe,d\xe9,too many\nok,\xfcn\n")
    found = rows(one, ReadOptions(modality="text", label_column="label"))
    assert [(row["payload"], row["label"], (row["error"] or "")[:12]) for row in found] == [
        (b"caf\xe9", "x", ""),
        (None, None, "WrongColumns"),
        (b"ok", None, "NotUTF8: col"),
    ]


def test_quotes_hold_separators_line_ends_and_quotes(tmp_path: Path) -> None:
    content = b'text,n\r\n"a,\r\nb","1"\r\n"say ""hi""",2\r\n5" disk,3\r\n"","4"\r\n'
    assert payloads(source(tmp_path / "a.csv", content)) == [b"a,\r\nb", b'say "hi"', b'5" disk', b""]


def test_tsv_has_no_quotes(tmp_path: Path) -> None:
    content = b'text\tn\n"open\t1\nhe said "x"\t2\n'
    assert payloads(source(tmp_path / "a.tsv", content)) == [b'"open', b'he said "x"']


def test_a_quote_that_never_ends_costs_its_line(tmp_path: Path) -> None:
    content = b'text,n\nfirst,1\n"lost,2\nnext,3\n"fine",4\n'
    # Up to the quote of the next quoted value everything would be one value, and the rest of that line its tail.
    assert payloads(source(tmp_path / "a.csv", content)) == [b"first", None, b"next", b"fine"]
    found = rows(source(tmp_path / "b.csv", content.replace(b'"fine"', b"fine")))
    assert [(row["payload"], row["error"]) for row in found] == [
        (b"first", None),
        (None, 'BadQuotes: a quote opens and is not closed again: "lost,2'),
        (b"next", None),
        (b"fine", None),
    ]


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    assert payloads(source(tmp_path / "a.csv", b"\xef\xbb\xbftext,n\n\xef\xbb\xbfx,1\n")) == [b"\xef\xbb\xbfx"]


def test_blank_lines_are_no_records(tmp_path: Path) -> None:
    assert payloads(source(tmp_path / "a.tsv", b"\n\r\ntext\tn\n\n\na\t1\n\r\n\n")) == [b"a"]


def test_a_column_is_found_by_its_usual_name_or_because_it_is_the_only_one(tmp_path: Path) -> None:
    for content, expected in (
        (b"id,Text,title\n1,x,y\n", [b"x"]),
        (b"publish_date,headline_text\n2003,news\n", [b"news"]),
        (b"anything\nx\n", [b"x"]),
    ):
        assert payloads(source(tmp_path / "a.csv", content)) == expected
    only_left = ReadOptions(modality="text", id_column="key", label_column="class", keep=("when",))
    found = rows(source(tmp_path / "b.csv", b"when,key,words,class\nnow,k,hello,c\n"), only_left)
    assert found == [
        {
            "source": "b.csv",
            "fingerprint": "f",
            "payload": b"hello",
            "id": "k",
            "label": "c",
            "error": None,
            "when": "now",
        }
    ]


def test_texts_of_several_columns_are_joined(tmp_path: Path) -> None:
    content = b"title,body\na,b c\n,d\ne,\n,\n"
    options = ReadOptions(modality="text", text_column="body, title")
    assert payloads(source(tmp_path / "a.csv", content), options) == [b"b c a", b"d", b"e", None]
    numbered = ReadOptions(modality="text", text_column="0,1", header=False)
    assert payloads(source(tmp_path / "b.csv", b"a,1,b\nc,2,d\n"), numbered) == [b"a 1", b"c 2"]


def test_a_column_whose_name_has_a_comma_is_one_column(tmp_path: Path) -> None:
    content = b'"title,body",title,body\nx,a,b\n'
    options = ReadOptions(modality="text", text_column="title,body")
    assert payloads(source(tmp_path / "a.csv", content), options) == [b"x"]


def test_an_empty_id_or_label_is_none_and_an_empty_kept_value_is_empty(tmp_path: Path) -> None:
    options = ReadOptions(modality="text", id_column="id", label_column="label", keep=("k",))
    (row,) = rows(source(tmp_path / "a.csv", b"id,label,k,text\n,,,x\n"), options)
    assert (row["id"], row["label"], row["k"]) == (None, None, "")


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        (b"a,b\n1,2\n", TEXT, "cannot tell which column holds the text; it has a, b: name one with --text-column"),
        (
            b"a,b\n1,2\n",
            ReadOptions(modality="text", text_column="c"),
            "no column 'c'; it has a, b: name one with --text-c",
        ),
        (
            b"text,b\n",
            ReadOptions(modality="text", id_column="c"),
            "no column 'c'; it has text, b: name one with --id-column",
        ),
        (b"text,b\n", ReadOptions(modality="text", label_column="c"), "name one with --label-column"),
        (b"text,b\n", ReadOptions(modality="text", keep=("b", "c")), "name one with --keep"),
        (
            b"text,id\n",
            ReadOptions(modality="text", keep=("id",)),
            "--keep id: a feature table has a column of that name",
        ),
        (b"text,b,b\n", ReadOptions(modality="text", keep=("b",)), "has 2 columns named 'b': rename all but one"),
        (b"x,y\n", ReadOptions(modality="text", header=False), "it has 0, 1: name one with --text-column"),
        (b"x" * 90 + b",y\n", TEXT, "it has " + "x" * 37 + "..., y: name"),
        (b'text,"b\n1,2\n', TEXT, "its first line opens a quote"),
        (b'"x\r\ny\x1b[1m",z\n1,2\n', TEXT, "it has 'x\\r\\ny\\x1b[1m', z: name one"),
        (
            b"path,label\na.jpg,x\n",
            ReadOptions(modality="image", image_column="uri"),
            "no column 'uri'; it has path, label",
        ),
    ],
)
def test_a_column_that_cannot_be_is_refused(tmp_path: Path, content: bytes, options: ReadOptions, message: str) -> None:
    with pytest.raises(RequestError) as caught:
        readers.probe(source(tmp_path / "a.csv", content), options)
    assert message in str(caught.value) and str(caught.value).count("\n") == 0


def test_labels_come_from_one_place(tmp_path: Path) -> None:
    options = ReadOptions(modality="text", label_column="label", labels_from="file")
    with pytest.raises(RequestError, match="not both"):
        readers.probe(source(tmp_path / "a.csv", b"text,label\n"), options)


def test_kept_columns_are_numbers_where_all_values_are(tmp_path: Path) -> None:
    kept = readers.probe(
        source(tmp_path / "a.csv", b"text,n,m\nx,1,2.5\n"), ReadOptions(modality="text", keep=("m", "n"))
    )
    assert [(field.name, str(field.type)) for field in kept] == [("m", "double"), ("n", "int64")]
    assert rows(source(tmp_path / "a.csv"), ReadOptions(modality="text", keep=("m", "n")))[0]["m"] == 2.5
