"""Assigns every row to a side: by a column, by its source, or by the hash of its group.

The salt of the hash is chosen with the first training on a table and kept in the table's folder and with each model: the next
training, on a table that has grown, asks there first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from transforms.common.errors import RequestError
from transforms.common.hashes import hashes_of
from transforms.heads.job import Fractions, TrainJob
from transforms.heads.rows import split, split_salt
from transforms.heads.rows.labels import Labels, text_of
from transforms.heads.rows.prepared import Prepared
from transforms.heads.rows.row_columns import RowColumns
from transforms.heads.rows.split import EVAL, TEST, TRAIN, UNUSED, Sides

_NAMED = 5
_MOST_MEMBERSHIPS = 100_000_000


def assign_sides(job: TrainJob, columns: RowColumns, labels: dict[str, Labels]) -> Prepared:
    """The sides of a table's rows, under the salt that is kept, or under a new one.

    Raises:
      RequestError: a column, a pattern or a source of the split is not there, or leaves a side empty.
    """
    known = np.logical_or.reduce([found.known for found in labels.values()])
    groups, grouped_by = _groups(job, columns)
    if job.split.column is not None:
        sides = _sides_of_column(job, columns, known)
        if not (sides[known] == EVAL).any():
            sides = _with_eval(job, sides, groups)
        return Prepared(sides=sides, groups=groups, labels=labels, salt=None, split_by=f"the column {job.split.column}")
    split_name = split_salt.name_of(job, grouped_by)
    salt = split_salt.load(job, split_name)
    if salt is None:
        salt = 0
        # Of millions of rows every salt has the labels in equal shares.
        if len(groups) * sum(len(found.names) for found in labels.values()) <= _MOST_MEMBERSHIPS:
            membership = np.concatenate([found.membership for found in labels.values()], axis=1)
            salt = split.choose_salt(groups[known], membership[known], job.split.fractions)
    sides = split.sides(groups, salt=salt, fractions=job.split.fractions)
    split_by = f"a hash of {grouped_by}"
    hashed = sides
    if job.split.eval_sources or job.split.test_sources:
        sides = _sides_of_sources(job, columns, sides, groups)
        hashed = sides
        split_by = f"source (test: {', '.join(job.split.test_sources) or 'by hash'})"
    else:
        for found in labels.values():
            sides = _with_every_label(sides, groups, found, salt)
    return Prepared(
        sides=sides,
        groups=groups,
        labels=labels,
        salt=salt,
        split_by=split_by,
        split_name=split_name,
        moved=tuple(sorted(columns.columns["id"].filter(pa.array(sides != hashed)).to_pylist())),
    )


def _with_every_label(sides: Sides, groups: npt.NDArray[np.uint64], labels: Labels, salt: int) -> Sides:
    """The sides with a training row of every label: where all would be held out, the one whose number is the highest trains."""
    numbers = split.mixed(groups, salt)
    for position, count in enumerate(labels.counts(sides == TRAIN).values()):
        rows = np.flatnonzero(labels.has(position)) if count == 0 else np.empty(0, np.int64)
        if len(rows) and not (sides[rows] == TRAIN).any():  # the group of an earlier label's row may have brought one
            first = np.zeros(len(sides), np.bool_)
            first[rows[numbers[rows].argmax()]] = True
            sides = split.moved_to_train(sides, groups, first)
    return sides


def sides_of(
    job: TrainJob, columns: RowColumns, *, salt: int | None, moved: npt.NDArray[np.bool_] | None = None
) -> Sides:
    """The sides of a table's rows, under the salt that a model keeps.

    Args:
      moved: bool [n], rows that the model's training moved from the held-out sides to the training side; so do the others of
        their groups.
    """
    groups, _ = _groups(job, columns)
    if job.split.column is not None:
        sides = _sides_of_column(job, columns, np.ones(len(groups), np.bool_))
    else:
        sides = split.sides(groups, salt=salt or 0, fractions=job.split.fractions)
        if job.split.eval_sources or job.split.test_sources:
            sides = _sides_of_sources(job, columns, sides, groups)
    return sides if moved is None else split.moved_to_train(sides, groups, moved)


def _groups(job: TrainJob, columns: RowColumns) -> tuple[npt.NDArray[np.uint64], str]:
    """Hashes of the rows' group keys, and what the key is."""
    pattern = job.split.group_pattern
    if pattern is not None:
        try:
            compiled = re.compile(pattern)
        except re.error as error:
            raise RequestError(f"--group-pattern {pattern}: no regular expression: {error}") from error
        keys = _matched(compiled, columns)
        return np.concatenate([hashes_of(some) for some in keys]), f"what {pattern} matches of the id"
    column = job.split.group_column or ("parent" if "parent" in columns.columns.column_names else None)
    if column is None:
        return np.concatenate([hashes_of(ids) for ids in columns.texts("id")]), "the id"
    hashes = [
        # A row without a group is a group of its own.
        hashes_of(key if key is not None else item for key, item in zip(keys, ids, strict=True))
        for keys, ids in zip(columns.texts(column), columns.texts("id"), strict=True)
    ]
    return np.concatenate(hashes), f"the column {column}"


