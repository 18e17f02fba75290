"""Recognises the encoding of text files and decodes them to UTF-8 as they stream.

A byte order mark decides; without one, `unmarked_utf` recognises UTF-16 and UTF-32, and escape sequences tell ISO-2022-JP and
-KR, whose bytes are all ASCII. `ReadOptions.encoding` overrules them all.
Bytes that the encoding has no character for become a byte that is no UTF-8, so that their row is a dead letter and its
neighbours are not. A file whose head has "\\r" and no "\\n" ends its lines as old Macs did, which become "\\n".
"""

from __future__ import annotations

import codecs
import re

from transforms.common.errors import RequestError
from transforms.corpus.streams.signatures import require_no_other
from transforms.corpus.streams.unmarked_utf import unmarked_utf
from transforms.storage.files import Stream, exactly

HEAD = 64 << 10
"""Bytes that are looked at."""

UTF8_BOM = b"\xef\xbb\xbf"

# By names that leave the mark in the text: it is taken off once, as that of UTF-8 is, and a second one is a character.
_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
# Sequences that switch to a character set of two bytes, as mail and old Japanese and Korean software write them. In Japanese,
# pairs of bytes follow, and before the line ends a sequence that switches back: without them it is an escape in a plain text.
_PAIRS = rb"(?:[\x21-\x7e]{2})+"
_TO_THE_END = _PAIRS + rb"(?:\x1b\$(?:[@B]|\([@BDOPQ])" + _PAIRS + rb")*\x1b\([A-Z]"
_ESCAPES = (
    (re.compile(rb"\x1b\$(?:[@B]|\([@BD])" + _TO_THE_END), "iso2022_jp_ext"),
    (re.compile(rb"\x1b\$\([OPQ]" + _TO_THE_END), "iso2022_jp_2004"),
    (re.compile(rb"\x1b\$\)C"), "iso2022_kr"),
)
_INVALID = "vectormill-invalid"


def _lone_surrogate(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "\udcff", error.end


codecs.register_error(_INVALID, _lone_surrogate)


def require_encoding(name: str | None) -> None:
    """Raises RequestError where Python has no text encoding of that name."""
    if name is None:
        return
    try:
        "a".encode(name)
        if codecs.lookup(name)._is_text_encoding:
            return
    except (LookupError, UnicodeError):
        pass
    raise RequestError(
        f"--encoding {name}: no such encoding; name one that Python knows: utf-8, utf-16, cp1252, latin-1"
    )


def encoding_of(head: bytes, asked: str | None = None) -> str | None:
    """The encoding of a file that begins with `head`; None: UTF-8, read as it is."""
    name = None if asked is None else codecs.lookup(asked).name
    if name in ("utf-8", "utf-8-sig", "ascii"):
        return None
    for mark, marked in _MARKS:
        if head.startswith(mark) and (name is None or marked.startswith(name)):
            return marked
    if name is None:
        return None if head.startswith(UTF8_BOM) else unmarked_utf(head) or _escaped(head)
    # Python's decoders of these insist on a mark.
    return unmarked_utf(head) or f"{name}-le" if name in ("utf-16", "utf-32") else asked


def _escaped(head: bytes) -> str | None:
    if b"\x1b$" not in head or not head.isascii():
        return None
    return next((name for sequence, name in _ESCAPES if sequence.search(head)), None)


def to_utf8(data: bytes, asked: str | None = None) -> bytes:
    """All bytes of a text file as UTF-8, without a byte order mark. Old Mac line ends become "\\n".

    Raises:
      OSError: the file is no text.
    """
    if asked is None:
        require_no_other(data)
    data = _decoded(data, encoding_of(data[:HEAD], asked)).removeprefix(UTF8_BOM)
    return data.replace(b"\r", b"\n") if has_mac_line_ends(data[:HEAD]) else data


def _decoded(data: bytes, name: str | None) -> bytes:
    return data if name is None else data.decode(name, _INVALID).encode("utf-8", "surrogatepass")


def decode_text(data: bytes, where: str, asked: str | None = None) -> str:
    """All of a small text file, as str.

    Raises:
      RequestError: its bytes are not of the encoding that it seems to have.
    """
    try:
        return to_utf8(data, asked).decode()
    except UnicodeDecodeError as error:
        raise RequestError(f"{where} is no UTF-8 text, from byte {error.start}") from error


def has_mac_line_ends(head: bytes) -> bool:
    """Whether "\\r" alone ends the lines of a UTF-8 text that begins with `head`."""
    return b"\n" not in head and b"\r" in head.rstrip(b"\r")


def utf8_stream(stream: Stream, asked: str | None, *, mac_line_ends: bool = False) -> Stream:
    """The stream from its start as UTF-8; itself where it is that already.

    Args:
      stream: at its start.
      asked: the encoding that a person named; None: as the head tells.
      mac_line_ends: turn old Mac line ends into "\\n", too.

    Raises:
      OSError: the file is no text.
    """
    head = exactly(stream, HEAD)
    if asked is None:
        require_no_other(head)
    name = encoding_of(head, asked)
    is_mac = mac_line_ends and has_mac_line_ends(_decoded(head, name))
    if name is None and not is_mac:
        try:
            stream.seek(0)
            return stream
        except (OSError, AttributeError):
            return _Utf8(head, stream, None, False)
    return _Utf8(head, stream, name, is_mac)


def is_converted(stream: Stream) -> bool:
    """Whether `utf8_stream` decodes the stream, so that no place of the file can be found in it."""
    return isinstance(stream, _Utf8) and stream.is_decoded


class _Utf8:
    """A stream of UTF-8 made of bytes in another encoding or with other line ends."""

    def __init__(self, head: bytes, rest: Stream, encoding: str | None, is_mac: bool) -> None:
        self._head = head
        self._rest = rest
        self._decoder = None if encoding is None else codecs.getincrementaldecoder(encoding)(_INVALID)
        self._is_mac = is_mac
        self._ready = b""
        self._ended = False

    @property
    def is_decoded(self) -> bool:
        return self._decoder is not None

    def read(self, size: int = -1, /) -> bytes:
        if size == 0:
            return b""
        parts = [self._ready]
        count = len(self._ready)
        while not self._ended and (size < 0 or not count):
            piece = self._convert(self._pull(size))
            parts.append(piece)
            count += len(piece)
        data = b"".join(parts)
        cut = len(data) if size < 0 else size
        self._ready = data[cut:]
        return data[:cut]

    def _pull(self, size: int) -> bytes:
        data, self._head = self._head, b""
        data = data or self._rest.read(max(size, HEAD))
        self._ended = not data
        return data

    def _convert(self, data: bytes) -> bytes:
        if self._decoder is not None:
            data = self._decoder.decode(data, final=self._ended).encode("utf-8", "surrogatepass")
        return data.replace(b"\r", b"\n") if self._is_mac else data

    def seek(self, offset: int, whence: int = 0, /) -> int:
        if self._decoder is not None:
            raise OSError("a decoded stream has no places")
        self._head = self._ready = b""
        self._ended = False
        return self._rest.seek(offset, whence)
