"""Finds lines of a delimited file that are no rows: its header once more, where files were joined, and rules of dashes.

`cat a.csv b.csv` leaves the second file's header among the rows; sqlcmd puts dashes under the header. Read as rows, they would
be items with the text "text" or "----".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from transforms.corpus.delimiters.dialect import Dialect
from transforms.corpus.streams.encoding import UTF8_BOM

REPEATED_HEADER = "RepeatedHeader: the line is the header once more, as where files are joined"
RULE = "RuleLine: the line has dashes for values, as sqlcmd writes them under its header"


def pieces(block: bytes, header: bytes, dialect: Dialect, *, at_start: bool) -> Iterator[tuple[bytes, str | None]]:
    """A block of whole records in pieces, each with None, or with the error of the one line that it is.

    Args:
      header: the header's record without its line end; empty where there is none to look for.
      at_start: the block begins right behind the header.
    """
    start = place = 0
    if at_start and header:
        found = _rule(dialect.separator).match(block)
        if found is not None and b"--" in found[0]:
            yield found[0], RULE
            start = place = found.end()
    while header and (place := block.find(header, place)) >= 0:
        end = place + len(header)
        begin = place - len(UTF8_BOM) if block.endswith(UTF8_BOM, start, place) else place
        if _is_line(block, begin, end) and _is_record(block[start:begin], dialect):
            if begin > start:
                yield block[start:begin], None
            yield block[begin:end], REPEATED_HEADER
            start = end
        place = end
    if start < len(block):
        yield block[start:], None


def _rule(separator: bytes) -> re.Pattern[bytes]:
    s = re.escape(separator)
    return re.compile(rb"[\r\n]*[ -]*-[ -]*(?:%b[ -]*-[ -]*)+(?=[\r\n]|\Z)" % s)


def _is_line(block: bytes, begin: int, end: int) -> bool:
    return block[max(begin - 1, 0) : begin] in (b"", b"\r", b"\n") and block[end : end + 1] in (b"", b"\r", b"\n")


def _is_record(before: bytes, dialect: Dialect) -> bool:
    """Whether a record may begin behind these bytes: not inside a quoted value."""
    if dialect.quoting == "none" or dialect.quote not in before:
        return True
    return dialect.grammar.last_record_end(before) == len(before)
