"""Reads a query in PostgreSQL: grouped and hashed there, streamed by COPY into Arrow (ADBC), in one read-only transaction."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pyarrow as pa

from transforms.common.errors import RequestError
from transforms.corpus.columns.batches import ColumnBatch
from transforms.corpus.databases.address import Address
from transforms.corpus.databases.database import Column, DatabaseError, WantedColumns
from transforms.corpus.databases.partitions import BITS, Bounds, Family, Group
from transforms.corpus.databases.statement import quoted

_TYPES: dict[str, pa.DataType] = {
    "int2": pa.int16(),
    "int4": pa.int32(),
    "int8": pa.int64(),
    "float4": pa.float32(),
    "float8": pa.float64(),
    "bool": pa.bool_(),
    "bytea": pa.binary(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    "timestamptz": pa.timestamp("us", "UTC"),
}
"""The types that are read as what they are; all others as text."""
_TIMES = ("date", "timestamp", "timestamptz")
_TEXTS = ("text", "varchar", "bpchar", "name", "citext")
_INTEGERS = ("int2", "int4", "int8")
_MASK = (1 << BITS) - 1
_BATCH_BYTES = 4 << 20
_SETTINGS = (
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    # What a row is as text, and so its hash, must not follow the settings of a user or a server.
    "SET LOCAL TIME ZONE 'UTC'",
    "SET LOCAL datestyle TO 'ISO, YMD'",
    "SET LOCAL intervalstyle TO 'postgres'",
    "SET LOCAL extra_float_digits TO 1",
    "SET LOCAL bytea_output TO 'hex'",
    # A table that somebody has locked is waited for, not for ever.
    "SET LOCAL lock_timeout TO '60s'",
)
_SAID = re.compile(r"(?:ERROR|FATAL|PANIC):\s+(?P<words>[^\n]+)")
_PREFIX = re.compile(
    r"\A(?:[A-Z_]+: )?(?:\[libpq\] )?(?:Failed to connect: )?(?:connection to server [^\n]*? failed: )?"
)


def require_driver() -> Any:
    """ADBC's driver as a module of Python's database interface.

    Raises:
      RequestError: it is not installed.
    """
    try:
        import adbc_driver_postgresql.dbapi as driver
    except ImportError as error:
        raise RequestError("postgresql:// needs ADBC's driver: pip install 'vectormill[databases]'") from error
    return driver


def reason_of(error: Exception) -> str:
    """What a server or libpq says of a failure, in one line and without the statement."""
    text = str(error)
    found = _SAID.search(text)
    words = found["words"] if found else _PREFIX.sub("", text.split("Query was:")[0], count=1)
    return " ".join(words.split())[:300] or "it was closed"


def connect(address: Address, *, autocommit: bool = True) -> Any:
    """A connection, in which every statement is committed by itself, or one transaction follows another.

    Raises:
      DatabaseError: there is no server, no such database, or it refuses.
    """
    driver = require_driver()
    try:
        return driver.connect(address.uri, autocommit=autocommit)
    except driver.Error as error:
        text = str(error)
        advice = "check host, port and name"
        if "password" in text or "authentication" in text or "role " in text:
            advice = "check the user, and the password in PGPASSWORD, ~/.pgpass or --credentials"
        # Not the driver's own exception beside it: libpq may quote what it was given.
        raise DatabaseError(address, f"cannot be opened: {reason_of(error)}", advice) from None


class PostgresqlDatabase:
    """A query in PostgreSQL (11 or later)."""

    def __init__(self, address: Address, query: str) -> None:
        self._address = address
        self._query = f"(\n{query}\n) AS q"
        self._types: dict[str, str] = {}
        self._driver = require_driver()
        self._connection: Any = None

    def __enter__(self) -> PostgresqlDatabase:
        self._connection = connect(self._address)
        try:
            for setting in _SETTINGS:
                self._execute(setting)
        except BaseException:
            self._connection.close()
            raise
        return self

    def __exit__(self, *raised: object) -> None:
        with suppress(self._driver.Error):  # where it broke before, that has been said
            self._connection.close()

    def columns(self) -> list[Column]:
        schema = self._fetch(f"SELECT * FROM {self._query} LIMIT 0").schema
        found = []
        for field in schema:
            name = (field.metadata or {}).get(b"POSTGRESQL:type", b"").decode()
            self._types[field.name] = name
            found.append(Column(name=field.name, kind=_TYPES.get(name, pa.string()), is_text=name in _TEXTS))
        return found

    def families(self, id_column: str) -> list[tuple[Family, int]]:
        kind = self._types[id_column]
        if kind not in _INTEGERS:
            family: Family = "uuids" if kind == "uuid" else "hashes"
            return [(family, _MASK), ("null", 0)]
        name = quoted(id_column)
        row = self._fetch(
            f"SELECT min(q.{name})::bigint AS low, max(q.{name})::bigint AS high FROM {self._query}"
        ).to_pylist()[0]
        found: list[tuple[Family, int]] = []
        if row["high"] is not None and row["high"] >= 0:
            found.append(("ids", row["high"]))
        if row["low"] is not None and row["low"] < 0:
            found.append(("negative", -1 - row["low"]))
        return [*found, ("null", 0)]

    def groups(self, family: Family, shift: int, within: Bounds | None, wanted: WantedColumns) -> list[Group]:
        if wanted.changed is not None:
            hashed = f"concat_ws(' ', q.{quoted(wanted.id)}::text, q.{quoted(wanted.changed)}::text)"
        else:
            hashed = f"ROW({', '.join(f'q.{quoted(name)}' for name in wanted.used)})::text"
        positions = (
            f"SELECT {_position(family, wanted.id)} AS position, {hashed} AS hashed FROM {self._query}"
            f" WHERE {_condition(family, within, wanted.id)}"
        )
        rows = self._fetch(
            f"SELECT position >> {shift} AS number, count(*) AS rows, sum(length(hashed))::bigint AS size,"
            f' sum(hashtextextended(hashed COLLATE "C", 0))::text AS hashes FROM ({positions}) AS positions'
            " GROUP BY 1 ORDER BY 1"
        )
        return [Group(row["number"], row["rows"], row["size"], int(row["hashes"])) for row in rows.to_pylist()]

    def read(self, bounds: Bounds, wanted: WantedColumns) -> Iterator[ColumnBatch]:
        selected = ", ".join(map(self._selected, wanted.used))
        condition = _condition(bounds.family, bounds, wanted.id)
        for batch in self._stream(f"SELECT {selected} FROM {self._query} WHERE {condition}"):
            yield ColumnBatch({name: _plain(batch.column(name)) for name in wanted.used})

    def _selected(self, name: str) -> str:
        kind = self._types[name]
        column = f"q.{quoted(name)}"
        if kind in _TIMES:
            return f"CASE WHEN isfinite({column}) THEN {column} END AS {quoted(name)}"
        return f"{column} AS {quoted(name)}" if kind in _TYPES else f"{column}::text AS {quoted(name)}"

    def _execute(self, statement: str) -> None:
        with self._cursor() as cursor:
            self._failing(cursor.execute, statement)

    def _fetch(self, statement: str) -> pa.Table:
        with self._cursor() as cursor:
            self._failing(cursor.execute, statement)
            table: pa.Table = self._failing(cursor.fetch_arrow_table)
        return table

    def _stream(self, statement: str) -> Iterator[pa.RecordBatch]:
        with self._cursor() as cursor:
            cursor.adbc_statement.set_options(**{"adbc.postgresql.batch_size_hint_bytes": str(_BATCH_BYTES)})
            self._failing(cursor.execute, statement)
            reader = self._failing(cursor.fetch_record_batch)
            while True:
                try:
                    batch = self._failing(reader.read_next_batch)
                except StopIteration:
                    return
                yield batch

    def _cursor(self) -> Any:
        return self._failing(self._connection.cursor)

    def _failing(self, call: Any, *arguments: Any) -> Any:
        try:
            return call(*arguments)
        except (self._driver.Error, OSError, pa.ArrowException) as error:
            raise DatabaseError(self._address, reason_of(error), "check --sql") from error


def _position(family: Family, id_column: str) -> str:
    """An id's position, as SQL."""
    name = f"q.{quoted(id_column)}"
    return {
        "ids": f"{name}::bigint",
        "negative": f"-1 - {name}::bigint",
        "uuids": f"(('x' || left(replace({name}::text, '-', ''), 16))::bit(64) >> 1)::bigint",
        "hashes": f'hashtextextended({name}::text COLLATE "C", 0) & {_MASK}',
        "null": "0::bigint",
    }[family]


def _condition(family: Family, bounds: Bounds | None, id_column: str) -> str:
    """Which rows are within the bounds, or of the family, as SQL that an index of the column can serve."""
    name = f"q.{quoted(id_column)}"
    if family == "null":
        return f"{name} IS NULL"
    start, stop = (bounds.start, bounds.stop) if bounds is not None else (0, 1 << BITS)
    if family == "ids":
        return f"{name} BETWEEN {start} AND {stop - 1}"
    if family == "negative":
        return f"{name} BETWEEN {1 - stop} - 1 AND {-1 - start}"
    if family == "hashes":
        whole = bounds is None or (start == 0 and stop == 1 << BITS)
        return f"{name} IS NOT NULL" + (
            "" if whole else f" AND ({_position(family, id_column)}) BETWEEN {start} AND {stop - 1}"
        )
    above = f"{name} >= '{start << 1:016x}{0:016x}'"
    return above if stop == 1 << BITS else f"{above} AND {name} < '{stop << 1:016x}{0:016x}'"


def _plain(array: pa.Array) -> pa.Array:
    return array.storage if isinstance(array, pa.ExtensionArray) else array
