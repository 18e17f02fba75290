"""A published model on the labels of a feature table: the report of an evaluation without a training."""

from __future__ import annotations

import os
import time
from dataclasses import fields
from typing import Any

import numpy as np
import pyarrow as pa

from transforms.common.errors import RequestError
from transforms.heads.evaluation.evaluate import FORMAT, Evaluation, majority_scores, sides_told
from transforms.heads.job import Fractions, HeadOptions, SplitOptions, TrainJob
from transforms.heads.rows.labels import Labels
from transforms.heads.rows.prepare import read_labels, sides_of
from transforms.heads.rows.split import TEST
from transforms.heads.serve.served_model import ServedModel, aligned
from transforms.table.open import existing
from transforms.table.raw_items import raw_items
from transforms.table.snapshot import Snapshot
from transforms.table.vectors import Mask, TableVectors

_BATCH = 64


def judge(
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

    Raises:
      RequestError: the table has no labels, lacks a column, or holds vectors of another encoder.
    """
    lineage = model.lineage
    snapshot = existing(table, version)
    model.require_encoder(snapshot.about.encoder_fingerprint, table, snapshot.about.encoder)
    model.require_columns(snapshot.schema, table)
    head = HeadOptions(label=label or lineage["head"]["label"], separator=lineage["head"]["separator"])
    job = TrainJob(
        table=table,
        version=snapshot.version,
        to=os.path.dirname(model.folder),
        heads=(head,),
        split=_split_options(lineage["split"]),
        labels_file=labels_file,
        skip_unknown=skip_unknown,
    )
    labels = read_labels(job, snapshot)[head.name]
    if not set(labels.names) & set(model.labels):
        raise RequestError(
            f"{table} has none of the labels of {model.folder}: it has {', '.join(map(repr, labels.names[:3]))}, the model"
            f" knows {', '.join(map(repr, model.labels[:3]))}: name their column with --label-column"
        )
    labels = labels.in_order([*model.labels, *(name for name in labels.names if name not in model.labels)])
    seen = os.path.abspath(table) == lineage["table"]["path"] and not all_rows
    wanted = labels.known & (sides_of(job, snapshot, salt=lineage["split"]["salt"]) == TEST) if seen else labels.known
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
    return _report(model, evaluation, labels, wanted, "its test rows" if seen else "all labelled rows")


def _report(model: ServedModel, evaluation: Evaluation, labels: Labels, wanted: Mask, which: str) -> dict[str, Any]:
    lineage, snapshot = model.lineage, evaluation.snapshot
    return {
        "format": FORMAT,
        "title": f"{model.folder} on {evaluation.table}",
        "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "model": {
            "path": os.path.dirname(model.folder),
            "version": int(os.path.basename(model.folder)),
            "published": True,
            "verdict": f"evaluated on {which}",
            "head": "fine-tuned" if lineage["fine_tuned"] else lineage["head"]["kind"],
            "task": "multi-label" if labels.several else "single-label",
            "labels": list(labels.names),
            "strength": lineage["strength"],
            "temperature": lineage["temperature"],
        },
        "data": {
            "table": evaluation.table,
            "version": snapshot.version,
            "encoder": snapshot.about.encoder,
            "encoder_fingerprint": snapshot.about.encoder_fingerprint,
            "modality": snapshot.about.modality,
            "rows": snapshot.rows,
            "unlabelled": int((~labels.known).sum()),
            "split": sides_told(labels, {"test": wanted}),
            "split_by": which,
            "leakage": None,
            "features": list(model.inputs.features),
        },
        "commands": [f"vectormill evaluate {model.folder} {evaluation.table}"],
        **evaluation.measured(),
        "learning_curve": {"x_name": "", "x": [], "x_log": False, "series": {}, "chosen": None},
        "seconds": {},
    }


def _split_options(kept: dict[str, Any]) -> SplitOptions:
    names = {field.name for field in fields(SplitOptions)}
    values: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in kept.items() if name in names}
    values["fractions"] = Fractions(**kept["fractions"])
    return SplitOptions(**values)


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