def _matched(pattern: re.Pattern[str], columns: RowColumns) -> Iterator[list[str]]:
    any_matched = False
    for ids in columns.texts("id"):
        keys = []
        for item in ids:
            match = pattern.search(item or "")
            any_matched |= match is not None
            key = item if match is None else match[1] if pattern.groups and match[1] is not None else match[0]
            keys.append(key or "")
        yield keys
    if not any_matched:
        example = columns.columns["id"][0].as_py()
        raise RequestError(f"--group-pattern {pattern.pattern} matches no id; ids look like {example!r}")


def _sides_of_column(job: TrainJob, columns: RowColumns, known: npt.NDArray[np.bool_]) -> Sides:
    values = text_of(columns.columns[job.split.column]).dictionary_encode().combine_chunks()
    words = values.dictionary.to_pylist()
    named = [split.named_side(word) for word in words]
    strange = [word for word, side in zip(words, named, strict=True) if side is None]
    if strange:
        raise RequestError(
            f"the column {job.split.column} holds {', '.join(map(repr, strange[:_NAMED]))}: its values name the side of a"
            " row, as train, eval (or val, validation, dev) and test"
        )
    moved = np.array([UNUSED if side is None else side for side in named] + [UNUSED], np.uint8)
    sides: Sides = moved[values.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)]
    for side, name in ((TRAIN, "train"), (TEST, "test")):
        if not (sides[known] == side).any():
            raise RequestError(f"the column {job.split.column} puts no labelled row on the side {name!r}")
    return sides


def _sides_of_sources(job: TrainJob, columns: RowColumns, hashed: Sides, groups: npt.NDArray[np.uint64]) -> Sides:
    coded = columns.columns["source"].combine_chunks().dictionary_encode()
    names = coded.dictionary.to_pylist()
    of_source = np.full(len(names), UNUSED, np.uint8)
    for patterns, side in ((job.split.eval_sources, EVAL), (job.split.test_sources, TEST)):
        for pattern in patterns:
            matched = [position for position, name in enumerate(names) if fnmatchcase(name, pattern)]
            if not matched:
                raise RequestError(f"no source of {job.table} is named like {pattern!r}; there is {names[0]!r}")
            of_source[matched] = side
    given = of_source[coded.indices.to_numpy(zero_copy_only=False)]
    if not job.split.test_sources:  # the rest of the rows tests and trains by hash
        return np.where(given == EVAL, EVAL, np.where(hashed == EVAL, TRAIN, hashed)).astype(np.uint8)
    sides = np.where(given == UNUSED, TRAIN, given).astype(np.uint8)
    if not (sides == TRAIN).any():
        raise RequestError(f"every source of {job.table} is an eval or test source: nothing is left to train on")
    return sides if job.split.eval_sources else _with_eval(job, sides, groups)


def _with_eval(job: TrainJob, sides: Sides, groups: npt.NDArray[np.uint64]) -> Sides:
    """The sides with eval rows taken out of the training ones, by hash."""
    fractions = Fractions(eval=job.split.fractions.eval, test=0.0)
    hashed = split.sides(groups, salt=0, fractions=fractions)
    return np.where((sides == TRAIN) & (hashed == EVAL), EVAL, sides).astype(np.uint8)
