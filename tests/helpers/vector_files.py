"""Files of vectors for tests: each vector is known by its row, and a row is read back as a person would compare it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from transforms.common.arrays import Vectors
from transforms.corpus.options import Range, ReadOptions
from transforms.corpus.vectors import reading
from transforms.corpus.vectors.options import VectorOptions
from transforms.corpus.vectors.pairing import list_vectors

DIM = 3


def vectors(rows: int, *, dim: int = DIM, start: int = 0) -> Vectors:
    """float32 [rows, dim]: row i has values that no other row has."""
    return (np.arange(start * dim, (start + rows) * dim, dtype=np.float32) + 0.25).reshape(rows, dim)


def options(
    *, ids: Sequence[Path | str] = (), column: str | None = None, id_column: str | None = None, **given: Any
) -> ReadOptions:
    """How files are read."""
    found = VectorOptions(column=column, ids=tuple(map(str, ids)))
    return ReadOptions(modality="vectors", vectors=found, id_column=id_column, **given)


def rows(
    inputs: Sequence[Path | str], how: ReadOptions, *, max_bytes: int | None = None, dim: int = DIM
) -> dict[str, Any]:
    """What is read of files, whole or in stretches: the vector by id; of a faulty row its error."""
    found: dict[str, Any] = {}
    for items, values in batches(inputs, how, max_bytes=max_bytes, dim=dim):
        for name, error, vector in zip(
            items.column("id").to_pylist(), items.column("error").to_pylist(), values.tolist(), strict=True
        ):
            assert name not in found
            found[name] = tuple(vector) if error is None else error
    return found


def batches(
    inputs: Sequence[Path | str], how: ReadOptions, *, max_bytes: int | None = None, dim: int = DIM
) -> list[tuple[pa.RecordBatch, Vectors]]:
    """What is read of files, as it comes."""
    sources = list_vectors([str(one) for one in inputs], how).sources
    kept = reading.survey(sources, how, dim=dim).kept
    found = []
    for source in sources:
        parts: list[Range | None] = [None] if max_bytes is None else reading.split(source, how, max_bytes=max_bytes)
        for part in parts:
            for one in reading.read(source, how, part, dim=dim, kept=kept):
                found.append((one.items, one.vectors))
    return found


def expected(names: Sequence[str], values: Vectors) -> dict[str, tuple[float, ...]]:
    """What `rows` gives for good rows."""
    return {name: tuple(vector.tolist()) for name, vector in zip(names, values.astype(np.float32), strict=True)}


def save(path: Path, array: Any) -> Path:
    """Writes a .npy file, in a folder that need not be there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, array)
    return path


def write_table(path: Path, **columns: Any) -> Path:
    """Writes a Parquet file, in a folder that need not be there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path)
    return path
