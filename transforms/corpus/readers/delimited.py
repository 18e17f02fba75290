"""Reads CSV and TSV: a record is a row.

How values are separated and quoted is found out by `dialect`. Every value is read as bytes, so that neither a type
guess nor a byte that is not UTF-8 can cost the file. A record with another number of values than the header is a row
with an error, in its place; so are a line with a quote that never ends, the header once more, and a rule of dashes. Lines
without a character are no records.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.csv

from transforms.common.errors import RequestError
from transforms.corpus.columns.batches import ColumnBatch
from transforms.corpus.columns.kept import infer
from transforms.corpus.columns.roles import Roles, asked_columns
from transforms.corpus.delimiters import no_rows
from transforms.corpus.delimiters.dialect import Dialect, find_dialect
from transforms.corpus.delimiters.escapes import doubled, doubled_pieces
from transforms.corpus.delimiters.remarks import remark
from transforms.corpus.formats import format_of
from transforms.corpus.options import Range, ReadOptions
from transforms.corpus.sources import Source
from transforms.corpus.streams import blocks
from transforms.corpus.streams.encoding import HEAD, UTF8_BOM, is_converted
from transforms.corpus.streams.opening import open_text
from transforms.storage.files import Stream, exactly

LONGEST_RECORD = 64 << 20
"""A quoted value that goes on for longer was never meant to be one."""

_LOOKED_AT = 1000
_PAGE = re.compile(r"\s*<(?:!doctype html|html|\?xml)\b", re.IGNORECASE)
_OWN = {"comma": b",", "tab": b"\t"}


def columns(source: Source, options: ReadOptions) -> pa.Schema | None:
    """The header's names, or "0", "1" and so on without a header; None where there is no record."""
    start = _start(source, options)
    names = _names(start, options)
    if names and options.header and _PAGE.match(names[0]):
        raise RequestError(
            f"{source.uri}: begins as a page of HTML or XML does, not as a table: get the data itself, or leave the file out"
            " (--no-header if its first line is a value)"
        )
    return pa.schema([(name, pa.string()) for name in names]) if names else None


def kept(source: Source, options: ReadOptions) -> list[pa.Field]:
    """The kept columns that the source has, with the types that their first values have."""
    if not options.keep:
        return []
    schema = columns(source, options)
    names = tuple(name for name in options.keep if schema is not None and name in schema.names)
    return [infer(name, values) for name, values in _head(source, options, names).items()]


def _head(source: Source, options: ReadOptions, names: tuple[str, ...]) -> dict[str, list[str | None]]:
    """The first values of some columns."""
    if not names:
        return {}
    roles = Roles(payload=names, by_uri=False, id=None, label=None, keep=())
    head: dict[str, list[str | None]] = {name: [] for name in names}
    for batch in read(source, roles, options, None):
        for name in names:
            found = batch.columns[name].slice(0, _LOOKED_AT).to_pylist()
            head[name] += [None if value is None else value.decode("utf-8", "replace") for value in found]
        if len(head[names[0]]) >= _LOOKED_AT:
            break
    return head


def notes(source: Source, options: ReadOptions) -> list[str]:
    """Words about what was concluded from the file's head, and about values that may be meant otherwise."""
    start = _start(source, options)
    names = _names(start, options)
    dialect, head = start.dialect, start.head.strip()
    found = [] if dialect.note is None else [dialect.note]
    several = b"\n" in head or b"\r" in head
    is_asked = not set(asked_columns(options)).isdisjoint(names)
    if not found and options.header and len(names) == 1 and several and not is_asked:
        first = _shown(names[0].encode())
        found.append(f"{source.name}: took its first line, {first!r}, for a header: --no-header if it is none")
    s = re.escape(dialect.separator)
    if re.search(rb"(?:^|%b)\\N(?:%b|\r?$)" % (s, s), head, re.MULTILINE):
        found.append(rf"{source.name}: \N, which databases write for a missing value, is read as the text that it is")
    asked = [*([options.label_column] if options.label_column is not None else []), *options.keep]
    asked = [name for name in dict.fromkeys(asked) if names.count(name) == 1]
    for name, values in _head(source, options, tuple(asked)).items():
        word = remark(name, values, is_label=name == options.label_column)
        found += [f"{source.name}: {word}"] if word is not None else []
    return found


