"""Reads CSV and TSV: a record is a row.

CSV values may be quoted as RFC 4180 has it, and then hold separators and line ends; TSV has no quoting. Every value
is read as bytes, so that neither a type guess nor a byte that is not UTF-8 can cost the file. A record with another
number of values than the header is a row with an error, in its place; so is a line with a quote that never ends.
Lines without a character are no records.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.csv

from transforms.common.errors import RequestError
from transforms.corpus.formats import format_of
from transforms.corpus.options import Range, ReadOptions
from transforms.corpus.readers import blocks
from transforms.corpus.readers.columns import ColumnBatch, Roles
from transforms.corpus.readers.opening import open_stream
from transforms.corpus.sources import Source
from transforms.storage.files import Stream, exactly

LONGEST_RECORD = 64 << 20
"""A quoted value that goes on for longer was never meant to be one."""

# As pyarrow reads them: a quote opens only at the start of a value; after it is closed, what follows up to the next
# separator belongs to the value. Possessive throughout: there is one way to read a record, so no way back is kept.
_VALUE = rb'(?:"[^"]*+(?:""[^"]*+)*+"(?!")[^,\r\n]*+|[^",\r\n][^,\r\n]*+)?+'
_RECORD = rb"(?:" + _VALUE + rb",)*+" + _VALUE + rb"(?:\r\n|\n|\r)"
_RECORDS = re.compile(rb"(?:" + _RECORD + rb")*+")
_FIRST_RECORD = re.compile(rb"[\r\n]*+" + _RECORD)
_FIRST_LINE = re.compile(rb"[\r\n]*+[^\r\n]*+(?:\r\n|\n|\r|\Z)")
_BOM = b"\xef\xbb\xbf"


def columns(source: Source, options: ReadOptions) -> pa.Schema | None:
    """The header's names, or "0", "1" and so on without a header; None where there is no record."""
    quoted = _quoted(source)
    names = _names(_first_record(source, quoted), options=options, quoted=quoted)
    return pa.schema([(name, pa.string()) for name in names]) if names else None


def read(source: Source, roles: Roles, options: ReadOptions, part: Range | None) -> Iterator[ColumnBatch]:
    """The rows of a source or of a stretch of it."""
    quoted = _quoted(source)
    first = _first_record(source, quoted)
    names = _names(first, options=options, quoted=quoted)
    drop = len(first) if options.header and (part is None or part.start == 0) else 0
    with open_stream(source) as stream:
        for block, sound in _blocks(blocks.stretch(stream, part), quoted):
            if drop:
                block, drop = block[drop:], max(drop - len(block), 0)
            if not sound and block:
                yield _one_error(f"BadQuotes: a quote opens and is not closed again: {_shown(block)}", roles)
            elif block.strip(b"\r\n"):
                yield _parse(block, names, roles.columns, quoted)


def split(source: Source, options: ReadOptions, max_bytes: int) -> list[Range | None]:
    """Even stretches; for CSV the file is read once, since only that tells which line ends are inside quotes."""
    quoted = _quoted(source)
    if quoted:
        with open_stream(source) as stream:
            bounds = list(_record_starts(stream, max_bytes))
    else:
        bounds = blocks.even_bounds(source.size, max_bytes)
    # Whoever reads the first stretch leaves the header out, so all of it has to be there.
    header = len(_BOM) + len(_first_record(source, quoted)) if options.header else 0
    return blocks.between([0, *(bound for bound in bounds if bound >= header), source.size], "bytes")


