"""Packs the units of a section into chunks whose ends depend on the text around them, and not on all that stands before.

A chunk ends where between half and all of its tokens are used: with a paragraph if one ends there, else with a sentence, a line,
a word; among several, with the one that has the smallest hash. So two texts that are alike from some place on soon have the same
chunks again, and an edited paragraph costs its own chunk and a few behind it: content-defined chunking as in
Muthitacharoen, Chen, Mazieres: A Low-bandwidth Network File System (2001), with the choice by the smallest hash of a window.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from itertools import accumulate

from transforms.corpus.chunks.units import Span, Unit


def packed(text: str, units: Sequence[Unit], *, size: int, overlap: int = 0) -> Iterator[Span]:
    """Where the chunks are: of at most `size` tokens, if no unit has more than `size - overlap`.

    Args:
      units: of one section, in order.
      overlap: tokens in front of a chunk, but the first, that the one before ends with: as many whole units as they hold.
    """
    totals = [0, *accumulate(unit.tokens for unit in units)]
    start = first = 0
    while first < len(units):
        stop = _end(text, units, totals, first, size - overlap)
        yield units[start].start, units[stop - 1].stop
        # Each begins behind the one before, however short that is.
        start = bisect_left(totals, totals[stop] - overlap, start + 1, stop) if overlap else stop
        first = stop


def _end(text: str, units: Sequence[Unit], totals: list[int], first: int, size: int) -> int:
    """Behind which unit the chunk that begins with `first` ends."""
    start = totals[first]
    last = bisect_right(totals, start + size, first + 1) - 1
    if last == len(units):
        return last
    last = max(last, first + 1)
    least = max(bisect_left(totals, start + size / 2, first + 1, last + 1), first + 1)
    # Of equal ones the last: nothing is gained by small chunks of repetitions.
    return min(range(last, least - 1, -1), key=lambda at: _rank(text, units[at - 1]), default=last)


def _rank(text: str, unit: Unit) -> tuple[int, bytes]:
    return unit.end, blake2b(text[unit.start : unit.stop].encode("utf-8", "surrogatepass"), digest_size=8).digest()
