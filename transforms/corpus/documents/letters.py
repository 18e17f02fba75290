"""Decodes the bytes of a text of any encoding, and tidies its blanks."""

from __future__ import annotations

import codecs
import re

from transforms.common.errors import ItemError

_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
# What pages and mails call ISO 8859-1 is Windows' extension of it: https://encoding.spec.whatwg.org/#names-and-labels
_MEANT = {"iso8859-1": "cp1252", "ascii": "cp1252", "gb2312": "gb18030", "gbk": "gb18030", "euc_kr": "cp949"}
_GUESSED_BYTES = 64 << 10
_LATIN_SHARE = 0.3
_GUESSES = ["cp1250", "cp1251", "cp1252", "koi8_r", "cp1253", "cp1255", "cp1256", "tis_620"]
_GUESSES += ["shift_jis", "euc_jp", "gb18030", "big5", "cp949"]
# Within words, letters of Central Europe in Windows' encoding for it; in the western one most of them are signs.
_CENTRAL = re.compile(rb"(?<=[A-Za-z\x80-\xff])[\x9a\x9d\x9e\x9f\xb3\xb9\xbe\xbf]")
_FEW_ZEROS = 0.02
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_LINE_ENDS = re.compile(r"\r\n?|[\x0b\x85\u2028\u2029]")
_BLANKS = re.compile(r"\s+")
_TRAILING = re.compile(r"[^\S\n]+(?=\n)")


def decode(data: bytes, declared: str | None = None) -> str:
    """The text of some bytes: as a byte order mark says, as is declared, as UTF-8, or as it seems; line ends are "\\n".

    Raises:
      ItemError: they are no text.
    """
    return _LINE_ENDS.sub("\n", _decoded(data, declared))


def _decoded(data: bytes, declared: str | None) -> str:
    for mark, marked in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(marked, "replace")
    zeros = data.count(0, 0, _GUESSED_BYTES)
    if zeros > _FEW_ZEROS * min(len(data), _GUESSED_BYTES):
        return _wide(data)
    if zeros:
        data = data.replace(b"\0", b"")
    name = _codec(declared)
    if name is not None and name != "utf-8":
        text = data.decode(name, "replace")
        # A page that is UTF-8 and says otherwise was converted by a program that did not mend it.
        if name != "cp1252" and "\ufffd" not in text:
            return text
        declared = name
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        # UTF-8 that was cut off; where nothing before is of its kind, it is a last letter with an accent.
        is_cut_off = len(data) - error.start < 4 and error.reason == "unexpected end of data"
        if is_cut_off and not data[: error.start].isascii():
            return data.decode(errors="replace")
    if name is not None and name != "utf-8":
        return data.decode(name, "replace")
    return data.decode(_guessed(data), "replace")


def _codec(declared: str | None) -> str | None:
    if not declared:
        return None
    try:
        found = codecs.lookup(declared.strip().strip("\"'"))
    except (LookupError, ValueError):
        return None
    return _MEANT.get(found.name, found.name) if found._is_text_encoding else None


def _wide(data: bytes) -> str:
    """Text of two bytes a character without a mark, where every second byte of its start is often zero."""
    head = data[: 2 << 10]
    even, odd = head[::2].count(0), head[1::2].count(0)
    half = max(len(head) // 2, 1)
    for count, other, name in ((odd, even, "utf-16-le"), (even, odd, "utf-16-be")):
        if count > 0.3 * half and not other:
            return data.decode(name, "replace")
    raise ItemError("WrongFormat", "its bytes are no text")


def _guessed(data: bytes) -> str:
    """The encoding that bytes which are no UTF-8 seem to be of."""
    head = data[:_GUESSED_BYTES]
    high = sum(byte > 127 for byte in head)
    if high < _LATIN_SHARE * sum(byte > 127 or chr(byte).isalpha() for byte in head):
        # Statistics of letters tell alphabets apart, and hardly the languages of one that write few of them with accents.
        central = len(_CENTRAL.findall(head))
        return "cp1250" if central > 1 and central > 0.1 * high else "cp1252"
    from charset_normalizer import from_bytes

    best = from_bytes(head, cp_isolation=_GUESSES).best()
    return best.encoding if best is not None else "cp1252"


def tidy(text: str) -> str:
    """A block's text: no control characters, no blanks at line ends, no blank lines around it."""
    text = _LINE_ENDS.sub("\n", text) if not text.isascii() or "\r" in text or "\x0b" in text else text
    text = _CONTROLS.sub("", text) if not text.isprintable() else text
    return _TRAILING.sub("", text).strip("\n\f").rstrip() if text.strip() else ""


def words(text: str) -> str:
    """A text on one line, with one blank for any run of them."""
    return _BLANKS.sub(" ", _CONTROLS.sub("", text)).strip()


def require_text(text: str) -> str:
    """The text itself.

    Raises:
      ItemError: so many of its characters are controls, or of no encoding, that it is something else.
    """
    head = text[:_GUESSED_BYTES]
    strange = len(_CONTROLS.findall(head)) + head.count("\ufffd")
    if strange > 0.1 * len(head):
        raise ItemError("WrongFormat", "its bytes are no text")
    return text


def names(text: str) -> frozenset[str]:
    """The words of a text, as a set."""
    return frozenset(text.split())
