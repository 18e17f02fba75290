"""Prepares the rows of a training: their sides and labels, checked against the request and for near-duplicates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from transforms.common.errors import RequestError
from transforms.heads.job import HeadOptions, TrainJob
from transforms.heads.rows import leakage, split_salt
from transforms.heads.rows.assign_sides import assign_sides
from transforms.heads.rows.prepared import Prepared
from transforms.heads.rows.row_columns import RowColumns
from transforms.heads.rows.split import EVAL, TEST, TRAIN, Sides
from transforms.table.open import existing
from transforms.table.snapshot import Snapshot
from transforms.table.vectors import TableVectors

_NAMED = 5
_EXAMPLES = 20
# Some seconds of work: every held-out row of tables of up to 100,000 rows, a sample of those of larger ones.
_MOST_PAIRS = 2_000_000_000
_ALL_PAIRS = 1 << 62


def prepare(job: TrainJob) -> Prepared:
    """Scans the table and checks the request against it; what it found before is found again.

    Raises:
      RequestError: no labels, one label, a label of too few items, labels that do not join, an unknown column, a row of a
        split column that names no side.
    """
    found = Prepared.load(job.state)
    if found is not None:
        return found
    snapshot = existing(job.table, job.version)
    columns = RowColumns.read(job, snapshot)
    prepared = assign_sides(job, columns, columns.labels(job))
    for head in job.heads:
        _check_labels(job, head, prepared)
    if job.leakage_threshold is not None:
        prepared = _checked_for_leaks(job, snapshot, prepared)
        for head in job.heads:
            _check_labels(job, head, prepared)
    # Only now: a salt that a refused training chose would split by labels that nothing was learnt from.
    split_salt.save(job, prepared)
    prepared.save(job.state)
    return prepared


def _check_labels(job: TrainJob, head: HeadOptions, prepared: Prepared) -> None:
    labels = prepared.labels[head.name]
    whole = labels.counts(prepared.rows(head, TRAIN, EVAL, TEST))
    few = sorted((count, name) for name, count in whole.items() if count < 3)
    if few:
        named = ", ".join(f"{name!r} ({count})" for count, name in few[:_NAMED])
        more = f" and {len(few) - _NAMED} more" if len(few) > _NAMED else ""
        raise RequestError(
            f"{len(few)} of {len(whole)} labels have fewer items than there are sides (train, eval, test): {named}{more};"
            " leave such labels out with --drop-rare 3, or label more items"
        )
    training = labels.counts(prepared.rows(head, TRAIN))
    missing = [name for name, count in training.items() if not count]
    if missing:
        raise RequestError(f"no training row has the label {missing[0]!r} ({len(missing)} such): choose another split")
    for side, name in ((EVAL, "eval"), (TEST, "test")):
        if not prepared.rows(head, side).any():
            raise RequestError(f"no labelled row is on the side {name!r}: label more items, or choose another split")


def _checked_for_leaks(job: TrainJob, snapshot: Snapshot, prepared: Prepared) -> Prepared:
    assert job.leakage_threshold is not None
    vectors = TableVectors(job.table, snapshot)

    def find(sides: Sides) -> leakage.Leakage:
        holdout, train = np.isin(sides, (EVAL, TEST)), sides == TRAIN
        return leakage.find_leaks(
            ((chunk.rows, chunk.vectors) for chunk in vectors.chunks(holdout)),
            ((chunk.rows, chunk.vectors) for chunk in vectors.chunks(train)),
            holdout_rows=int(holdout.sum()),
            train_rows=int(train.sum()),
            threshold=job.leakage_threshold or 1.0,
            most_pairs=_ALL_PAIRS if job.fix_leakage else _MOST_PAIRS,
        )

    sides = prepared.sides
    if job.fix_leakage:
        sides, moved, found = leakage.without_leaks(sides, find, prepared.groups)
    else:
        moved, found = np.empty(0, np.int64), find(sides)
    paired = np.array([(leak.holdout_row, leak.train_row) for leak in found.leaks], np.int64).reshape(-1)
    ids = _ids(vectors, np.concatenate([paired, moved]))
    pairs = [[ids[leak.holdout_row], ids[leak.train_row], round(leak.cosine, 5)] for leak in found.leaks]
    found_leakage = {
        "threshold": job.leakage_threshold,
        "checked": found.checked,
        "held": found.holdout,
        "found": len(found.leaks),
        "moved": len(moved),
        "examples": [dict(zip(("held_out", "train", "cosine"), pair, strict=True)) for pair in pairs[:_EXAMPLES]],
        "pairs": pairs,
    }
    return replace(
        prepared,
        sides=sides,
        leakage=found_leakage,
        moved=tuple(sorted({*prepared.moved, *(ids[row] for row in moved.tolist())})),
    )


def _ids(vectors: TableVectors, rows: npt.NDArray[np.int64]) -> dict[int, str]:
    """The ids of some rows, by position."""
    found: dict[int, str] = {}
    if len(rows):
        wanted = np.zeros(vectors.rows, np.bool_)
        wanted[rows] = True
        for positions, batch in vectors.chosen(wanted, ["id"]):
            found.update(zip(positions.tolist(), batch.column("id").to_pylist(), strict=True))
    return found
