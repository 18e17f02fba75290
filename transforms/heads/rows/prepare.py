"""What a training needs to know of every row, without its vector: its side, and its label under each head.

A few bytes a row. Made once a training, by one scan of the light columns, and kept in the training's state, so that a
killed training goes on with the very same rows.

The salt of the split is chosen with the first training on a table and kept in the table's folder and with each model: the next
training, on a table that has grown, asks there first.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from transforms.common.errors import RequestError
from transforms.common.hashes import hashes_of
from transforms.heads.job import Fractions, HeadOptions, TrainJob
from transforms.heads.rows import leakage, split, split_salt
from transforms.heads.rows.labels import LabelFile, Labels, text_of
from transforms.heads.rows.split import EVAL, TEST, TRAIN, UNUSED, Sides
from transforms.storage import files
from transforms.table.open import existing
from transforms.table.schema import EMBEDDING
from transforms.table.snapshot import Snapshot
from transforms.table.vectors import TableVectors

_NAMED = 5
_EXAMPLES = 20
_FILE = "rows.npz"
# Some seconds of work: every held-out row of tables of up to 100,000 rows, a sample of those of larger ones.
_MOST_PAIRS = 2_000_000_000
_ALL_PAIRS = 1 << 62
_MOST_MEMBERSHIPS = 100_000_000


@dataclass(frozen=True, eq=False, kw_only=True)
class Prepared:
    """Every row's side and labels.

    Attributes:
      sides: uint8 [n].
      groups: uint64 [n], hashes of the groups' keys.
      labels: by name of the head.
      salt: of the split; None where a column or sources decide.
      split_by: how, in words.
      split_name: what the salt belongs to; None where there is none.
      leakage: as in a report; None where it was not looked for.
    """

    sides: Sides
    groups: npt.NDArray[np.uint64]
    labels: dict[str, Labels]
    salt: int | None
    split_by: str
    split_name: str | None = None
    leakage: dict[str, Any] | None = field(default=None)

    def rows(self, head: HeadOptions, *wanted: int) -> npt.NDArray[np.bool_]:
        """Which rows are on one of these sides and have a label."""
        return np.isin(self.sides, wanted) & self.labels[head.name].known

    def save(self, folder: str) -> None:
        arrays: dict[str, Any] = {"sides": self.sides, "groups": self.groups}
        told: dict[str, Any] = {
            "salt": self.salt,
            "split_by": self.split_by,
            "split_name": self.split_name,
            "leakage": self.leakage,
            "heads": {},
        }
        for position, (name, labels) in enumerate(self.labels.items()):
            arrays[f"codes{position}"], arrays[f"known{position}"] = labels.codes, labels.known
            told["heads"][name] = list(labels.names)
        content = io.BytesIO()
        np.savez(content, told=np.frombuffer(json.dumps(told).encode(), np.uint8), **arrays)
        files.write(files.join(folder, _FILE), content.getvalue())

    @staticmethod
    def load(folder: str) -> Prepared | None:
        path = files.join(folder, _FILE)
        if not files.exists(path):
            return None
        with np.load(io.BytesIO(files.read(path)), allow_pickle=False) as held:
            told = json.loads(held["told"].tobytes())
            labels = {
                name: Labels(names=tuple(names), codes=held[f"codes{position}"], known=held[f"known{position}"])
                for position, (name, names) in enumerate(told.pop("heads").items())
            }
            return Prepared(sides=held["sides"], groups=held["groups"], labels=labels, **told)


def prepare(job: TrainJob) -> Prepared:
    """Scans the table and checks the request against it.

    Raises:
      RequestError: no labels, one label, a label of too few items, labels that do not join, an unknown column, a row of a
        split column that names no side.
    """
    found = Prepared.load(job.state)
    if found is not None:
        return found
    snapshot = existing(job.table, job.version)
    require_columns(job, snapshot)
    light = _scan(job, snapshot)
    prepared = _split(job, light, _all_labels(job, light))
    for head in job.heads:
        _check_labels(job, head, prepared)
    if job.leakage_threshold is not None:
        prepared = _checked_for_leaks(job, snapshot, prepared)
        for head in job.heads:
            _check_labels(job, head, prepared)
    prepared.save(job.state)
    return prepared


def read_labels(job: TrainJob, snapshot: Snapshot) -> dict[str, Labels]:
    """The labels of a table's rows, by name of the head.

    Raises:
      RequestError: there are none, or they do not join.
    """
    require_columns(job, snapshot)
    return _all_labels(job, _scan(job, snapshot))


def sides_of(job: TrainJob, snapshot: Snapshot, *, salt: int | None) -> Sides:
    """The sides of a table's rows, under the salt that a model keeps."""
    light = _scan(job, snapshot)
    groups, _ = _groups(job, light)
    if job.split.column is not None:
        return _sides_of_column(job, light, np.ones(len(groups), np.bool_))
    sides = split.sides(groups, salt=salt or 0, fractions=job.split.fractions)
    if job.split.eval_sources or job.split.test_sources:
        return _sides_of_sources(job, light, sides, groups)
    return sides


