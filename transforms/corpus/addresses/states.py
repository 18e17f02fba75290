"""Keeps what is known of addresses beside the table: validators, content and failure of each, in a file for each shard.

    _vectormill/addresses/<shard>.parquet    (columns of `SCHEMA`), written before the shard's receipt

A shard's file is good as long as the ledger has the shard: so it is committed with the version, and a killed run leaves nothing
that counts. What is lost here is fetched again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from transforms.common.hashes import hashes_of
from transforms.storage import files

SCHEMA = pa.schema(
    [
        pa.field("address", pa.string(), nullable=False),
        pa.field("etag", pa.string()),
        pa.field("last_modified", pa.string()),
        pa.field("content", pa.string()),
        pa.field("length", pa.int64()),
        pa.field("error", pa.string()),
        pa.field("may_pass", pa.bool_(), nullable=False),
    ]
)
_BATCH = 1 << 14


@dataclass(frozen=True, kw_only=True, slots=True)
class AddressState:
    """The state of an address when it was last asked.

    Attributes:
      address: without credentials.
      etag, last_modified: as the server sent them.
      content: the hash of the image (`items.content_hash`); None: none was read.
      length: of the image, in bytes.
      error: "Kind: message" of the dead letter; None: it is an image.
      may_pass: the failure may be gone the next time.
    """

    address: str
    etag: str | None = None
    last_modified: str | None = None
    content: str | None = None
    length: int | None = None
    error: str | None = None
    may_pass: bool = False

    @property
    def has_validators(self) -> bool:
        """Whether a server can be asked whether anything changed."""
        return bool(self.etag or self.last_modified)

    @property
    def kind(self) -> str | None:
        """The kind of its dead letter."""
        return None if self.error is None else self.error.partition(": ")[0]


class AddressStates:
    """The states of many addresses, found by address; in memory as Arrow has them."""

    def __init__(self, table: pa.Table) -> None:
        self._table = table.combine_chunks()
        hashes = hashes_of(self._table["address"].to_pylist())
        self._order = np.argsort(hashes, kind="stable")
        self._sorted = hashes[self._order]

    def __len__(self) -> int:
        return int(self._table.num_rows)

    def of(self, addresses: Sequence[str]) -> list[AddressState | None]:
        """The state of each address; the last one where it has several, None where it is not known."""
        wanted = hashes_of(addresses)
        ends = np.searchsorted(self._sorted, wanted, side="right") - 1
        there = [at >= 0 and self._sorted[at] == key for at, key in zip(ends.tolist(), wanted, strict=True)]
        rows = self._order[ends[np.array(there, np.bool_)]] if any(there) else np.empty(0, np.int64)
        found = iter(self._table.take(pa.array(rows, pa.int64())).to_pylist())
        states: list[AddressState | None] = []
        for address, is_there in zip(addresses, there, strict=True):
            values = next(found) if is_there else None
            # Hashes of 64 bits may be equal by accident.
            states.append(AddressState(**values) if values is not None and values["address"] == address else None)
        return states


def table_of(states: Iterable[AddressState]) -> pa.Table:
    """States as a table (`SCHEMA`)."""
    batches: list[pa.RecordBatch] = []
    states = iter(states)
    while some := [asdict(state) for state in islice(states, _BATCH)]:
        batches.append(pa.RecordBatch.from_pylist(some, schema=SCHEMA))
    return pa.Table.from_batches(batches, schema=SCHEMA)


def path(root: str, shard: str) -> str:
    """Where the states of a shard's addresses are."""
    return files.join(root, "_vectormill", "addresses", f"{shard}.parquet")


def write(where: str, table: pa.Table) -> None:
    """Writes states (`SCHEMA`), whole or not at all.

    Raises:
      OSError: it cannot be written.
    """
    with files.publish(where) as temporary, files.open_write(temporary) as stream:
        pq.write_table(table, stream, compression="zstd")


def read(where: str) -> pa.Table:
    """States (`SCHEMA`); none where there is no file, or none that can be read."""
    try:
        with files.open_read(where) as stream:
            return pq.read_table(stream, schema=SCHEMA)
    except (OSError, pa.ArrowException):
        return SCHEMA.empty_table()


def read_shards(root: str, shards: Iterable[str]) -> Iterator[pa.Table]:
    """The states that these shards left."""
    for shard in shards:
        yield read(path(root, shard))
