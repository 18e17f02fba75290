"""Finds duplicate ids over all parts of a version-to-be, in eight bytes a row.

A first pass compares 64-bit hashes of ids; only where two agree are the ids themselves looked at. So the check's
memory is 16 bytes a row at its peak, whatever the ids' length.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from transforms.table.parts import PartFormat, read_part
from transforms.table.snapshot import Layout


@dataclass(frozen=True)
class Place:
    """Where a row is: its part, its position there, and the source it was made from."""

    part: str
    row: int
    source: str


def duplicate_ids(
    root: str, parts: Sequence[str], *, schema: pa.Schema, part_format: PartFormat
) -> dict[str, list[Place]]:
    """Ids that more than one row has, with the places of all of them in the order of `parts`."""
    layout = Layout(root)

    def columns(part: str, names: list[str]) -> list[pa.RecordBatch]:
        return list(read_part(layout.part(part), schema=schema, part_format=part_format, columns=names))

    hashes = []
    for part in parts:
        for batch in columns(part, ["id"]):
            hashes.append(np.fromiter(map(hash, batch.column("id").to_pylist()), np.int64, batch.num_rows))
    if not hashes:
        return {}
    ordered = np.concatenate(hashes)
    del hashes
    ordered.sort()
    suspects = set(ordered[1:][ordered[1:] == ordered[:-1]].tolist())
    del ordered
    if not suspects:
        return {}
    places: dict[str, list[Place]] = defaultdict(list)
    for part in parts:
        row = 0
        for batch in columns(part, ["id", "source"]):
            sources = batch.column("source")
            for offset, name in enumerate(batch.column("id").to_pylist()):
                if hash(name) in suspects:
                    places[name].append(Place(part, row + offset, sources[offset].as_py()))
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
