"""One shard of an index: rows and vectors of some parts of the table, encoded with what was trained once for all.

    shards/7/
      main/    rows.arrow, codes, lists.faiss (ivf), truth.npz: the rows that a structure is made for
      held/    rows.arrow, codes: those that judge it
      dead.parquet

It is written beside and renamed when whole. Memory: a chunk of the table, and the codes of the shard's inverted lists.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from transforms.common.progress import METER
from transforms.corpus.dead_letters import SCHEMA, DeadLetter
from transforms.search.build.draft import Draft, Shard
from transforms.search.build.prepare import is_held
from transforms.search.measure.ground_truth import Running
from transforms.search.store.index_folder import DEAD
from transforms.search.store.row_file import PART, part_number, row_schema
from transforms.search.store.segment import ROWS
from transforms.search.store.vector_file import Vectors, encoded
from transforms.storage import files
from transforms.table.snapshot import Snapshot
from transforms.table.unit_vectors import directions
from transforms.table.vectors import Chunk, TableVectors

MAIN, HELD = "main", "held"
CODES, LISTS, TRUTH = "codes", "lists.faiss", "truth.npz"


def folder_of(draft: Draft, number: int) -> str:
    return draft.path("shards", str(number))


def encode_shard(draft: Draft, shard: Shard, table: str, snapshot: Snapshot) -> None:
    """Encodes one shard, unless that was done before."""
    done = folder_of(draft, shard.number)
    if os.path.exists(done):
        return
    work = draft.path("shards", f".{shard.number}.{uuid.uuid4().hex[:8]}")
    shutil.rmtree(work, ignore_errors=True)
    alone = replace(snapshot, parts={part: snapshot.parts[part] for part in shard.parts})
    wanted = np.load(draft.path("wanted", f"{shard.number}.npy")) if shard.chosen else None
    schema = row_schema(snapshot.schema)
    numbers = np.array([part_number(part) for part in sorted(alone.parts)])
    ends = np.cumsum([alone.parts[part] for part in sorted(alone.parts)])
    names = [name for name in schema.names if name != PART]
    vectors = TableVectors(table, alone).unchecked()
    dead: list[DeadLetter] = []
    empty = read_index(draft.path("store.faiss"))
    lists = read_index(draft.path("lists.faiss")) if draft.plan.kind == "ivf" else None
    # What comes with an update is little, and looked through when it is measured.
    running = Running(np.load(draft.path("held.npy"))) if draft.base is None else None
    with _Rows(files.join(work, MAIN), schema) as main, _Rows(files.join(work, HELD), schema) as held:
        for chunk in vectors.chunks(wanted, columns=[*names, "fingerprint"]):
            unit, good = directions(chunk.vectors)
            dead += _letters(chunk, good)
            columns = _columns(chunk, schema, numbers[np.searchsorted(ends, chunk.rows, side="right")])
            aside = good & is_held(chunk.columns.column("id"), draft.below)
            held.add(columns, unit, aside, empty)
            start = main.count
            kept = main.add(columns, unit, good & ~aside, empty)
            if running is not None:
                running.show(np.arange(start, main.count), kept)
            if lists is not None and len(kept):
                lists.add(kept)
            METER.add(work=len(chunk.rows), written=len(chunk.rows))
    if running is not None:
        running.truth.save(files.join(work, MAIN, TRUTH))
    if lists is not None:
        write_index(lists, files.join(work, MAIN, LISTS))
    with files.open_write(files.join(work, DEAD)) as stream:
        pq.write_table(pa.Table.from_pylist([letter.row() for letter in dead], schema=SCHEMA), stream)
    os.rename(work, done)


@dataclass
class _Rows:
    """Rows and codes, written as they come."""

    folder: str
    schema: pa.Schema
    count: int = 0

    def __enter__(self) -> _Rows:
        files.make_folder(self.folder)
        self._codes = files.open_write(files.join(self.folder, CODES))
        self._stream = files.open_write(files.join(self.folder, ROWS))
        self._writer = pa.ipc.new_file(self._stream, self.schema)
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()
        self._stream.close()
        self._codes.close()

    def add(self, columns: pa.RecordBatch, unit: Vectors, kept: npt.NDArray[np.bool_], empty: Any) -> Vectors:
        """Writes the kept rows and returns their vectors."""
        if not kept.any():
            return unit[:0]
        taken = unit if kept.all() else unit[kept]
        self._codes.write(encoded(empty, taken).data)
        self._writer.write_batch(columns if kept.all() else columns.filter(pa.array(kept)))
        self.count += len(taken)
        return taken


def _columns(chunk: Chunk, schema: pa.Schema, parts: npt.NDArray[np.int64]) -> pa.RecordBatch:
    arrays = [pa.array(parts) if field.name == PART else chunk.columns.column(field.name) for field in schema]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _letters(chunk: Chunk, good: npt.NDArray[np.bool_]) -> Iterator[DeadLetter]:
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
    import faiss

    return faiss.deserialize_index(np.frombuffer(files.read(path), np.uint8))


def write_index(index: Any, path: str) -> None:
    import faiss

    faiss.write_index(index, path)
