"""Sends blocks of bytes through a pipe, each after its length."""

from __future__ import annotations

import struct
from typing import BinaryIO

HEADER = struct.Struct("<Q")


def send(stream: BinaryIO, *blocks: bytes) -> None:
    """Writes blocks of bytes, each after its length."""
    for block in blocks:
        stream.write(HEADER.pack(len(block)))
        stream.write(block)
    stream.flush()


def receive(stream: BinaryIO) -> bytes:
    """Reads one block. Raises EOFError where the other side is gone."""
    head = stream.read(HEADER.size)
    if len(head) < HEADER.size:
        raise EOFError
    (size,) = HEADER.unpack(head)
    block = stream.read(size)
    if len(block) < size:
        raise EOFError
    return block
