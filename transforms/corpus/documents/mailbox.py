"""Cuts mailboxes (mbox) into their mails, in bounded memory."""

from __future__ import annotations

import re
from collections.abc import Iterator

from transforms.common.errors import ItemError
from transforms.storage.files import Stream

_BLOCK = 1 << 20
_START = b"From "
_BOUNDARY = re.compile(rb"\n\r?\nFrom (?=[^\n]*\d)")
_QUOTED = re.compile(rb"^>(?=>*From )", re.MULTILINE)


def mails(stream: Stream, *, most: int) -> Iterator[bytes | ItemError]:
    """The mails of a mailbox, in order; of a mail that is larger than `most` bytes the reason why it is not read.

    A mail begins at a line "From ..." with a number in it, at the start or behind an empty line. Lines that were quoted for
    that are as they were.
    """
    waiting = b""
    first = True
    dropped = 0
    while True:
        block = stream.read(_BLOCK)
        waiting += block
        if first and waiting:
            waiting = waiting.lstrip(b"\xef\xbb\xbf\r\n")
            if not waiting.startswith(_START) and len(waiting) >= len(_START):
                yield ItemError("WrongFormat", 'it is no mailbox: it does not begin with "From "')
                return
            first = not waiting
        *whole, rest = _cut(waiting)
        if not block:
            whole, rest = [*whole, rest], b""
        for one in whole:
            yield from _mail(one, most, dropped)
            dropped = 0
        if len(rest) > most:
            # Only its end can hold the beginning of the next.
            dropped += len(rest) - _BLOCK
            rest = rest[-_BLOCK:]
        waiting = rest
        if not block:
            return


def _cut(data: bytes) -> list[bytes]:
    places = [found.start() for found in _BOUNDARY.finditer(data)]
    starts = [0, *(data.index(_START, place) for place in places)]
    return [data[start:stop] for start, stop in zip(starts, [*(place + 1 for place in places), len(data)], strict=True)]


def _mail(data: bytes, most: int, dropped: int) -> Iterator[bytes | ItemError]:
    if dropped or len(data) > most:
        yield ItemError(
            "TooLarge", f"a mail has {(dropped + len(data)) / 2**20:,.0f} MB: {most >> 20:,} at most are read"
        )
        return
    _, _, mail = data.partition(b"\n")
    if mail.strip():
        yield _QUOTED.sub(b"", mail)
