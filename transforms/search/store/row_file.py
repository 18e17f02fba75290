"""Writes and reads the columns of indexed rows: an Arrow file beside their vectors, written as a stream, read by memory map.

    id, content, source, label, text, parent (as far as the table has them), kept columns, `_part` int64

`_part` is a hash of the name of the table's part that the row came from: when that part leaves the table, so do its rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

import pyarrow as pa

from transforms.common.errors import RequestError
from transforms.storage import files, local_disk
from transforms.table.schema import EMBEDDING

PART = "_part"
_BATCH = 65_536


def row_schema(table: pa.Schema) -> pa.Schema:
    """The columns that an index keeps of a feature table's.

    Raises:
      RequestError: the table has a column of the name that the index needs.
    """
    if PART in table.names:
        raise RequestError(f"the table has a column {PART!r} of its own, which an index needs: rename it")
    left = [field for field in table if field.name not in (EMBEDDING, "fingerprint")]
    return pa.schema([*left, pa.field(PART, pa.int64(), nullable=False)])


def part_number(part: str) -> int:
    """The value of `_part` for a part of the table: a stable hash of its name, 0 to 2^63 - 1."""
    return int.from_bytes(blake2b(part.encode(), digest_size=8).digest(), "big") >> 1


def write_rows(path: str, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
    """Writes rows to `path`. Publishing the file under its final name is up to the caller."""
    with files.open_write(path) as stream, pa.ipc.new_file(stream, schema) as writer:
        for batch in batches:
            for start in range(0, batch.num_rows, _BATCH):
                writer.write_batch(batch.slice(start, _BATCH))


def open_rows(path: str) -> pa.Table:
    """The rows, memory-mapped: a column is read from the disk where it is looked at."""
    return pa.ipc.open_file(local_disk.memory_map(path)).read_all()
