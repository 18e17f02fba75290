"""Applies the learnt transform of a head's inputs: what the head sees of a row.

    x = [ normalised vector | numbers, scaled to mean 0 and variance 1 | categories, one-hot by vocabulary ]

The transform's graph is part of every exported model. A missing number is the mean, a missing or new category is no category.
"""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from transforms.heads.job import TrainJob
from transforms.heads.rows.inputs import Inputs
from transforms.heads.rows.labels import Labels
from transforms.storage import files, folders
from transforms.storage.formats import require_format
from transforms.storage.local_cache import local_copy
from transforms.table.schema import EMBEDDING
from transforms.table.vectors import Chunk

FOLDER = "transform"
OUTPUT = "x"
"""The name of what the analysed graph makes."""

_GRAPH = "transform_fn"
_READY = "ready.json"
_FORMAT = "vectormill-transform-1"


def save_transform(graph: str, folder: str, inputs: Inputs) -> None:
    """Copies the analysed graph (a SavedModel) to `folder`; `ready.json`, written last, marks it as whole."""
    folders.remove(folder)
    with folders.built(files.join(folder, _GRAPH)) as work:
        folders.copy_tree(graph, work)
    files.write(files.join(folder, _READY), json.dumps({"format": _FORMAT, "heads": inputs.heads}).encode())


def is_ready(job: TrainJob) -> bool:
    """Whether the job's transform has been learnt.

    Raises:
      RequestError: a newer release has, and left it unfinished.
    """
    path = files.join(job.state, FOLDER, _READY)
    if not files.exists(path):
        return False
    require_format(json.loads(files.read(path)).get("format"), _FORMAT, where=job.state, noun="unfinished training")
    return True


class HeadTransform:
    """A learnt transform: what a head sees of a row.

    Args:
      folder: where `save_transform` has put it.
    """

    def __init__(self, folder: str, inputs: Inputs) -> None:
        self._folder = folder
        self.inputs = inputs

    @cached_property
    def loaded(self) -> Any:
        """The restored SavedModel; what keeps its tables alive."""
        import tensorflow as tf

        return tf.saved_model.load(local_copy(files.join(self._folder, _GRAPH)))

    def labels(self, position: int, found: Labels) -> Labels:
        """The labels of a head, in the order of its classes: the most frequent first."""
        path = files.join(local_copy(files.join(self._folder, _GRAPH)), "assets", f"labels-{position}")
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
        made = _call(self.loaded, given, tf.shape(vectors, tf.int64)[0])[OUTPUT]
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
