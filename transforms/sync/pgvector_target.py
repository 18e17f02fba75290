"""Writes vectors to a table of pgvector in PostgreSQL: rows are staged by COPY, and one transaction brings them in.

The version is a row of the table `vectormill_sync` beside it, changed by the same transaction: a killed sync leaves no trace.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.common.errors import RequestError, RunError
from transforms.corpus.databases.address import Address, parse
from transforms.corpus.databases.database import DatabaseError
from transforms.corpus.databases.postgresql import connect, reason_of, require_driver
from transforms.corpus.databases.statement import quoted
from transforms.sync.state import SyncState
from transforms.sync.target import Change
from transforms.table.schema import EMBEDDING, VECTOR_TYPE, vectors_of

_MOST_DIMENSIONS = 16_000
_LONGEST_NAME = 63
_STATES = "vectormill_sync"
_STAGED, _GONE = "vectormill_staged", "vectormill_gone"
_BATCH_BYTES = 16 << 20
_STAGED_ROWS = 10_000
_MADE = b"postgresql"
"""Metadata of a stored field that goes as text to a column of another type: that type."""


class PgvectorTarget:
    """A table of PostgreSQL, `postgresql://user@host/database/TABLE` or `…/database?table=SCHEMA.TABLE`."""

    def __init__(self, given: str, credentials: str | None) -> None:
        address, name = _split(given)
        self._address: Address = parse(address, credentials)
        if self._address.kind != "postgresql":
            raise RequestError(f"--to {given}: vectors are served by PostgreSQL or from a FOLDER.lance, not by SQLite")
        self.shown = f"{address}/{name}" if "?" not in address else f"{address}&table={name}"
        self._name = name
        self._driver = require_driver()
        self._connection: Any = None
        self._dim = 0
        self._names: list[str] = []

    def __enter__(self) -> PgvectorTarget:
        try:
            self._connection = connect(self._address, autocommit=False)
        except DatabaseError as error:
            raise error.as_request() from None
        self._execute("SET LOCAL lock_timeout TO '60s'")
        schema, _, table = self._name.rpartition(".")
        self._schema = schema or str(self._fetch("SELECT current_schema() AS name")[0]["name"])
        self._relation = table
        self._table = f"{quoted(self._schema)}.{quoted(table)}"
        self._states = f"{quoted(self._schema)}.{quoted(_STATES)}"
        return self

    def __exit__(self, *raised: object) -> None:
        with suppress(self._driver.Error):
            self._connection.rollback()
        with suppress(self._driver.Error):
            self._connection.close()

    @property
    def exists(self) -> bool:
        return self._is_there(self._table)

    def state(self) -> SyncState | None:
        if not self._is_there(self._states) or not self.exists:
            return None
        found = self._fetch(f"SELECT state FROM {self._states} WHERE name = {_literal(self._relation)}")
        return SyncState.from_json(found[0]["state"], where=self.shown) if found else None

    def edited(self) -> str | None:
        left = self._fetch(f"SELECT hashes, rows FROM {self._states} WHERE name = {_literal(self._relation)}")[0]
        found = self._sums()
        if found["rows"] != left["rows"]:
            return f"it has {found['rows']:,} rows where the last sync left {left['rows']:,}"
        return None if found["hashes"] == left["hashes"] else "ids or contents are others"

    def stored_schema(self, schema: pa.Schema) -> pa.Schema:
        for field in schema:
            if len(field.name.encode()) > _LONGEST_NAME:
                raise RequestError(f"{self.shown}: the name of the column {field.name!r} is too long for PostgreSQL")
        return pa.schema([_stored_field(field) for field in schema])

    def stored(self, rows: pa.Table) -> pa.Table:
        schema = self.stored_schema(rows.schema)
        columns = []
        for field, wanted in zip(rows.schema, schema, strict=True):
            column = rows.column(field.name)
            if field.name != EMBEDDING and field.type != wanted.type:
                write = _decimal_text if pa.types.is_decimal(field.type) else _json_text
                is_text = pa.types.is_decimal(field.type) or pa.types.is_nested(field.type)
                column = _texts(column, write) if is_text else column.cast(wanted.type)
            if pa.types.is_string(wanted.type):
                self._require_no_nul(rows, column, field.name)
            columns.append(column)
        return pa.table(columns, schema=schema)

    def rows(self, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        selected = ", ".join(map(_selected, schema))
        with self._connection.cursor() as cursor:
            self._failing(
                cursor.adbc_statement.set_options, **{"adbc.postgresql.batch_size_hint_bytes": str(_BATCH_BYTES)}
            )
            self._failing(cursor.execute, f"SELECT {selected} FROM {self._table}")
            reader = self._failing(cursor.fetch_record_batch)
            while True:
                try:
                    batch = self._failing(reader.read_next_batch)
                except StopIteration:
                    return
                columns = [_plain(column).cast(field.type) for column, field in zip(batch.columns, schema, strict=True)]
                yield pa.RecordBatch.from_arrays(columns, schema=schema)

    def begin(self, schema: pa.Schema, dim: int, *, anew: bool) -> None:
        if dim > _MOST_DIMENSIONS:
            raise RequestError(
                f"{self.shown}: vectors of {dim:,} dimensions are too long for pgvector, which takes {_MOST_DIMENSIONS:,}"
            )
        self._dim, self._names = dim, schema.names
        lock = self._fetch(f"SELECT pg_try_advisory_xact_lock(hashtextextended({_literal(self._table)}, 0)) AS free")
        if not lock[0]["free"]:
            raise RunError(f"{self.shown}: another sync is writing it: run the command again when it has finished")
        vector = self._vector_type()
        if anew:
            columns = ", ".join(f"{quoted(field.name)} {self._type(field, vector)}" for field in schema)
            self._execute(f"DROP TABLE IF EXISTS {self._table}")
            self._execute(f"CREATE TABLE {self._table} ({columns}, PRIMARY KEY (id))")
            self._execute(
                f"CREATE TABLE IF NOT EXISTS {self._states} (name text PRIMARY KEY, state text NOT NULL, rows bigint NOT NULL,"
                " hashes text NOT NULL, written timestamptz NOT NULL DEFAULT now())"
            )
        staged = ", ".join(
            f"{quoted(field.name)} {vector if field.name == EMBEDDING else _TYPES[field.type]}" for field in schema
        )
        self._execute(f"CREATE TEMPORARY TABLE {_STAGED} ({staged}) ON COMMIT DROP")
        self._execute(f"CREATE TEMPORARY TABLE {_GONE} (id text) ON COMMIT DROP")

    def apply(self, change: Change) -> None:
        for start in range(0, change.written.num_rows, _STAGED_ROWS):
            self._ingest(_STAGED, self._with_binary_vectors(change.written.slice(start, _STAGED_ROWS)))
        if len(change.deleted):
            self._ingest(_GONE, pa.table({"id": change.deleted}))

    def commit(self, state: SyncState) -> None:
        self._execute(f"DELETE FROM {self._table} AS t USING {_GONE} AS g WHERE t.id = g.id")
        names = ", ".join(map(quoted, self._names))
        types = {row["column_name"]: row["type"] for row in self._column_types()}
        values = ", ".join(_cast(name, types.get(name, "")) for name in self._names)
        updates = ", ".join(f"{quoted(name)} = EXCLUDED.{quoted(name)}" for name in self._names if name != "id")
        self._execute(
            f"INSERT INTO {self._table} ({names}) SELECT {values} FROM {_STAGED} ON CONFLICT (id) DO UPDATE SET {updates}"
        )
        sums = self._sums()
        if sums["rows"] != state.rows:
            raise RunError(
                f"{self.shown}: would have {sums['rows']:,} rows and the table has {state.rows:,}: say --replace to write it anew"
            )
        self._execute(
            f"INSERT INTO {self._states} (name, state, rows, hashes) VALUES ({_literal(self._relation)},"
            f" {_literal(state.to_json())}, {sums['rows']}, {_literal(sums['hashes'])}) ON CONFLICT (name) DO UPDATE SET"
            " state = EXCLUDED.state, rows = EXCLUDED.rows, hashes = EXCLUDED.hashes, written = now()"
        )
        self._failing(self._connection.commit)

    def _vector_type(self) -> str:
        query = (
            "SELECT n.nspname AS schema FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace"
            " WHERE e.extname = 'vector'"
        )
        found = self._fetch(query)
        if not found:
            try:
                self._execute("CREATE EXTENSION vector")
            except RequestError as error:
                raise RequestError(
                    f"{error}: it has no pgvector: have it installed, and CREATE EXTENSION vector run by who may"
                ) from error
            found = self._fetch(query)
        return f"{quoted(found[0]['schema'])}.vector"

    def _type(self, field: pa.Field, vector: str) -> str:
        if field.name == EMBEDDING:
            return f"{vector}({self._dim}) NOT NULL"
        made = (field.metadata or {}).get(_MADE, b"").decode() or _TYPES[field.type]
        return made + (" NOT NULL" if field.name in ("id", "content") else "")

    def _column_types(self) -> list[dict[str, Any]]:
        return self._fetch(
            "SELECT attname AS column_name, format_type(atttypid, atttypmod) AS type FROM pg_attribute"
            f" WHERE attrelid = {_literal(self._table)}::regclass AND attnum > 0 AND NOT attisdropped"
        )

    def _sums(self) -> dict[str, Any]:
        return self._fetch(
            "SELECT count(*) AS rows, coalesce(sum(hashtextextended(id || ' ' || content, 0)), 0)::text AS hashes"
            f" FROM {self._table}"
        )[0]

    def _with_binary_vectors(self, rows: pa.Table) -> pa.Table:
        """Vectors as COPY takes them, to the bit: their length, 0, and the numbers, the high byte first."""
        vectors = vectors_of(rows.column(EMBEDDING), self._dim)
        coded = np.zeros(len(vectors), dtype=[("dim", ">i2"), ("unused", ">i2"), ("values", ">f4", (self._dim,))])
        coded["dim"], coded["values"] = self._dim, vectors
        size = coded.dtype.itemsize
        offsets = np.arange(0, (len(vectors) + 1) * size, size, dtype=np.int32)
        column = pa.BinaryArray.from_buffers(
            pa.binary(), len(vectors), [None, pa.py_buffer(offsets), pa.py_buffer(coded.tobytes())]
        )
        return rows.set_column(rows.schema.get_field_index(EMBEDDING), EMBEDDING, column).replace_schema_metadata(None)

    def _require_no_nul(self, rows: pa.Table, column: pa.ChunkedArray, name: str) -> None:
        found = pc.match_substring(column, "\0")
        if pc.any(found).as_py():
            (first, *_) = rows.filter(found).column("id").to_pylist()
            raise RequestError(
                f"{self.shown}: {name} of the row {first!r} holds a NUL character, which PostgreSQL cannot store: take it out of"
                " the corpus, or leave the column out (--drop-text, --keep)"
            )

    def _is_there(self, name: str) -> bool:
        return bool(self._fetch(f"SELECT to_regclass({_literal(name)}) IS NOT NULL AS found")[0]["found"])

    def _ingest(self, table: str, rows: pa.Table) -> None:
        with self._connection.cursor() as cursor:
            self._failing(cursor.adbc_ingest, table, rows, mode="append", temporary=True)

    def _execute(self, statement: str) -> None:
        with self._connection.cursor() as cursor:
            self._failing(cursor.execute, statement)

    def _fetch(self, statement: str) -> list[dict[str, Any]]:
        with self._connection.cursor() as cursor:
            self._failing(cursor.execute, statement)
            rows: list[dict[str, Any]] = self._failing(cursor.fetch_arrow_table).to_pylist()
        return rows

    def _failing(self, call: Any, *arguments: Any, **options: Any) -> Any:
        try:
            return call(*arguments, **options)
        except (self._driver.Error, OSError, pa.ArrowException) as error:
            words = self._address.without_secrets(f"{self.shown}: {reason_of(error)}")
            if isinstance(error, self._driver.ProgrammingError | self._driver.NotSupportedError):
                raise RequestError(words) from error
            raise RunError(f"{words}: nothing of it was changed; run the same command again") from error


_TYPES: dict[pa.DataType, str] = {
    pa.string(): "text",
    pa.binary(): "bytea",
    pa.int16(): "smallint",
    pa.int32(): "integer",
    pa.int64(): "bigint",
    pa.bool_(): "boolean",
    pa.float32(): "real",
    pa.float64(): "double precision",
    pa.date32(): "date",
    pa.timestamp("us"): "timestamp",
    pa.timestamp("us", "UTC"): "timestamptz",
}


def _stored_type(kind: pa.DataType, name: str) -> pa.DataType:
    """The Arrow type in which a column goes to PostgreSQL and comes from it: of decimals and nested values text."""
    tests = pa.types
    if name == EMBEDDING:
        return VECTOR_TYPE
    if kind in _TYPES:
        return kind
    if tests.is_int8(kind):
        return pa.int16()
    if tests.is_decimal(kind) or tests.is_nested(kind) or tests.is_large_string(kind) or tests.is_string_view(kind):
        return pa.string()
    if tests.is_large_binary(kind) or tests.is_binary_view(kind):
        return pa.binary()
    if tests.is_timestamp(kind):
        return pa.timestamp("us", None if kind.tz is None else "UTC")
    raise RequestError(f"the column {name!r} holds {kind}, which PostgreSQL has no like of: leave it out of --keep")


def _stored_field(field: pa.Field) -> pa.Field:
    kind = field.type
    made = None
    if field.name != EMBEDDING and pa.types.is_decimal(kind):
        made = f"numeric({kind.precision},{kind.scale})"
    elif field.name != EMBEDDING and pa.types.is_nested(kind):
        made = "json"
    return pa.field(field.name, _stored_type(kind, field.name), metadata=None if made is None else {_MADE: made})


def _split(given: str) -> tuple[str, str]:
    """The address of the database and the name of the table in it."""
    place, _, query = given.partition("?")
    options = dict(parse_qsl(query, keep_blank_values=True))
    name = options.pop("table", "")
    if not name:
        head, _, name = place.rpartition("/")
        depth = head.partition("://")[2].count("/") if "://" in place else place.count("/") - 1
        if depth < (1 if "://" in place else 0) or not name:
            raise RequestError(f"--to {given}: names no table: write it as postgresql://user@host/database/TABLE")
        place = head
    rest = urlencode(options, quote_via=quote, safe="/")
    return f"{place}?{rest}" if rest else place, unquote(name)


def _literal(text: str) -> str:
    if "\\" in text:
        return "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
    return "'" + text.replace("'", "''") + "'"


def _selected(field: pa.Field) -> str:
    name = quoted(field.name)
    if field.name == EMBEDDING:
        return f"{name}::real[] AS {name}"
    return f"{name}::text AS {name}" if pa.types.is_string(field.type) else name


def _cast(name: str, kind: str) -> str:
    """A staged column in the type of the table's."""
    return f"{quoted(name)}::{kind}" if re.match(r"numeric|json", kind) else quoted(name)


def _plain(array: pa.Array) -> pa.Array:
    return array.storage if isinstance(array, pa.ExtensionArray) else array


def _texts(column: pa.ChunkedArray, write: Callable[[Any], str]) -> pa.ChunkedArray:
    values = [None if value is None else write(value) for value in column.to_pylist()]
    return pa.chunked_array([pa.array(values, pa.string())])


def _decimal_text(value: Decimal) -> str:
    return format(value, "f")


def _json_text(value: Any) -> str:
    return json.dumps(
        value, ensure_ascii=False, default=lambda other: other.hex() if isinstance(other, bytes) else str(other)
    )
