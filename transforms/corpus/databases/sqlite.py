"""Reads a query in a file of SQLite, whatever its columns really hold: every value has a type of its own there."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from hashlib import blake2b
from typing import Any
from urllib.parse import quote

import pyarrow as pa

from transforms.corpus.columns.batches import ColumnBatch
from transforms.corpus.databases.address import Address
from transforms.corpus.databases.database import Column, DatabaseError, WantedColumns
from transforms.corpus.databases.partitions import BITS, Bounds, Family, Group
from transforms.corpus.databases.statement import quoted

_MASK = (1 << BITS) - 1
_ROWS = 4096
_BATCH_BYTES = 4 << 20
_PATIENCE_SECONDS = 10.0
_VIEW = "vectormill_query"
_LOOKED_AT = 100


class SqliteDatabase:
    """A query in a file of SQLite. Python's own driver reads it: ADBC's takes a column's type from its first rows."""

    def __init__(self, address: Address, query: str) -> None:
        self._address = address
        self._query = query
        self._from = f"(\n{query}\n) AS q"
        self._kinds: dict[str, pa.DataType] = {}
        self._connection: sqlite3.Connection | None = None

    def __enter__(self) -> SqliteDatabase:
        with self._failing():
            uri = f"file:{quote(self._address.uri)}?mode=ro"
            self._connection = sqlite3.connect(
                uri, uri=True, timeout=_PATIENCE_SECONDS, isolation_level=None, check_same_thread=False
            )
            connection = self._connection
            connection.text_factory = bytes  # what is called text there may be any bytes
            connection.create_function("vectormill_hash", -1, _hash, deterministic=True)
            connection.create_aggregate("vectormill_sum", 1, _Sum)  # type: ignore[arg-type]
            connection.execute("BEGIN")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()  # from here on it is one snapshot
        return self

    def __exit__(self, *raised: object) -> None:
        if self._connection is not None:
            self._connection.close()

    def columns(self) -> list[Column]:
        with self._failing():
            # A view tells which columns of tables the query's are, and of which type those were made.
            self._run(f"CREATE TEMP VIEW {_VIEW} AS SELECT * FROM {self._from}").close()
            made = [(row[1].decode(), row[2].decode().upper()) for row in self._run(f"PRAGMA temp.table_info({_VIEW})")]
            self._run(f"DROP VIEW temp.{_VIEW}").close()
            with closing(self._run(self._query)) as cursor:  # a view gives names that come twice another
                names = [name for name, *_ in cursor.description]
        found = []
        for name, (called, declared) in zip(names, made, strict=True):
            kind, is_text = _type_of(declared)
            if not declared:
                is_text = self._looks_like_text(called)
            self._kinds[name] = kind
            found.append(Column(name=name, kind=kind, is_text=is_text))
        return found

    def _looks_like_text(self, name: str) -> bool:
        column = quoted(name)
        with self._failing():
            some = f"SELECT {column} FROM {self._from} WHERE {column} IS NOT NULL LIMIT {_LOOKED_AT}"
            types = self._run(f"SELECT DISTINCT typeof({column}) FROM ({some})")
            return [row[0] for row in types] == [b"text"]

    def families(self, id_column: str) -> list[tuple[Family, int]]:
        name = f"q.{quoted(id_column)}"
        with self._failing():
            row = self._run(
                f"SELECT min({name}), max({name}) FROM {self._from} WHERE typeof({name}) = 'integer'"
            ).fetchone()
        found: list[tuple[Family, int]] = []
        if row[1] is not None and row[1] >= 0:
            found.append(("ids", row[1]))
        if row[0] is not None and row[0] < 0:
            found.append(("negative", -1 - row[0]))
        return [*found, ("hashes", _MASK), ("null", 0)]

    def groups(self, family: Family, shift: int, within: Bounds | None, wanted: WantedColumns) -> list[Group]:
        hashed = wanted.used if wanted.changed is None else (wanted.id, wanted.changed)
        values = ", ".join(_exact(name) for name in hashed)
        size = " + ".join(f"coalesce(length(q.{quoted(name)}), 0)" for name in hashed)
        with self._failing():
            rows = self._run(
                f"SELECT ({_position(family, wanted.id)}) >> {shift} AS number, count(*), sum({size}),"
                f" vectormill_sum(vectormill_hash({values})) FROM {self._from}"
                f" WHERE {_condition(family, within, wanted.id)} GROUP BY number ORDER BY number"
            ).fetchall()
        return [Group(number, count, size, int(hashes)) for number, count, size, hashes in rows]

    def read(self, bounds: Bounds, wanted: WantedColumns) -> Iterator[ColumnBatch]:
        names = ", ".join(f"q.{quoted(name)}" for name in wanted.used)
        with self._failing():
            cursor = self._run(f"SELECT {names} FROM {self._from} WHERE {_condition(bounds.family, bounds, wanted.id)}")
        rows: list[Any] = []
        size = 0
        with closing(cursor):
            while True:
                with self._failing():
                    some = cursor.fetchmany(64)
                rows += some
                size += sum(len(value) for row in some for value in row if isinstance(value, bytes))
                if rows and (not some or len(rows) >= _ROWS or size >= _BATCH_BYTES):
                    yield self._batch(rows, wanted)
                    rows, size = [], 0
                if not some:
                    return

    def _batch(self, rows: list[Any], wanted: WantedColumns) -> ColumnBatch:
        errors: list[str | None] = [None] * len(rows)
        columns = {
            name: _array(values, pa.string() if name == wanted.id else self._kinds[name], name, errors)
            for name, values in zip(wanted.used, zip(*rows, strict=True), strict=True)
        }
        return ColumnBatch(columns, pa.array(errors, pa.string()))

    def _run(self, statement: str) -> sqlite3.Cursor:
        assert self._connection is not None, "it was entered"
        return self._connection.execute(statement)

    @contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, sqlite3.Warning, OverflowError) as error:
            words = " ".join(str(error).split())[:300]
            advice = "check --sql"
            if "not a database" in words or "malformed" in words:
                advice = "give a file of SQLite"
            elif "locked" in words or "busy" in words:
                words = f"another program has locked it for over {_PATIENCE_SECONDS:.0f} s ({words})"
                advice = "run the command again when it has finished"
            elif "unable to open" in words:
                advice = "check its permissions and those of its folder"
            raise DatabaseError(self._address, words, advice) from error


