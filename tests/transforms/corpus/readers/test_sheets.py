"""Workbooks of Excel and LibreOffice."""

import datetime
import io
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unittest import mock

import openpyxl
import pandas as pd
import pytest

from tests.transforms.corpus.readers.writing import TEXT, payloads, rows, source
from tests.transforms.corpus.test_sources import memory
from transforms.common.errors import RequestError
from transforms.corpus import formats, readers
from transforms.corpus.options import ReadOptions
from transforms.corpus.readers import sheets
from transforms.corpus.sources import Source, list_corpus

__all__ = ["memory"]

GOLDEN = Path(__file__).parents[3] / "data/sheets-1"
KEPT = ("n", "x", "day", "yes", "mixed", "none")
ALL = ReadOptions(modality="text", text_column="text", keep=KEPT)
MOMENT = datetime.datetime(2024, 1, 2, 3, 4, 5)


def xlsx(*sheets: tuple[str, Sequence[Sequence[Any]]], hidden: Sequence[str] = ()) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, cells in sheets:
        sheet = book.create_sheet(name)
        for row in cells:
            sheet.append(list(row))
        if name in hidden:
            sheet.sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


CELLS = [
    ["text", "n", "x", "day", "yes", "mixed", "none"],
    ["first", 1, 1.5, MOMENT, True, 7, None],
    ["zweite é \U0001f600", 2**40, 2, datetime.datetime(2024, 1, 3), False, "word", None],
    [None] * 7,
    ["", None, None, None, None, 2.5, "#N/A"],
    ["NA", -3, None, None, True, True, None],
]


def written(path: Path, cells: Sequence[Sequence[Any]] = CELLS) -> Source:
    """The cells as a workbook of the format that the name tells; .ods as pandas wrote it with odfpy."""
    if path.suffix == ".ods":
        assert cells is CELLS, "there is one file of this format"
        return source(path, (GOLDEN / "cells.ods").read_bytes())
    return source(path, xlsx(("Sheet", cells)))


@pytest.mark.parametrize("suffix", [".xlsx", ".ods"])
def test_rows_are_those_that_pandas_reads(tmp_path: Path, suffix: str) -> None:
    one = written(tmp_path / f"a{suffix}")
    found = rows(one, ALL)
    frame = pd.read_excel(one.uri, engine="calamine", keep_default_na=False, na_values=[""]).dropna(how="all")
    assert [(row["payload"] or b"").decode() or None for row in found] == [
        None if pd.isna(text) else text for text in frame["text"]
    ]
    for name in ("n", "x", "day", "yes"):
        expected = [None if pd.isna(value) else value for value in frame[name]]
        assert [row[name] for row in found] == expected, name
    kinds = {field.name: str(field.type) for field in readers.probe(one, ALL)}
    assert kinds == {
        "n": "int64", "x": "double", "day": "timestamp[us]", "yes": "bool", "mixed": "string", "none": "string"
    }  # fmt: skip
    assert [row["mixed"] for row in found] == ["7", "word", "2.5", "true"]
    assert [row["none"] for row in found] == [None, None, None if suffix == ".xlsx" else "#N/A", None]


def test_the_first_sheet_that_can_be_seen_is_read_unless_another_is_named(tmp_path: Path) -> None:
    content = xlsx(("Old", [["text"], ["hidden"]]), ("Main", [["text"], ["seen"]]), ("More", [["text"], ["other"]]),
                   hidden=["Old"])  # fmt: skip
    one = source(tmp_path / "a.xlsx", content)
    assert payloads(one) == [b"seen"]
    for name, expected in (("Old", b"hidden"), ("More", b"other")):
        assert payloads(one, ReadOptions(modality="text", sheet=name)) == [expected]
    assert readers.survey([one], TEXT).notes == (
        "a.xlsx has 3 sheets, 1 of them hidden; 'Main' is read: --sheet names another",
    )
    assert readers.survey([one], ReadOptions(modality="text", sheet="More")).notes == ()
    with pytest.raises(RequestError, match=r"has no sheet 'x'; it has 'Old', 'Main', 'More': name one with --sheet"):
        payloads(one, ReadOptions(modality="text", sheet="x"))


def test_titles_above_the_header_are_passed_over_and_said(tmp_path: Path) -> None:
    cells = [["Complaints of 2024"], [], ["internal"], ["text", "n"], ["a", 1], ["b", 2]]
    one = source(tmp_path / "a.xlsx", xlsx(("S", cells)))
    options = ReadOptions(modality="text", keep=("n",))
    assert [(row["payload"], row["n"]) for row in rows(one, options)] == [(b"a", 1), (b"b", 2)]
    assert readers.survey([one], options).notes == ("a.xlsx: the first 2 rows are taken for a title above the header",)
    column = source(tmp_path / "b.xlsx", xlsx(("S", [["text"], ["a"], ["b"]])))
    assert payloads(column) == [b"a", b"b"] and readers.survey([column], TEXT).notes == ()


