"""What TensorFlow Transform learns of a table's training rows: label vocabularies, normalisation, other columns as features.

    x = [ normalised vector | numbers, scaled to mean 0 and variance 1 | categories, one-hot by vocabulary ]

The analysis is a Beam job over Arrow batches that reads only the columns it needs; the vectors themselves only where they are to
be normalised. The transform's graph is part of every exported model. A missing number is the mean, a missing or new category is
no category.
"""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import apache_beam as beam
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from transforms.common.errors import RequestError
from transforms.heads.job import TrainJob
from transforms.heads.rows.labels import Labels
from transforms.heads.rows.prepare import Prepared
from transforms.heads.rows.split import TRAIN
from transforms.storage import files
from transforms.table.open import existing
from transforms.table.schema import EMBEDDING
from transforms.table.snapshot import Snapshot
from transforms.table.vectors import Chunk, TableVectors

FOLDER = "transform"
_READY = "ready.json"
_OUTPUT = "x"


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """What the transform is fed with: dimension of the vector, numeric and categorical features, labels to count."""

    dim: int
    normalise: str
    numeric: tuple[str, ...]
    categorical: tuple[str, ...]
    heads: int

    @staticmethod
    def of(job: TrainJob, schema: pa.Schema, dim: int) -> Inputs:
        """Raises RequestError where a feature is neither a number nor a text, or the normalisation is unknown."""
        _components(job.normalise, dim)
        plain = Counter(map(plain_name, job.features))
        alike = [name for name in job.features if plain[plain_name(name)] > 1]
        if alike:
            raise RequestError(
                f"--features: {alike[0]!r} and {alike[1]!r} would be one input of the model: leave one out"
            )
        numeric, categorical = [], []
        for name in job.features:
            kind = schema.field(name).type
            if pa.types.is_boolean(kind) or pa.types.is_string(kind):
                categorical.append(name)
            elif pa.types.is_integer(kind) or pa.types.is_floating(kind):
                numeric.append(name)
            else:
                raise RequestError(f"the column {name!r} holds {kind}: a feature is a number, a text or a boolean")
        return Inputs(
            dim=dim,
            normalise=job.normalise,
            numeric=tuple(numeric),
            categorical=tuple(categorical),
            heads=len(job.heads),
        )

    @property
    def features(self) -> tuple[str, ...]:
        return (*self.numeric, *self.categorical)

    @property
    def is_identity(self) -> bool:
        """Whether the head sees the vector as it is."""
        return self.normalise == "none" and not self.features


def plain_name(feature: str) -> str:
    """A feature's name with what TensorFlow allows in the name of an input."""
    return re.sub(r"\W", "_", feature, flags=re.ASCII)


def _components(normalise: str, dim: int) -> int | None:
    """N of "pca:N"."""
    if normalise in ("none", "zscore"):
        return None
    kind, _, number = normalise.partition(":")
    if kind != "pca" or not number.isdigit() or not 1 <= int(number) <= dim:
        raise RequestError(f"--normalize {normalise}: write none, zscore or pca:N with N of at most {dim}")
    return int(number)


# ---- the analysis -----------------------------------------------------------------------------------------


class Analyse(beam.PTransform):
    """PBegin -> PCollection of one path: the transform's SavedModel, in a folder for temporary files."""

    def __init__(self, job: TrainJob, inputs: Inputs) -> None:
        super().__init__()
        self._job = job
        self._inputs = inputs

    def expand(self, begin: Any) -> Any:
        import tensorflow_transform.beam as tft_beam
        from tensorflow_transform.tf_metadata import schema_utils
        from tfx_bsl.tfxio import tensor_adapter, tensor_representation_util

        spec = _feature_spec(self._inputs)
        representations = tensor_representation_util.InferTensorRepresentationsFromSchema(
            schema_utils.schema_from_feature_spec(spec)
        )
        config = tensor_adapter.TensorAdapterConfig(_arrow_schema(self._inputs), representations)
        batches = (
            begin
            | "Training" >> beam.Create([None])
            | "Prepare" >> beam.ParDo(_PrepareRows(self._job))
            | "Spread" >> beam.Reshuffle()
            | "ReadRows" >> beam.ParDo(_ReadRows(self._job, self._inputs))
        )
        with tft_beam.Context(temp_dir=files.join(self._job.state, "tft"), force_tf_compat_v1=False):
            path, _ = (batches, config) | "Analyse" >> tft_beam.AnalyzeDataset(_Preprocessing(self._inputs))
        return path | "Keep" >> beam.Map(_keep, folder=files.join(self._job.state, FOLDER), inputs=self._inputs)


