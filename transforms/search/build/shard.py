"""Encodes one shard of an index: rows and vectors of some parts of the table, with the trained store and inverted lists.

    shards/7/
      main/    rows.arrow, codes, lists.faiss (ivf), truth.npz: rows for a structure
      held/    rows.arrow, codes: holdout rows
      dead.parquet

A shard is written beside and renamed when whole. Memory: a chunk of the table, and the codes of the shard's inverted lists.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from transforms.common.arrays import Mask, Vectors
from transforms.common.progress import METER
from transforms.corpus.dead_letters import SCHEMA, DeadLetter
from transforms.search.build.draft import Draft, IndexShard
from transforms.search.build.holdout import is_holdout
from transforms.search.measure.ground_truth import NeighborAccumulator
from transforms.search.store.index_folder import DEAD
from transforms.search.store.row_file import PART, part_number, row_schema
from transforms.search.store.segment import ROWS
from transforms.search.store.vector_file import encoded
from transforms.storage import files, folders
from transforms.storage.local_cache import local_copy
from transforms.table.snapshot import Snapshot
from transforms.table.unit_vectors import normalize_rows
from transforms.table.vectors import Chunk, TableVectors

MAIN, HOLDOUT = "main", "held"
CODES, LISTS, TRUTH = "codes", "lists.faiss", "truth.npz"


def folder_of(draft: Draft, number: int) -> str:
    """The folder of an encoded shard."""
    return draft.path("shards", str(number))


def local_folder_of(draft: Draft, number: int) -> str:
    """The same, or where it is remote its local copy."""
    return local_copy(folder_of(draft, number))


def encode_shard(draft: Draft, shard: IndexShard, table: str, snapshot: Snapshot) -> None:
    """Encodes one shard, unless that was done before."""
    done = folder_of(draft, shard.number)
    if folders.is_whole(done):
        return
    with folders.built(done) as work:
        _encode(draft, shard, table, snapshot, work)


def _encode(draft: Draft, shard: IndexShard, table: str, snapshot: Snapshot, work: str) -> None:
    alone = replace(snapshot, parts={part: snapshot.parts[part] for part in shard.parts})
    wanted = files.read_array(draft.path("wanted", f"{shard.number}.npy")) if shard.is_partial else None
    schema = row_schema(snapshot.schema)
    numbers = np.array([part_number(part) for part in sorted(alone.parts)])
    ends = np.cumsum([alone.parts[part] for part in sorted(alone.parts)])
    names = [name for name in schema.names if name != PART]
    vectors = TableVectors(table, alone).unchecked()
    dead: list[DeadLetter] = []
    empty = read_index(draft.path("store.faiss"))
    lists = read_index(draft.path("lists.faiss")) if draft.plan.kind == "ivf" else None
    # The few rows that an update adds are searched when it is measured.
    neighbors = NeighborAccumulator(files.read_array(draft.path("held.npy"))) if draft.base is None else None
    with (
        _RowWriter(files.join(work, MAIN), schema) as main,
        _RowWriter(files.join(work, HOLDOUT), schema) as holdout,
    ):
        for chunk in vectors.chunks(wanted, columns=[*names, "fingerprint"]):
            unit, good = normalize_rows(chunk.vectors)
            dead += _dead_letters(chunk, good)
            columns = _columns(chunk, schema, numbers[np.searchsorted(ends, chunk.rows, side="right")])
            is_query = good & is_holdout(chunk.columns.column("id"), draft.holdout_hash_limit)
            holdout.add(columns, unit, is_query, empty)
            start = main.count
            added = main.add(columns, unit, good & ~is_query, empty)
            if neighbors is not None:
                neighbors.add(np.arange(start, main.count), added)
            if lists is not None and len(added):
                lists.add(added)
            METER.add(work=len(chunk.rows), written=len(chunk.rows))
    if neighbors is not None:
        neighbors.truth.save(files.join(work, MAIN, TRUTH))
    if lists is not None:
        write_index(lists, files.join(work, MAIN, LISTS))
    with files.open_write(files.join(work, DEAD)) as stream:
        pq.write_table(pa.Table.from_pylist([letter.row() for letter in dead], schema=SCHEMA), stream)


@dataclass
class _RowWriter:
    """Writes rows and codes into a folder as they come."""

    folder: str
    schema: pa.Schema
    count: int = 0

    def __enter__(self) -> _RowWriter:
        files.make_folder(self.folder)
        self._codes = files.open_write(files.join(self.folder, CODES))
        self._stream = files.open_write(files.join(self.folder, ROWS))
        self._writer = pa.ipc.new_file(self._stream, self.schema)
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()
        self._stream.close()
        self._codes.close()

    def add(self, columns: pa.RecordBatch, unit: Vectors, wanted: Mask, empty: Any) -> Vectors:
        """Writes the wanted rows and returns their vectors."""
        if not wanted.any():
            return unit[:0]
        taken = unit if wanted.all() else unit[wanted]
        self._codes.write(encoded(empty, taken).data)
        self._writer.write_batch(columns if wanted.all() else columns.filter(pa.array(wanted)))
        self.count += len(taken)
        return taken


def _columns(chunk: Chunk, schema: pa.Schema, parts: npt.NDArray[np.int64]) -> pa.RecordBatch:
    arrays = [pa.array(parts) if field.name == PART else chunk.columns.column(field.name) for field in schema]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _dead_letters(chunk: Chunk, good: Mask) -> Iterator[DeadLetter]:
    for row in np.flatnonzero(~good):
        finite = np.isfinite(chunk.vectors[row]).all()
        yield DeadLetter(
            id=chunk.columns.column("id")[row].as_py(),
            source=chunk.columns.column("source")[row].as_py(),
            fingerprint=chunk.columns.column("fingerprint")[row].as_py(),
            step="index",
            error="ZeroVector" if finite else "NotFinite",
            message="a vector of zeros has no direction" if finite else "the vector holds NaN or infinity",
        )


def read_index(path: str) -> Any:
    """Reads a FAISS index into memory."""
    import faiss

    return faiss.deserialize_index(np.frombuffer(files.read(path), np.uint8))


def write_index(index: Any, path: str) -> None:
    """Writes a FAISS index."""
    import faiss

    faiss.write_index(index, path)
