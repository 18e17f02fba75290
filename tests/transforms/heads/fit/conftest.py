from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from transforms.common.arrays import Mask
from transforms.heads.fit.training_data import HeadData
from transforms.heads.job import HeadOptions, TrainJob
from transforms.heads.rows.feature_transform import HeadTransform
from transforms.heads.rows.inputs import Inputs
from transforms.heads.rows.labels import Labels
from transforms.heads.rows.prepared import Prepared
from transforms.heads.rows.split import Fractions, sides
from transforms.table.vectors import Chunk

Rows = Callable[..., tuple[np.ndarray, np.ndarray]]


@pytest.fixture
def blobs() -> Rows:
    """Vectors float32 [n, 8] of three labels in turn, each around a point of its own, and the labels int32 [n]."""

    def rows(count: int, *, seed: int = 0, spread: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
        centres = np.random.default_rng(99).standard_normal((3, 8)) * 2
        truth = np.arange(count) % 3
        noise = np.random.default_rng(seed).standard_normal((count, 8)) * spread
        return (centres[truth] + noise).astype(np.float32), truth.astype(np.int32)

    return rows


class _Vectors:
    """The vectors of a table that is an array."""

    def __init__(self, x: np.ndarray) -> None:
        self._x = x

    def chunks(self, wanted: Mask | None = None, *, columns: Any = ()) -> Iterator[Chunk]:
        rows = np.arange(len(self._x)) if wanted is None else np.flatnonzero(wanted)
        for some in np.array_split(rows, 3):
            if len(some):
                yield Chunk(some, self._x[some], pa.record_batch([pa.nulls(len(some))], names=["none"]))


def head_data(x: np.ndarray, codes: np.ndarray, **options: Any) -> HeadData:
    """What a head learns from: vectors [n, d], and labels int32 [n] or bool [n, K]; the sides follow from the rows' numbers."""
    head = HeadOptions(**options)
    names = tuple(f"label {place}" for place in range(codes.shape[1] if codes.ndim == 2 else codes.max() + 1))
    labels = Labels(names=names, codes=codes, known=np.ones(len(x), np.bool_))
    groups = np.random.default_rng(5).permutation(len(x)).astype(np.uint64)
    prepared = Prepared(
        sides=sides(groups, salt=0, fractions=Fractions(eval=0.1, test=0.2)),
        groups=groups,
        labels={"": labels},
        salt=0,
        split_by="",
    )
    return HeadData(
        job=TrainJob(table="", version=0, to="", heads=(head,)),
        head=head,
        vectors=_Vectors(x),  # type: ignore[arg-type]
        prepared=prepared,
        labels=labels,
        transform=HeadTransform("", Inputs(dim=x.shape[1], normalise="none", numeric=(), categorical=(), heads=1)),
    )
