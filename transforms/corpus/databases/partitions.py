"""Divides the rows of a query by their ids into partitions whose bounds stay where they are while rows come and go.

Every id has a position from 0 to 2^63: an integer is its own, a UUID its first 63 bits, any other id a hash. A partition is a
range of positions that begins at a multiple of its own length, a power of two; one with too many rows is its two halves instead.
So a new row changes one partition, and splits at most that one.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal

Family = Literal["ids", "negative", "uuids", "hashes", "null"]
"""How an id's position is found: itself, -1 minus itself, its first bits, a hash of it; `null` are rows without an id."""

BITS = 63
_GROUPS_BITS = 16
_LEAST_SHIFT = 10
_MOST_ROWS = {"ids": 8192, "negative": 8192, "uuids": 8192, "hashes": 65_536, "null": 1 << BITS}
"""Rows of a partition. To read one by hashes costs a look at every row of the query, so that there are fewer of them."""


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """A range of positions: from `start` to before `stop`."""

    family: Family
    start: int
    stop: int

    def __str__(self) -> str:
        return f"{self.family}:{self.start}:{self.stop}"

    @property
    def name(self) -> str:
        """What the partition is called; one that is split leaves its name to its first half."""
        if self.family == "null":
            return "without-id"
        return (
            f"{self.family}-{self.start}" if self.family in ("ids", "negative") else f"{self.family}-{self.start:016x}"
        )

    @staticmethod
    def parsed(text: str) -> Bounds:
        """The inverse of `str`."""
        family, start, stop = text.split(":")
        return Bounds(family=family, start=int(start), stop=int(stop))  # type: ignore[arg-type]


@dataclass(frozen=True)
class Group:
    """The rows of a stretch of 2^shift positions: its number, how many rows, their bytes about, the sum of their hashes."""

    number: int
    rows: int
    size: int
    hashes: int


@dataclass(frozen=True, kw_only=True)
class Partition:
    """Some rows of a query, and what tells that they changed."""

    bounds: Bounds
    rows: int
    size: int
    hashes: int

    def fingerprint(self, formula: str) -> str:
        """Changes when a row is added, deleted or changed; `formula` says what the hashes are of."""
        state = f"{formula}|{self.rows}|{self.hashes}".encode()
        return f"{self.rows}-{blake2b(state, digest_size=12).hexdigest()}"


Finer = Callable[[Bounds, int], Sequence[Group]]
"""Gives the groups of 2^shift positions each inside some bounds, sorted by number."""


def first_shift(largest: int) -> int:
    """How many bits of a position a group leaves out, where the largest position is this one: there are 2^16 groups at most."""
    return max(_LEAST_SHIFT, largest.bit_length() - _GROUPS_BITS)


def partitions_of(family: Family, groups: Sequence[Group], shift: int, finer: Finer) -> Iterator[Partition]:
    """The partitions of all rows of a family, given as groups sorted by number; none is without rows."""
    yield from _divided(Bounds(family=family, start=0, stop=1 << BITS), groups, shift, finer)


def _divided(bounds: Bounds, groups: Sequence[Group], shift: int, finer: Finer) -> Iterator[Partition]:
    rows = sum(group.rows for group in groups)
    if not rows:
        return
    length = bounds.stop - bounds.start
    if rows <= _MOST_ROWS[bounds.family] or length == 1:
        size, hashes = sum(group.size for group in groups), sum(group.hashes for group in groups)
        yield Partition(bounds=bounds, rows=rows, size=size, hashes=hashes)
        return
    if length <= 1 << shift:
        shift = max(0, length.bit_length() - 1 - _GROUPS_BITS)
        groups = finer(bounds, shift)
    middle = bounds.start + length // 2
    cut = bisect_left(groups, middle >> shift, key=lambda group: group.number)
    for start, stop, some in ((bounds.start, middle, groups[:cut]), (middle, bounds.stop, groups[cut:])):
        yield from _divided(Bounds(family=bounds.family, start=start, stop=stop), some, shift, finer)
