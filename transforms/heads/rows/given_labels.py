"""Finds the labels of a head: the table's own column, files of labels in its place, and answers laid over either."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.common.errors import RequestError
from transforms.heads.job import HeadOptions, TrainJob
from transforms.heads.rows.answers import Answers
from transforms.heads.rows.label_file import LabelFile
from transforms.heads.rows.labels import lists_of, text_of

_NAMED = 3


def given_labels(job: TrainJob, head: HeadOptions, columns: pa.Table) -> tuple[pa.ChunkedArray, tuple[str, ...]]:
    """The column of a head's labels, for all rows, and notes about the answers.

    Files are laid over each other in their order. The table's own labels are under them where all files are answers.

    Args:
      columns: `id`, and the labels' column where the table has it.

    Raises:
      RequestError: a file cannot be read, or has ids that the table lacks.
    """
    if not job.labels_files:
        return columns[head.label], ()
    others = [other.label for other in job.heads if other.label != head.label]
    given = [
        Answers.read(path, head.label, others=others) or LabelFile.read(path, [head.label]) for path in job.labels_files
    ]
    ids = columns["id"]
    if not job.skip_unknown:
        for file in given:
            file.require_known(ids)
    over_table = all(isinstance(file, Answers) for file in given) and head.label in columns.column_names
    if over_table and head.label in job.features:
        raise RequestError(
            f"--features {head.label}: it holds the labels, which are not known of new items: leave it out"
        )
    names: list[str | None] = ids.to_pylist()
    if len(given) == 1 and isinstance(given[0], LabelFile):
        return pa.chunked_array([given[0].joined(names, head.label)]), ()
    layers: list[pa.Array | Answers] = [columns[head.label].combine_chunks()] if over_table else []
    layers += [file.joined(names, head.label) if isinstance(file, LabelFile) else file for file in given]
    arrays = [layer for layer in layers if not isinstance(layer, Answers)]
    several = head.separator is not None or any(pa.types.is_list(array.type) for array in arrays)
    kind = pa.list_(pa.string()) if several else pa.string()
    column, notes = pa.nulls(len(names), kind), []
    for layer in layers:
        if isinstance(layer, Answers):
            answers, ties = layer.decided(several=several, separator=head.separator)
            after = pa.array([answers.get(name or "") for name in names], kind)
            notes.append(_note(layer, ties, column, after))
        else:
            after = (lists_of(layer, head.separator) if several else text_of(layer)).cast(kind)
        column = pc.if_else(after.is_valid(), after, column)
    return pa.chunked_array([column]), tuple(notes)


def _note(answers: Answers, ties: Sequence[str], before: pa.Array, after: pa.Array) -> str:
    """What a file of answers says, in words: `answers.csv: 3 answers, 1 changes a label, 2 are the first`."""
    at = pa.array(np.flatnonzero(after.is_valid().to_numpy(zero_copy_only=False)))
    pairs = list(zip(map(_plain, before.take(at).to_pylist()), map(_plain, after.take(at).to_pylist()), strict=True))
    first = sum(old is None for old, _ in pairs)
    changed = sum(old is not None and old != new for old, new in pairs)
    words = [
        f"{len(pairs):,} answered",
        f"{changed:,} with another label than before",
        f"{first:,} without one before",
    ]
    words += [f"{answers.skipped:,} skipped"] if answers.skipped else []
    if ties:
        words.append(f"{len(ties):,} left out since people disagree, such as {', '.join(map(repr, ties[:_NAMED]))}")
    known = {name for name in _flat(before).unique().to_pylist() if name}
    new = sorted({name for name in _flat(after).unique().to_pylist() if name} - known)
    if new and known:
        words.append(f"labels that no item had: {', '.join(map(repr, new[:_NAMED]))}")
    return f"{answers.path}: {', '.join(words)}"


def _flat(values: pa.Array) -> pa.Array:
    return values.flatten() if pa.types.is_list(values.type) else values


def _plain(value: Any) -> Any:
    return frozenset(value) if isinstance(value, list) else value
