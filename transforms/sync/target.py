"""Opens the place that a table is written to: one interface for pgvector and Lance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from transforms.common.errors import RequestError
from transforms.corpus.databases.address import is_address, require_no_secret
from transforms.sync.state import SyncState

_KINDS = "postgresql://user@host/database/TABLE or FOLDER.lance"


@dataclass(frozen=True, eq=False)
class Change:
    """Rows to write, with all columns of the target, and ids of rows to delete."""

    written: pa.Table
    deleted: pa.Array


class Target(Protocol):
    """Rows with vectors in another program's table.

    Where its methods fail they raise RequestError for what the person may mend, else RunError.
    """

    shown: str

    def __enter__(self) -> Target: ...

    def __exit__(self, *raised: object) -> None: ...

    @property
    def exists(self) -> bool:
        """Whether there is a table of this name, whoever made it."""
        ...

    def state(self) -> SyncState | None:
        """What a sync wrote last; what one that was killed left undone is undone. None: no sync wrote the table."""
        ...

    def edited(self) -> str | None:
        """How the rows differ from what the last sync left, in words; None: number, ids and contents are the same."""
        ...

    def stored_schema(self, schema: pa.Schema) -> pa.Schema:
        """The types in which columns are stored.

        Raises:
          RequestError: it cannot hold one of them.
        """
        ...

    def stored(self, rows: pa.Table) -> pa.Table:
        """Rows of a feature table in those types; stored ones stay as they are.

        Raises:
          RequestError: it cannot hold a value.
        """
        ...

    def rows(self, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        """All rows, in the types of the stored `schema`."""
        ...

    def begin(self, schema: pa.Schema, dim: int, *, anew: bool) -> None:
        """Prepares a change: of what is there, or where it is to be made `anew` of a table without rows."""
        ...

    def apply(self, change: Change) -> None:
        """Writes some rows over those of their ids, and deletes others. Readers see nothing of it, or see it row by row."""
        ...

    def commit(self, state: SyncState) -> None:
        """Ends the change: from here on the target holds the state's version."""
        ...


def open_target(given: str, credentials: str | None) -> Target:
    """The target at an address; nothing is connected before it is entered.

    Raises:
      RequestError: it is no address of a target, or what writes there is not installed.
    """
    require_no_secret(given)
    if given.rstrip("/").endswith(".lance"):
        from transforms.sync.lance_target import LanceTarget

        if credentials is not None:
            raise RequestError(f"{given}: --credentials is of a database: leave it out")
        return LanceTarget(given.rstrip("/"))
    if is_address(given.partition("/")[0].partition("?")[0]) or is_address(given):
        from transforms.sync.pgvector_target import PgvectorTarget

        return PgvectorTarget(given, credentials)
    raise RequestError(f"--to {given}: is no place for a sync: give {_KINDS}")
