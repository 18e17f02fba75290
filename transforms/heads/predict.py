"""Predictions: the rows of a feature table with a head's scores beside them, as a Delta table of Parquet parts.

    id, source, label (what the table says), kept columns, predicted, score, scores list<float32>[K]

A part of predictions is named by the part of vectors and the model that it is made from: one that is there is not made again, so
that a rerun scores what is new, and a killed one goes on. What the model no longer stands for leaves with the same commit.
"""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from transforms import files
from transforms.delta_log import transact
from transforms.errors import RequestError, RunError
from transforms.heads.scores import THRESHOLD
from transforms.heads.served import ServedModel
from transforms.schema import kept_columns, vector_column
from transforms.table import NewPart, Snapshot, one_line
from transforms.table_vectors import TableVectors

APPLICATION = "vectormill-predictions"
VECTORS = "_vectors"
_SCORES = pa.list_(pa.field("element", pa.float32(), nullable=False))


def prediction_schema(snapshot: Snapshot) -> pa.Schema:
    names = [name for name in ("id", "source", "label") if name in snapshot.schema.names]
    carried = [snapshot.schema.field(name) for name in names] + list(kept_columns(snapshot.schema))
    taken = {"predicted", "score", "scores"}
    clash = [field.name for field in carried if field.name in taken]
    if clash:
        raise RequestError(f"the table has a column {clash[0]!r} of its own, which predictions need: rename it")
    return pa.schema(
        [
            *carried,
            pa.field("predicted", pa.string(), nullable=False),
            pa.field("score", pa.float32(), nullable=False),
            pa.field("scores", _SCORES, nullable=False),
        ]
    )


def part_name(part: str, model: ServedModel) -> str:
    """The name of the predictions of one part of vectors by one model."""
    decides = json.dumps([part, model.lineage["key"], model.lineage["created"], model.lineage["metrics"]])
    return f"part-{blake2b(decides.encode(), digest_size=16).hexdigest()}.parquet"


def score_part(table: str, snapshot: Snapshot, part: str, model: ServedModel, out: str) -> NewPart:
    """Scores one part, unless that was done before."""
    path = files.join(out, part_name(part, model))
    schema = prediction_schema(snapshot)
    if not files.exists(path):
        carried = [name for name in schema.names if name not in ("predicted", "score", "scores")]
        columns = [*carried, *(name for name in model.inputs.features if name not in carried)]
        with (
            files.publish(path) as temporary,
            files.open_write(temporary) as stream,
            pq.ParquetWriter(stream, schema, compression="zstd") as writer,
        ):
            for chunk in TableVectors(table, snapshot).only(part).chunks(columns=columns):
                scores = model.from_vectors(chunk.vectors, chunk.columns)
                arrays = [chunk.columns.column(name) for name in carried]
                arrays += [
                    pa.array(said(scores, model), pa.string()),
                    pa.array(scores.max(axis=1)),
                    vector_column(scores).cast(_SCORES),
                ]
                writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=schema))
    return NewPart(name=files.basename(path), rows=snapshot.parts[part], size=files.size(path))


def said(scores: Any, model: ServedModel) -> list[str]:
    """The predicted label of each row; of several, those at the threshold and above, with `|` between them."""
    if model.activation != "sigmoid":
        return [model.labels[code] for code in scores.argmax(axis=1)]
    return ["|".join(np.array(model.labels)[row >= THRESHOLD]) for row in scores]


def commit_predictions(out: str, snapshot: Snapshot, parts: list[NewPart], model: ServedModel) -> dict[str, Any]:
    """Makes the given parts the predictions, in one transaction; nothing to do where they are already."""
    from deltalake import CommitProperties
    from deltalake.exceptions import DeltaError

    base = predictions_of(out)
    held = set() if base is None else {uri.rpartition("/")[2] for uri in base.file_uris()}
    wanted = {part.name for part in parts}
    adds = [part for part in parts if part.name not in held]
    summary = {"rows": sum(part.rows for part in parts), "scored": sum(part.rows for part in adds)}
    if base is not None and held == wanted:
        return {**summary, "version": base.version()}
    told = {"model": model.folder, "labels": json.dumps(model.labels), "table_version": str(snapshot.version)}
    try:
        transact(
            out,
            base=base,
            schema=prediction_schema(snapshot),
            adds=adds,
            removes=sorted(held - wanted),
            description=f"predictions of {model.folder}",
            properties=CommitProperties(custom_metadata={APPLICATION: json.dumps(told)}, max_commit_retries=0),
        )
    except DeltaError as error:
        raise RunError(f"{out}: the commit failed, perhaps another run was first: {one_line(error)}") from error
    made = predictions_of(out)
    assert made is not None, "a commit makes a version"
    return {**summary, "version": made.version()}


def predictions_of(out: str) -> Any:
    """The Delta table of predictions at `out`; None where there is none yet."""
    from deltalake import DeltaTable
    from deltalake.exceptions import TableNotFoundError

    try:
        return DeltaTable(out)
    except TableNotFoundError:
        return None


def refuse_strangers(out: str) -> None:
    """Predictions go into a new folder or into earlier predictions.

    Raises:
      RequestError: something else is there.
    """
    try:
        names = files.names(out)
    except OSError as error:
        raise RequestError(f"{out} cannot be listed: {error.strerror}: give another --to") from error
    if "_vectormill" in names:
        raise RequestError(f"{out} holds a feature table: give predictions a folder of their own")
    strangers = [name for name in names if not name.startswith(("part-", "_delta_log", VECTORS, "."))]
    if strangers:
        raise RequestError(
            f"{out} holds something else ({strangers[0]}): --to takes a new folder, or earlier predictions"
        )
    held = predictions_of(out) if "_delta_log" in names else None
    if held is not None and not {"predicted", "score", "scores"} <= {field.name for field in held.schema().fields}:
        raise RequestError(f"{out} is a Delta table of something else: --to takes a new folder, or earlier predictions")


def require_same_columns(out: str, schema: pa.Schema) -> None:
    """Predictions have the columns of those before them.

    Raises:
      RequestError: earlier predictions have others.
    """
    from deltalake import Schema

    held = predictions_of(out)
    if held is not None and held.schema() != Schema.from_arrow(schema):
        there = ", ".join(field.name for field in held.schema().fields)
        raise RequestError(
            f"{out} holds predictions with the columns {there}; now they are {', '.join(schema.names)}: give another --to"
        )
