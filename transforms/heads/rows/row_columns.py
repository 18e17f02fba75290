"""Reads the columns that decide the rows' sides and labels: all rows, no vectors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pyarrow as pa

from transforms.common.errors import RequestError
from transforms.heads.job import HeadOptions, TrainJob
from transforms.heads.rows.given_labels import given_labels
from transforms.heads.rows.labels import Labels, text_of
from transforms.table.schema import EMBEDDING
from transforms.table.snapshot import Snapshot
from transforms.table.vectors import TableVectors


@dataclass(frozen=True, eq=False)
class RowColumns:
    """Columns of all rows, as Arrow has them: Python's strings would take ten times the memory."""

    columns: pa.Table

    @staticmethod
    def read(job: TrainJob, snapshot: Snapshot) -> RowColumns:
        """The columns that the job's split and labels need, and `id`.

        Raises:
          RequestError: the table has no rows, or lacks a column.
        """
        require_columns(job, snapshot)
        names = {"id"}
        names |= {head.label for head in job.heads}
        if job.split.column is not None:
            names.add(job.split.column)
        if job.split.eval_sources or job.split.test_sources:
            names.add("source")
        if job.split.group_column is not None:
            names.add(job.split.group_column)
        elif "parent" in snapshot.schema.names:
            names.add("parent")
        wanted = [name for name in snapshot.schema.names if name in names]
        batches = list(TableVectors(job.table, snapshot).columns(wanted))
        if not snapshot.rows:
            raise RequestError(f"version {job.version} of {job.table} holds no row: there is nothing to learn from")
        return RowColumns(pa.Table.from_batches(batches))

    def texts(self, name: str) -> Iterator[list[str | None]]:
        """A column as lists of strings, one for each of its chunks."""
        for chunk in self.columns[name].chunks:
            yield text_of(chunk).to_pylist()

    def labels(self, job: TrainJob, *, to_learn: bool = True) -> dict[str, Labels]:
        """The labels of all rows, by name of the head.

        Args:
          to_learn: a classifier needs two labels; to evaluate one, rows of a single label will do.

        Raises:
          RequestError: there are none, one only, or they do not join.
        """
        return {head.name: self._labels(job, head, 2 if to_learn else 1) for head in job.heads}

    def _labels(self, job: TrainJob, head: HeadOptions, least: int) -> Labels:
        column, notes = given_labels(job, head, self.columns)
        where = ", ".join(job.labels_files) or job.table
        labels = replace(Labels.of(column, separator=head.separator, drop_rare=head.drop_rare), notes=notes)
        if labels.several and head.balanced:
            raise RequestError(f"{head.label}: --balanced is for one label an item, and here an item may have several")
        if column.null_count == len(column):
            hint = "give --label-column, or --labels FILE with the columns id and label"
            raise RequestError(f"{where}: no row has a label in the column {head.label!r}: {hint}")
        if len(labels.names) < (1 if labels.several else least):
            every = f"every label is {labels.names[0]!r}" if labels.names else "there is no label left"
            raise RequestError(f"{where}: {every} in the column {head.label!r}: a classifier needs two")
        return labels


def require_columns(job: TrainJob, snapshot: Snapshot) -> None:
    """Refuses a request for a column that the table lacks, or for labels as features.

    Raises:
      RequestError: it is one.
    """
    there = [name for name in snapshot.schema.names if name != EMBEDDING]
    labels = [] if job.labels_files else [head.label for head in job.heads]
    asked = [*labels, *job.features, job.split.column, job.split.group_column]
    for name in asked:
        if name is not None and name not in there:
            raise RequestError(f"{job.table} has no column {name!r}: it has {', '.join(there)}")
    for name in labels:
        if name in job.features:
            raise RequestError(
                f"--features {name}: it holds the labels, which are not known of new items: leave it out"
            )
