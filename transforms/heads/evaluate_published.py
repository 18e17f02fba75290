"""Evaluates a published model on the labels of a feature table, and scores raw items with it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.common.arrays import Mask
from transforms.common.errors import RequestError
from transforms.heads import model_folder
from transforms.heads.evaluation.evaluate import FORMAT, Evaluation, majority_scores, rows_by_side
from transforms.heads.job import Fractions, HeadOptions, SplitOptions, TrainJob
from transforms.heads.rows.assign_sides import sides_of
from transforms.heads.rows.labels import Labels, label_notes, look, look_alikes
from transforms.heads.rows.row_columns import RowColumns
from transforms.heads.rows.split import TEST
from transforms.heads.serve.served_model import ServedModel, aligned
from transforms.storage import files
from transforms.storage.formats import known_fields
from transforms.table.open import existing
from transforms.table.raw_items import raw_items
from transforms.table.snapshot import Snapshot
from transforms.table.vectors import TableVectors

_BATCH = 64


def evaluate_published(
    model: ServedModel,
    table: str,
    *,
    version: int | None,
    label: str | None,
    labels_file: str | None,
    skip_unknown: bool,
    all_rows: bool,
) -> dict[str, Any]:
    """The report of a model on a table.

    Of the table that the model was trained on, or of a copy of it wherever it lies, only test rows count: see `is_own_table`.

    Args:
      version: of the table; None: the newest.
      label: column of the labels; None: the one that the model was trained on.
      labels_file, skip_unknown: as in a `TrainJob`.
      all_rows: of the model's own table, too, all labelled rows count.

    Raises:
      RequestError: the table has no labels, lacks a column, or holds vectors of another encoder.
    """
    trained, snapshot = model.fact("head"), existing(table, version)
    model.require_encoder(snapshot.about.encoder_fingerprint, table, snapshot.about.encoder)
    model.require_columns(snapshot.schema, table)
    head = HeadOptions(label=label or trained["label"], separator=trained.get("separator"))
    job = TrainJob(
        table=table,
        version=snapshot.version,
        to=files.parent(model.folder),
        heads=(head,),
        split=split_options(model.fact("split"), where=model.folder),
        labels_files=() if labels_file is None else (labels_file,),
        skip_unknown=skip_unknown,
    )
    columns = RowColumns.read(job, snapshot)
    labels = columns.labels(job, to_learn=False)[head.name]
    if not set(labels.names) & set(model.labels):
        shared = {look(name) for name in model.labels} & {look(name) for name in labels.names}
        alike = look_alikes(name for name in (*model.labels, *labels.names) if look(name) in shared)
        raise RequestError(
            f"{table} has none of the labels of {model.folder}: it has {', '.join(map(repr, labels.names[:3]))}, the model"
            f" knows {', '.join(map(repr, model.labels[:3]))}: name their column with --label-column"
            + (f" ({alike})" if alike is not None else "")
        )
    labels = labels.in_order([*model.labels, *(name for name in labels.names if name not in model.labels)])
    test_only = not all_rows and is_own_table(model, table, snapshot, columns)
    wanted = labels.known & is_test_row(model, job, columns) if test_only else labels.known
    if not wanted.any():
        raise RequestError(f"{table} has no labelled row to evaluate on")
    rows, scores = [], []
    for chunk in TableVectors(table, snapshot).chunks(wanted, columns=model.inputs.features):
        rows.append(chunk.rows)
        scores.append(model.from_vectors(chunk.vectors, chunk.columns))
    evaluation = Evaluation(
        table=table,
        snapshot=snapshot,
        labels=labels,
        rows=np.concatenate(rows),
        scores=aligned(np.concatenate(scores), model.labels, labels.names),
        raw_scores=None,
        others={"majority class": majority_scores(labels, wanted, int(wanted.sum()))},
    )
    return _report(model, evaluation, labels, wanted, "its test rows" if test_only else "all labelled rows")


def summary_of(report: Mapping[str, Any]) -> dict[str, Any]:
    """The few figures of a report that a script asks for: all metrics with their intervals, rows, and rows of each label.

    `notes` are words for the person about the labels.
    """
    model, data = report["model"], report["data"]
    test = data["split"]["test"]
    return {
        "model": model["path"],
        "version": model["version"],
        "table": data["table"],
        "table_version": data["version"],
        "rows": test["rows"],
        "which_rows": data["split_by"],
        "support": test["per_label"],
        "metrics": report["metrics"],
        "comparison": {row["name"]: row["metrics"]["accuracy"] for row in report["comparison"][1:]},
        "notes": data["notes"],
    }


def is_own_table(model: ServedModel, table: str, snapshot: Snapshot, columns: RowColumns) -> bool:
    """Whether a table is the one that the model was trained on, a copy of it, or one made anew of the same items.

    The table's own identity decides, not its path. A table of another identity counts as the model's own, too, where it holds
    most of the test items that the model's report names: then it holds the training items as well. (The lineage of early
    releases has no identity: there the path, or those items, decide.)
    """
    trained_on = model.fact("table")
    if trained_on.get("id") == snapshot.table_id:
        return True
    if "id" not in trained_on and files.absolute(table) == trained_on["path"]:
        return True
    named = [point["id"] for point in (model_folder.report_in(model.folder).get("map") or {}).get("points") or ()]
    there = pc.is_in(pa.array(named, pa.string()), value_set=columns.columns["id"].combine_chunks().cast(pa.string()))
    return len(named) > 0 and 2 * (pc.sum(there).as_py() or 0) > len(named)


def is_test_row(model: ServedModel, job: TrainJob, columns: RowColumns) -> Mask:
    """Bool [n]: the rows that the model's training neither learnt from nor chose by."""
    ids = columns.columns["id"].combine_chunks().cast(pa.string())
    moved = pc.is_in(ids, value_set=pa.array(sorted(model_folder.moved_in(model.folder)), pa.string()))
    salt = model.fact("split")["salt"]
    return sides_of(job, columns, salt=salt, moved=moved.to_numpy(zero_copy_only=False)) == TEST


