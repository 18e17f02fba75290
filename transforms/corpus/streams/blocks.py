"""Cuts streams of bytes into blocks of whole records, in bounded memory, for any stretch of a file.

A line belongs to the stretch in which its first byte lies, so stretches that meet give every line once. Where
quoted values may hold line ends (CSV), a stretch has to begin and end where a record does; `split` of
`transforms.corpus.readers.delimited` sees to that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Literal

from transforms.corpus.options import Range
from transforms.corpus.streams.encoding import UTF8_BOM
from transforms.storage.files import Stream, exactly

BLOCK = 1 << 20
"""Bytes read at a time: large enough to make Python's share small, small enough to stay in the cache."""


Cut = Callable[[bytes], int]
"""How many of the leading bytes are whole records."""


def last_line_end(data: bytes) -> int:
    """The `Cut` of records that are lines."""
    return data.rfind(b"\n") + 1


def even_ranges(size: int, max_bytes: int) -> list[Range | None]:
    """A file of lines in pieces of about equal size, none over `max_bytes`."""
    return between([0, *even_bounds(size, max_bytes), size], "bytes")


def even_bounds(size: int, max_bytes: int) -> list[int]:
    """Where `even_ranges` cuts."""
    count = -(-size // max_bytes)
    return [size * piece // count for piece in range(1, count)]


def between(bounds: Sequence[int], unit: Literal["bytes", "rows"]) -> list[Range | None]:
    """The ranges that meet at ascending bounds; [None], all of it, where they would be one."""
    if len(bounds) <= 2:
        return [None]
    return [Range(unit=unit, start=start, stop=stop) for start, stop in pairwise(bounds)]


def stretch(stream: Stream, part: Range | None) -> Iterator[bytes]:
    """The bytes of the lines that begin in `part` (None: of all), in pieces; a byte order mark is left out."""
    start, stop = (part.start, part.stop) if part else (0, None)
    first = True
    for position, data in _from_line(stream, start):
        if stop is not None:
            if first and position >= stop:
                return
            if position + len(data) >= stop:
                # The last line begins before `stop`, so it ends at the first line end from `stop - 1` on.
                end = data.find(b"\n", max(stop - 1 - position, 0)) + 1
                if end:
                    yield data[:end] if position else data[:end].removeprefix(UTF8_BOM)
                    return
        first = False
        yield data if position else data.removeprefix(UTF8_BOM)


def _from_line(stream: Stream, start: int) -> Iterator[tuple[int, bytes]]:
    """Pieces and where they begin, from the first line that begins at `start` or later."""
    if start == 0:
        # Not just read(): a short first piece could part the byte order mark.
        data = exactly(stream, max(BLOCK, len(UTF8_BOM)))
        position = len(data)
        if data:
            yield 0, data
    else:
        # One byte early: a line end there means that a line begins exactly at `start`.
        position = stream.seek(start - 1)
        while data := stream.read(BLOCK):
            position += len(data)
            end = data.find(b"\n") + 1
            if end:
                if end < len(data):
                    yield position - len(data) + end, data[end:]
                break
    while data := stream.read(BLOCK):
        yield position, data
        position += len(data)


def whole(
    pieces: Iterable[bytes],
    cut: Cut = last_line_end,
    *,
    longest: int | None = None,
    is_open: Callable[[bytes], bool] | None = None,
) -> Iterator[tuple[bytes, bool]]:
    """The same bytes again as (block, True), each ending where a record ends; the last ends where the bytes do.

    A record that does not end within `longest` bytes, or at all, or of which `is_open` says that more bytes cannot end
    it, is given up: its first line comes alone as (line, False), and the next record begins after it.
    """
    parts: list[bytes] = []
    size = 0
    wanted = 1
    for data in pieces:
        parts.append(data)
        size += len(data)
        while size >= wanted:
            buffer = parts[0] if len(parts) == 1 else b"".join(parts)
            # The same limit wherever a block happens to end, so that a stretch gives what the whole gives.
            end = cut(buffer[:longest])
            ended = end > 0
            too_long = longest is not None and size >= longest
            if not ended and (too_long or (is_open is not None and not is_open(buffer))):
                end = _line_end(buffer)
            if not end:
                # Twice as much before the next attempt: one look at each byte, on average, however long the record.
                parts = [buffer]
                wanted = 2 * size if longest is None or too_long else min(2 * size, longest)
                break
            yield buffer[:end], ended
            parts = [buffer[end:]]
            size -= end
            wanted = 1
            if ended and is_open is None and not too_long:
                break
    buffer = b"".join(parts)
    while buffer:
        end = cut((buffer + b"\n")[:longest])
        if end:
            yield buffer[:end], True
        else:
            end = _line_end(buffer) or len(buffer)
            yield buffer[:end], False
        buffer = buffer[end:]


_LINE = re.compile(rb"[^\r\n]*+(?:\r\n|\n|\r(?!\Z))")


def _line_end(data: bytes) -> int:
    """Where the first line ends; 0 where that is not in the data."""
    found = _LINE.match(data)
    return found.end() if found else 0
