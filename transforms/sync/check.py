"""Compares every row of a target with the newest version of its table: ids, contents, texts, kept columns, vectors to the bit."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from transforms.common.errors import RequestError
from transforms.common.progress import METER
from transforms.sync.state import served_columns
from transforms.sync.sync import SyncJob, column_differs, pairs_of
from transforms.sync.target import open_target
from transforms.table.open import existing

_EXAMPLES = 5


@dataclass(kw_only=True)
class CheckSummary:
    """How a target differs from a version of its table.

    Attributes:
      version: of the table, with which it was compared.
      stored: the version that the target says it holds.
      missing, extra, differing: rows that the target lacks, has beyond the table, and has with other values.
      columns: in how many rows each column has another value.
      examples: ids of some of these rows.
    """

    version: int
    stored: int
    rows: int
    missing: int = 0
    extra: int = 0
    differing: int = 0
    columns: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    @property
    def is_equal(self) -> bool:
        return not (self.missing or self.extra or self.differing)


def check(job: SyncJob) -> CheckSummary:
    """Compares target and table; nothing is changed, but that a killed sync is undone where the target does not do so itself.

    Raises:
      RequestError: there is no such table or target, or no sync wrote it.
      RunError: the target went away.
    """
    METER.reset()
    METER.begin("comparing")
    snapshot = existing(job.table)
    names = served_columns(snapshot.schema).names
    with open_target(job.target, job.credentials) as target:
        if not target.exists:
            raise RequestError(f"{target.shown}: there is no such table: write it with `vectormill sync` first")
        stored = target.state()
        if stored is None:
            raise RequestError(f"{target.shown}: holds rows that no sync wrote: give the --to of a sync")
        found = CheckSummary(version=snapshot.rows_version, stored=stored.version, rows=snapshot.rows)
        if stored.dim != snapshot.about.dim:
            raise RequestError(
                f"{target.shown}: holds vectors of {stored.dim} dimensions, and those of {job.table} have {snapshot.about.dim}"
            )
        for pairs in pairs_of(target, job.table, snapshot):
            old, new = pairs.before.take(pa.array(pairs.old)), pairs.after.take(pa.array(pairs.new))
            masks = {name: column_differs(old, new, name, stored.dim) for name in names}
            differing = np.logical_or.reduce(list(masks.values()))
            found.columns.update({name: int(mask.sum()) for name, mask in masks.items() if mask.any()})
            found.missing += len(pairs.added)
            found.extra += len(pairs.removed)
            found.differing += int(differing.sum())
            for rows, at in (
                (pairs.after, pairs.added),
                (pairs.before, pairs.removed),
                (new, np.flatnonzero(differing)),
            ):
                room = _EXAMPLES - len(found.examples)
                found.examples += rows.column("id").take(pa.array(at[: max(room, 0)])).to_pylist()
    return found
