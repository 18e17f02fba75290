"""Quotes that a backslash escapes."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transforms.corpus.readers.test_ranges import small_blocks, written
from tests.transforms.corpus.readers.writing import TEXT, payloads, rows, source
from transforms.corpus import readers
from transforms.corpus.delimiters.escapes import doubled, doubled_pieces, has_escaped_quotes
from transforms.corpus.options import ReadOptions

NOTE = "quotes inside its values are escaped by backslashes; --quote '\"' if they are not"


@pytest.mark.parametrize(
    ("name", "content", "texts"),
    [
        ("a.csv", b'id,text\n1,"say \\"hi\\" loud"\n2,plain\n', [b'say "hi" loud', b"plain"]),
        ("a.csv", b'id,text\r\n1,"{\\"a\\": \\"b, c\\"}"\r\n', [b'{"a": "b, c"}']),
        ("a.csv", b'id;text\n1;"a \\"b\\";\nc"\n2;"d"\n', [b'a "b";\nc', b"d"]),
        ("a.tsv", b'id\ttext\n1\t"say \\"hi\\" loud"\n2\t"x"\n', [b'say "hi" loud', b"x"]),
        (
            "a.csv",
            b'id,text\n1,"he said \\"hi\\""\n2,"ends in \\\\"\n3,"a \\"b\\" c"\n',
            [b'he said "hi"', b"ends in \\\\", b'a "b" c'],
        ),
    ],
)
def test_values_are_read_as_they_were_meant(tmp_path: Path, name: str, content: bytes, texts: list[bytes]) -> None:
    one = source(tmp_path / name, content)
    assert payloads(one) == texts
    (note,) = readers.survey([one], TEXT).notes
    assert note.endswith(NOTE)


@pytest.mark.parametrize(
    "content",
    [
        b'id,text\n1,"C:\\"\n2,"D:\\"\n',
        b'id,text\n1,"say ""hi"" loud"\n2,"back\\slash"\n',
        b'id,text\n1,5\\" disk\n2,"x"\n',
        b'id,text\n1,"x" tail\n2,"y \\"z\\" w"\n',
        b"id,text\n1,C:\\New\n",
    ],
)
def test_other_backslashes_are_characters(content: bytes) -> None:
    assert not has_escaped_quotes(content)


def test_a_person_may_say_that_quotes_are_plain(tmp_path: Path) -> None:
    one = source(tmp_path / "a.csv", b'id,text\n1,"say \\"hi\\" loud"\n')
    assert payloads(one, ReadOptions(modality="text", quote='"')) == [b'say \\hi\\" loud"']


RAW = st.binary(max_size=60).map(lambda raw: raw.translate(bytes(b'\\",a\n'[n % 5] for n in range(256))))


@given(data=RAW, size=st.integers(1, 7))
def test_pieces_are_rewritten_as_the_whole_and_keep_their_length(data: bytes, size: int) -> None:
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    assert b"".join(doubled_pieces(pieces)) == doubled(data)
    assert len(doubled(data)) == len(data)


VALUES = st.text(st.sampled_from('a" ,;\n\té'), max_size=12)


def quoted(value: str) -> str:
    return '"' + value.replace('"', '\\"') + '"'


@settings(max_examples=60, deadline=None)
@given(table=st.lists(VALUES, max_size=12), max_bytes=st.integers(1, 60), block=st.integers(1, 20))
def test_whatever_the_values_they_come_back_from_any_range(table: list[str], max_bytes: int, block: int) -> None:
    # The first row shows how the file is written.
    values = ['say "hi" twice', *table]
    lines = [("id", "text"), *((str(number), value) for number, value in enumerate(values))]
    content = "".join(f"{quoted(a)},{quoted(b)}\n" for a, b in lines).encode()
    options = ReadOptions(modality="text", id_column="id")
    with written(".csv", content) as one, small_blocks(block):
        expected = [value.encode() for value in values]
        assert [row["payload"] for row in rows(one, options)] == expected
        ranges = readers.split(one, options, max_bytes=max_bytes)
        assert [row["payload"] for part in ranges for row in rows(one, options, part)] == expected


def test_embedded_json_comes_back(tmp_path: Path) -> None:
    text = json.dumps({"a": "x, y", "b": ["z", "é"]}, ensure_ascii=False)
    content = "id,text\n" + "".join(f"{number},{quoted(text)}\n" for number in range(3))
    assert payloads(source(tmp_path / "a.csv", content.encode())) == [text.encode()] * 3
