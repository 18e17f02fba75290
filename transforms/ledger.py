"""The ledger of a table's version: which source, in which state, is in which part.

One row per (source, part). It answers what a rerun must do without opening a single part, also for sources that
gave no row at all (all their items dead, or none). A shard's receipt has the same columns, so that the next ledger is
what was kept of the last one plus the receipts of this run.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from transforms import files

SCHEMA = pa.schema(
    [
        pa.field("source", pa.string(), nullable=False),
        pa.field("fingerprint", pa.string(), nullable=False),
        pa.field("shard", pa.string(), nullable=False),
        pa.field("part", pa.string()),
        pa.field("rows", pa.int64(), nullable=False),
        pa.field("dead", pa.int64(), nullable=False),
    ]
)

_KEY = b"vectormill"


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What one finished shard did. It exists only when the shard's part and dead letters are whole.

    `rows_in` equals `rows + dead`; `reused` of the rows kept an earlier vector, the rest were encoded by `run`.
    """

    shard: str
    part: str | None
    part_bytes: int
    rows_in: int
    rows: int
    dead: int
    encoded: int
    reused: int
    run: str


def write_receipt(path: str, receipt: Receipt, entries: pa.Table) -> None:
    _write(path, entries, json.dumps(asdict(receipt)))


def read_receipt(path: str) -> tuple[Receipt, pa.Table]:
    entries, about = _read(path)
    return Receipt(**json.loads(about)), entries


def write_ledger(path: str, entries: pa.Table, about: str) -> None:
    _write(path, entries, about)


def read_ledger(path: str) -> tuple[pa.Table, str]:
    return _read(path)


def _write(path: str, entries: pa.Table, about: str) -> None:
    table = entries.cast(SCHEMA).replace_schema_metadata({_KEY: about.encode()})
    with files.publish(path) as temporary, files.open_write(temporary) as stream:
        pq.write_table(table, stream, compression="zstd")


def _read(path: str) -> tuple[pa.Table, str]:
    with files.open_read(path) as stream:
        table = pq.read_table(stream)
    return table.replace_schema_metadata(None), table.schema.metadata[_KEY].decode()
