"""Kept columns: numbers stay numbers, exactly, whatever the format; everything else stays as it was written."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transforms.corpus.readers.test_ranges import written
from tests.transforms.corpus.readers.writing import example, parquet_bytes, payloads, record, rows, source
from transforms.common.errors import RequestError
from transforms.corpus import readers
from transforms.corpus.columns.kept import convert, infer
from transforms.corpus.options import ReadOptions
from transforms.corpus.readers import survey
from transforms.corpus.sources import Source

KEEP = ReadOptions(modality="text", text_column="text", keep=("value",))
INTEGERS = st.integers(-(2**63), 2**63 - 1)
FLOATS = st.floats(allow_nan=False)


def as_csv(values: list[Any]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([("text", "value"), *(("words", value) for value in values)])
    return out.getvalue().encode()


def as_json(values: list[Any]) -> bytes:
    return "".join(json.dumps({"text": "words", "value": value}) + "\n" for value in values).encode()


def as_parquet(values: list[Any]) -> bytes:
    return parquet_bytes({"text": ["words"] * len(values), "value": values})


@settings(max_examples=150, deadline=None)
@given(
    values=st.one_of(st.lists(INTEGERS, min_size=1), st.lists(FLOATS, min_size=1).map(lambda values: [*values, 0.5])),
    form=st.sampled_from([(".csv", as_csv), (".jsonl", as_json), (".parquet", as_parquet)]),
)
def test_numbers_come_back_equal_from_any_format(values: list[Any], form: Any) -> None:
    suffix, write = form
    with written(suffix, write(values)) as one:
        assert [row["value"] for row in rows(one, KEEP)] == values
        (kept,) = readers.probe(one, KEEP).types
    assert kept == (pa.int64() if isinstance(values[0], int) else pa.float64())


@settings(max_examples=150, deadline=None)
@given(
    values=st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n\ufeff"), min_size=1), min_size=1)
)
def test_what_is_inferred_of_texts_gives_each_back(values: list[str]) -> None:
    kind = infer("value", values).type
    if kind == pa.int64():
        assert [str(int(value)) for value in values] == values
    elif kind == pa.float64():
        assert len({f"{float(value)}" for value in values}) == len(set(values))
    else:
        assert kind == pa.string()


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["7", "-1", "0"], "int64"),
        (["007", "7"], "string"),
        (["+1", "-1"], "string"),
        (["1.9", "1.10"], "string"),
        (["9.90", "10.00"], "double"),
        (["1", "2.5"], "double"),
        (["NA", "1"], "string"),
        (["True", "False"], "string"),
        (["12:30"], "string"),
        ([" 1"], "string"),
        (["nan"], "string"),
        (["nan", "1"], "string"),
        (["nan", "1.5", "-inf"], "double"),
        (["NaN", "1.5"], "double"),
        (["NaN", "nan", "1.5"], "string"),
        (["-nan", "1.5"], "string"),
        (["Infinity", "-Infinity", "0.5"], "double"),
        (["inf", "Infinity", "0.5"], "string"),
        (["1e16", "1.5E-7", "0.5"], "double"),
        (["1e16", "2e33"], "string"),
        (["1e+16", "2e+33"], "double"),
        (["1.0E16", "0.5"], "double"),
        (["12e4", "33e9"], "string"),
        (["1e5"], "string"),
        (["1e400", "0.5"], "string"),
        (["0.000012345678901234568", "0.5"], "double"),
        (["0.10000000000000000001", "0.5"], "string"),
        (["-0", "7"], "string"),
        (["-0.0", "7"], "double"),
        (["9" * 5000, "7"], "string"),
        (["9" * 5000, "7.5"], "string"),
        (["18446744073709551615"], "string"),
        (["1e-05", "0.5"], "double"),
        (["", "5"], "int64"),
        (["", ""], "null"),
    ],
)
def test_a_number_is_what_comes_back_as_it_was_written(values: list[str], kind: str) -> None:
    assert str(infer("value", values).type) == kind


def test_the_type_is_agreed_on_over_all_files(tmp_path: Path) -> None:
    files = [
        source(tmp_path / "a.csv", as_csv([1, 2])),
        source(tmp_path / "b.csv", as_csv([2.5])),
        source(tmp_path / "c.parquet", as_parquet([3])),
        source(tmp_path / "d.jsonl", b'{"text": "words"}\n{"text": "words", "value": 4}\n'),
        source(tmp_path / "e.csv", b"text\nwords\n"),
    ]
    kept = readers.survey(files, KEEP).kept
    assert kept.field("value").type == pa.float64()
    found = [value for batch in readers.read(files, KEEP, kept=kept) for value in batch.column("value").to_pylist()]
    assert found == [1.0, 2.0, 2.5, 3.0, None, 4.0, None]
    files.append(source(tmp_path / "f.csv", as_csv(["n/a"])))
    assert readers.survey(files, KEEP).kept.field("value").type == pa.string()


def test_a_later_value_that_is_no_number_costs_its_row(tmp_path: Path) -> None:
    one = source(tmp_path / "a.csv", as_csv([*range(1200), "unknown", 7]))
    found = rows(one, KEEP)
    assert [row["value"] for row in found] == [*range(1200), None, 7]
    (error,) = [row["error"] for row in found if row["error"]]
    assert error.startswith("KeptValue: column 'value' holds 'unknown'")


def test_a_column_that_no_file_has_is_refused(tmp_path: Path) -> None:
    files = [source(tmp_path / name, b"text\nwords\n") for name in ("a.csv", "b.csv")]
    with pytest.raises(RequestError, match="has no column 'value'"):
        readers.survey(files, KEEP)


def test_folders_that_are_columns_label_and_are_kept(tmp_path: Path) -> None:
    files = [
        source(tmp_path / f"label={label}/year={year}/a.parquet", parquet_bytes({"text": ["words"]}))
        for label, year in (("pos", 2019), ("n%2Fa", 2020), ("__HIVE_DEFAULT_PARTITION__", 2021))
    ]
    options = ReadOptions(modality="text", label_column="label", keep=("year",))
    kept = readers.survey(files, options).kept
    batches = list(readers.read(files, options, kept=kept))
    assert [(row["label"], row["year"]) for batch in batches for row in batch.to_pylist()] == [
        ("pos", 2019), ("n/a", 2020), (None, 2021)
    ]  # fmt: skip
    one = source(tmp_path / "label=pos/b.txt", b"words\n")
    assert [row["label"] for row in rows(one, ReadOptions(modality="text", labels_from="folder"))] == ["pos"]


def test_json_lines_behind_others_are_rows_and_the_others_dead(tmp_path: Path) -> None:
    content = (
        b"log line\n" * 1001 + b'{"text": "NaN is one", "value": NaN}\n{"text": "b", "value": 36893488147419103233}\n'
    )
    found = rows(source(tmp_path / "a.jsonl", content), ReadOptions(modality="text", id_column="value"))
    assert [row["error"] is None for row in found] == [False] * 1001 + [True, True]
    assert [row["id"] for row in found[-2:]] == ["NaN", "36893488147419103233"]
    pretty = source(tmp_path / "b.jsonl", b'{\n  "text": "a"\n}\n')
    assert all(row["error"].startswith("BadJson") for row in rows(pretty))


def test_texts_of_nothing_visible_are_empty() -> None:
    from transforms.corpus.items import _is_visible

    for text in ("", " ", "\u200b", "\xa0", "\ufeff\u200d", "\x00\x07", "\u3164", "\u2028"):
        assert not _is_visible(text.encode()), repr(text)
    for text in ("a", "日", "…", "é", "🙂", "\u200b.", "\u0301x"):
        assert _is_visible(text.encode()), repr(text)
    assert payloads([]) == []


def test_an_integer_of_thousands_of_digits_is_an_error_of_its_row() -> None:
    numbers, errors = convert(pa.array(["0.5", "9" * 5000, "7"]), infer("value", ["0.5"]), "a.csv", is_text=True)
    assert numbers.to_pylist() == [0.5, None, 7.0] and list(errors) == [1]


@given(value=st.integers(2**53, 2**63 - 1) | st.integers(-(2**63), -(2**53)))
def test_an_integer_that_a_double_would_round_is_an_error_of_its_row(value: int) -> None:
    texts = pa.array(["0.5", None, str(value), "7"])

    numbers, errors = convert(texts, infer("value", ["0.5"]), "a.csv", is_text=True)

    is_exact = int(float(value)) == value
    assert numbers.to_pylist() == [0.5, None, float(value) if is_exact else None, 7.0]
    assert list(errors) == ([] if is_exact else [2])
    assert is_exact or errors[2].startswith(
        f"KeptValue: column 'value' holds '{value}', which a number of its type (double)"
    )


@pytest.mark.parametrize("form", [".csv", ".parquet", ".tfrecord"])
def test_files_without_a_column_that_others_have_are_said(tmp_path: Path, form: str) -> None:
    def written(name: str, column: str) -> Source:
        if form == ".parquet":
            return source(tmp_path / f"{name}{form}", parquet_bytes({"text": ["a"], column: ["x"]}))
        if form == ".tfrecord":
            return source(tmp_path / f"{name}{form}", record(example({"text": b"a", column: b"x"})))
        return source(tmp_path / f"{name}{form}", f"text,{column}\na,x\n".encode())

    sources = [written("a", "label"), written("b", "Label"), written("c", "label ")]
    options = ReadOptions(modality="text", label_column="label")
    assert survey(sources, options).notes == (
        f"b{form} has no column 'label', which is null in its rows (2 such of 3 files looked into)",
    )
    assert survey(sources[:1], options).notes == ()


def test_keys_of_json_may_be_missing_but_not_misspelt_without_a_word(tmp_path: Path) -> None:
    sources = [
        source(tmp_path / "a.jsonl", b'{"text": "a", "label": "x"}\n'),
        source(tmp_path / "b.jsonl", b'{"text": "b"}\n'),
        source(tmp_path / "c.jsonl", b'{"text": "c", "Label": "x"}\n'),
    ]
    options = ReadOptions(modality="text", label_column="label")
    assert survey(sources, options).notes == (
        "c.jsonl has no column 'label', which is null in its rows (1 such of 3 files looked into)",
    )
    assert survey(sources[:2], options).notes == ()


def test_a_name_that_looks_like_the_one_asked_for_is_shown_as_it_is(tmp_path: Path) -> None:
    for name in ("text ", "text\u200b", "\ufefftext", "text\xa0"):
        one = source(tmp_path / "a.csv", f"id,{name}\n1,a\n".encode())
        with pytest.raises(RequestError) as caught:
            survey([one], ReadOptions(modality="text", text_column="text"))
        assert f"has no column 'text'; it has id, {name!r}: name one" in str(caught.value)
    parted = source(tmp_path / "b.csv", "id,gro\u0308sse\n1,a\n".encode())
    with pytest.raises(RequestError, match=r"it has id, 'gro\\u0308sse': name one"):
        survey([parted], ReadOptions(modality="text", text_column="gr\u00f6sse"))


def test_files_with_their_texts_in_columns_of_other_names_are_said(tmp_path: Path) -> None:
    sources = [
        source(tmp_path / "a.csv", b"text,title\na,b\n"),
        source(tmp_path / "b.csv", b"title,body\nc,d\n"),
        source(tmp_path / "c.csv", b"body,title\nc,d\n"),
    ]
    assert survey(sources, ReadOptions(modality="text")).notes == (
        "b.csv: its items are of the column 'body', those of a.csv of 'text': if one is meant, name it with --text-column or"
        " --image-column",
    )
    assert survey(sources[1:], ReadOptions(modality="text")).notes == ()
    assert survey(sources, ReadOptions(modality="text", text_column="title")).notes == ()
