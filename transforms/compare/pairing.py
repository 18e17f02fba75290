"""Pairs the rows of two versions of a table, or of two tables, by id, in groups that fit into memory.

Parts never change, so that a part which both versions have holds the same rows in both and is not read. The other rows are
divided by a hash of their ids; each group then has all rows of its ids, of both versions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from transforms.common.arrays import RowIndices
from transforms.common.hashes import hashes_of
from transforms.storage import files, local_disk
from transforms.table.snapshot import Snapshot
from transforms.table.vectors import TableVectors

_GROUP_ROWS = 50_000
_MOST_GROUPS = 256


@dataclass(frozen=True, eq=False)
class Pairs:
    """Some rows of two versions.

    Attributes:
      before, after: the rows, with all columns of their versions.
      removed: positions int64 in `before` of rows that the later version lacks.
      added: positions int64 in `after` of rows that the earlier version lacks.
      old, new: positions int64 [n] in `before` and `after` of the rows with one id; the k-th of several with the k-th.
    """

    before: pa.Table
    after: pa.Table
    removed: RowIndices
    added: RowIndices
    old: RowIndices
    new: RowIndices


@dataclass(frozen=True)
class Rows:
    """Some rows of a table or of something like one: their schema, which has `id`, about how many, and what reads them."""

    schema: pa.Schema
    count: int
    read: Callable[[], Iterator[pa.RecordBatch]]


def paired_rows(table: str, before: Snapshot, after: Snapshot, *, group_rows: int = _GROUP_ROWS) -> Iterator[Pairs]:
    """All rows that are in parts of one version alone, in groups of about `group_rows`; vectors may hold anything."""
    return paired(_rows(table, _without(before, after)), _rows(table, _without(after, before)), group_rows=group_rows)


def paired(before: Rows, after: Rows, *, group_rows: int = _GROUP_ROWS) -> Iterator[Pairs]:
    """All rows of both sides, in groups of about `group_rows`."""
    if not before.count and not after.count:
        return
    count = min(max(1, -(-(before.count + after.count) // group_rows)), _MOST_GROUPS)
    if count == 1:
        yield _paired(*(pa.Table.from_batches(rows.read(), schema=rows.schema) for rows in (before, after)))
        return
    with local_disk.scratch() as folder:
        _divide(before, files.join(folder, "before"), count)
        _divide(after, files.join(folder, "after"), count)
        for group in range(count):
            yield _paired(*(_read(files.join(folder, side, f"{group}.arrow")) for side in ("before", "after")))


def _without(snapshot: Snapshot, other: Snapshot) -> Snapshot:
    """The snapshot with those parts alone that the other lacks."""
    return replace(snapshot, parts={name: rows for name, rows in snapshot.parts.items() if name not in other.parts})


def _rows(table: str, snapshot: Snapshot) -> Rows:
    return Rows(snapshot.schema, snapshot.rows, lambda: TableVectors(table, snapshot).columns(snapshot.schema.names))


def _divide(rows: Rows, folder: str, count: int) -> None:
    files.make_folder(folder)
    with ExitStack() as closing:
        writers = [
            closing.enter_context(pa.ipc.new_file(files.join(folder, f"{group}.arrow"), rows.schema))
            for group in range(count)
        ]
        for batch in rows.read():
            owner = hashes_of(batch.column("id").to_pylist()) % np.uint64(count)
            for group in np.unique(owner).tolist():
                writers[group].write_batch(batch.take(pa.array(np.flatnonzero(owner == group))))


def _read(path: str) -> pa.Table:
    return pa.ipc.open_file(local_disk.memory_map(path)).read_all()


def _paired(before: pa.Table, after: pa.Table) -> Pairs:
    import polars as pl

    def numbered(rows: pa.Table, name: str) -> pl.DataFrame:
        ids = pl.DataFrame({"id": pl.Series(rows.column("id").to_pylist(), dtype=pl.String)}).with_row_index(name)
        return ids.with_columns(pl.int_range(pl.len()).over("id").alias("nth"))

    left, right = numbered(before, "old"), numbered(after, "new")
    on = ["id", "nth"]
    both = left.join(right, on=on, how="inner").sort("new")
    removed, added = left.join(right, on=on, how="anti"), right.join(left, on=on, how="anti")
    return Pairs(
        before=before,
        after=after,
        removed=np.sort(removed["old"].to_numpy().astype(np.int64)),
        added=np.sort(added["new"].to_numpy().astype(np.int64)),
        old=both["old"].to_numpy().astype(np.int64),
        new=both["new"].to_numpy().astype(np.int64),
    )
