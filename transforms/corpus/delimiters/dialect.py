"""Finds out how a delimited file separates and quotes its values, from its head, and cuts it into records.

Separator: the one that Excel's first line `sep=;` names; else the format's own ("," or a tab), unless the head's lines have
one value by it and the same number of several values by another of `,`, `;`, tab and `|`.

Quotes: CSV values may be quoted as RFC 4180 has it, and then hold separators and line ends. TSV has no quoting by its
definition, but pandas, Excel and Google Sheets quote: there a value counts as quoted where the quote that ends it is
followed by a separator or a line end, and any other quote is a character. Backslashes escape quotes where the head's quoted
values end well only so (`escapes`).
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from transforms.common.errors import RequestError
from transforms.corpus.delimiters.escapes import doubled, has_escaped_quotes
from transforms.corpus.streams.encoding import HEAD, UTF8_BOM

if sys.version_info >= (3, 11):
    import re
else:
    import regex as re  # its possessive quantifiers are those of Python 3.11

Quoting = Literal["strict", "lenient", "none"]
"""strict: a quote opens a value, and a line where it does not end is bad; lenient: such a line has no quotes."""

_EXCEL = re.compile(rb"\s*sep=(?P<separator>[\t !#-~])[ \t]*(?:\r\n|\n|\r)", re.IGNORECASE)
_SEPARATORS = (b",", b";", b"\t", b"|")
_RECORDS = 100
_AGREEING = 0.9
_NAMES = {b"\t": "tabs", b",": "commas", b";": "semicolons", b"|": "bars"}


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How one file is written.

    Attributes:
      separator, quote: one byte each; the quote counts unless quoting is "none".
      escaped: quotes inside values are escaped by backslashes, and have to be doubled first.
      skip: bytes before the first record that are none: Excel's line.
      note: a word for the person about a choice that was made; None where there was none to make.
    """

    separator: bytes
    quote: bytes = b'"'
    quoting: Quoting = "strict"
    escaped: bool = False
    skip: int = 0
    note: str | None = None

    @property
    def grammar(self) -> Grammar:
        return _grammar(self.separator, self.quote, self.quoting)


@dataclass(frozen=True)
class Grammar:
    """Regular expressions for the records of a dialect."""

    records: re.Pattern[bytes]
    first_record: re.Pattern[bytes]
    open_record: re.Pattern[bytes]

    def last_record_end(self, data: bytes) -> int:
        """How many of the leading bytes are whole, sound records."""
        found = self.records.match(data)
        return found.end() if found else 0

    def is_open(self, data: bytes) -> bool:
        """Whether the record at the start may go on behind the end of the data."""
        return self.open_record.fullmatch(data) is not None


@lru_cache(maxsize=64)
def _grammar(separator: bytes, quote: bytes, quoting: Quoting) -> Grammar:
    # As pyarrow reads them: a quote opens only at the start of a value; after it is closed, what follows up to the next
    # separator belongs to the value. That is for one line: a value with line ends ends where its quote does. Possessive
    # throughout: there is one way to read a record, so no way back is kept.
    s, q = re.escape(separator), re.escape(quote)
    if quoting == "none":
        value = rb"[^%b\r\n]*+" % s
        open_value = rb"(?!)"
    else:
        inside = rb"[^%b]*+(?:%b%b[^%b]*+)*+" % (q, q, q, q)
        line_inside = rb"[^%b\r\n]*+(?:%b%b[^%b\r\n]*+)*+" % (q, q, q, q)
        quoted = rb"%b%b%b(?=[%b\r\n])" % (q, inside, q, s)
        if quoting == "lenient":
            no_separator = rb"[^%b%b]*+(?:%b%b[^%b%b]*+)*+" % (q, s, q, q, q, s)
            quoted = rb"%b%b%b(?=[%b\r\n])|%b%b%b(?=[%b\r\n])" % (q, line_inside, q, s, q, no_separator, q, s)
            inside = no_separator
        else:
            quoted += rb"|%b%b%b(?!%b)[^%b\r\n]*+" % (q, line_inside, q, q, s)
        value = rb"(?:%b|[^%b%b\r\n][^%b\r\n]*+)?+" % (quoted, q, s, s)
        open_value = rb"%b%b%b?" % (q, inside, q)
        # The same on one line: with a tail whose end is not there yet, or with separators.
        open_value += (
            (rb"|%b%b%b?" % (q, line_inside, q))
            if quoting == "lenient"
            else (rb"|%b%b%b[^%b\r\n]*" % (q, line_inside, q, s))
        )
    end = rb"(?:\r\n|\n|\r)"
    record = rb"(?:%b%b)*+%b%b" % (value, s, value, end)
    return Grammar(
        records=re.compile(rb"(?:%b)*+" % record),
        first_record=re.compile(rb"[\r\n]*+" + record),
        open_record=re.compile(rb"(?:%b%b)*+(?:%b|[^%b%b\r\n]?[^%b\r\n]*)" % (value, s, open_value, q, s, s)),
    )