def test_columns_without_a_name_have_that_of_pandas_and_empty_ones_are_none(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for place, value in {"C4": "text", "E4": 2024, "C5": "q", "E5": 2, "F5": "more", "C6": "r"}.items():
        book.active[place] = value
    out = io.BytesIO()
    book.save(out)
    one = source(tmp_path / "a.xlsx", out.getvalue())
    assert readers.columns_of(one, TEXT) == ["text", "2024", "Unnamed: 3"]
    assert payloads(one, ReadOptions(modality="text", text_column="text")) == [b"q", b"r"]


def test_merged_cells_have_their_value_once_and_formulas_that_of_their_last_calculation(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["text", "n"], ["a", 1], [None, 2], ["c", "=B2+B3"]):
        sheet.append(row)
    sheet.merge_cells("A2:A3")
    out = io.BytesIO()
    book.save(out)
    calculated = io.BytesIO()
    with zipfile.ZipFile(out) as old, zipfile.ZipFile(calculated, "w") as new:
        for name in old.namelist():
            content = old.read(name).decode()
            new.writestr(
                name, re.sub(r"(<f>B2\+B3</f>)<v\s*/>|(<f>B2\+B3</f>)<v></v>", r"<f>B2+B3</f><v>3</v>", content)
            )
    one = source(tmp_path / "a.xlsx", calculated.getvalue())
    options = ReadOptions(modality="text", text_column="text", keep=("n",))
    assert [(row["payload"], row["n"]) for row in rows(one, options)] == [(b"a", 1), (None, 2), (b"c", 3)]


def test_numbers_that_are_no_exact_integers_stay_numbers(tmp_path: Path) -> None:
    one = source(tmp_path / "a.xlsx", xlsx(("S", [["text", "n"], ["a", 1e300], ["b", 2]])))
    options = ReadOptions(modality="text", text_column="text", keep=("n",))
    assert [row["n"] for row in rows(one, options)] == [1e300, 2.0]


def test_types_of_several_workbooks_are_agreed_on(tmp_path: Path) -> None:
    several = [
        source(tmp_path / f"{name}.xlsx", xlsx(("S", [["text", "n"], ["t", value]])))
        for name, value in (("a", 1), ("b", "x"), ("c", 2.5))
    ]
    options = ReadOptions(modality="text", text_column="text", keep=("n",))
    schema = readers.survey(several, options).kept
    found = [row["n"] for batch in readers.read(several, options, kept=schema) for row in batch.to_pylist()]
    assert found == ["1", "x", "2.5"]


@pytest.mark.parametrize("cells", [[], [["text", "n"]]])
def test_a_sheet_without_rows_has_none(tmp_path: Path, cells: list[list[str]]) -> None:
    assert rows(source(tmp_path / "a.xlsx", xlsx(("S", cells)))) == []


def test_columns_of_one_name_are_refused_where_they_are_asked_for(tmp_path: Path) -> None:
    one = source(tmp_path / "a.xlsx", xlsx(("S", [["text", "x", "x"], ["a", 1, 2]])))
    assert payloads(one) == [b"a"]
    with pytest.raises(RequestError, match="has 2 columns named 'x'"):
        rows(one, ReadOptions(modality="text", keep=("x",)))


def bomb(columns: str, size: int) -> bytes:
    """A workbook of one sheet with a header and a cell far away, or with a text of `size` bytes."""
    out = io.BytesIO()
    whole = xlsx(("S", [["text"], ["a"]]))
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                far = f'<row r="1048576"><c r="{columns}1048576"><v>1</v></c></row>' if columns else ""
                content = content.replace(b"</sheetData>", far.encode() + b"</sheetData>")
                content = content.replace(b"<t>a</t>", b"<t>" + b"a" * max(size, 1) + b"</t>")
            new.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(("columns", "size"), [("XFD", 0), ("", 300_000_000)])
def test_a_workbook_that_swells_is_refused(tmp_path: Path, columns: str, size: int) -> None:
    one = source(tmp_path / "a.xlsx", bomb(columns, size))
    assert one.size < 1_000_000
    with (
        mock.patch.object(sheets, "MOST_BYTES", 200_000_000),
        pytest.raises(RequestError, match=r"a\.xlsx: cannot be read: it takes more memory or time than a workbook may"),
    ):
        rows(one)


def test_what_is_no_workbook_is_said(tmp_path: Path) -> None:
    whole = xlsx(("S", [["text"], ["a"]]))
    for content in (b"", b"not a zip", whole[:-200], whole[: len(whole) // 2], b"PK\x03\x04" + b"\0" * 100):
        with pytest.raises(RequestError, match=r"a\.xlsx: cannot be read: it is no workbook that can be read"):
            rows(source(tmp_path / "a.xlsx", content))
    empty = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(empty, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, re.sub(rb"<sheet [^>]*/>", b"", content) if name == "xl/workbook.xml" else content)
    with pytest.raises(RequestError, match="it has no sheet with cells"):
        rows(source(tmp_path / "a.xlsx", empty.getvalue()))
    encrypted = source(GOLDEN / "encrypted.xlsx")
    with pytest.raises(RequestError, match="it is encrypted: save it without a password"):
        rows(encrypted)
    with pytest.raises(RequestError, match="has vanished since it was listed"):
        rows(Source(name="b.xlsx", uri=str(tmp_path / "b.xlsx"), size=1, fingerprint="f"))


def test_a_workbook_in_a_store_is_read(memory: dict[str, bytes]) -> None:
    memory["memory://bucket/t/a.xlsx"] = xlsx(("S", [["text"], ["a"]]))
    assert payloads(list_corpus(["memory://bucket/t"], TEXT).sources) == [b"a"]


def test_workbooks_are_passed_over_where_their_reader_is_not_installed(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("line\n")
    source(tmp_path / "b.xlsx", b"x")
    with mock.patch.object(formats, "reads_sheets", return_value=False):
        found = list_corpus([str(tmp_path)], TEXT)
        assert [one.name for one in found.sources] == ["a.txt"] and found.skipped == {".xlsx": 1}
        assert found.notes == ("1 workbook needs python-calamine: pip install 'vectormill[sheets]'",)
        with pytest.raises(RequestError, match=r"pip install 'vectormill\[sheets\]'"):
            list_corpus([str(tmp_path / "b.xlsx")], TEXT)
