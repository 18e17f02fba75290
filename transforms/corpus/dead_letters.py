"""Reads and writes dead letters: items that cannot become vectors, kept as data.

A shard's dead letters are one Parquet file under `_dead/`, written before the shard counts as finished and
left where they are even when the run fails, so that a person can look at what was refused and why.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from transforms.storage import files

FOLDER = "_dead"

SCHEMA = pa.schema(
    [
        pa.field("id", pa.string()),
        pa.field("source", pa.string(), nullable=False),
        pa.field("fingerprint", pa.string(), nullable=False),
        pa.field("step", pa.string(), nullable=False),
        pa.field("error", pa.string(), nullable=False),
        pa.field("message", pa.string(), nullable=False),
    ]
)

_LONGEST_MESSAGE = 500


@dataclass(frozen=True, kw_only=True)
class DeadLetter:
    """One refused item: which, from where, at which step ("read", "decode", "encode"), and why."""

    id: str | None
    source: str
    fingerprint: str
    step: str
    error: str
    message: str

    def row(self) -> dict[str, str | None]:
        return {
            "id": self.id,
            "source": self.source,
            "fingerprint": self.fingerprint,
            "step": self.step,
            "error": self.error,
            "message": self.message[:_LONGEST_MESSAGE],
        }


def path(root: str, shard: str) -> str:
    return files.join(root, FOLDER, f"{shard}.parquet")


def write(root: str, shard: str, dead: list[DeadLetter]) -> None:
    table = pa.Table.from_pylist([letter.row() for letter in dead], schema=SCHEMA)
    with files.publish(path(root, shard)) as temporary, files.open_write(temporary) as stream:
        pq.write_table(table, stream, compression="zstd")


def read(root: str, shards: list[str]) -> pa.Table:
    """The dead letters of these shards, those without any being skipped."""
    tables = []
    for shard in shards:
        where = path(root, shard)
        if files.exists(where):
            with files.open_read(where) as stream:
                tables.append(pq.read_table(stream, schema=SCHEMA))
    return pa.concat_tables(tables) if tables else SCHEMA.empty_table()