@lru_cache(maxsize=32)
def find_dialect(
    head: bytes, *, separator: bytes, name: str, asked_separator: str | None = None, asked_quote: str | None = None
) -> Dialect:
    """The dialect of a file.

    Args:
      head: its first bytes, UTF-8 without a byte order mark; all of them where they are fewer than `HEAD`.
      separator: the format's own.
      name: of the file, for the note.
      asked_separator, asked_quote: options that overrule what the head tells.

    Raises:
      RequestError: what is asked for is not one character of ASCII, or the same one for both.
    """
    if len(head) < HEAD - len(UTF8_BOM):
        head += b"\n"  # All of the file is there, and its end ends the last record.
    found = _EXCEL.match(head)
    skip = found.end() if found else 0
    head = head[skip:]
    own = separator
    note = None
    escaped = asked_quote is None and has_escaped_quotes(head)
    raw = head
    if escaped:
        head = doubled(head)
    if asked_separator is not None:
        separator = _one_byte("--delimiter", asked_separator.replace("\\t", "\t"))
    elif found is not None:
        separator = found["separator"]
    else:
        separator = _separator(head, own)
        if separator != own:
            note = f"{name}: its values are separated by {_NAMES[separator]}; --delimiter if they are not"
    if escaped and not has_escaped_quotes(raw, separator):
        # Quotes beside another sign than the separator were no ends of values.
        escaped, head = False, raw
    quote = _one_byte("--quote", asked_quote) if asked_quote else b'"'
    quoting: Quoting = "none" if asked_quote == "" else "strict"
    if asked_quote is None and separator == b"\t":
        quoting = _tab_quoting(head)
    if quoting != "none" and separator == quote:
        sign = quote.decode()
        raise RequestError(f"{name}: {sign!r} cannot be separator and quote: name another by --delimiter or --quote")
    if escaped:
        word = "quotes inside its values are escaped by backslashes; --quote '\"' if they are not"
        note = f"{name}: {word}" if note is None else f"{note}; {word}"
    return Dialect(separator=separator, quote=quote, quoting=quoting, escaped=escaped, skip=skip, note=note)


def _one_byte(option: str, given: str) -> bytes:
    data = given.encode()
    if len(data) != 1 or data in b"\r\n\0":
        raise RequestError(f"{option} {given!r}: give one character of ASCII that is no line end")
    return data


def _separator(head: bytes, own: bytes) -> bytes:
    # As soon as the first line holds the format's own separator, it is that: texts hold all others.
    counts = _counts(head, own)
    if not counts or counts[0] > 1:
        return own
    best, most = own, 1
    for other in _SEPARATORS:
        # A first line that opens a quote by another separator, and does not close it, is not written with that one.
        if other == own or _grammar(other, b'"', "strict").first_record.match(head) is None:
            continue
        counts = _counts(head, other)
        if len(counts) < 2 or counts[0] <= most:
            continue
        if sum(count == counts[0] for count in counts) >= _AGREEING * len(counts):
            best, most = other, counts[0]
    return best


def _counts(head: bytes, separator: bytes) -> list[int]:
    """How many values each of the first records has."""
    grammar = _grammar(separator, b'"', "strict")
    counts: list[int] = []
    place = 0
    while len(counts) < _RECORDS and place < len(head):
        found = grammar.first_record.match(head, place)
        if found is None:
            if len(counts) > 1 and len(head) >= HEAD - len(UTF8_BOM) and grammar.is_open(head[place:]):
                break  # The last record is cut off.
            # A bad line.
            end = re.compile(rb"[\r\n]*[^\r\n]*").match(head, place)
            place = end.end() if end and end.end() > place else len(head)
            if place >= len(head) and not counts:
                counts.append(head.count(separator) + 1)
            continue
        record = found[0].strip(b"\r\n")
        if record:
            values = _value_pattern(separator).findall(record + separator)
            counts.append(len(values))
        place = found.end()
    return counts


@lru_cache(maxsize=16)
def _value_pattern(separator: bytes) -> re.Pattern[bytes]:
    s = re.escape(separator)
    return re.compile(rb'(?:"[^"]*+(?:""[^"]*+)*+"[^%b]*+|[^%b]*+)%b' % (s, s, s))


def _tab_quoting(head: bytes) -> Quoting:
    """Strict where the head has values that are quoted and no stray quote; none where it has stray quotes alone."""
    if b'"' not in head:
        return "lenient"
    grammar = _grammar(b"\t", b'"', "lenient")
    sound = stray = place = 0
    while place < len(head):
        found = grammar.first_record.match(head, place)
        if found is not None:
            sound += re.search(rb'(?:^|\t)[\r\n]*"', found[0]) is not None
            place = found.end()
            continue
        end = head.find(b"\n", place) + 1
        if not end:
            break
        stray += 1
        place = end
    if stray and not sound:
        return "none"
    return "lenient" if stray or not sound else "strict"
