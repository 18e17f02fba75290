r"""Recognises and rewrites quotes that a backslash escapes, as Spark, MySQL and many programs write them: "say \"hi\" twice".

By RFC 4180 such a value ends at the second quote, and what follows is its tail: the text would be garbled. Rewritten to
doubled quotes of the same length, it is read as it was meant, and places in the file stay what they are.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from functools import lru_cache

if sys.version_info >= (3, 11):
    import re
else:
    import regex as re  # its possessive quantifiers are those of Python 3.11

_ESCAPED = re.compile(rb'(?<!\\)((?:\\\\)*)\\"')


@lru_cache(maxsize=16)
def _value(separators: bytes) -> re.Pattern[bytes]:
    s = re.escape(separators)
    return re.compile(rb'(?:(?<=[%b\r\n])|\A)"[^"]*+(?:""[^"]*+)*+"(?P<tail>[^%b\r\n])?' % (s, s))


def has_escaped_quotes(head: bytes, separators: bytes = b",;\t|") -> bool:
    """Whether a file that begins with `head` escapes quotes by backslashes: its quoted values end well only if it does."""
    if b'\\"' not in head:
        return False
    # The last line may be cut off.
    head = head[: head.rfind(b"\n") + 1] or head
    return _has_tails(head, separators) and not _has_tails(doubled(head), separators)


def doubled(data: bytes) -> bytes:
    """The same bytes with each quote that a backslash escapes doubled instead; an escaped backslash before it stays."""
    return _ESCAPED.sub(rb'\1""', data)


def doubled_pieces(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """`doubled` of a stream that comes in pieces."""
    rest = b""
    for piece in pieces:
        piece = rest + piece
        # Only with what follows is known what the backslashes at the end are for.
        end = len(piece.rstrip(b"\\"))
        rest = piece[end:]
        if end:
            yield doubled(piece[:end])
    if rest:
        yield rest


def _has_tails(head: bytes, separators: bytes) -> bool:
    """Whether a quoted value is followed by something else than a separator or a line end."""
    return any(found["tail"] for found in _value(separators).finditer(head))
