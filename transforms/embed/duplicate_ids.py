"""Finds duplicate ids over all parts of a version-to-be.

Workers have hashed the ids of their parts to 64 bits and sorted them (`combine`). Here the sorted files are compared;
only where two hashes agree are the ids themselves looked at.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import IO

import numpy as np
import pyarrow as pa

from transforms.common.hashes import Hashes, hashes_of
from transforms.embed.together import together
from transforms.storage import files
from transforms.table.parts import PartFormat, read_part
from transforms.table.snapshot import Layout

_MOST_HASHES = 1 << 25
_NEAR = 4096
"""Hashes that are read at once rather than bisected further."""


@dataclass(frozen=True)
class Place:
    """Where a row is: its part, its position there, and the source it was made from."""

    part: str
    row: int
    source: str


def id_hashes(root: str, parts: Sequence[str], *, schema: pa.Schema, part_format: PartFormat) -> Hashes:
    """The hashes of all ids of some parts, sorted."""
    layout = Layout(root)

    def of_part(name: str) -> list[Hashes]:
        batches = read_part(layout.part(name), schema=schema, part_format=part_format, columns=["id"])
        return [hashes_of(batch.column("id").to_pylist()) for batch in batches]

    found = [hashes for each in together(of_part, parts) for hashes in each]
    return np.sort(np.concatenate(found)) if found else np.empty(0, np.uint64)


def repeated_hashes(paths: Mapping[str, int]) -> tuple[Hashes, set[str]]:
    """Hashes of ids that are there twice, and in which files they are.

    The files are compared band by band of the hashes' values, so that memory holds some 30 million of them, however
    many there are.

    Args:
      paths: files of sorted hashes, uint64 little-endian, and how many are in each.
    """
    bands = -(-sum(paths.values()) // _MOST_HASHES)
    repeated: list[Hashes] = []
    where: set[str] = set()
    for band in range(bands):
        slices = together(partial(_band, bands=bands, band=band), paths.items())
        ordered = np.concatenate(slices)
        ordered.sort()
        suspects = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
        if len(suspects):
            repeated.append(suspects)
            where |= {path for path, own in zip(paths, slices, strict=True) if np.isin(own, suspects).any()}
    return np.concatenate(repeated) if repeated else np.empty(0, np.uint64), where


def _band(file: tuple[str, int], *, bands: int, band: int) -> Hashes:
    """The hashes of a file whose values lie in one of `bands` equal bands."""
    path, count = file
    if bands == 1:
        return np.frombuffer(files.read(path), "<u8")
    with files.open_read(path) as stream:
        start, stop = (_first(stream, count, (band + step) * (1 << 64) // bands) for step in (0, 1))
        stream.seek(start * 8)
        return np.frombuffer(files.exactly(stream, (stop - start) * 8), "<u8")


def _first(stream: IO[bytes], count: int, least: int) -> int:
    """The position of the first hash that is not below `least`: they are spread evenly, so that few reads find it."""
    low, high = 0, count
    while high - low > _NEAR:
        middle = (low + high) // 2
        stream.seek(middle * 8)
        if int.from_bytes(files.exactly(stream, 8), "little") < least:
            low = middle + 1
        else:
            high = middle
    stream.seek(low * 8)
    return low + int(np.searchsorted(np.frombuffer(files.exactly(stream, (high - low) * 8), "<u8"), least))


def duplicate_ids(
    root: str, parts: Sequence[str], suspects: Hashes, *, schema: pa.Schema, part_format: PartFormat
) -> dict[str, list[Place]]:
    """Ids that more than one row has, with the places of all of them in the order of `parts`.

    Args:
      parts: in which the suspects are.
      suspects: the hashes of ids to look at, each once.
    """
    layout = Layout(root)
    places: dict[str, list[Place]] = defaultdict(list)
    for part in parts:
        row = 0
        for batch in read_part(layout.part(part), schema=schema, part_format=part_format, columns=["id", "source"]):
            names, sources = batch.column("id"), batch.column("source")
            for offset in np.flatnonzero(np.isin(hashes_of(names.to_pylist()), suspects)).tolist():
                places[names[offset].as_py()].append(Place(part, row + offset, sources[offset].as_py()))
            row += batch.num_rows
    return {name: where for name, where in places.items() if len(where) > 1}


_ASSIGNED = re.compile(r"(?P<base>.*#[0-9a-f]{16})(?:\.\d+)?(?P<chunk>#\d+)?", re.DOTALL)


def renumbered_repeats(
    root: str, parts: Sequence[str], clashing: set[str], *, schema: pa.Schema, part_format: PartFormat
) -> dict[str, dict[int, str]]:
    """New ids, by part and row, for repeats of one text that stand in several parts of one source.

    Args:
      parts: in the order of the source.
      clashing: assigned ids (`source#hash`) that more than one row has.
    """
    layout = Layout(root)
    bases = {_split(name) for name in clashing}
    seen: Counter[tuple[str, str]] = Counter()
    renames: dict[str, dict[int, str]] = defaultdict(dict)
    for part in parts:
        row = 0
        for batch in read_part(layout.part(part), schema=schema, part_format=part_format, columns=["id"]):
            for name in batch.column("id").to_pylist():
                key = _split(name)
                if key in bases:
                    seen[key] += 1
                    base, chunk = key
                    fresh = f"{base}{f'.{seen[key]}' if seen[key] > 1 else ''}{chunk}"
                    if fresh != name:
                        renames[part][row] = fresh
                row += 1
    return renames


def _split(name: str) -> tuple[str, str]:
    match = _ASSIGNED.fullmatch(name)
    return (match["base"], match["chunk"] or "") if match else (name, "")
