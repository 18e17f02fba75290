"""Converts one sheet of a workbook to an Arrow file, in a process of its own with a limit of memory and of time.

    python sheet_process.py WORKBOOK ARROW_FILE MOST_BYTES MOST_SECONDS [SHEET]

Run as a script, so that it imports as little as it can. It writes one JSON object: `sheet`, the names of all `sheets`, those that
are `hidden`, how many rows stand `above` the header; or `error`, one line.
"""

from __future__ import annotations

import datetime
import json
import mmap
import resource
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

_ROWS = 4096
_LARGEST_EXACT = 2.0**53
_TITLES = 20
_CONTAINER = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_ENCRYPTED = "it is encrypted: save it without a password"
_TYPES: dict[frozenset[str], pa.DataType] = {
    frozenset(): pa.null(),
    frozenset(("text",)): pa.string(),
    frozenset(("bool",)): pa.bool_(),
    frozenset(("integer",)): pa.int64(),
    frozenset(("number",)): pa.float64(),
    frozenset(("integer", "number")): pa.float64(),
    frozenset(("date",)): pa.timestamp("us"),
    frozenset(("time",)): pa.time64("us"),
    frozenset(("duration",)): pa.duration("us"),
}


def main(workbook: str, out: str, most_bytes: str, most_seconds: str, asked: str | None = None) -> dict[str, Any]:
    """Does the work; returns what is written."""
    limit(int(most_bytes), int(most_seconds))
    try:
        with open(workbook, "rb") as raw:
            return convert(CalamineWorkbook.from_filelike(raw), out, asked)
    except PasswordError:
        return {"error": _ENCRYPTED}
    except CalamineError as error:
        if is_encrypted(workbook):
            return {"error": _ENCRYPTED}
        return {"error": f"it is no workbook that can be read ({error})"}


def is_encrypted(workbook: str) -> bool:
    """Whether a file is a container of Office 97 around an encrypted workbook of a later Office."""
    if Path(workbook).stat().st_size < len(_CONTAINER):
        return False
    with open(workbook, "rb") as raw, mmap.mmap(raw.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content[: len(_CONTAINER)] == _CONTAINER and content.find(_PACKAGE) >= 0


def limit(most_bytes: int, most_seconds: int) -> None:
    """Bounds the memory that this process takes from now on, and its time on processors."""
    with suppress(OSError, ValueError):  # where the system has no such limits
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        most = pages * resource.getpagesize() + most_bytes
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        resource.setrlimit(resource.RLIMIT_CPU, (most_seconds, most_seconds))


def convert(book: CalamineWorkbook, out: str, asked: str | None) -> dict[str, Any]:
    """Writes the sheet that is asked for, or the first that can be seen; returns what is to be said of it."""
    sheets = [one for one in book.sheets_metadata if one.typ == SheetTypeEnum.WorkSheet]
    hidden = [one.name for one in sheets if one.visible != SheetVisibleEnum.Visible]
    names = [one.name for one in sheets]
    if not sheets:
        return {"error": "it has no sheet with cells"}
    if asked is not None and asked not in names:
        return {"error": f"it has no sheet {asked!r}; it has {', '.join(map(repr, names))}", "is_request": True}
    name = asked or next((one for one in names if one not in hidden), names[0])
    sheet = book.get_sheet_by_name(name)
    above = _rows_above(sheet)
    rows = _rows(sheet, above)
    header = next(rows, [])
    kinds = _kinds(rows, len(header))
    named = [number for number, cell in enumerate(header) if cell != "" or kinds[number]]
    schema = pa.schema([pa.field(_name(header[i], i), _TYPES.get(frozenset(kinds[i]), pa.string())) for i in named])
    with pa.OSFile(out, "wb") as file, pa.ipc.new_file(file, schema) as writer:
        rows = _rows(sheet, above)
        next(rows, None)
        while block := list(islice(rows, _ROWS)):
            arrays = [_array([row[i] for row in block], schema.field(at).type) for at, i in enumerate(named)]
            writer.write_batch(pa.record_batch(arrays, schema=schema))
    return {"sheet": name, "sheets": names, "hidden": hidden, "above": above}


def _rows(sheet: CalamineSheet, above: int) -> Iterator[list[Any]]:
    """The rows that have a cell, without those above the header."""
    filled = (row for row in sheet.iter_rows() if any(cell != "" for cell in row))
    return islice(filled, above, None)


def _rows_above(sheet: CalamineSheet) -> int:
    """How many rows are titles: those with one cell, above one that names several columns."""
    head = list(islice(_rows(sheet, 0), _TITLES))
    counts = [sum(cell != "" for cell in row) for row in head]
    above = next((number for number, count in enumerate(counts) if count > 1), 0)
    names = [cell for cell in head[above] if cell != ""] if head else []
    return above if all(isinstance(cell, str) for cell in names) and max(counts, default=0) == len(names) else 0


def _kinds(rows: Iterator[list[Any]], width: int) -> list[set[str]]:
    kinds: list[set[str]] = [set() for _ in range(width)]
    for row in rows:
        for found, cell in zip(kinds, row, strict=False):
            if cell != "":
                found.add(_kind(cell))
    return kinds


def _kind(cell: Any) -> str:
    if isinstance(cell, str):
        return "text"
    if isinstance(cell, bool):
        return "bool"
    if isinstance(cell, int | float):
        return "integer" if float(cell).is_integer() and abs(cell) < _LARGEST_EXACT else "number"
    if isinstance(cell, datetime.date):
        return "date"
    return "time" if isinstance(cell, datetime.time) else "duration"


def _array(cells: Sequence[Any], kind: pa.DataType) -> pa.Array:
    values = [None if cell == "" else cell for cell in cells]
    if pa.types.is_string(kind):
        return pa.array([None if value is None else _text(value) for value in values], kind)
    if pa.types.is_integer(kind):
        return pa.array([None if value is None else int(value) for value in values], kind)
    if pa.types.is_timestamp(kind):
        return pa.array([None if value is None else _midnight(value) for value in values], kind)
    return pa.array(values, kind)


def _midnight(value: datetime.date) -> datetime.datetime:
    return value if isinstance(value, datetime.datetime) else datetime.datetime(value.year, value.month, value.day)


def _text(value: Any) -> str:
    """A cell of a column of several types, as a table of texts would have it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < _LARGEST_EXACT:
        return str(int(value))
    return str(value)


def _name(cell: Any, position: int) -> str:
    return f"Unnamed: {position}" if cell == "" else _text(cell)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(*sys.argv[1:])))