def _report(model: ServedModel, evaluation: Evaluation, labels: Labels, wanted: Mask, which: str) -> dict[str, Any]:
    lineage, snapshot = model.lineage, evaluation.snapshot
    return {
        "format": FORMAT,
        "title": f"{model.folder} on {evaluation.table}",
        "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "model": {
            "path": files.parent(model.folder),
            "version": int(files.basename(model.folder)),
            "published": True,
            "verdict": f"evaluated on {which}",
            "head": "fine-tuned" if model.fact("fine_tuned") else lineage["head"].get("kind", "linear"),
            "task": "multi-label" if labels.several else "single-label",
            "labels": list(labels.names),
            "strength": lineage.get("strength"),
            "temperature": lineage.get("temperature"),
        },
        "data": {
            "table": evaluation.table,
            "version": snapshot.version,
            "encoder": snapshot.about.encoder,
            "encoder_fingerprint": snapshot.about.encoder_fingerprint,
            "modality": snapshot.about.modality,
            "rows": snapshot.rows,
            "unlabelled": int((~labels.known).sum()),
            "split": rows_by_side(labels, {"test": wanted}),
            "split_by": which,
            "leakage": None,
            "features": list(model.inputs.features),
            "notes": [*label_notes(labels.names), *labels.notes],
        },
        "commands": [f"vectormill evaluate {model.folder} {evaluation.table}"],
        **evaluation.report_parts(),
        "learning_curve": {"x_name": "", "x": [], "x_log": False, "series": {}, "chosen": None},
        "seconds": {},
    }


def split_options(stored: dict[str, Any], *, where: str) -> SplitOptions:
    """The split that a lineage describes."""
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in stored.items()}
    values["fractions"] = Fractions(**known_fields(Fractions, stored.get("fractions", {}), where=where))
    return SplitOptions(**known_fields(SplitOptions, values, where=where))


def scores_of_items(
    model: ServedModel, table: str, snapshot: Snapshot, wanted: Mask
) -> np.ndarray[Any, np.dtype[np.float32]]:
    """What a model scores on the wanted rows from their raw items, float32 [n, K], in the order of the rows.

    Raises:
      RequestError: some of them are no longer in the corpus.
    """
    chosen = TableVectors(table, snapshot).chosen(wanted, ["id", *model.inputs.features])
    features = pa.Table.from_batches(batch for _, batch in chosen).combine_chunks()
    order = {name: position for position, name in enumerate(features["id"].to_pylist())}
    scores = np.full((len(order), len(model.labels)), np.nan, np.float32)
    batch: list[tuple[str, bytes]] = []

    def flush() -> None:
        at = [order[name] for name, _ in batch]
        given = features.take(pa.array(at)).combine_chunks().to_batches()[0]
        scores[at] = model.from_items([payload for _, payload in batch], given)
        batch.clear()

    for item in raw_items(table, snapshot, wanted):
        batch.append(item)
        if len(batch) == _BATCH:
            flush()
    if batch:
        flush()
    lost = int(np.isnan(scores).any(axis=1).sum())
    if lost:
        raise RequestError(
            f"{model.folder} has another encoder, so it must score the raw items to be compared, but {lost:,} of"
            f" {len(order):,} are no longer in the corpus: give another --to"
        )
    return scores
