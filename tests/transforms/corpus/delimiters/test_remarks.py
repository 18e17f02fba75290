"""Words about values that are perhaps meant otherwise."""

from pathlib import Path

import pytest

from tests.transforms.corpus.readers.writing import source
from transforms.corpus.delimiters.remarks import remark
from transforms.corpus.options import ReadOptions
from transforms.corpus.readers import survey


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (
            ["1.5", "NA", "2.5"],
            "column 'n' is kept as text, since 'NA' is no number: leave the value empty where there is none",
        ),
        (
            ["1", "-", "2"],
            "column 'n' is kept as text, since '-' is no number: leave the value empty where there is none",
        ),
        (
            ["1", "\\N"],
            r"column 'n' is kept as text, since '\\N' is no number: leave the value empty where there is none",
        ),
        (
            ["[EUR]", *"123456789"],
            "column 'n' is kept as text, since '[EUR]' is no number: leave the value empty where there is none",
        ),
        (["0,5", "1,5"], "column 'n' is kept as text: '0,5' is read as a number only if it is written 1234.5"),
        (["1.299,99", "7"], "column 'n' is kept as text: '1.299,99' is read as a number only if it is written 1234.5"),
        (
            ["1,234", "2,345,678"],
            "column 'n' is kept as text: '1,234' is read as a number only if it is written 1234.5",
        ),
        (
            ["1\u202f234", "5"],
            r"column 'n' is kept as text: '1\u202f234' is read as a number only if it is written 1234.5",
        ),
        (["$5.00", "$6.50"], "column 'n' is kept as text: '$5.00' is read as a number only if it is written 1234.5"),
        (["12%", "7%", "NA"], "column 'n' is kept as text: '12%' is read as a number only if it is written 1234.5"),
        (["999", "1.299", "12.500"], "column 'n': 1.299 is read as a decimal number, not as thousands"),
    ],
)
def test_numbers_that_are_kept_as_text_are_said(values: list[str], words: str) -> None:
    assert remark("n", values, is_label=False).replace("\\\\", "\\") == words.replace("\\\\", "\\")


@pytest.mark.parametrize(
    "values",
    [
        [],
        ["", None],
        ["7", "8", ""],
        ["1.299", "12.500"],
        ["1.25", "2"],
        ["007", "008"],
        ["A1", *"123456"],
        ["A1", "A2", *"123456789"],
        [*"123456789", *["007"] * 9],
        ["1.9", "1.10"],
        ["12:30", "31.12.2019", "2019-12-31"],
        ["NA", "EU"],
        ["red", "-"],
        ["a,b"],
        ["192.168.0.1"],
        ["+49 170 1234567"],
    ],
)
def test_of_other_values_nothing_is_said(values: list[str | None]) -> None:
    assert remark("n", values, is_label=False) is None


def test_words_for_no_value_are_said_of_labels(tmp_path: Path) -> None:
    assert remark("label", ["pos", "nan", ""], is_label=True) == (
        "the label 'nan' is a class of its own: leave the value empty where there is no label"
    )
    assert remark("label", ["pos", "none", "-", "1,5"], is_label=True) is None
    one = source(tmp_path / "a.csv", b"text,label,n\none,pos,1\ntwo,NULL,NA\n")
    options = ReadOptions(modality="text", label_column="label", keep=("n",))
    assert survey([one], options).notes == (
        "a.csv: the label 'NULL' is a class of its own: leave the value empty where there is no label",
        "a.csv: column 'n' is kept as text, since 'NA' is no number: leave the value empty where there is none",
    )


@pytest.mark.parametrize(("name", "separator"), [("a.tsv", b"\t"), ("a.csv", b",")])
def test_the_null_of_databases_is_said(tmp_path: Path, name: str, separator: bytes) -> None:
    content = b"text,label\none,pos\ntwo,\\N\n".replace(b",", separator)
    options = ReadOptions(modality="text", label_column="label")
    assert survey([source(tmp_path / name, content)], options).notes == (
        rf"{name}: \N, which databases write for a missing value, is read as the text that it is",
    )
    inside = source(tmp_path / "b.csv", b"text,path\none,C:\\New\ntwo,x\\N\n")
    assert survey([inside], ReadOptions(modality="text")).notes == ()
