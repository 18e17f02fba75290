"""Describes which version of which table a target holds; it is stored beside the rows."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

import pyarrow as pa

from transforms.common.errors import RequestError
from transforms.storage.formats import known_fields, require_format
from transforms.table.snapshot import Snapshot

FORMAT = "vectormill-sync-1"
_LEFT_OUT = ("source", "fingerprint")


@dataclass(frozen=True, kw_only=True)
class SyncState:
    """What a target holds.

    Attributes:
      table_id: of the table, the same wherever it is moved.
      table: its path when it was written.
      version: the first version with these rows: a compaction changes none.
      rows: how many.
      columns: names and types of the table's columns.
      dim: of the vectors.
      encoder: fingerprint of what made them.
    """

    table_id: str
    table: str
    version: int
    rows: int
    columns: str
    dim: int
    encoder: str

    @staticmethod
    def of(table: str, snapshot: Snapshot) -> SyncState:
        """That of a version."""
        return SyncState(
            table_id=snapshot.table_id,
            table=table,
            version=snapshot.rows_version,
            rows=snapshot.rows,
            columns=served_columns(snapshot.schema).to_string(show_field_metadata=False, show_schema_metadata=False),
            dim=snapshot.about.dim,
            encoder=snapshot.about.encoder_fingerprint,
        )

    def to_json(self) -> str:
        return json.dumps({"format": FORMAT, **asdict(self)})

    @staticmethod
    def from_json(text: str, *, where: str) -> SyncState:
        """The inverse of `to_json`.

        Raises:
          RequestError: a newer release wrote it, or it is damaged.
        """
        try:
            values = json.loads(text)
        except ValueError as error:
            raise RequestError(
                f"{where}: what it says of its version cannot be read: say --replace to write it anew"
            ) from error
        require_format(values.get("format"), FORMAT, where=where, noun="target of a sync")
        return SyncState(**known_fields(SyncState, values, where=where))


def served_columns(schema: pa.Schema) -> pa.Schema:
    """The columns of a table that a target gets: all but where the rows came from."""
    return pa.schema([field for field in schema if field.name not in _LEFT_OUT])
