"""Looks for an item in every byte below a folder, without any code of the engine: also where a file compresses or encodes."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tests.helpers.embedding import tfrecord_rows

NEAR = 1e-3


def files_with(folder: Path, *, words: list[str], vectors: list[Any]) -> list[str]:
    """The files that hold one of the words as it is written, or a vector within 1e-3 of one of these or of its direction."""
    rows = np.asarray(vectors, np.float32)
    sought = np.concatenate([rows, rows / np.linalg.norm(rows, axis=1, keepdims=True)])
    needles = [form.encode() for word in words for form in (word, json.dumps(word)[1:-1])]
    return [
        str(path.relative_to(folder))
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and any(
            any(needle in content for needle in needles) or _has_vector(content, sought) for content in contents(path)
        )
    ]


def contents(path: Path) -> Iterator[bytes]:
    """The bytes of a file, and what they stand for: texts one after the other, numbers as float32."""
    yield path.read_bytes()
    if path.suffix == ".parquet":
        yield from _columns(pq.read_table(path))
    elif path.suffix == ".arrow":
        yield from _columns(pa.ipc.open_file(path).read_all())
    elif path.suffix == ".npz":
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                yield np.load(io.BytesIO(archive.read(name))).astype(np.float32).tobytes()
    elif path.suffix == ".npy":
        yield np.load(path).astype(np.float32).tobytes()
    elif path.name == "vectors.faiss":
        stored = faiss.read_index(str(path))
        yield stored.reconstruct_n(0, stored.ntotal).astype(np.float32).tobytes()
    elif path.suffix == ".tfrecord":
        for row in tfrecord_rows([str(path)]):
            yield np.asarray(row.pop("embedding"), np.float32).tobytes()
            yield repr(row).encode()


def _columns(table: pa.Table) -> Iterator[bytes]:
    for column in table.columns:
        flat = column
        while pa.types.is_list(flat.type):
            flat = pa.chunked_array([chunk.flatten() for chunk in flat.chunks], flat.type.value_type)
        if pa.types.is_floating(flat.type):
            yield flat.to_numpy().astype(np.float32).tobytes()
        else:
            yield "\n".join(map(str, flat.to_pylist())).encode()


def _has_vector(content: bytes, sought: Any) -> bool:
    dim = sought.shape[1]
    for start in range(4):
        numbers = np.frombuffer(content, "<f4", (len(content) - start) // 4, start)
        if len(numbers) < dim:
            return False
        with np.errstate(all="ignore"):
            for vector in sought:
                at = int(np.argmax(np.abs(vector)))
                last = len(numbers) - dim + 1
                for place in np.flatnonzero(np.abs(numbers[at : at + last] - vector[at]) <= NEAR):
                    if (np.abs(numbers[place : place + dim] - vector) <= NEAR).all():
                        return True
    return False
