"""Prepares an update: finds the rows that a newer version of the table adds to an index and those that it deletes.

Parts of a table never change, so only rows of parts that left or were added are compared: a row that is in both with the same
columns stays where it is. Rows that left are marked as deleted; added ones go into the segment "recent", together with those
that were in it. A row whose columns changed is deleted and added.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pyarrow as pa

from transforms.common.arrays import Mask
from transforms.search.build.base_version import BaseVersion
from transforms.search.build.draft import Draft, IndexShard, deleted_file, grouped_parts
from transforms.search.build.holdout import UPDATE_QUERIES, hash_limit
from transforms.search.build.prepare import TRAINED
from transforms.search.job import IndexJob
from transforms.search.plan import IndexPlan
from transforms.search.store.row_file import PART, part_number
from transforms.search.store.segment import RECENT, Segment
from transforms.storage import files
from transforms.table.compactions import Compactions
from transforms.table.snapshot import Snapshot
from transforms.table.vectors import TableVectors

GROWTH = 0.3
"""The share of rows that were added and deleted since the last build from which the index is built anew."""


def prepare_update(job: IndexJob, snapshot: Snapshot, folder: str, base: BaseVersion) -> Draft:
    """Finds the difference and writes the draft of the version after `base`; its `changes` count the rows."""
    segments = base.segments
    compactions = Compactions.of(job.table)
    indexed = set(base.metadata["table"].get("settled", ()))
    unchanged_parts = {part for part in snapshot.parts if compactions.origins_among(part, indexed) is not None}
    new_parts = sorted(set(snapshot.parts) - unchanged_parts)
    added = replace(snapshot, parts={part: snapshot.parts[part] for part in new_parts})
    names = [name for name in segments[0].columns.schema.names if name != PART]
    schema = pa.schema([snapshot.schema.field(name) for name in names])
    new_rows = pa.Table.from_batches(TableVectors(job.table, added).columns(names), schema=schema)
    numbers = [part_number(name) for part in unchanged_parts for name in compactions.with_origins(part)]
    candidates = [np.flatnonzero(segment.alive & ~_rows_of_parts(segment, numbers)) for segment in segments]
    old_rows = pa.concat_tables(
        segment.columns.take(pa.array(at)) for segment, at in zip(segments, candidates, strict=True)
    )
    stays_old, stays_new = _in_both(old_rows.select(names), new_rows)
    start = 0
    for segment, at in zip(segments, candidates, strict=True):
        removed = at[~stays_old[start : start + len(at)]]
        start += len(at)
        deleted = np.sort(np.concatenate([segment.deleted, removed]))
        files.write_array(deleted_file(folder, segment.name), deleted)
    for name in TRAINED:
        path = files.join(base.folder, name)
        if files.exists(path):
            files.write(files.join(folder, name), files.read(path))
    wanted = ~stays_new
    removed_ids = set(old_rows.column("id").filter(pa.array(~stays_old)).to_pylist())
    added_ids = set(new_rows.column("id").filter(pa.array(wanted)).to_pylist())
    draft = Draft(
        folder=folder,
        base=base.number,
        why="",
        plan=IndexPlan.from_json(base.metadata["plan"], where=base.folder),
        dim=snapshot.about.dim,
        holdout_hash_limit=hash_limit(int(wanted.sum()), queries=UPDATE_QUERIES),
        shards=tuple(_shards(folder, added, wanted)),
        fully_indexed_parts=tuple(sorted(unchanged_parts | _wholly_wanted(added, wanted))),
        changes={
            "added": len(added_ids - removed_ids),
            "removed": len(removed_ids - added_ids),
            "changed": len(added_ids & removed_ids),
        },
    )
    draft.save()
    return draft


def reason_to_rebuild(draft: Draft, segments: list[Segment]) -> str | None:
    """The reason to build the index anew rather than update it, from numbers of rows alone; None if there is none."""
    assert draft.changes is not None, "this is a draft of an update"
    built = sum(segment.size for segment in segments if segment.name.startswith("base"))
    deleted = sum(len(draft.deleted(segment.name)) for segment in segments)
    recent = next((segment.rows for segment in segments if segment.name == RECENT), 0)
    share = (deleted + recent + draft.changes["added"] + draft.changes["changed"]) / max(built, 1)
    return f"{share:.0%} of its rows were added or deleted since the last build" if share > GROWTH else None


def _rows_of_parts(segment: Segment, numbers: list[int]) -> Mask:
    """The rows of a segment that were read from the parts with these numbers."""
    found: Mask = np.isin(segment.columns.column(PART).to_numpy(), np.array(numbers, np.int64))
    return found


def _wholly_wanted(added: Snapshot, wanted: Mask) -> set[str]:
    """Parts all of whose rows are wanted."""
    names = sorted(added.parts)
    ends = np.cumsum([added.parts[name] for name in names], dtype=np.int64)
    return {name for name, end in zip(names, ends, strict=True) if wanted[end - added.parts[name] : end].all()}


def _in_both(old: pa.Table, new: pa.Table) -> tuple[Mask, Mask]:
    """The rows of each table that are in the other with the same columns; ids are unique in both."""
    import polars as pl

    left = pl.DataFrame(_flat(old)).with_row_index("_old")
    right = pl.DataFrame(_flat(new)).with_row_index("_new")
    both = left.join(right, on=new.schema.names, how="inner", nulls_equal=True)
    stays_old, stays_new = np.zeros(old.num_rows, np.bool_), np.zeros(new.num_rows, np.bool_)
    stays_old[both["_old"].to_numpy()] = True
    stays_new[both["_new"].to_numpy()] = True
    return stays_old, stays_new


def _flat(rows: pa.Table) -> pa.Table:
    """The rows with nested columns as text, since polars joins on plain ones only."""
    for at, field in enumerate(rows.schema):
        if pa.types.is_nested(field.type):
            rows = rows.set_column(at, field.name, pa.array([repr(value) for value in rows.column(at).to_pylist()]))
    return rows


def _shards(folder: str, added: Snapshot, wanted: Mask) -> Iterator[IndexShard]:
    """The shards of the added rows; writes which rows of each are wanted."""
    start = 0
    for number, group in enumerate(grouped_parts(sorted(added.parts), added.parts)):
        stop = start + sum(added.parts[part] for part in group)
        if wanted[start:stop].any():
            files.write_array(files.join(folder, "wanted", f"{number}.npy"), wanted[start:stop])
            yield IndexShard(number=number, parts=group, segment=RECENT, is_partial=True)
        start = stop
