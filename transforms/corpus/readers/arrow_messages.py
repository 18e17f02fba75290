"""Finds the record batches of an Arrow file or stream, and how many rows each has, without reading their values.

The layout is that of the Arrow columnar format's "Serialization and Interprocess Communication": a message is its length, a
flatbuffer that describes it, and its body. A file is a stream between two marks, with a footer that lists its record batches.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

import pyarrow as pa

from transforms.storage.files import exactly

MARK = b"ARROW1"
_SCHEMA, _DICTIONARY, _BATCH = 1, 2, 3
_CONTINUATION = 0xFFFFFFFF
_BLOCK = struct.Struct("<qi4xq")
_CUT_OFF = "it was cut off"


@dataclass(frozen=True, kw_only=True)
class Message:
    """One message of a stream, from `start` to `stop` in bytes; `rows` and `nulls` are 0 and () but of record batches.

    Attributes:
      nulls: how many values are null in each field, nested ones after the field that holds them.
    """

    kind: int
    start: int
    stop: int
    rows: int = 0
    nulls: tuple[int, ...] = ()

    @property
    def is_batch(self) -> bool:
        return self.kind == _BATCH


def batches_of_file(raw: IO[bytes]) -> list[Message]:
    """The record batches that the footer of an Arrow file lists.

    Raises:
      OSError: it has no footer, or a damaged one.
    """
    size = raw.seek(0, os.SEEK_END)
    raw.seek(max(size - 10, 0))
    end = exactly(raw, 10)
    if size < 20 or end[4:] != MARK:
        raise OSError(_CUT_OFF)
    length = int.from_bytes(end[:4], "little")
    if not 0 < length <= size - 18:
        raise OSError("its footer is damaged")
    raw.seek(size - 10 - length)
    try:
        footer = _Flat.root(exactly(raw, length))
        blocks = [_BLOCK.unpack_from(footer.data, at) for at in footer.vector(3, _BLOCK.size)]
    except (struct.error, IndexError) as error:
        raise OSError("its footer is damaged") from error
    found = []
    for start, _, _ in blocks:
        message = _message(raw, start, size) if 0 < start < size else None
        if message is None or not message.is_batch:
            raise OSError("its footer is damaged")
        found.append(message)
    return found


def messages_of_stream(raw: IO[bytes]) -> Iterator[Message]:
    """The messages of an Arrow stream in order, the schema first.

    Raises:
      OSError: it is none, is damaged, or its end mark is missing.
    """
    size = raw.seek(0, os.SEEK_END)
    if not size:
        raise OSError("it is empty")
    at = 0
    while True:
        message = _message(raw, at, size)
        if message is None:
            return
        if at == 0 and message.kind != _SCHEMA:
            raise OSError("it is no Arrow file or stream")
        yield message
        at = message.stop


def _message(raw: IO[bytes], start: int, size: int) -> Message | None:
    """The message at `start`; None for the mark of a stream's end."""
    raw.seek(start)
    head = exactly(raw, 4)
    at = start + 4
    if len(head) == 4 and int.from_bytes(head, "little") == _CONTINUATION:
        head = exactly(raw, 4)
        at += 4
    if len(head) < 4:
        # A writer closes a stream by a mark, so what has none may lack rows that nobody would miss.
        raise OSError(f"its end mark is missing: {_CUT_OFF}, or is still being written")
    length = int.from_bytes(head, "little")
    if not length:
        return None
    data = exactly(raw, length) if length <= size - at else b""
    if len(data) < length:
        raise OSError(_CUT_OFF if start else "it is no Arrow file or stream")
    try:
        table = _Flat.root(data)
        kind, body = table.number(1, "B"), table.number(3, "q")
        rows, nulls = 0, ()
        if kind == _BATCH:
            batch = table.table(2)
            rows = batch.number(0, "q")
            nulls = tuple(struct.unpack_from("<q", data, node + 8)[0] for node in batch.vector(1, 16))
    except (struct.error, IndexError) as error:
        raise OSError("it is damaged" if start else "it is no Arrow file or stream") from error
    stop = at + length + body
    if body < 0 or rows < 0:
        raise OSError("it is damaged")
    if stop > size:
        raise OSError(_CUT_OFF)
    return Message(kind=kind, start=start, stop=stop, rows=rows, nulls=nulls)


@dataclass(frozen=True)
class _Flat:
    """A table of a flatbuffer, at a position of the bytes."""

    data: bytes
    at: int

    @classmethod
    def root(cls, data: bytes) -> _Flat:
        return cls(data, struct.unpack_from("<I", data)[0])

    def _field(self, number: int) -> int:
        """Where a field is; 0 where it has its default."""
        fields = self.at - struct.unpack_from("<i", self.data, self.at)[0]
        if fields < 0:
            raise IndexError
        size = struct.unpack_from("<H", self.data, fields)[0]
        place = 4 + 2 * number
        offset = struct.unpack_from("<H", self.data, fields + place)[0] if place < size else 0
        return self.at + offset if offset else 0

    def number(self, number: int, form: str) -> int:
        place = self._field(number)
        value: int = struct.unpack_from(f"<{form}", self.data, place)[0] if place else 0
        return value

    def table(self, number: int) -> _Flat:
        place = self._field(number)
        if not place:
            raise IndexError
        return _Flat(self.data, place + struct.unpack_from("<I", self.data, place)[0])

    def vector(self, number: int, width: int) -> range:
        """The positions of a vector's elements of `width` bytes."""
        place = self._field(number)
        if not place:
            return range(0)
        place += struct.unpack_from("<I", self.data, place)[0]
        count = struct.unpack_from("<I", self.data, place)[0]
        if place + 4 + count * width > len(self.data):
            raise IndexError
        return range(place + 4, place + 4 + count * width, width)


def node_of(schema: pa.Schema, column: int, child: int) -> int:
    """The position in `Message.nulls` of a child of a column that is a struct."""
    before = sum(_nodes(schema.field(i).type) for i in range(column))
    kind = schema.field(column).type
    return before + 1 + sum(_nodes(kind.field(i).type) for i in range(child))


def _nodes(kind: pa.DataType) -> int:
    if isinstance(kind, pa.BaseExtensionType):
        kind = kind.storage_type
    if pa.types.is_dictionary(kind):
        return 1
    return 1 + sum(_nodes(kind.field(i).type) for i in range(kind.num_fields))


class Stretches:
    """A file of which only some stretches are read, one after the other, as if they were the whole."""

    closed = False

    def __init__(self, raw: IO[bytes], stretches: list[tuple[int, int]]) -> None:
        self._raw = raw
        self._stretches = stretches[::-1]
        self._at = self._stop = 0

    def read(self, size: int = -1) -> bytes:
        parts = []
        while size:
            if self._at == self._stop:
                if not self._stretches:
                    break
                self._at, self._stop = self._stretches.pop()
                self._raw.seek(self._at)
            data = self._raw.read(self._stop - self._at if size < 0 else min(size, self._stop - self._at))
            if not data:
                raise OSError(_CUT_OFF)
            self._at += len(data)
            size -= len(data) if size > 0 else 0
            parts.append(data)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def close(self) -> None:
        """The file stays open: it is the caller's."""