def _all_labels(job: TrainJob, light: _Light) -> dict[str, Labels]:
    return {head.name: _labels(job, head, light) for head in job.heads}


@dataclass(frozen=True, eq=False)
class _Light:
    """The light columns of all rows, as Arrow has them: Python's strings would take ten times the memory."""

    columns: pa.Table

    def texts(self, name: str) -> Iterator[list[str | None]]:
        """A column as lists of strings, one for each of its chunks."""
        for chunk in self.columns[name].chunks:
            yield text_of(chunk).to_pylist()


def require_columns(job: TrainJob, snapshot: Snapshot) -> None:
    """Refuses a request for a column that the table lacks, or for labels as features."""
    there = [name for name in snapshot.schema.names if name != EMBEDDING]
    labels = [] if job.labels_file is not None else [head.label for head in job.heads]
    asked = [*labels, *job.features, job.split.column, job.split.group_column]
    for name in asked:
        if name is not None and name not in there:
            raise RequestError(f"{job.table} has no column {name!r}: it has {', '.join(there)}")
    for name in labels:
        if name in job.features:
            raise RequestError(
                f"--features {name}: it holds the labels, which are not known of new items: leave it out"
            )


def _scan(job: TrainJob, snapshot: Snapshot) -> _Light:
    names = {"id"}
    if job.labels_file is None:
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
    columns = pa.Table.from_batches(batches)
    return _Light(columns)


def _labels(job: TrainJob, head: HeadOptions, light: _Light) -> Labels:
    if job.labels_file is not None:
        held = LabelFile.read(job.labels_file, [head.label])
        column = pa.chunked_array([held.joined(ids, head.label) for ids in light.texts("id")])
        if not job.skip_unknown:
            held.require_known(light.columns["id"])
        where = job.labels_file
    else:
        column, where = light.columns[head.label], job.table
    labels = Labels.of(column, separator=head.separator, drop_rare=head.drop_rare)
    if labels.several and head.balanced:
        raise RequestError(f"{head.label}: --balanced is for one label an item, and here an item may have several")
    if column.null_count == len(column):
        hint = "give --label-column, or --labels FILE with the columns id and label"
        raise RequestError(f"{where}: no row has a label in the column {head.label!r}: {hint}")
    if len(labels.names) < (1 if labels.several else 2):
        every = f"every label is {labels.names[0]!r}" if labels.names else "there is no label left"
        raise RequestError(f"{where}: {every} in the column {head.label!r}: a classifier needs two")
    return labels


def _split(job: TrainJob, light: _Light, labels: dict[str, Labels]) -> Prepared:
    known = np.logical_or.reduce([found.known for found in labels.values()])
    groups, grouped_by = _groups(job, light)
    if job.split.column is not None:
        sides = _sides_of_column(job, light, known)
        if not (sides[known] == EVAL).any():
            sides = _with_eval(job, sides, groups)
        return Prepared(sides=sides, groups=groups, labels=labels, salt=None, split_by=f"the column {job.split.column}")
    salt = split_salt.kept(job, grouped_by)
    if salt is None:
        salt = 0
        # Of millions of rows every salt has the labels in equal shares.
        if len(groups) * sum(len(found.names) for found in labels.values()) <= _MOST_MEMBERSHIPS:
            membership = np.concatenate([found.membership for found in labels.values()], axis=1)
            salt = split.choose_salt(groups[known], membership[known], job.split.fractions)
        split_salt.keep(job, grouped_by, salt)
    sides = split.sides(groups, salt=salt, fractions=job.split.fractions)
    split_by = f"a hash of {grouped_by}"
    if job.split.eval_sources or job.split.test_sources:
        sides = _sides_of_sources(job, light, sides, groups)
        split_by = f"source (test: {', '.join(job.split.test_sources) or 'by hash'})"
    name = split_salt.name_of(job, grouped_by)
    return Prepared(sides=sides, groups=groups, labels=labels, salt=salt, split_by=split_by, split_name=name)