class _PrepareRows(beam.DoFn):
    """Makes the rows' sides and labels, and yields the positions of the parts."""

    def __init__(self, job: TrainJob) -> None:
        self._job = job

    def process(self, _: None) -> Iterator[int]:
        from transforms.heads.rows.prepare import prepare

        prepare(self._job)
        yield from range(len(existing(self._job.table, self._job.version).parts))


class _ReadRows(beam.DoFn):
    """Positions of parts in, Arrow batches of their training rows out, as the tensor adapter wants them."""

    def __init__(self, job: TrainJob, inputs: Inputs) -> None:
        self._job = job
        self._inputs = inputs
        self._prepared: Prepared | None = None
        self._snapshot: Snapshot | None = None

    def process(self, position: int) -> Iterator[pa.RecordBatch]:
        if self._snapshot is None or self._prepared is None:
            self._snapshot = existing(self._job.table, self._job.version)
            self._prepared = Prepared.load(self._job.state)
        assert self._prepared is not None, "the step before has made it"
        snapshot, prepared, inputs = self._snapshot, self._prepared, self._inputs
        part = sorted(snapshot.parts)[position]
        start = sum(snapshot.parts[name] for name in sorted(snapshot.parts)[:position])
        train = prepared.sides[start : start + snapshot.parts[part]] == TRAIN
        vectors = TableVectors(self._job.table, snapshot).only(part)
        columns = ["id", *inputs.features]
        if inputs.normalise == "none":
            for rows, batch in vectors.chosen(train, columns):
                yield self._batch(batch, start + rows, None)
        else:
            for chunk in vectors.chunks(train, columns=columns):
                yield self._batch(chunk.columns, start + chunk.rows, chunk.vectors)

    def _batch(
        self, columns: pa.RecordBatch, rows: npt.NDArray[np.int64], vectors: npt.NDArray[np.float32] | None
    ) -> pa.RecordBatch:
        assert self._prepared is not None
        arrays: list[pa.Array] = []
        for position in range(self._inputs.heads):
            labels = list(self._prepared.labels.values())[position]
            arrays.append(_lists_of_labels(labels, rows))
        arrays += [_lists(columns.column(name), pa.float32()) for name in self._inputs.numeric]
        arrays += [_lists(columns.column(name), pa.string()) for name in self._inputs.categorical]
        if vectors is not None:
            offsets = np.arange(0, vectors.size + 1, vectors.shape[1], dtype=np.int32)
            arrays.append(pa.ListArray.from_arrays(pa.array(offsets), pa.array(vectors.reshape(-1))))
        return pa.RecordBatch.from_arrays(arrays, schema=_arrow_schema(self._inputs))


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


def _arrow_schema(inputs: Inputs) -> pa.Schema:
    fields = [(_label(position), pa.list_(pa.binary())) for position in range(inputs.heads)]
    fields += [(name, pa.list_(pa.float32())) for name in inputs.numeric]
    fields += [(name, pa.list_(pa.binary())) for name in inputs.categorical]
    if inputs.normalise != "none":
        fields.append((EMBEDDING, pa.list_(pa.float32())))
    return pa.schema(fields)


def _feature_spec(inputs: Inputs) -> dict[str, Any]:
    import tensorflow as tf

    spec: dict[str, Any] = {_label(position): tf.io.VarLenFeature(tf.string) for position in range(inputs.heads)}
    spec |= {name: tf.io.VarLenFeature(tf.float32) for name in inputs.numeric}
    spec |= {name: tf.io.VarLenFeature(tf.string) for name in inputs.categorical}
    if inputs.normalise != "none":
        spec[EMBEDDING] = tf.io.FixedLenFeature([inputs.dim], tf.float32)
    return spec


def _label(position: int) -> str:
    return f"label/{position}"


class _Preprocessing:
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
            components = _components(inputs.normalise, inputs.dim)
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
            made[_OUTPUT] = tf.concat(pieces, axis=1)
        return made


def _dense(sparse: Any, missing: Any) -> Any:
    """A column of at most one value a row as a vector [n]."""
    import tensorflow as tf

    columns = tf.maximum(sparse.dense_shape[1], 1)
    whole = tf.SparseTensor(sparse.indices, sparse.values, [sparse.dense_shape[0], columns])
    return tf.sparse.to_dense(whole, default_value=missing)[:, 0]


