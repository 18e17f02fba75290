"""Turns shards of vectors that exist into parts of the table: read -> check -> write, several shards side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from hashlib import blake2b
from itertools import repeat

import numpy as np
import pyarrow as pa

from transforms.common.arrays import Vectors
from transforms.common.prefetch import overlap
from transforms.common.progress import Meter
from transforms.corpus.dead_letters import DeadLetter
from transforms.corpus.items import CONTENT_HEX, not_utf8
from transforms.corpus.vectors.reading import ImportedRows, read
from transforms.embed.job import EmbedJob
from transforms.embed.shard_writer import ShardWriter, finished
from transforms.embed.shards import Shard
from transforms.encoders import devices
from transforms.encoders.spec import NOTHING_COMPUTED
from transforms.table.forgotten import Forgotten
from transforms.table.ledger import Receipt
from transforms.table.schema import kept_columns

_NO_DIRECTION = "some vectors are zero, and have no direction: they are kept, and indexes leave them out"


class VectorLine:
    """Imports shards.

    Args:
      job: the request; `read.vectors` says how vectors are read.
      schema: the table's columns.
      meter: counts how far the line is.
    """

    def __init__(self, job: EmbedJob, *, schema: pa.Schema, meter: Meter) -> None:
        self._job = job
        self._schema = schema
        self._kept = kept_columns(schema)
        self._meter = meter
        self._forgotten = Forgotten.of(job.table)

    def run(self, shards: Iterable[Shard]) -> Iterator[Receipt]:
        """Yields a receipt for every shard, in order, when its part is in place."""
        workers = devices.cores()
        return overlap(self._receipt, shards, workers=workers, depth=workers)

    def _receipt(self, shard: Shard) -> Receipt:
        done = finished(self._job.table, shard.id)
        if done is not None:
            self._meter.add(read=done.rows_in, written=done.rows, dead=done.dead, work=shard.weight)
            return done
        writer = ShardWriter(self._job, shard, self._schema)
        try:
            for source in shard.sources:
                for rows in read(source, self._job.read, shard.range, dim=self._job.dim, kept=self._kept):
                    self._write(writer, rows)
            receipt = writer.finish()
        except BaseException:
            writer.abort()
            raise
        self._meter.add(work=shard.weight)
        return receipt

    def _write(self, writer: ShardWriter, rows: ImportedRows) -> None:
        rows, dead_letters = _without_faulty(rows)
        items, vectors = _with_contents(rows), rows.vectors
        if self._forgotten.requests:
            out = self._forgotten.rows(items.column("id").to_pylist(), items.column("content").to_pylist())
            left = np.setdiff1d(np.arange(items.num_rows), out)
            items, vectors = items.take(pa.array(left)), vectors[left]
            known = [letter for letter in dead_letters if letter.id is None or not self._forgotten.has_id(letter.id)]
            writer.forgotten += len(out) + len(dead_letters) - len(known)
            dead_letters = known
        if len(vectors) and not vectors.any(axis=1).all():
            writer.computation = replace(NOTHING_COMPUTED, note=_NO_DIRECTION)
        writer.rows_in += items.num_rows + len(dead_letters)
        writer.add_dead_letters(dead_letters)
        writer.write(items, vectors)
        self._meter.add(read=items.num_rows + len(dead_letters), written=items.num_rows, dead=len(dead_letters))


def _without_faulty(rows: ImportedRows) -> tuple[ImportedRows, list[DeadLetter]]:
    """The rows that can be taken, and the dead letters of the others."""
    items = rows.items
    errors = items.column("error")
    texts = not_utf8(items.column("payload"))
    if errors.null_count == len(errors) and not texts:
        return rows, []
    problems = {row: message for row, message in enumerate(errors.to_pylist()) if message is not None}
    problems = {row: ": ".join(found) for row, found in texts.items()} | problems
    dead_letters = []
    for row, problem in sorted(problems.items()):
        kind, _, message = problem.partition(": ")
        dead_letters.append(
            DeadLetter(
                id=items.column("id")[row].as_py(),
                source=items.column("source")[row].as_py(),
                fingerprint=items.column("fingerprint")[row].as_py(),
                step="read",
                error=kind,
                message=message or kind,
            )
        )
    left = np.setdiff1d(np.arange(items.num_rows), list(problems))
    return ImportedRows(items=items.take(pa.array(left)), vectors=rows.vectors[left]), dead_letters


def _with_contents(rows: ImportedRows) -> pa.RecordBatch:
    """The items with the column `content`: a hash of the vector, and of the text where there is one."""
    vectors: Vectors = np.ascontiguousarray(rows.vectors, "<f4")
    payloads = rows.items.column("payload")
    texts = repeat(None) if payloads.null_count == len(payloads) else payloads.to_pylist()
    contents = [
        blake2b(
            vector.data if text is None else vector.tobytes() + text, digest_size=CONTENT_HEX // 2, person=b"vector"
        )
        for vector, text in zip(vectors, texts, strict=False)
    ]
    column = pa.array([content.hexdigest() for content in contents], pa.string())
    return rows.items.append_column(pa.field("content", pa.string(), nullable=False), column)
