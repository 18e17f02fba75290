"""Framing of TFRecord files: length, checksum of the length, data, checksum of the data; CRC-32C, masked."""

from __future__ import annotations

import struct

import google_crc32c

_LENGTH = struct.Struct("<Q")
_CHECK = struct.Struct("<I")


def frame(data: bytes) -> bytes:
    """One record as it stands in a file."""
    length = _LENGTH.pack(len(data))
    return b"".join((length, _CHECK.pack(masked_crc(length)), data, _CHECK.pack(masked_crc(data))))


def masked_crc(data: bytes) -> int:
    """CRC-32C, rotated and offset, so that a checksum of data that holds checksums stays sound."""
    crc: int = google_crc32c.value(data)
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF
