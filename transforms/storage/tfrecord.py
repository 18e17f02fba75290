"""Frames and reads the records of TFRecord files: length, checksum of the length, data, checksum of the data; CRC-32C, masked."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import google_crc32c

from transforms.common.errors import RequestError
from transforms.storage.files import Stream, exactly

_LENGTH = struct.Struct("<Q")
_HEAD = struct.Struct("<QI")
_CHECK = struct.Struct("<I")
_PIECE = 64 << 20


def frame(data: bytes) -> bytes:
    """One record as it stands in a file."""
    length = _LENGTH.pack(len(data))
    return b"".join((length, _CHECK.pack(masked_crc(length)), data, _CHECK.pack(masked_crc(data))))


def masked_crc(data: bytes) -> int:
    """CRC-32C, rotated and offset, so that a checksum of data that holds checksums stays sound."""
    crc: int = google_crc32c.value(data)
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def records(stream: Stream, uri: str) -> Iterator[bytes]:
    """The data of each record. Raises RequestError where the file is damaged."""
    position = 0
    while head := exactly(stream, _HEAD.size):
        if len(head) < _HEAD.size:
            raise _truncated(uri, position)
        length, check = _HEAD.unpack(head)
        if masked_crc(head[:8]) != check:
            raise RequestError(
                f"{uri}: the record at byte {position} is damaged (its length fails its checksum), or the file is no "
                "TFRecord: replace it"
            )
        data = _read(stream, length)
        tail = exactly(stream, _CHECK.size)
        if len(data) < length or len(tail) < _CHECK.size:
            raise _truncated(uri, position)
        if masked_crc(data) != _CHECK.unpack(tail)[0]:
            raise RequestError(f"{uri}: the record at byte {position} is damaged (wrong checksum): replace the file")
        yield data
        position += _HEAD.size + length + _CHECK.size


def _read(stream: Stream, length: int) -> bytes:
    """`length` bytes, or fewer at the end; in pieces, for a length that is wrong may be more than any memory holds."""
    if length <= _PIECE:
        return exactly(stream, length)
    pieces: list[bytes] = []
    while length and (piece := exactly(stream, min(length, _PIECE))):
        pieces.append(piece)
        length -= len(piece)
    return b"".join(pieces)


def _truncated(uri: str, position: int) -> RequestError:
    return RequestError(f"{uri}: ends in the middle of the record at byte {position}: replace the file")