def _type_of(declared: str) -> tuple[pa.DataType, bool]:
    """The type in which a column is read, and whether it is made for text, by SQLite's rules of affinity."""
    if "INT" in declared:
        return pa.int64(), False
    if any(word in declared for word in ("CHAR", "CLOB", "TEXT")):
        return pa.string(), True
    if "BLOB" in declared:
        return pa.binary(), False
    if any(word in declared for word in ("REAL", "FLOA", "DOUB")):
        return pa.float64(), False
    return pa.string(), False


def _array(values: Sequence[Any], kind: pa.DataType, name: str, errors: list[str | None]) -> pa.Array:
    """A column's values in its type; one that has another type is an error of its row."""
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
        # Not checked here whether text is UTF-8: batches are, and bad values become dead letters there.
        return pa.array([_bytes(value) for value in values], pa.binary())
    right: Callable[[Any], bool] = (
        (lambda value: isinstance(value, int))
        if pa.types.is_integer(kind)
        else (lambda value: isinstance(value, int | float))
    )
    found: list[Any] = []
    for row, value in enumerate(values):
        if value is not None and not right(value):
            shown = _bytes(value)[:40].decode("utf-8", "replace")
            errors[row] = errors[row] or f"KeptValue: column {name!r} holds {shown!r}, and is made for numbers ({kind})"
            value = None
        found.append(value)
    return pa.array(found, kind)


def _bytes(value: Any) -> Any:
    return value if value is None or isinstance(value, bytes) else str(value).encode()


def _exact(name: str) -> str:
    """A value as SQL that tells every two values apart: its type, and its bytes."""
    column = f"q.{quoted(name)}"
    text = f"CASE typeof({column}) WHEN 'real' THEN printf('%!.17g', {column}) ELSE {column} END"
    return f"typeof({column}), CAST({text} AS BLOB)"


def _hash(*values: Any) -> int:
    state = blake2b(digest_size=8)
    for value in values:
        piece = b"" if value is None else value if isinstance(value, bytes) else str(value).encode()
        state.update(len(piece).to_bytes(8, "little") + piece)
    return int.from_bytes(state.digest(), "little", signed=True)


class _Sum:
    """A sum that does not overflow, as text."""

    def __init__(self) -> None:
        self._sum = 0

    def step(self, value: int) -> None:
        self._sum += value

    def finalize(self) -> str:
        return str(self._sum)


def _position(family: Family, id_column: str) -> str:
    name = f"q.{quoted(id_column)}"
    hashed = f"vectormill_hash({_exact(id_column)}) & {_MASK}"
    return {"ids": name, "negative": f"-1 - {name}", "hashes": hashed, "null": "0"}[family]


def _condition(family: Family, bounds: Bounds | None, id_column: str) -> str:
    name = f"q.{quoted(id_column)}"
    if family == "null":
        return f"{name} IS NULL"
    start, stop = (bounds.start, bounds.stop) if bounds is not None else (0, 1 << BITS)
    if family == "ids":
        return f"typeof({name}) = 'integer' AND {name} BETWEEN {start} AND {stop - 1}"
    if family == "negative":
        return f"typeof({name}) = 'integer' AND {name} BETWEEN {1 - stop} - 1 AND {-1 - start}"
    others = f"typeof({name}) NOT IN ('integer', 'null')"
    if start == 0 and stop == 1 << BITS:
        return others
    return f"{others} AND ({_position(family, id_column)}) BETWEEN {start} AND {stop - 1}"
