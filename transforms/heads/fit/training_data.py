"""Reads what a head learns from, as blocks of rows: the transformed vectors, labels as numbers, weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from transforms.common.arrays import Mask
from transforms.heads.fit.linear import Block
from transforms.heads.job import Activation, HeadOptions, Loss, TrainJob
from transforms.heads.rows.feature_transform import HeadTransform
from transforms.heads.rows.labels import Labels
from transforms.heads.rows.prepared import Prepared
from transforms.heads.rows.split import TRAIN
from transforms.table.vectors import Chunk, TableVectors

TrainingBatch = tuple[npt.NDArray[np.float32], npt.NDArray[Any], npt.NDArray[np.float32]]
"""Transformed vectors float32 [b, width]; truth int32 [b], or float32 [b, K]; weights float32 [b]."""


@dataclass(frozen=True, eq=False, kw_only=True)
class HeadData:
    """One head's view of a table.

    Attributes:
      labels: in the order of the head's classes.
      transform: what the head sees of a row.
    """

    job: TrainJob
    head: HeadOptions
    vectors: TableVectors
    prepared: Prepared
    labels: Labels
    transform: HeadTransform

    @property
    def classes(self) -> int:
        return len(self.labels.names)

    @property
    def loss(self) -> Loss:
        return "sigmoid" if self.labels.several or self.head.one_vs_rest else "softmax"

    @property
    def activation(self) -> Activation:
        if self.labels.several:
            return "sigmoid"
        return "one-vs-rest" if self.head.one_vs_rest else "softmax"

    def rows(self, *sides: int) -> Mask:
        """Bool [n]: the labelled rows of these sides."""
        return np.isin(self.prepared.sides, sides) & self.labels.known

    def truth(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
        """What the loss compares with: int32 [b], or float32 [b, K]."""
        codes = self.labels.codes[rows]
        if self.labels.several:
            return codes.astype(np.float32)
        return np.eye(self.classes, dtype=np.float32)[codes] if self.loss == "sigmoid" else codes.astype(np.int32)

    def weight(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """Float32 [b]: 1, or what makes all labels weigh the same."""
        return np.ones(len(rows), np.float32) if self._weights is None else self._weights[self.labels.codes[rows]]

    @cached_property
    def _weights(self) -> npt.NDArray[np.float32] | None:
        if not self.head.balanced:
            return None
        counts = np.array(list(self.labels.counts(self.rows(TRAIN)).values()), np.float64)
        return (counts.sum() / (len(counts) * np.maximum(counts, 1))).astype(np.float32)

    def chunks(self, wanted: Mask, *, seed: int | None = None) -> Iterator[Chunk]:
        """The wanted rows in the table's order, or in one that `seed` decides."""
        columns = self.transform.inputs.features
        if seed is None:
            return self.vectors.chunks(wanted, columns=columns)
        return self.vectors.shuffled(wanted, seed=seed, columns=columns)

    def batches(self, wanted: Mask, *, seed: int | None = None) -> Iterator[TrainingBatch]:
        """x float32 [b, width], truth and weight of the wanted rows."""
        for chunk in self.chunks(wanted, seed=seed):
            yield self.transform.apply(chunk), self.truth(chunk.rows), self.weight(chunk.rows)

    def in_memory(self, wanted: Mask) -> TrainingBatch:
        """All wanted rows in one piece."""
        count, start = int(wanted.sum()), 0
        x = np.empty((count, self.transform.width), np.float32)
        order = np.empty(count, np.int64)
        for chunk in self.chunks(wanted):
            stop = start + len(chunk.rows)
            x[start:stop], order[start:stop] = self.transform.apply(chunk), chunk.rows
            start = stop
        return x, self.truth(order), self.weight(order)

    def fits(self, rows: int) -> bool:
        """Whether so many rows may be in memory."""
        return rows * self.transform.width * 4 <= self.job.memory

    def some(self, wanted: Mask, most: int) -> Mask:
        """At most about `most` of the wanted rows, by chance."""
        count = int(wanted.sum())
        if count <= most:
            return wanted
        return wanted & (np.random.default_rng(self.head.seed).random(len(wanted)) < most / count)


@dataclass(frozen=True, eq=False)
class StreamedBlocks:
    """The wanted rows as blocks for the linear solver, read anew at each pass."""

    data: HeadData
    wanted: Mask
    block: int

    def __iter__(self) -> Iterator[Block]:
        for rows in self.data.batches(self.wanted):
            yield from blocks_of(rows, self.block)


def blocks_of(rows: TrainingBatch, size: int) -> list[Block]:
    """Rows in memory as blocks for the linear solver."""
    import tensorflow as tf

    return [
        Block(*(tf.constant(array[start : start + size]) for array in rows)) for start in range(0, len(rows[0]), size)
    ]
