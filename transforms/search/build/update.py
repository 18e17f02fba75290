"""What changed between the table's version that an index was made from and a newer one, and a draft of the version that follows.

Parts never change, so only rows of parts that left or came are looked at: a row that is in both with the same columns stays where
it is. What left is marked as gone; what came goes into the segment "recent", together with what was in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from transforms.search.build.draft import Draft, Shard
from transforms.search.build.prepare import TRAINED, grouped
from transforms.search.job import IndexJob
from transforms.search.plan import Plan
from transforms.search.store.row_file import PART, part_number
from transforms.search.store.segment import RECENT, Segment
from transforms.storage import files
from transforms.table.snapshot import Snapshot
from transforms.table.vectors import TableVectors

Mask = npt.NDArray[np.bool_]

_NEW_QUERIES, _MOST_HELD = 100, 0.1
GROWTH = 0.3
"""The share of rows that came and went since the last build, from which a new one is made."""


def follow(
    job: IndexJob, snapshot: Snapshot, folder: str, base: int, about: dict[str, Any], segments: list[Segment]
) -> Draft:
    """Finds the difference and writes the draft of the version after `base`; `changes` says what came and went."""
    settled = set(about["table"]["settled"]) & set(snapshot.parts)
    added = sorted(set(snapshot.parts) - settled)
    came = replace(snapshot, parts={part: snapshot.parts[part] for part in added})
    names = [name for name in segments[0].columns.schema.names if name != PART]
    rows = pa.Table.from_batches(TableVectors(job.table, came).columns(names), schema=_light(snapshot, names))
    numbers = [part_number(part) for part in settled]
    candidates = [np.flatnonzero(segment.alive & ~_of(segment, numbers)) for segment in segments]
    leaving = pa.concat_tables(
        segment.columns.take(pa.array(at)) for segment, at in zip(segments, candidates, strict=True)
    )
    stays_old, stays_new = _same(leaving.select(names), rows)
    start = 0
    gone = {}
    for segment, at in zip(segments, candidates, strict=True):
        went = at[~stays_old[start : start + len(at)]]
        start += len(at)
        gone[segment.name] = np.sort(np.concatenate([segment.gone, went]))
    wanted = ~stays_new
    below = int(min(_NEW_QUERIES / max(int(wanted.sum()), 1), _MOST_HELD) * 2.0**64)
    for name, at in gone.items():
        files.write_array(files.join(folder, "gone", f"{name}.npy"), at)
    for name in TRAINED:
        path = files.join(_version_of(segments), name)
        if files.exists(path):
            files.write(files.join(folder, name), files.read(path))
    lost = set(leaving.column("id").filter(pa.array(~stays_old)).to_pylist())
    new = set(rows.column("id").filter(pa.array(wanted)).to_pylist())
    draft = Draft(
        folder=folder,
        base=base,
        why="",
        plan=Plan(**about["plan"]),
        dim=snapshot.about.dim,
        below=below,
        shards=tuple(_shards(folder, came, wanted)),
        settled=tuple(sorted(settled | _whole(came, wanted))),
        changes={
            "added": len(new - lost),
            "removed": len(lost - new),
            "changed": len(new & lost),
        },
    )
    draft.save()
    return draft


def too_much(draft: Draft, segments: list[Segment]) -> str | None:
    """Why a new build is due, from sizes alone; None where it is not."""
    base = sum(segment.size for segment in segments if segment.name.startswith("base"))
    assert draft.changes is not None, "this is a draft of an update"
    lost = sum(len(np.load(draft.path("gone", f"{segment.name}.npy"))) for segment in segments)
    recent = next((segment.rows for segment in segments if segment.name == RECENT), 0)
    share = (lost + recent + draft.changes["added"] + draft.changes["changed"]) / max(base, 1)
    return f"{share:.0%} of its rows came or went since the last build" if share > GROWTH else None


def _version_of(segments: list[Segment]) -> str:
    return segments[0].folder.rpartition("/")[0]


def _light(snapshot: Snapshot, names: list[str]) -> pa.Schema:
    return pa.schema([snapshot.schema.field(name) for name in names])


def _of(segment: Segment, numbers: list[int]) -> Mask:
    """Rows of a segment that came with one of these parts."""
    held: Mask = np.isin(segment.columns.column(PART).to_numpy(), np.array(numbers, np.int64))
    return held


def _whole(came: Snapshot, wanted: Mask) -> set[str]:
    """Parts whose rows all come."""
    names = sorted(came.parts)
    ends = np.cumsum([came.parts[name] for name in names], dtype=np.int64)
    return {name for name, end in zip(names, ends, strict=True) if wanted[end - came.parts[name] : end].all()}


def _same(old: pa.Table, new: pa.Table) -> tuple[Mask, Mask]:
    """Which rows of each are in the other with the same columns; ids are unique in both."""
    import polars as pl

    left = pl.DataFrame(_flat(old)).with_row_index("_old")
    right = pl.DataFrame(_flat(new)).with_row_index("_new")
    both = left.join(right, on=new.schema.names, how="inner", nulls_equal=True)
    stays_old, stays_new = np.zeros(old.num_rows, np.bool_), np.zeros(new.num_rows, np.bool_)
    stays_old[both["_old"].to_numpy()] = True
    stays_new[both["_new"].to_numpy()] = True
    return stays_old, stays_new


def _flat(rows: pa.Table) -> pa.Table:
    """Lists and structures as text: what can be joined on."""
    for at, field in enumerate(rows.schema):
        if pa.types.is_nested(field.type):
            rows = rows.set_column(at, field.name, pa.array([repr(value) for value in rows.column(at).to_pylist()]))
    return rows


def _shards(folder: str, came: Snapshot, wanted: Mask) -> Iterator[Shard]:
    """The shards of what came."""
    start = 0
    for number, group in enumerate(grouped(sorted(came.parts), came.parts)):
        stop = start + sum(came.parts[part] for part in group)
        if wanted[start:stop].any():
            files.write_array(files.join(folder, "wanted", f"{number}.npy"), wanted[start:stop])
            yield Shard(number=number, parts=group, segment=RECENT, chosen=True)
        start = stop
