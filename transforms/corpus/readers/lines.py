"""Reads plain text: a line is an item.

A line ends at "\\n", "\\r\\n" or "\\r\\r\\n" (at "\\r" in a file that has no "\\n" in its head), which is not part of it;
everything else is kept, to the byte. A blank line separates items and is none itself: files with one after every item are
common.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import repeat
from typing import Any

import pyarrow as pa

from transforms.corpus.columns.batches import MAX_BYTES, MAX_ROWS, assemble, cut
from transforms.corpus.columns.path_columns import label_of_source
from transforms.corpus.formats import format_of
from transforms.corpus.options import Range, ReadOptions
from transforms.corpus.sources import Source
from transforms.corpus.streams import blocks
from transforms.corpus.streams.encoding import HEAD, UTF8_BOM, is_converted, to_utf8
from transforms.corpus.streams.opening import faults, open_text, read_all
from transforms.storage.files import exactly

_SMALL = 256 << 10
_FEWEST = 5
_SUFFIXES = {b"\t": (".tsv", "tabs"), b";": (".csv", "semicolons"), b"|": (".csv", "bars")}


def read(
    sources: Sequence[Source], options: ReadOptions, *, part: Range | None, schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    """The lines of all sources; short files share batches."""
    gathered = _Gathered(schema, options)
    small: list[Source] = []
    for source in sources:
        form = format_of(source.name)
        if source.size <= _SMALL and part is None and (form is None or form.codec is None):
            small.append(source)
            if len(small) >= MAX_ROWS:
                yield from _read_small(small, gathered, options)
                small = []
            continue
        yield from _read_small(small, gathered, options)
        small = []
        with faults(source), open_text(source, options, mac_line_ends=True) as stream:
            for block, _ in blocks.whole(blocks.stretch(stream, part)):
                gathered.add(source, _lines(block), len(block))
                if gathered.full:
                    yield from gathered.flush()
    yield from _read_small(small, gathered, options)
    yield from gathered.flush()


def split(source: Source, options: ReadOptions, max_bytes: int) -> list[Range | None]:
    """Even stretches; [None] where the file is in another encoding than UTF-8."""
    try:
        with open_text(source, options, mac_line_ends=True) as stream:
            if is_converted(stream):
                return [None]
    except FileNotFoundError:
        pass  # Whoever reads it says so.
    return blocks.even_ranges(source.size, max_bytes)


def note(source: Source, options: ReadOptions) -> str | None:
    """A word where the lines of a file's head are perhaps no texts: columns, JSON, a page of HTML; None where they may be."""
    with faults(source), open_text(source, options, mac_line_ends=True) as stream:
        head = exactly(stream, HEAD).removeprefix(UTF8_BOM)
    if _PAGE.match(head):
        return f"{source.name}: is a page of HTML or XML: each of its lines is read as a text"
    if b"\n" in head and re.search(rb"[^\r\n]\r+[^\r\n]", head):
        return rf"{source.name}: \r ends no line where \n does: what stands on both sides of it is one text"
    if UTF8_BOM in head:
        return f"{source.name}: holds byte order marks inside, as where files are joined: they stay in its texts"
    found = [line for line in _lines(head) if line.strip()]
    found = found if len(head) < HEAD else found[:-1]
    if len(found) < _FEWEST:
        return None
    if all(line.startswith(b"__label__") for line in found):
        return (
            f"{source.name}: the labels of fastText are read as part of the texts: write both as columns of a CSV file"
        )
    if all(line.lstrip().startswith(b"{") and line.rstrip().endswith(b"}") for line in found):
        return f"{source.name}: its lines are objects of JSON, which are read as texts: name the file .jsonl"
    for separator, (suffix, name) in _SUFFIXES.items():
        counts = {line.count(separator) for line in found}
        if len(counts) == 1 and counts != {0}:
            return (
                f"{source.name}: each of its lines has as many {name}: if they separate columns, name the file {suffix}"
            )
    return None


_PAGE = re.compile(rb"\s*<(?:!doctype html|html|\?xml)\b", re.IGNORECASE)


def _read_small(sources: Sequence[Source], gathered: _Gathered, options: ReadOptions) -> Iterator[pa.RecordBatch]:
    for source, data in zip(sources, read_all(source.uri for source in sources), strict=True):
        if isinstance(data, OSError):
            with faults(source):
                raise data
        with faults(source):
            data = to_utf8(data, options.encoding)
        if data:
            gathered.add(source, _lines(data), len(data))
            if gathered.full:
                yield from gathered.flush()


def _lines(block: bytes) -> list[bytes]:
    if b"\r" in block:
        # "\r\r\n" is what Windows makes of "\r\n" that is written as text.
        block = re.sub(rb"\r+\n", b"\n", block)
    return [line for line in block.split(b"\n") if line and not line.isspace()]


class _Gathered:
    """Lines waiting to become a batch, and whose they are."""

    def __init__(self, schema: pa.Schema, options: ReadOptions) -> None:
        self._schema = schema
        self._options = options
        self._clear()

    def _clear(self) -> None:
        self._lines: list[bytes] = []
        self._owners: list[tuple[Source, int]] = []
        self._bytes = 0

    @property
    def full(self) -> bool:
        return len(self._lines) >= MAX_ROWS or self._bytes >= MAX_BYTES

    def add(self, source: Source, lines: list[bytes], size: int) -> None:
        self._lines += lines
        self._owners.append((source, len(lines)))
        self._bytes += size

    def flush(self) -> Iterator[pa.RecordBatch]:
        lines, owners = self._lines, self._owners
        self._clear()
        if not lines:
            return
        values: dict[str, Any] = {"payload": lines}
        if len(owners) == 1:
            source = owners[0][0]
            values["source"], values["fingerprint"] = source.name, source.fingerprint
            values["label"] = label_of_source(source, self._options)
        else:
            values["source"] = [name for source, n in owners for name in repeat(source.name, n)]
            values["fingerprint"] = [state for source, n in owners for state in repeat(source.fingerprint, n)]
            if self._options.labels_from is not None:
                labels = [(label_of_source(source, self._options), n) for source, n in owners]
                values["label"] = [label for label, n in labels for _ in range(n)]
        yield from cut(assemble(self._schema, len(lines), values))
