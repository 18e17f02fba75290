"""Writes predictions: the rows of a feature table with a head's scores beside them, as a Delta table of Parquet parts.

    id, source, label (what the table says), kept columns, predicted, score, scores list<float32>[K]

A part of predictions is named by the part of vectors and the model that it is made from: one that is there is not made again, so
that a rerun scores what is new, and a killed one goes on. What the model no longer stands for leaves with the same commit.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from transforms.heads.evaluation.scores import THRESHOLD
from transforms.heads.serve.served_model import ServedModel
from transforms.table.result_table import ResultTable, key_of
from transforms.table.schema import vector_column
from transforms.table.vectors import TableVectors

VECTORS = "_vectors"
"""The folder of a corpus's vectors, beside the predictions."""

_SCORES = pa.list_(pa.field("element", pa.float32(), nullable=False))
OWN = pa.schema(
    [
        pa.field("predicted", pa.string(), nullable=False),
        pa.field("score", pa.float32(), nullable=False),
        pa.field("scores", _SCORES, nullable=False),
    ]
)


def predictions(out: str) -> ResultTable:
    return ResultTable(out=out, noun="predictions", own=OWN, beside=(VECTORS,))


def score_key(model: ServedModel, schema: pa.Schema) -> str:
    """What decides the predictions for a part of vectors: the model, and the columns."""
    return key_of(model.fact("key"), model.fact("created"), model.fact("metrics"), schema.names)


def score_part(
    vectors: TableVectors, model: ServedModel, *, results: ResultTable, schema: pa.Schema, path: str
) -> None:
    """Writes the predictions for one part's rows, in their order."""
    with results.writer(path, schema) as writer:
        features = [name for name in model.inputs.features if name not in writer.carried]
        for chunk in vectors.chunks(columns=[*writer.carried, *features]):
            scores = model.from_vectors(chunk.vectors, chunk.columns)
            own = [
                pa.array(predicted_labels(scores, model), pa.string()),
                pa.array(scores.max(axis=1)),
                vector_column(scores).cast(_SCORES),
            ]
            writer.write(chunk.columns, own)


def predicted_labels(scores: Any, model: ServedModel) -> list[str]:
    """The predicted label of each row; of several, those at the threshold and above, with `|` between them."""
    if model.activation != "sigmoid":
        return [model.labels[code] for code in scores.argmax(axis=1)]
    return ["|".join(np.array(model.labels)[row >= THRESHOLD]) for row in scores]
