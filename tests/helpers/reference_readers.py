"""Reads lines, delimited files and JSON lines one character at a time: slow, simple, and by other code than the readers.

What it does is written in the readers' docstrings; the separator and the quoting that a file's head tells are taken as found.
"""

from __future__ import annotations

import bz2
import io
import json
import math
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import zstandard

from tests.helpers.random_files import Row
from transforms.corpus.delimiters.dialect import Dialect, find_dialect
from transforms.corpus.delimiters.escapes import doubled
from transforms.corpus.formats import format_of
from transforms.corpus.options import ReadOptions
from transforms.corpus.streams.encoding import HEAD, UTF8_BOM, has_mac_line_ends, utf8_stream

_BLANK = b" \t\n\r\x0b\x0c"


@dataclass(frozen=True, kw_only=True)
class Expected:
    """The rows that are due, and whether a refusal of the file would do instead, or is due itself."""

    rows: Sequence[Row]
    may_refuse: bool = False
    must_refuse: bool = False

    def agrees(self, found: Sequence[Row] | None) -> bool:
        """Whether this came of the file; None: a refusal."""
        if found is None:
            return self.may_refuse or self.must_refuse
        return not self.must_refuse and list(found) == list(self.rows)


def expected_rows(name: str, content: bytes, options: ReadOptions) -> Expected | None:
    """What any bytes hold in a format of text; None where there is no second reader, as for kept columns and headers."""
    form = format_of(name)
    assert form is not None
    if (
        form.kind not in ("lines", "comma", "tab", "json")
        or options.keep
        or (options.header and form.kind in ("comma", "tab"))
    ):
        return None
    try:
        data = utf8_stream(io.BytesIO(_unpacked(content, form.codec)), options.encoding).read().removeprefix(UTF8_BOM)
    except (OSError, EOFError, zlib.error, zstandard.ZstdError):
        return Expected(rows=[], must_refuse=True)
    if form.kind == "lines":
        return Expected(rows=[Row(line) for line in _lines(data)])
    if form.kind == "json":
        return _objects(data, options.label_column)
    return _table(data, name, options, b"," if form.kind == "comma" else b"\t")


def _unpacked(content: bytes, codec: str | None) -> bytes:
    """The bytes of all members, one behind another; raises where the last is cut off or followed by anything else."""
    if codec is None:
        return content
    data = b""
    while content:
        member: Any = _DECOMPRESSORS[codec]()
        data += member.decompress(content)
        if not member.eof:
            raise EOFError("the last member is cut off")
        content = member.unused_data
    return data


_DECOMPRESSORS: dict[str, Callable[[], Any]] = {
    "gzip": lambda: zlib.decompressobj(wbits=31),
    "bz2": bz2.BZ2Decompressor,
    "zstd": lambda: zstandard.ZstdDecompressor().decompressobj(),
}


def _lines(data: bytes) -> list[bytes]:
    data = data.replace(b"\r", b"\n") if has_mac_line_ends(data[:HEAD]) else re.sub(rb"\r+\n", b"\n", data)
    return [line for line in data.split(b"\n") if line.strip(_BLANK)]


# ---- delimited files --------------------------------------------------------------------------------------


def _table(data: bytes, name: str, options: ReadOptions, own: bytes) -> Expected:
    """The rows of a file without header, whose first value is the text."""
    dialect = find_dialect(
        data[:HEAD], separator=own, name=name, asked_separator=options.delimiter, asked_quote=options.quote
    )
    data = data[dialect.skip :]
    found = list(records(doubled(data) if dialect.escaped else data, dialect))
    if not found:
        return Expected(rows=[])
    if found[0] is None:
        return Expected(rows=[], must_refuse=True)
    width = len(found[0])
    if options.label_column is not None and int(options.label_column) >= width:
        return Expected(rows=[], must_refuse=True)
    rows = []
    for record in found:
        if record is None or len(record) != width:
            rows.append(Row(None, is_bad=True))
            continue
        label = record[int(options.label_column)] if options.label_column is not None else b""
        try:
            rows.append(Row(record[0], None, label.decode() or None))
        except UnicodeDecodeError:
            rows.append(Row(None, is_bad=True))
    return Expected(rows=rows)