def read(source: Source, roles: Roles, options: ReadOptions, part: Range | None) -> Iterator[ColumnBatch]:
    """The rows of a source or of a stretch of it."""
    start = _start(source, options)
    dialect = start.dialect
    names = _names(start, options)
    at_start = part is None or part.start == 0
    drop = len(start.first) if at_start and options.header else 0
    skip = dialect.skip if at_start else 0
    # Of a single column it may be a value like any other.
    header = start.first.strip(b"\r\n") if options.header and len(names) > 1 else b""
    behind_header = at_start
    with open_text(source, options) as stream:
        for block, sound in _blocks(_pieces(stream, part, skip, dialect), dialect):
            if drop:
                block, drop = block[drop:], max(drop - len(block), 0)
            if not block.strip(b"\r\n"):
                continue
            if sound:
                for piece, error in no_rows.pieces(block, header, dialect, at_start=behind_header):
                    if error is not None:
                        yield _one_error(error, roles)
                    elif piece.strip(b"\r\n"):
                        yield _parse(piece, names, roles.columns, dialect)
            elif dialect.quoting == "lenient":
                yield _parse(block, names, roles.columns, replace(dialect, quoting="none"))
            else:
                yield _one_error(f"BadQuotes: a quote opens and is not closed again: {_shown(block)}", roles)
            behind_header = False


def split(source: Source, options: ReadOptions, max_bytes: int) -> list[Range | None]:
    """Even stretches; the file is read once, since only that tells which line ends are inside quotes."""
    with open_text(source, options) as stream:
        if is_converted(stream):
            return [None]
    start = _start(source, options)
    dialect, mark = start.dialect, start.mark
    if dialect.quoting == "none":
        bounds = blocks.even_bounds(source.size, max_bytes)
    else:
        with open_text(source, options) as stream:
            bounds = list(_record_starts(stream, max_bytes, dialect, mark))
    # Whoever reads the first stretch leaves the header out, so all of it has to be there.
    header = mark + dialect.skip + (len(start.first) if options.header else 0)
    return blocks.between([0, *(bound for bound in bounds if bound >= header), source.size], "bytes")