def _record_starts(stream: Stream, spacing: int) -> Iterator[int]:
    """Where records start, about `spacing` bytes apart."""
    last = 0
    position = len(_BOM) if exactly(stream, len(_BOM)) == _BOM else 0
    stream.seek(0)
    step = max(min(spacing // 4, blocks.BLOCK), 1)
    pieces = (piece[at : at + step] for piece in blocks.stretch(stream, None) for at in range(0, len(piece), step))
    previous = b""
    for block, _ in _blocks(pieces, quoted=True):
        # Stretches meet at "\n"; a record that "\r" ends is left with the next one.
        if position - last >= spacing and previous.endswith(b"\n"):
            yield position
            last = position
        position += len(block)
        previous = block


# ---- records ----------------------------------------------------------------------------------------------


def _quoted(source: Source) -> bool:
    form = format_of(source.name)
    return form is not None and form.kind == "comma"


def _blocks(pieces: Iterable[bytes], quoted: bool) -> Iterator[tuple[bytes, bool]]:
    return blocks.whole(pieces, _last_record_end, longest=LONGEST_RECORD) if quoted else blocks.whole(pieces)


def _last_record_end(data: bytes) -> int:
    if b'"' not in data:
        return blocks.last_line_end(data)
    found = _RECORDS.match(data)
    return found.end() if found else 0


def _first_record(source: Source, quoted: bool) -> bytes:
    """The first record, with the blank lines before it."""
    blank = b""
    with open_stream(source) as stream:
        for block, _ in _blocks(blocks.stretch(stream, None), quoted):
            if block.strip(b"\r\n"):
                # The end of the bytes ends a record as well as a line end does.
                found = _FIRST_RECORD.match(block + b"\n") if quoted else _FIRST_LINE.match(block)
                if found is None:
                    raise RequestError(
                        f"{source.uri}: its first line opens a quote that is not closed again: mend it, or leave the "
                        "file out"
                    )
                return blank + block[: found.end()]
            blank += block
    return b""


def _names(record: bytes, *, options: ReadOptions, quoted: bool) -> list[str]:
    if not record:
        return []
    data = _unmarked(record.decode("utf-8", "replace").encode() + b"\n")
    names: list[str] = pa.csv.read_csv(pa.py_buffer(data), parse_options=_parse_options(quoted)).column_names
    return names if options.header else [str(place) for place in range(len(names))]


# ---- values -----------------------------------------------------------------------------------------------


def _parse_options(quoted: bool, handler: Callable[[Any], str] | None = None) -> Any:
    return pa.csv.ParseOptions(
        delimiter="," if quoted else "\t",
        quote_char='"' if quoted else False,
        newlines_in_values=quoted,
        invalid_row_handler=handler,
    )


def _parse(block: bytes, names: Sequence[str], wanted: Sequence[str], quoted: bool) -> ColumnBatch:
    places = [str(names.index(name)) for name in wanted]
    try:
        table, bad = _table(block, len(names), places, quoted=quoted)
        arrays = [_one(table.column(place)) for place in places]
    except pa.ArrowInvalid:
        # pyarrow hands a bad record over as str and fails where it is not UTF-8. As Latin-1 every byte is a
        # character, so the block can be read as that and its values turned back.
        table, bad = _table(block.decode("latin-1").encode(), len(names), places, quoted=quoted, code="latin-1")
        arrays = [_from_latin1(table.column(place)) for place in places]
    if not bad:
        return ColumnBatch(dict(zip(wanted, arrays, strict=True)))
    errors: list[str | None] = [None] * (table.num_rows + len(bad))
    for place, message in bad:
        errors[place] = message
    good = iter(range(table.num_rows))
    order = pa.array([next(good) if error is None else None for error in errors], pa.int64())
    return ColumnBatch(
        {name: array.take(order) for name, array in zip(wanted, arrays, strict=True)}, pa.array(errors, pa.string())
    )


def _table(
    block: bytes, width: int, places: Sequence[str], *, quoted: bool, code: str = "utf-8"
) -> tuple[pa.Table, list[tuple[int, str]]]:
    """The sound records' values, and the bad ones' places and messages."""
    bad: list[tuple[int, str]] = []

    def note(row: Any) -> str:
        bad.append(
            (
                row.number - 1,
                f"WrongColumns: {row.actual_columns} values where {width} are due: {_shown(row.text.encode(code))}",
            )
        )
        return "skip"

    data = _unmarked(block)
    table = pa.csv.read_csv(
        pa.py_buffer(data),
        read_options=pa.csv.ReadOptions(
            use_threads=False, block_size=len(data) + 1, column_names=[str(place) for place in range(width)]
        ),
        parse_options=_parse_options(quoted, note),
        convert_options=pa.csv.ConvertOptions(
            column_types={place: pa.binary() for place in places}, include_columns=list(places)
        ),
    )
    return table, bad


def _unmarked(block: bytes) -> bytes:
    """pyarrow drops a mark at the start of what it reads. The file's is gone already, so one here is a value's."""
    return b"\n" + block if block.startswith(_BOM) else block


def _one(column: pa.ChunkedArray) -> pa.Array:
    chunks = column.chunks
    return chunks[0] if len(chunks) == 1 else pa.concat_arrays(chunks) if chunks else pa.array([], column.type)


def _from_latin1(column: pa.ChunkedArray) -> pa.Array:
    values = column.to_pylist()
    return pa.array([None if v is None else v.decode().encode("latin-1") for v in values], pa.binary())


def _one_error(message: str, roles: Roles) -> ColumnBatch:
    return ColumnBatch(dict.fromkeys(roles.columns, pa.nulls(1, pa.binary())), pa.array([message], pa.string()))


def _shown(data: bytes) -> str:
    return " ".join(data.decode("utf-8", "replace")[:80].split())
