"""Brings a target to the newest version of a table: what two versions differ in is written and deleted, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce

import numpy as np
import pyarrow as pa

from transforms.common.arrays import Mask
from transforms.common.errors import RequestError
from transforms.common.progress import METER
from transforms.compare.pairing import Pairs, Rows, paired, paired_rows
from transforms.compare.tables import values_differ
from transforms.sync.state import SyncState, served_columns
from transforms.sync.target import Change, Target, open_target
from transforms.table.open import existing
from transforms.table.schema import EMBEDDING, vectors_of
from transforms.table.snapshot import Snapshot
from transforms.table.vectors import TableVectors

_BATCH_ROWS = 50_000


@dataclass(frozen=True, kw_only=True)
class SyncJob:
    """Bring a target to the newest version of a table.

    Attributes:
      table: folder of the feature table.
      target: `postgresql://user@host/database/TABLE` or `FOLDER.lance`.
      credentials: a file with user and password of the database.
      replace: write the target anew, whatever it holds.
    """

    table: str
    target: str
    credentials: str | None = None
    replace: bool = False


@dataclass(frozen=True, kw_only=True)
class SyncSummary:
    """What a sync did: the version that the target had (None: none) and that it has now, rows written and deleted."""

    before: int | None
    version: int
    rows: int
    written: int
    deleted: int

    @property
    def changed(self) -> bool:
        """Whether anything was to do."""
        return self.before != self.version


def sync(job: SyncJob) -> SyncSummary:
    """Does the job.

    Raises:
      RequestError: there is no such table, the target is of another or cannot be written; nothing was changed.
      RunError: the target went away; it has the version that it had.
    """
    METER.reset()
    METER.begin("comparing")
    snapshot = existing(job.table)
    state = SyncState.of(job.table, snapshot)
    with open_target(job.target, job.credentials) as target:
        stored = target.state()
        if not job.replace:
            _require_own(job, target, stored, state)
        before = None if job.replace or not target.exists else stored
        version = None if before is None else before.version
        if before is not None and before.version == state.version:
            return _summary(version, state, 0, 0)
        schema = target.stored_schema(served_columns(snapshot.schema))
        changes = _first(job, target, snapshot) if before is None else _changes(job, target, before, snapshot)
        written = deleted = 0
        target.begin(schema, snapshot.about.dim, anew=before is None)
        METER.begin("writing", work_total=snapshot.rows)
        for change in changes:
            target.apply(change)
            written += change.written.num_rows
            deleted += len(change.deleted)
            METER.add(written=change.written.num_rows, work=change.written.num_rows)
        METER.begin("committing")
        target.commit(state)
    return _summary(version, state, written, deleted)


def _summary(before: int | None, state: SyncState, written: int, deleted: int) -> SyncSummary:
    return SyncSummary(before=before, version=state.version, rows=state.rows, written=written, deleted=deleted)


def _require_own(job: SyncJob, target: Target, stored: SyncState | None, state: SyncState) -> None:
    """Requires a target that an earlier sync of this table left, or none.

    Raises:
      RequestError: it is another's, newer, of other columns, or was edited.
    """
    if not target.exists:
        return
    cure = "say --replace to write it anew, or give another --to"
    if stored is None:
        raise RequestError(f"{target.shown}: holds rows that no sync wrote: {cure}")
    if stored.table_id != state.table_id:
        raise RequestError(f"{target.shown}: holds the rows of another table, {stored.table}: {cure}")
    if stored.version > state.version:
        raise RequestError(
            f"{target.shown}: holds version {stored.version}, and {job.table} is at {state.version}: {cure}"
        )
    if (stored.dim, stored.columns) != (state.dim, state.columns):
        raise RequestError(f"{target.shown}: has other columns than {job.table} has now: {cure}")
    edited = target.edited()
    if edited is not None:
        raise RequestError(f"{target.shown}: was changed by another program, {edited}: {cure}")


def _first(job: SyncJob, target: Target, snapshot: Snapshot) -> Iterator[Change]:
    """All rows, to write."""
    gone = pa.array([], pa.string())
    batches: list[pa.RecordBatch] = []
    size = 0
    for batch in TableVectors(job.table, snapshot).columns(served_columns(snapshot.schema).names):
        batches.append(batch)
        size += batch.num_rows
        if size >= _BATCH_ROWS:
            yield Change(target.stored(pa.Table.from_batches(batches)), gone)
            batches, size = [], 0
    if batches:
        yield Change(target.stored(pa.Table.from_batches(batches)), gone)


def _changes(job: SyncJob, target: Target, stored: SyncState, snapshot: Snapshot) -> Iterator[Change]:
    """What turns the rows of the target into those of a version."""
    names = served_columns(snapshot.schema).names
    try:
        before = existing(job.table, stored.version)
    except RequestError:  # old versions are deleted some day: then the target's own rows are compared
        pairs = pairs_of(target, job.table, snapshot)
    else:
        pairs = paired_rows(job.table, before, snapshot)
    for one in pairs:
        old, new = one.before.take(pa.array(one.old)), one.after.take(pa.array(one.new))
        changed = one.new[any_differs(old, new, names, snapshot.about.dim)]
        written = one.after.select(names).take(pa.array(np.sort(np.concatenate([one.added, changed]))))
        deleted = one.before.column("id").take(pa.array(one.removed)).combine_chunks().cast(pa.string())
        if written.num_rows or len(deleted):
            yield Change(target.stored(written), deleted)


def pairs_of(target: Target, table: str, snapshot: Snapshot) -> Iterator[Pairs]:
    """The rows of a target and of a version, in the types in which they are stored, paired by id."""
    served = served_columns(snapshot.schema)
    schema = target.stored_schema(served)

    def ours() -> Iterator[pa.RecordBatch]:
        for batch in TableVectors(table, snapshot).columns(served.names):
            yield from target.stored(pa.Table.from_batches([batch])).cast(schema).to_batches()

    there = Rows(schema, snapshot.rows, lambda: target.rows(schema))
    return paired(there, Rows(schema, snapshot.rows, ours))


def any_differs(old: pa.Table, new: pa.Table, names: list[str], dim: int) -> Mask:
    """Which rows have another value in any of the columns, a vector with other bits among them: bool [n]."""
    return reduce(np.logical_or, (column_differs(old, new, name, dim) for name in names))


def column_differs(old: pa.Table, new: pa.Table, name: str, dim: int) -> Mask:
    """Which rows have another value in a column: bool [n]."""
    if name != EMBEDDING:
        return values_differ(old, new, name)
    left, right = vectors_of(old.column(name), dim), vectors_of(new.column(name), dim)
    found: Mask = (left.view(np.uint32) != right.view(np.uint32)).any(axis=1)
    return found
