"""Predicts the rows that two versions of a model are compared on, each version from vectors of its own encoder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.common.arrays import Mask
from transforms.common.errors import RequestError
from transforms.heads.evaluate_published import is_test_row, scores_of_items, split_options
from transforms.heads.job import HeadOptions, TrainJob
from transforms.heads.rows.labels import Labels
from transforms.heads.rows.row_columns import RowColumns
from transforms.heads.serve.predict import predicted_labels
from transforms.heads.serve.served_model import ServedModel
from transforms.storage import files
from transforms.table.open import existing
from transforms.table.snapshot import Snapshot
from transforms.table.vectors import TableVectors


@dataclass(frozen=True, kw_only=True)
class GivenRows:
    """The rows on which two models are compared.

    Attributes:
      snapshot: the version of the table whose rows they are.
      label: column of the labels; None: the one that the later model was trained on.
      labels_file, skip_unknown: as in a `TrainJob`.
      all_rows: of the models' own table, too, all rows count.
    """

    table: str
    snapshot: Snapshot
    label: str | None = None
    labels_file: str | None = None
    skip_unknown: bool = False
    all_rows: bool = False


@dataclass(frozen=True, eq=False, kw_only=True)
class ScoredBy:
    """A model, and the table whose vectors it scores; those of its own encoder."""

    model: ServedModel
    table: str
    snapshot: Snapshot


@dataclass(frozen=True, eq=False)
class Predictions:
    """By id: the predicted label, of several all of them with `|` between, and the highest score."""

    labels: dict[str, str]
    scores: dict[str, float]


def labels_of(model: ServedModel, given: GivenRows) -> tuple[RowColumns, list[str | None]]:
    """The columns that decide who tests, and the label of every row, None where it is not known."""
    trained = model.fact("head")
    head = HeadOptions(label=given.label or trained["label"], separator=trained.get("separator"))
    is_there = given.labels_file is not None or head.label in given.snapshot.schema.names
    if given.label is not None and not is_there:
        raise RequestError(
            f"{given.table} has no column {given.label!r}: it has {', '.join(given.snapshot.schema.names)}"
        )
    job = _job(model, given, (head,) if is_there else ())
    columns = RowColumns.read(job, given.snapshot)
    if not is_there or (given.labels_file is None and _is_empty(columns, head.label)):
        return columns, [None] * given.snapshot.rows
    return columns, _names(columns.labels(job, to_learn=False)[head.name])


def _is_empty(columns: RowColumns, label: str) -> bool:
    found = columns.columns[label]
    return bool(found.null_count == len(found))


def _names(labels: Labels) -> list[str | None]:
    if not labels.several:
        return [labels.names[code] if code >= 0 else None for code in labels.codes.tolist()]
    names = np.array(labels.names, object)
    rows = zip(labels.codes.astype(np.bool_), labels.known.tolist(), strict=True)
    return ["|".join(sorted(names[has])) if known else None for has, known in rows]


def _job(model: ServedModel, given: GivenRows, heads: tuple[HeadOptions, ...]) -> TrainJob:
    return TrainJob(
        table=given.table,
        version=given.snapshot.version,
        to=files.parent(model.folder),
        heads=heads,
        split=split_options(model.fact("split"), where=model.folder),
        labels_files=() if given.labels_file is None else (given.labels_file,),
        skip_unknown=given.skip_unknown,
    )


def test_rows(model: ServedModel, given: GivenRows) -> Mask:
    """Bool [n]: the rows that the model's training neither learnt from nor chose by."""
    job = _job(model, given, ())
    return is_test_row(model, job, RowColumns.read(job, given.snapshot))


def scored(model: ServedModel, given: GivenRows, wanted: Mask) -> Predictions:
    """Predictions for the wanted rows: from the vectors of the table, of the version that the model was trained on, or raw items.

    Raises:
      RequestError: raw items are needed, and some of them are no longer in the corpus.
    """
    if _knows(model, given.snapshot):
        return scored_vectors(model, given.table, given.snapshot, None, wanted=wanted)
    ids = _ids(given.table, given.snapshot, wanted)
    own = trained_on(model, given)
    if own is not None and _knows(model, own):
        return scored_vectors(model, given.table, own, pa.array(ids, pa.string()))
    scores = scores_of_items(model, given.table, given.snapshot, wanted)
    return _predictions(model, ids, scores)


def _knows(model: ServedModel, snapshot: Snapshot) -> bool:
    return bool(model.fact("encoder")["fingerprint"] == snapshot.about.encoder_fingerprint)


def trained_on(model: ServedModel, given: GivenRows) -> Snapshot | None:
    """The version of the given table that a model was trained on; None where it is not there any more, or of another table."""
    trained = model.fact("table")
    if trained.get("id") != given.snapshot.table_id:
        return None
    try:
        return existing(given.table, trained["version"])
    except RequestError:
        return None


def _ids(table: str, snapshot: Snapshot, wanted: Mask) -> list[str]:
    chosen = TableVectors(table, snapshot).chosen(wanted, ["id"])
    return [name for _, batch in chosen for name in batch.column("id").to_pylist()]


def scored_vectors(
    model: ServedModel, table: str, snapshot: Snapshot, ids: pa.Array | None, *, wanted: Mask | None = None
) -> Predictions:
    """Predictions from the stored vectors of the wanted rows, or of those with the ids."""
    model.require_encoder(snapshot.about.encoder_fingerprint, table, snapshot.about.encoder)
    model.require_columns(snapshot.schema, table)
    vectors = TableVectors(table, snapshot)
    if wanted is None:
        masks = [
            pc.is_in(batch.column("id").cast(pa.string()), value_set=ids).to_numpy(zero_copy_only=False)
            for batch in vectors.columns(["id"])
        ]
        wanted = np.concatenate([np.empty(0, np.bool_), *masks])
    names: list[str] = []
    scores = []
    for chunk in vectors.chunks(wanted, columns=["id", *model.inputs.features]):
        names += chunk.columns.column("id").to_pylist()
        scores.append(model.from_vectors(chunk.vectors, chunk.columns))
    return _predictions(
        model, names, np.concatenate(scores) if scores else np.empty((0, len(model.labels)), np.float32)
    )


def _predictions(model: ServedModel, ids: Sequence[str], scores: np.ndarray[Any, np.dtype[np.float32]]) -> Predictions:
    labels = predicted_labels(scores, model) if len(ids) else []
    if model.activation == "sigmoid":
        labels = ["|".join(sorted(one.split("|"))) for one in labels]
    return Predictions(
        dict(zip(ids, labels, strict=True)), dict(zip(ids, scores.max(axis=1, initial=0).tolist(), strict=True))
    )


def selected_rows(table: str, snapshot: Snapshot, ids: list[str], names: list[str]) -> list[dict[str, Any]]:
    """These columns of the rows with the ids."""
    wanted = pa.array(ids, pa.string())
    found: list[dict[str, Any]] = []
    for batch in TableVectors(table, snapshot).columns(names):
        found += batch.filter(pc.is_in(batch.column("id").cast(pa.string()), value_set=wanted)).to_pylist()
    return found
