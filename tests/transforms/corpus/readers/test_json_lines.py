"""JSON lines."""

from pathlib import Path

import pytest

from tests.transforms.corpus.readers.writing import TEXT, payloads, rows, source
from transforms.common.errors import RequestError
from transforms.corpus import readers
from transforms.corpus.options import ReadOptions


def test_a_line_that_is_no_object_is_an_error_in_its_place(tmp_path: Path) -> None:
    content = b'{"text": "a"}\n{"text": \n\n[1]\n{"text": "\xff"}\n{"text": null}\n{"other": 1}\n  \r\n{"text": "b"}'
    found = rows(source(tmp_path / "a.jsonl", content))
    assert [(row["payload"], (row["error"] or "")[:36]) for row in found] == [
        (b"a", ""),
        (None, "BadJson: unexpected end of data at c"),
        (None, "BadJson: the line holds no object"),
        (None, "NotUTF8: byte 10 is not UTF-8 (inval"),
        (None, ""),
        (None, ""),
        (b"b", ""),
    ]


def test_scalars_become_text_and_nested_values_json(tmp_path: Path) -> None:
    content = (
        b'{"text": "a", "id": 7, "k": {"x": [1, "\xc3\xa9"]}, "l": true}\n{"text": 1.5, "id": "b", "k": "plain"}\n'
    )
    options = ReadOptions(modality="text", id_column="id", label_column="l", keep=("k",))
    found = rows(source(tmp_path / "a.jsonl", content), options)
    assert [(row["payload"], row["id"], row["label"], row["k"]) for row in found] == [
        (b"a", "7", "true", '{"x":[1,"é"]}'),
        (b"1.5", "b", None, "plain"),
    ]


def test_what_is_nested_says_nan_as_it_was_written(tmp_path: Path) -> None:
    content = b'{"text": "a", "k": {"x": [NaN, -Infinity, null]}}\n{"text": "b", "k": [1e300, 36893488147419103233]}\n'
    found = rows(source(tmp_path / "a.jsonl", content), ReadOptions(modality="text", keep=("k",)))
    assert [row["k"] for row in found] == ['{"x":[NaN,-Infinity,null]}', "[1e+300,36893488147419103233]"]


@pytest.mark.parametrize("depth", [100, 900, 1010, 5000])
@pytest.mark.parametrize("number", ["1", "36893488147419103233", "NaN"])
def test_a_line_that_is_nested_too_deeply_costs_itself_only(tmp_path: Path, depth: int, number: str) -> None:
    deep = f'{{"text": "deep", "k": {"[" * depth}{number}{"]" * depth}}}'
    one = source(tmp_path / "a.jsonl", f'{{"text": "a"}}\n{deep}\n{{"text": "b", "k": 1}}\n'.encode())
    found = rows(one, ReadOptions(modality="text", text_column="text", keep=("k",)))
    assert [row["payload"] for row in (found[0], found[2])] == [b"a", b"b"]
    assert len(found) == 3 and (found[1]["k"] is not None or found[1]["error"].startswith("BadJson"))


def test_a_text_that_is_a_list_is_an_error(tmp_path: Path) -> None:
    (first, second) = rows(source(tmp_path / "a.jsonl", b'{"text": "a"}\n{"text": ["b"], "n": 1}\n'))
    assert (first["error"], second["payload"], second["error"]) == (None, None, "NotText: 'text' holds a list")


def test_texts_of_several_columns_are_joined(tmp_path: Path) -> None:
    content = b'{"title": "a", "body": "b"}\n{"body": "c"}\n{"title": null}\n{"title": "d", "body": ["e"]}\n'
    found = rows(source(tmp_path / "a.jsonl", content), ReadOptions(modality="text", text_column="title,body"))
    assert [(row["payload"], row["error"]) for row in found] == [
        (b"a b", None),
        (b"c", None),
        (None, None),
        (b"d", "NotText: 'body' holds a list"),
    ]


def test_the_only_string_is_the_text(tmp_path: Path) -> None:
    assert payloads(source(tmp_path / "a.jsonl", b'{"n": 1, "words": null}\n{"n": 2, "words": "x"}\n')) == [None, b"x"]


def test_a_json_array_is_refused(tmp_path: Path) -> None:
    for content in (b'[{"text": "a"}]', b'[\n{"text": "a"}\n]\n'):
        with pytest.raises(RequestError, match="is a JSON array, not one object a line"):
            readers.probe(source(tmp_path / "a.json", content), TEXT)


def test_columns_that_cannot_be_are_refused(tmp_path: Path) -> None:
    one = source(tmp_path / "a.jsonl", b'{"a": "x", "b": "y", "c": {"text": 1}}\n')
    with pytest.raises(RequestError, match="cannot tell which column holds the text; it has a, b, c"):
        readers.probe(one, TEXT)
    with pytest.raises(RequestError, match="column 'c' holds list<item: null>, not one value"):
        readers.probe(one, ReadOptions(modality="text", text_column="a", id_column="c"))
    with pytest.raises(RequestError, match="no column 'd'; it has a, b, c: name one with --keep"):
        readers.probe(one, ReadOptions(modality="text", text_column="a", keep=("d",)))


def test_the_mark_that_each_of_joined_files_begins_with_is_no_part_of_its_line(tmp_path: Path) -> None:
    half = b'\xef\xbb\xbf{"text": "a"}\n{"text": "\xef\xbb\xbfb"}\n'
    assert payloads(source(tmp_path / "a.jsonl", half + half)) == [b"a", b"\xef\xbb\xbfb"] * 2
    assert payloads(source(tmp_path / "b.jsonl", b"\xef\xbb\xbf\xef\xbb\xbf" + half.lstrip(b"\xef\xbb\xbf"))) == [
        b"a",
        b"\xef\xbb\xbfb",
    ]


@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
def test_rows_inside_one_object_are_refused(tmp_path: Path, name: str) -> None:
    squad = b'{"version": "v2.0", "data": [{"title": "a"}, {"title": "b"}]}'
    with pytest.raises(
        RequestError, match="holds one object, whose 'data' is a list of 2 objects: write each of them as a line"
    ):
        readers.probe(source(tmp_path / name, squad + b"\n\n"), ReadOptions(modality="text"))


def test_an_object_with_a_list_is_a_row_where_it_is_not_alone_or_its_text_is_named(tmp_path: Path) -> None:
    row = b'{"text": "a", "spans": [{"start": 0}, {"start": 1}]}\n'
    assert payloads(source(tmp_path / "a.jsonl", row * 2)) == [b"a", b"a"]
    assert payloads(source(tmp_path / "b.jsonl", row), ReadOptions(modality="text", text_column="text")) == [b"a"]
    assert payloads(source(tmp_path / "c.jsonl", b'{"text": "a", "tags": ["x", "y"], "spans": [{"start": 0}]}\n')) == [
        b"a"
    ]
