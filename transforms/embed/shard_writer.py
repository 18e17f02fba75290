"""Writes the output of one shard: its part, its dead letters, and the receipt that says both are whole."""

from __future__ import annotations

import sys
from collections import Counter
from contextlib import ExitStack, suppress
from dataclasses import asdict

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from transforms.common.errors import RunError
from transforms.corpus import dead_letters
from transforms.corpus.addresses import states
from transforms.corpus.addresses.kept_bytes import BytesWriter
from transforms.corpus.addresses.states import AddressState
from transforms.corpus.dead_letters import DeadLetter
from transforms.embed.job import EmbedJob
from transforms.embed.shards import Shard, part_name
from transforms.encoders.spec import NOTHING_COMPUTED
from transforms.encoders.unread import Unread
from transforms.storage import files
from transforms.storage.write_errors import disk_trouble
from transforms.table import ledger
from transforms.table.ledger import Receipt
from transforms.table.parts import PartWriter, part_writer
from transforms.table.schema import EMBEDDING, vector_column
from transforms.table.snapshot import Layout


class ShardWriter:
    """Collects the rows and dead letters of one shard. Nothing is visible before `finish`.

    `computation` says how its new vectors were made, `again` how many of them once more in float32, `forgotten` how many items
    were left out, `addresses` the states of those that were asked, `address_counts` what became of them (`Receipt`), `seconds`
    how long each step of the line was at work meanwhile.
    """

    def __init__(self, job: EmbedJob, shard: Shard, schema: pa.Schema) -> None:
        self.shard = shard
        self._job = job
        self._schema = schema
        self._layout = Layout(job.table)
        self._name = part_name(job, shard.id)
        self._stack = ExitStack()
        self._writer: PartWriter | None = None
        self._dead_letters: list[DeadLetter] = []
        self._rows: Counter[str] = Counter()
        self.rows_in = self.encoded = self.reused = 0
        self.computation = NOTHING_COMPUTED
        self.again = 0
        self.forgotten = 0
        self.seconds: dict[str, float] = {}
        self.addresses: list[AddressState] = []
        self.address_counts: Counter[str] = Counter()
        self._unread: list[Unread] = []
        self.bytes = BytesWriter(job.keep_bytes, shard.id) if job.keep_bytes is not None else None

    def write(self, rows: pa.RecordBatch, vectors: npt.NDArray[np.float32]) -> None:
        if not rows.num_rows:
            return
        try:
            if self._writer is None:
                path = self._stack.enter_context(files.publish(self._layout.part(self._name)))
                self._writer = part_writer(path, self._schema, part_format=self._job.part_format)
            self._writer.write(table_rows(rows, vectors, self._schema))
        except OSError as error:
            raise disk_trouble(error, self._job.table) from error
        if len(self.shard.sources) == 1:
            self._rows[self.shard.sources[0].name] += rows.num_rows
        else:
            for pair in pc.value_counts(rows.column("source")).to_pylist():
                self._rows[pair["values"]] += pair["counts"]

    def add_dead_letters(self, added: list[DeadLetter]) -> None:
        self._dead_letters += added

    def add_unread(self, unread: Unread) -> None:
        """Counts what the encoder left out of some of the texts."""
        self._unread.append(unread)

    def finish(self) -> Receipt:
        """Publishes part, dead letters and receipt, in this order.

        Raises:
          RunError: rows in are not rows out plus dead; the disk is full.
        """
        rows = sum(self._rows.values())
        if self.rows_in != rows + len(self._dead_letters):
            raise RunError(
                f"shard {self.shard.id}: {self.rows_in} items were read,"
                f" but {rows} were written and {len(self._dead_letters)} are dead"
            )
        part: str | None = None
        size = 0
        try:
            if self._writer is not None:
                self._writer.close()
                self._stack.close()
                part, size = self._name, files.size(self._layout.part(self._name))
            if self._dead_letters:
                dead_letters.write(self._job.table, self.shard.id, self._dead_letters)
            if self.bytes is not None:
                self.bytes.finish()
            if self.addresses:
                states.write(states.path(self._job.table, self.shard.id), states.table_of(self.addresses))
            receipt = Receipt(
                shard=self.shard.id,
                part=part,
                part_bytes=size,
                rows_in=self.rows_in,
                rows=rows,
                dead=len(self._dead_letters),
                encoded=self.encoded,
                reused=self.reused,
                run=self._job.run,
                **asdict(self.computation),
                again=self.again,
                forgotten=self.forgotten,
                addresses=dict(self.address_counts),
                cut_off=sum(unread.texts for unread in self._unread),
                unread_chars=sum(unread.unread_chars for unread in self._unread),
                chars=sum(unread.chars for unread in self._unread),
                seconds={step: round(value, 6) for step, value in self.seconds.items()},
            )
            ledger.write_receipt(self._layout.receipt(self.shard.id), receipt, self._entries(part))
        except OSError as error:
            raise disk_trouble(error, self._job.table) from error
        return receipt

    def abort(self) -> None:
        """Throws away what was not finished. To be called while the error is being handled."""
        if self._writer is not None:
            with suppress(OSError, ValueError, pa.ArrowException):
                self._writer.close()
        self._stack.__exit__(*sys.exc_info())
        if self.bytes is not None:
            self.bytes.abort()

    def _entries(self, part: str | None) -> pa.Table:
        dead = Counter(letter.source for letter in self._dead_letters)
        sources = self.shard.sources
        return pa.table(
            {
                "source": pa.array([s.name for s in sources], pa.string()),
                "fingerprint": pa.array([s.fingerprint for s in sources], pa.string()),
                "shard": pa.array([self.shard.id] * len(sources), pa.string()),
                "part": pa.array([part if self._rows[s.name] else None for s in sources], pa.string()),
                "rows": pa.array([self._rows[s.name] for s in sources], pa.int64()),
                "dead": pa.array([dead[s.name] for s in sources], pa.int64()),
            }
        )


def finished(table: str, shard: str) -> Receipt | None:
    """The receipt of a shard that an earlier run has finished and whose part is in place; else None."""
    layout = Layout(table)
    path = layout.receipt(shard)
    if not files.exists(path):
        return None
    receipt, _ = ledger.read_receipt(path)
    return None if receipt.part is not None and not files.exists(layout.part(receipt.part)) else receipt


def table_rows(rows: pa.RecordBatch, vectors: npt.NDArray[np.float32], schema: pa.Schema) -> pa.RecordBatch:
    """Item rows and their vectors as rows of a feature table."""
    columns: list[pa.Array] = []
    for field in schema:
        if field.name == EMBEDDING:
            columns.append(vector_column(vectors))
        elif field.name == "text":
            columns.append(rows.column("payload").cast(pa.string()))
        else:
            columns.append(rows.column(field.name).cast(field.type))
    return pa.RecordBatch.from_arrays(columns, schema=schema)