def _record_starts(stream: Stream, spacing: int, dialect: Dialect, mark: int) -> Iterator[int]:
    """Where records start, about `spacing` bytes apart."""
    last = 0
    position = mark + dialect.skip
    step = max(min(spacing // 4, blocks.BLOCK), 1)
    stretch = _pieces(stream, None, dialect.skip, dialect)
    pieces = (piece[at : at + step] for piece in stretch for at in range(0, len(piece), step))
    previous = b""
    for block, _ in _blocks(pieces, dialect):
        # Stretches meet at "\n"; a record that "\r" ends is left with the next one.
        if position - last >= spacing and previous.endswith(b"\n"):
            yield position
            last = position
        position += len(block)
        previous = block


# ---- records ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class _Start:
    """What the start of a file tells.

    Attributes:
      dialect: how it is written.
      head: its first bytes, after a byte order mark and Excel's line.
      mark: the length of the byte order mark.
      first: the first record, with the blank lines before it.
    """

    dialect: Dialect
    head: bytes
    mark: int
    first: bytes


def _start(source: Source, options: ReadOptions) -> _Start:
    with open_text(source, options) as stream:
        head = exactly(stream, HEAD)
    text = head.removeprefix(UTF8_BOM)
    form = format_of(source.name)
    dialect = find_dialect(
        text,
        separator=_OWN[form.kind if form is not None else "comma"],
        name=source.name,
        asked_separator=options.delimiter,
        asked_quote=options.quote,
    )
    mark = len(head) - len(text)
    text = text[dialect.skip :]
    text = doubled(text) if dialect.escaped else text
    found = dialect.grammar.first_record.match(text)
    whole = found is not None and found.end() < len(text)
    first = found[0] if found is not None and whole else _first_record(source, options, dialect)
    return _Start(dialect=dialect, head=text, mark=mark, first=first)


def _pieces(stream: Stream, part: Range | None, skip: int, dialect: Dialect) -> Iterator[bytes]:
    """The bytes of a stretch without the first `skip`, with quotes as RFC 4180 has them."""
    pieces = _without(blocks.stretch(stream, part), skip)
    return doubled_pieces(pieces) if dialect.escaped else pieces


def _without(pieces: Iterable[bytes], skip: int) -> Iterator[bytes]:
    """The pieces without their first `skip` bytes."""
    for piece in pieces:
        if skip:
            piece, skip = piece[skip:], max(skip - len(piece), 0)
        if piece:
            yield piece


def _blocks(pieces: Iterable[bytes], dialect: Dialect) -> Iterator[tuple[bytes, bool]]:
    if dialect.quoting == "none":
        return blocks.whole(pieces)
    grammar = dialect.grammar

    def cut(data: bytes) -> int:
        return grammar.last_record_end(data) if dialect.quote in data else blocks.last_line_end(data)

    def is_open(data: bytes) -> bool:
        return dialect.quote not in data or grammar.is_open(data)

    return blocks.whole(pieces, cut, longest=LONGEST_RECORD, is_open=is_open)


def _first_record(source: Source, options: ReadOptions, dialect: Dialect) -> bytes:
    """The first record, with the blank lines before it, of a file whose head does not hold all of it."""
    blank = b""
    with open_text(source, options) as stream:
        for block, sound in _blocks(_pieces(stream, None, dialect.skip, dialect), dialect):
            if block.strip(b"\r\n"):
                # The end of the bytes ends a record as well as a line end does.
                plain = replace(dialect, quoting="none") if dialect.quoting == "lenient" and not sound else dialect
                found = plain.grammar.first_record.match(block + b"\n")
                if found is None:
                    raise RequestError(
                        f"{source.uri}: its first line opens a quote that is not closed again: mend it, or leave the "
                        "file out"
                    )
                return blank + block[: found.end()]
            blank += block
    return b""


def _names(start: _Start, options: ReadOptions) -> list[str]:
    if not start.first:
        return []
    dialect = start.dialect
    if dialect.quoting == "lenient" and dialect.grammar.first_record.match(start.first + b"\n") is None:
        dialect = replace(dialect, quoting="none")
    names = (_values if len(start.first) <= HEAD else _values.__wrapped__)(start.first, dialect)
    return list(names) if options.header else [str(place) for place in range(len(names))]


@lru_cache(maxsize=64)
def _values(record: bytes, dialect: Dialect) -> tuple[str, ...]:
    """The values of one record. A file's header is asked for several times, and the files of a corpus share one."""
    data = _unmarked(record.decode("utf-8", "replace").encode() + b"\n")
    table = pa.csv.read_csv(
        pa.py_buffer(data),
        read_options=pa.csv.ReadOptions(use_threads=False),
        parse_options=_parse_options(dialect),
    )
    return tuple(table.column_names)


# ---- values -----------------------------------------------------------------------------------------------


def _parse_options(dialect: Dialect, handler: Callable[[Any], str] | None = None) -> Any:
    return pa.csv.ParseOptions(
        delimiter=dialect.separator.decode(),
        quote_char=False if dialect.quoting == "none" else dialect.quote.decode(),
        newlines_in_values=dialect.quoting != "none",
        invalid_row_handler=handler,
    )


def _parse(block: bytes, names: Sequence[str], wanted: Sequence[str], dialect: Dialect) -> ColumnBatch:
    places = [str(names.index(name)) for name in wanted]
    # pyarrow hands a bad record over as str and prints a traceback where it is not UTF-8. As Latin-1 every byte is a
    # character, so such a block is read as that and its values turned back.
    if _is_utf8(block):
        table, bad = _table(block, len(names), places, dialect)
        arrays = [_one(table.column(place)) for place in places]
    else:
        table, bad = _table(block.decode("latin-1").encode(), len(names), places, dialect, code="latin-1")
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
    block: bytes, width: int, places: Sequence[str], dialect: Dialect, *, code: str = "utf-8"
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
        parse_options=_parse_options(dialect, note),
        convert_options=pa.csv.ConvertOptions(
            column_types={place: pa.binary() for place in places}, include_columns=list(places)
        ),
    )
    return table, bad


def _is_utf8(block: bytes) -> bool:
    if block.isascii():
        return True
    try:
        block.decode()
    except UnicodeDecodeError:
        return False
    return True


def _unmarked(block: bytes) -> bytes:
    """pyarrow drops a mark at the start of what it reads. The file's is gone already, so one here is a value's."""
    return b"\n" + block if block.startswith(UTF8_BOM) else block


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
