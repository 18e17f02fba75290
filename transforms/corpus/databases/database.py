"""Opens a database to be read: one interface for PostgreSQL and SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from transforms.common.errors import RequestError, RunError
from transforms.corpus.columns.batches import ColumnBatch
from transforms.corpus.databases.address import Address
from transforms.corpus.databases.partitions import Bounds, Family, Group


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of a query.

    Attributes:
      name: as the database has it.
      kind: the type in which its values are read; string for all that Arrow has no like of.
      is_text: the database calls it text, so that it may be what is embedded though nobody named it.
    """

    name: str
    kind: pa.DataType
    is_text: bool


@dataclass(frozen=True, kw_only=True)
class WantedColumns:
    """Names of the columns of a query: of the ids, of the time of change, and of all that are read."""

    id: str
    changed: str | None
    used: tuple[str, ...]


class Database(Protocol):
    """A query in a database, read in one snapshot that nobody's writing changes. Nothing in it is written.

    Every method raises `DatabaseError`.
    """

    def __enter__(self) -> Database: ...

    def __exit__(self, *raised: object) -> None: ...

    def columns(self) -> list[Column]:
        """The columns of the query, in order."""
        ...

    def families(self, id_column: str) -> list[tuple[Family, int]]:
        """The families that ids of this column are of, and of each the largest position that there may be."""
        ...

    def groups(self, family: Family, shift: int, within: Bounds | None, wanted: WantedColumns) -> list[Group]:
        """The groups of 2^shift positions, sorted by number.

        Hashes are of the id and the time of change, or where there is no such column of all columns that are used.
        """
        ...

    def read(self, bounds: Bounds, wanted: WantedColumns) -> Iterator[ColumnBatch]:
        """The rows within the bounds, some thousand at a time."""
        ...


class DatabaseError(Exception):
    """A failure of a database in one line, without secrets: `as_request` where the person may mend it, else `as_run`."""

    def __init__(self, address: Address, reason: str, advice: str = "") -> None:
        super().__init__(address.without_secrets(f"{address.shown}: {reason}"))
        self._advice = advice

    def as_request(self) -> RequestError:
        return RequestError(f"{self}{self._advice and f'; {self._advice}'}")

    def as_run(self) -> RunError:
        return RunError(f"{self}: run the same command again, what is finished is kept")


def open_database(address: Address, query: str) -> Database:
    """The query in the database at an address; nothing is connected before the database is entered.

    Raises:
      RequestError: what reads such a database is not installed.
    """
    if address.kind == "sqlite":
        from transforms.corpus.databases.sqlite import SqliteDatabase

        return SqliteDatabase(address, query)
    from transforms.corpus.databases.postgresql import PostgresqlDatabase

    return PostgresqlDatabase(address, query)