def _groups(job: TrainJob, light: _Light) -> tuple[npt.NDArray[np.uint64], str]:
    """Hashes of the rows' group keys, and what the key is."""
    pattern = job.split.group_pattern
    if pattern is not None:
        try:
            compiled = re.compile(pattern)
        except re.error as error:
            raise RequestError(f"--group-pattern {pattern}: no regular expression: {error}") from error
        keys = _matched(compiled, light)
        return np.concatenate([hashes_of(some) for some in keys]), f"what {pattern} matches of the id"
    column = job.split.group_column or ("parent" if "parent" in light.columns.column_names else None)
    if column is None:
        return np.concatenate([hashes_of(ids) for ids in light.texts("id")]), "the id"
    hashes = [
        # A row without a group is a group of its own.
        hashes_of(key if key is not None else item for key, item in zip(keys, ids, strict=True))
        for keys, ids in zip(light.texts(column), light.texts("id"), strict=True)
    ]
    return np.concatenate(hashes), f"the column {column}"


def _matched(pattern: re.Pattern[str], light: _Light) -> Iterator[list[str]]:
    any_matched = False
    for ids in light.texts("id"):
        keys = []
        for item in ids:
            match = pattern.search(item or "")
            any_matched |= match is not None
            key = item if match is None else match[1] if pattern.groups and match[1] is not None else match[0]
            keys.append(key or "")
        yield keys
    if not any_matched:
        example = light.columns["id"][0].as_py()
        raise RequestError(f"--group-pattern {pattern.pattern} matches no id; ids look like {example!r}")


def _sides_of_column(job: TrainJob, light: _Light, known: npt.NDArray[np.bool_]) -> Sides:
    values = text_of(light.columns[job.split.column]).dictionary_encode().combine_chunks()
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


def _sides_of_sources(job: TrainJob, light: _Light, hashed: Sides, groups: npt.NDArray[np.uint64]) -> Sides:
    coded = light.columns["source"].combine_chunks().dictionary_encode()
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
        held, train = np.isin(sides, (EVAL, TEST)), sides == TRAIN
        return leakage.find_leaks(
            ((chunk.rows, chunk.vectors) for chunk in vectors.chunks(held)),
            ((chunk.rows, chunk.vectors) for chunk in vectors.chunks(train)),
            held_rows=int(held.sum()),
            train_rows=int(train.sum()),
            threshold=job.leakage_threshold or 1.0,
            most_pairs=_ALL_PAIRS if job.fix_leakage else _MOST_PAIRS,
        )

    sides = prepared.sides
    if job.fix_leakage:
        sides, moved, found = leakage.without_leaks(sides, find, prepared.groups)
    else:
        moved, found = 0, find(sides)
    ids = _ids(vectors, np.array([(leak.held_row, leak.train_row) for leak in found.leaks], np.int64).reshape(-1))
    pairs = [[ids[leak.held_row], ids[leak.train_row], round(leak.cosine, 5)] for leak in found.leaks]
    told = {
        "threshold": job.leakage_threshold,
        "checked": found.checked,
        "held": found.held,
        "found": len(found.leaks),
        "moved": moved,
        "examples": [dict(zip(("held_out", "train", "cosine"), pair, strict=True)) for pair in pairs[:_EXAMPLES]],
        "pairs": pairs,
    }
    return replace(prepared, sides=sides, leakage=told)


def _ids(vectors: TableVectors, rows: npt.NDArray[np.int64]) -> dict[int, str]:
    """The ids of some rows, by position."""
    found: dict[int, str] = {}
    if len(rows):
        wanted = np.zeros(vectors.rows, np.bool_)
        wanted[rows] = True
        for positions, batch in vectors.chosen(wanted, ["id"]):
            found.update(zip(positions.tolist(), batch.column("id").to_pylist(), strict=True))
    return found
