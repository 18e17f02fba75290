"""Recognises UTF-16 and UTF-32 without a byte order mark, by the bytes that no text in another encoding has.

In Latin, Cyrillic, Arabic and the like every other byte is the script's own, below 0x20. In Chinese, Japanese and Korean
no byte stands out, but the text is not UTF-8, is UTF-16 throughout, holds bytes that no other encoding uses (those of
line ends and blanks are NULs, always in the same half), and has the letters of these scripts.
"""

from __future__ import annotations

import re
from collections import Counter
from unicodedata import category

_LOOKED_AT = 4096
_SHARE_OF_SCRIPT = 0.3
_SHARE_IN_OTHER_HALF = 0.02
_FEWEST_LETTERS = 32
_SHARE_OF_ASCII = 0.8
_SHARE_OF_LETTERS = 0.95
_SHARE_OF_KANA = 0.1
_FEWEST_KANA = 4
_FEWEST_CONTROLS = 4
_SHARE_OF_CONTROLS = 0.02

_BLANKS = frozenset(b"\t\n\r")
# Escape is not among them: encodings like ISO-2022-JP begin with one.
_CONTROLS = bytes(set(range(0x20)) - {*b"\t\n\f\r\x1b"})
_PRINTABLE = bytes(range(0x20, 0x7F))
_EAST_ASIAN = re.compile(
    "[\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff00-\uffee\U00020000-\U0003ffff]"
)
_KANA_OR_PUNCTUATION = re.compile("[\u3000-\u3002\u3008-\u3011\u3041-\u30ff\uff01-\uff60]")


def unmarked_utf(head: bytes) -> str | None:
    """The encoding of a text that begins with `head`: "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"; None: another one."""
    head = head[:_LOOKED_AT]
    controls = len(head) - len(head.translate(None, _CONTROLS))
    if len(head) < 4 or (not controls and _is_utf8(head)):
        return None
    if controls:
        found = _utf32(head) or _by_script(head)
        if found is not None or _is_utf8(head):
            return found
    return _east_asian(head, controls >= max(_SHARE_OF_CONTROLS * len(head), _FEWEST_CONTROLS))


def _utf32(head: bytes) -> str | None:
    for name, top, next_to_top in (("utf-32-le", 3, 2), ("utf-32-be", 0, 1)):
        planes = head[next_to_top::4]
        if not any(head[top::4]) and max(planes) <= 0x10 and _decoded(head, name, 4) is not None:
            return name
    return None


def _by_script(head: bytes) -> str | None:
    """UTF-16 of a script whose letters share a first byte below 0x20."""
    even, odd = head[0::2], head[1::2]
    for name, high, low in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        ((byte, count),) = Counter(high).most_common(1)
        if byte >= 0x20 or len(odd) < 2 or count <= _SHARE_OF_SCRIPT * len(high):
            continue
        # A table of single characters has a tab or another control at every other place, too, but no NUL.
        has_nuls = 0 in high and 0 not in low
        is_known = byte == 0 or has_nuls or (byte not in _BLANKS and len(high) >= _FEWEST_LETTERS)
        if is_known and low.count(byte) <= _SHARE_IN_OTHER_HALF * len(low):
            return name
    return None


def _east_asian(head: bytes, has_controls: bool) -> str | None:
    """UTF-16 of Chinese, Japanese or Korean, of bytes that are not UTF-8."""
    printable = len(head) - len(head.translate(None, _PRINTABLE))
    if printable > _SHARE_OF_ASCII * len(head):
        return None
    even, odd = head[0::2], head[1::2]
    for name, high, low in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        text = _decoded(head, name, 2)
        if text is None or not _is_east_asian(text):
            continue
        kana = len(_KANA_OR_PUNCTUATION.findall(text))
        has_line_ends = 0 in high and 0 not in low
        if has_controls or has_line_ends or (kana >= _FEWEST_KANA and kana >= _SHARE_OF_KANA * len(text)):
            return name
    return None


def _is_east_asian(text: str) -> bool:
    letters = [letter for letter in text if not letter.isascii()]
    if any(category(letter) in ("Cn", "Co") for letter in letters):
        return False
    controls = sum(letter < " " and letter not in "\t\n\r" for letter in text)
    found = len(_EAST_ASIAN.findall(text))
    return not controls and found > 0 and found >= _SHARE_OF_LETTERS * len(letters)


def _decoded(head: bytes, name: str, unit: int) -> str | None:
    """The text, or None where it is not of that encoding; a last character may be cut off."""
    head = head[: len(head) - len(head) % unit]
    for end in (len(head), len(head) - 2):
        try:
            return head[:end].decode(name)
        except UnicodeDecodeError as error:
            if unit == 4 or error.start < len(head) - 2:
                return None
    return None


def _is_utf8(head: bytes) -> bool:
    """Whether the bytes are UTF-8, but for a last character that may be cut off."""
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return error.start >= len(head) - 3 and error.reason == "unexpected end of data"
    return True