def records(data: bytes, dialect: Dialect) -> Iterator[list[bytes] | None]:
    """The values of each record; None for a line that opens a quote and does not close it."""
    place = 0
    while place < len(data):
        if data[place : place + 1] in (b"\r", b"\n"):
            place += 1
            continue
        record, end = _record(data, place, dialect, dialect.quoting)
        if record is None:
            line, end = _record(data, place, dialect, "none")
            record = line if dialect.quoting == "lenient" else None
        yield record
        place = end


def _record(data: bytes, place: int, dialect: Dialect, quoting: str) -> tuple[list[bytes] | None, int]:
    """The record that begins at `place`, and where the next one may."""
    values: list[bytes] = []
    while True:
        value, place = _value(data, place, dialect, quoting)
        if value is None:
            return None, place
        values.append(value)
        if data[place : place + 1] != dialect.separator:
            return values, place + (2 if data[place : place + 2] == b"\r\n" else 1)
        place += 1


def _value(data: bytes, place: int, dialect: Dialect, quoting: str) -> tuple[bytes | None, int]:
    quote, separator = dialect.quote, dialect.separator
    ends = (separator, b"\r", b"\n", b"")

    def plain_end(at: int) -> int:
        while data[at : at + 1] not in ends:
            at += 1
        return at

    if quoting == "none" or data[place : place + 1] != quote:
        end = plain_end(place)
        return data[place:end], end
    at = place + 1
    inside = b""
    while True:
        close = data.find(quote, at)
        if close < 0:
            return None, place
        inside += data[at:close]
        if data[close + 1 : close + 2] != quote:
            break
        inside += quote
        at = close + 2
    has_line_end = b"\n" in inside or b"\r" in inside
    if data[close + 1 : close + 2] in ends:
        is_sound = quoting == "strict" or not (has_line_end and separator in inside)
        return (inside, close + 1) if is_sound else (None, place)
    if quoting == "lenient" or has_line_end:
        return None, place
    end = plain_end(close + 1)
    return inside + data[close + 1 : end], end


# ---- JSON lines -------------------------------------------------------------------------------------------


def _objects(data: bytes, label: str | None) -> Expected:
    """The rows of objects with the text at "text"."""
    if has_mac_line_ends(data[:HEAD]):
        data = data.replace(b"\r", b"\n")
    found = [_object(line) for line in data.split(b"\n") if line.strip(_BLANK)]
    first = next((line for line in data.split(b"\n") if line.strip(_BLANK)), b"")
    objects = [one for one in found if one is not None]
    texts = [one.get("text") for one in objects]
    may_refuse = bool(objects) and not any(isinstance(text, str) for text in texts)
    if label is not None:
        may_refuse = may_refuse or (bool(objects) and not any(label in one for one in objects))
        may_refuse = may_refuse or any(isinstance(one.get(label), dict | list) for one in objects)
    rows = []
    for one in found:
        if one is None or isinstance(one.get("text"), dict | list):
            rows.append(Row(None, is_bad=True))
            continue
        text, its_label = _scalar(one.get("text")), _scalar(one.get(label)) if label is not None else None
        rows.append(Row(None if text is None else text.encode(), None, its_label or None))
    must_refuse = first.lstrip(_BLANK).startswith(b"[") and found[0] is None
    return Expected(rows=rows, may_refuse=may_refuse, must_refuse=must_refuse)


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(re.sub("^\ufeff+", "", line.decode()), parse_float=_finite, object_pairs_hook=_texts)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _texts(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object all of whose texts can be written, those of a key that comes again, too: half a surrogate pair is no text."""
    json.dumps(pairs, ensure_ascii=False).encode()
    return dict(pairs)


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError("a number too large for a double")
    return value


def _scalar(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value)