def _keep(path: str, *, folder: str, inputs: Inputs) -> str:
    """Copies the finished transform to where it is looked for; the small file, written last, says that it is whole."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(path, files.join(folder, "transform_fn"))
    files.write(files.join(folder, _READY), json.dumps({"heads": inputs.heads}).encode())
    return folder


def is_ready(job: TrainJob) -> bool:
    return files.exists(files.join(job.state, FOLDER, _READY))


# ---- the transform ----------------------------------------------------------------------------------------


class HeadTransform:
    """A learnt transform: what a head sees of a row.

    Args:
      folder: where `Analyse` left it.
    """

    def __init__(self, folder: str, inputs: Inputs) -> None:
        self._folder = folder
        self.inputs = inputs

    @cached_property
    def loaded(self) -> Any:
        """The restored SavedModel; what keeps its tables alive."""
        import tensorflow as tf

        return tf.saved_model.load(files.join(self._folder, "transform_fn"))

    def labels(self, position: int, found: Labels) -> Labels:
        """The labels of a head, in the order of its classes: the most frequent first."""
        path = files.join(self._folder, "transform_fn", "assets", f"labels-{position}")
        names = [line.decode() for line in files.read(path).split(b"\n") if line]
        # A vocabulary file has a name a line: a name that holds a line's end is not in it.
        return found.in_order([*names, *(name for name in found.names if name not in set(names))])

    @cached_property
    def width(self) -> int:
        """Length of `x`."""
        if self.inputs.is_identity:
            return self.inputs.dim
        nothing = {name: [None] for name in self.inputs.features}
        blank = pa.RecordBatch.from_pydict(
            {
                name: pa.array(values, pa.float32() if name in self.inputs.numeric else pa.string())
                for name, values in nothing.items()
            }
        )
        return self.apply(Chunk(np.zeros(1, np.int64), np.zeros((1, self.inputs.dim), np.float32), blank)).shape[1]

    def apply(self, chunk: Chunk) -> npt.NDArray[np.float32]:
        """What a head sees of these rows: float32 [b, width]."""
        if self.inputs.is_identity:
            return chunk.vectors
        import tensorflow as tf

        columns: dict[str, Any] = {}
        for name in self.inputs.numeric:
            values = chunk.columns.column(name).cast(pa.float32()).fill_null(float("nan"))
            columns[name] = tf.constant(values.to_numpy(zero_copy_only=False))
        for name in self.inputs.categorical:
            texts = chunk.columns.column(name).cast(pa.string()).fill_null("").to_pylist()
            columns[name] = tf.constant(texts, tf.string)
        made: npt.NDArray[np.float32] = self.x_of(tf.constant(chunk.vectors), columns).numpy()
        return made

    def x_of(self, vectors: Any, columns: dict[str, Any]) -> Any:
        """The same inside a graph: float32 [n, dim], and [n] of each feature (NaN or "" where it is missing)."""
        import tensorflow as tf

        if self.inputs.is_identity:
            return vectors
        given: dict[str, Any] = {}
        if self.inputs.normalise != "none":
            given[EMBEDDING] = vectors
        for name in self.inputs.features:
            values = columns[name]
            there = tf.math.logical_not(tf.math.is_nan(values)) if name in self.inputs.numeric else values != ""
            rows = tf.where(there)
            shape = tf.stack([tf.shape(values, tf.int64)[0], tf.constant(1, tf.int64)])
            indices = tf.concat([rows, tf.zeros_like(rows)], axis=1)
            given[name] = tf.SparseTensor(indices, tf.boolean_mask(values, there), shape)
        made = _call(self.loaded, given, tf.shape(vectors, tf.int64)[0])[_OUTPUT]
        return made if self.inputs.normalise != "none" else tf.concat([vectors, made], axis=1)


def _call(restored: Any, given: dict[str, Any], rows: Any) -> dict[str, Any]:
    """The transform of `rows` rows, given some of its inputs; those that labels alone need are fed with nothing."""
    import tensorflow as tf

    function = restored.transform_fn
    fed = {}
    for name, spec in function.structured_input_signature[0][0].items():
        if name in given:
            fed[name] = given[name]
        else:
            shape = tf.stack([rows, tf.constant(0, tf.int64)])
            fed[name] = tf.SparseTensor(tf.zeros([0, 2], tf.int64), tf.zeros([0], spec.dtype), shape)
    made: dict[str, Any] = function(fed)
    return made
