"""Computes with TensorFlow Transform what a head's inputs are turned into: label vocabularies, normalisation, one-hot columns.

The functions here are those that the analysis runs; the Beam job that runs it is in `pipelines.train`, and its outcome is
used by `feature_transform`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from transforms.heads.rows.feature_transform import OUTPUT
from transforms.heads.rows.inputs import Inputs, pca_components
from transforms.heads.rows.labels import Labels
from transforms.table.schema import EMBEDDING


def analysis_batch(
    inputs: Inputs,
    labels: list[Labels],
    rows: npt.NDArray[np.int64],
    columns: pa.RecordBatch,
    vectors: npt.NDArray[np.float32] | None,
) -> pa.RecordBatch:
    """Some training rows as the tensor adapter wants them: every column a list of its values.

    Args:
      labels: of each head, for all rows of the table.
      rows: positions in the table, int64 [b].
      columns: the features of these rows.
      vectors: float32 [b, dim]; None where they are not normalised.
    """
    arrays = [_lists_of_labels(labels[position], rows) for position in range(inputs.heads)]
    arrays += [_lists(columns.column(name), pa.float32()) for name in inputs.numeric]
    arrays += [_lists(columns.column(name), pa.string()) for name in inputs.categorical]
    if vectors is not None:
        offsets = np.arange(0, vectors.size + 1, vectors.shape[1], dtype=np.int32)
        arrays.append(pa.ListArray.from_arrays(pa.array(offsets), pa.array(vectors.reshape(-1))))
    return pa.RecordBatch.from_arrays(arrays, schema=arrow_schema(inputs))


def _lists(column: pa.Array, kind: pa.DataType) -> pa.Array:
    """A list of one value or none for each row."""
    valid = column.is_valid().to_numpy(zero_copy_only=False)
    offsets = np.concatenate([[0], np.cumsum(valid)]).astype(np.int32)
    values = column.drop_null()
    values = values.cast(pa.string()).cast(pa.binary()) if pa.types.is_string(kind) else values.cast(kind)
    return pa.ListArray.from_arrays(pa.array(offsets), values)


def _lists_of_labels(labels: Labels, rows: npt.NDArray[np.int64]) -> pa.Array:
    names = pa.array([name.encode() for name in labels.names], pa.binary())
    found: npt.NDArray[Any]
    if labels.several:
        owners, found = np.nonzero(labels.codes[rows])
        counts = np.bincount(owners, minlength=len(rows))
    else:
        codes = labels.codes[rows]
        found, counts = codes[codes >= 0], (codes >= 0).astype(np.int64)
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), names.take(pa.array(found)))


def arrow_schema(inputs: Inputs) -> pa.Schema:
    fields = [(_label(position), pa.list_(pa.binary())) for position in range(inputs.heads)]
    fields += [(name, pa.list_(pa.float32())) for name in inputs.numeric]
    fields += [(name, pa.list_(pa.binary())) for name in inputs.categorical]
    if inputs.normalise != "none":
        fields.append((EMBEDDING, pa.list_(pa.float32())))
    return pa.schema(fields)


def feature_spec(inputs: Inputs) -> dict[str, Any]:
    import tensorflow as tf

    spec: dict[str, Any] = {_label(position): tf.io.VarLenFeature(tf.string) for position in range(inputs.heads)}
    spec |= {name: tf.io.VarLenFeature(tf.float32) for name in inputs.numeric}
    spec |= {name: tf.io.VarLenFeature(tf.string) for name in inputs.categorical}
    if inputs.normalise != "none":
        spec[EMBEDDING] = tf.io.FixedLenFeature([inputs.dim], tf.float32)
    return spec


def _label(position: int) -> str:
    return f"label/{position}"


class Preprocessing:
    """The preprocessing function: a class, so that it pickles by its name."""

    def __init__(self, inputs: Inputs) -> None:
        self._inputs = inputs

    def __call__(self, given: dict[str, Any]) -> dict[str, Any]:
        import tensorflow as tf
        import tensorflow_transform as tft

        inputs = self._inputs
        made: dict[str, Any] = {}
        for position in range(inputs.heads):
            name = _label(position)
            made[name] = tft.compute_and_apply_vocabulary(given[name], vocab_filename=f"labels-{position}")
        pieces = []
        if inputs.normalise != "none":
            vector = given[EMBEDDING]
            components = pca_components(inputs.normalise, inputs.dim)
            if components is None:
                vector = tft.scale_to_z_score(vector, elementwise=True)
            else:
                centred = vector - tft.mean(vector, reduce_instance_dims=False)
                vector = tf.matmul(centred, tft.pca(vector, components, tf.float32))
            pieces.append(vector)
        for name in inputs.numeric:
            pieces.append(_dense(tft.scale_to_z_score(given[name]), 0.0)[:, None])
        for position, name in enumerate(inputs.categorical):
            file = f"categories-{position}"
            codes = _dense(tft.compute_and_apply_vocabulary(given[name], vocab_filename=file), -1)
            size = tf.cast(tft.experimental.get_vocabulary_size_by_name(file), tf.int32)
            pieces.append(tf.one_hot(tf.cast(codes, tf.int32), size))
        if pieces:
            made[OUTPUT] = tf.concat(pieces, axis=1)
        return made


def _dense(sparse: Any, missing: Any) -> Any:
    """A column of at most one value a row as a vector [n]."""
    import tensorflow as tf

    columns = tf.maximum(sparse.dense_shape[1], 1)
    whole = tf.SparseTensor(sparse.indices, sparse.values, [sparse.dense_shape[0], columns])
    return tf.sparse.to_dense(whole, default_value=missing)[:, 0]
