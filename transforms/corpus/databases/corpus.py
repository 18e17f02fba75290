"""Lists the partitions of a query as the sources of a corpus, and reads them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from transforms.common.errors import RequestError
from transforms.corpus.columns.batches import ColumnBatch
from transforms.corpus.columns.roles import Roles, choose
from transforms.corpus.databases.address import is_address, parse
from transforms.corpus.databases.database import Column, Database, DatabaseError, WantedColumns, open_database
from transforms.corpus.databases.partitions import Bounds, Group, Partition, first_shift, partitions_of
from transforms.corpus.databases.statement import one_query
from transforms.corpus.options import ReadOptions
from transforms.corpus.sources import Source

_ROW_BYTES = 128
"""What a row costs beyond its values, as far as the sizes of shards are concerned."""


def list_partitions(given: str, options: ReadOptions) -> list[Source]:
    """The partitions of a query, each with the state of its rows, found in one snapshot of the database.

    Raises:
      RequestError: the database cannot be opened, the query does not run, lacks a column, or gives no row.
    """
    query = _query(given, options)
    address = parse(given, options.credentials)
    try:
        with open_database(address, query) as database:
            columns = database.columns()
            roles = _roles(columns, options, address.shown)
            changed = options.changed_column
            if changed is not None and changed not in (column.name for column in columns):
                names = ", ".join(column.name for column in columns)
                raise RequestError(
                    f"{address.shown}: has no column {changed!r}; it has {names}: name one with --changed-column"
                )
            found = list(_partitions(database, _wanted(roles, options)))
    except DatabaseError as error:
        raise error.as_request() from error
    if not found:
        raise RequestError(f"{address.shown}: the query gives no row; check --sql")
    formula = repr((changed, () if changed is not None else tuple(roles.columns)))
    return [
        Source(
            name=f"{address.database}/{partition.bounds.name}",
            uri=f"{address.shown}#{partition.bounds}",
            size=partition.size + _ROW_BYTES * partition.rows,
            fingerprint=partition.fingerprint(formula),
        )
        for partition in found
    ]


def kept_fields(source: Source, options: ReadOptions) -> list[pa.Field]:
    """Names and types of the columns to keep.

    Raises:
      RequestError: as `list_partitions`.
    """
    address = parse(source.uri.rpartition("#")[0], options.credentials)
    try:
        with open_database(address, _query(source.uri, options)) as database:
            columns = {column.name: column for column in database.columns()}
    except DatabaseError as error:
        raise error.as_request() from error
    return [pa.field(name, columns[name].kind) for name in options.keep]


def read_partitions(sources: Sequence[Source], options: ReadOptions) -> Iterator[tuple[Source, Roles, ColumnBatch]]:
    """The rows of partitions of one query, over one connection.

    Raises:
      RunError: the database cannot be reached any more, or fails.
    """
    address = parse(sources[0].uri.rpartition("#")[0], options.credentials)
    try:
        with open_database(address, _query(address.shown, options)) as database:
            roles = _roles(database.columns(), options, address.shown)
            for source in sources:
                bounds = Bounds.parsed(source.uri.rpartition("#")[2])
                for rows in database.read(bounds, _wanted(roles, options)):
                    if bounds.family == "null":
                        error = pa.scalar(f"MissingId: the column {options.id_column!r} is null")
                        rows = ColumnBatch(rows.columns, pa.repeat(error, len(rows.columns[roles.columns[0]])))
                    yield source, roles, rows
    except DatabaseError as error:
        raise error.as_run() from error


def rows_of(source: Source) -> int | None:
    """How many rows a partition had when it was listed; None where the source is none."""
    if not is_address(source.uri.rpartition("#")[0]):
        return None
    return int(source.fingerprint.partition("-")[0])


def _query(given: str, options: ReadOptions) -> str:
    if options.sql is None:
        raise RequestError(f"{given}: a database needs a query: give it with --sql 'select ...'")
    if options.id_column is None:
        raise RequestError(f"{given}: a database needs the column that names its rows: give it with --id-column")
    return one_query(options.sql)


def _roles(columns: Sequence[Column], options: ReadOptions, uri: str) -> Roles:
    """What each column is for. One that is text only as it is read is not taken for the text unless its name says so."""
    schema = pa.schema(
        [(one.name, pa.null() if pa.types.is_string(one.kind) and not one.is_text else one.kind) for one in columns]
    )
    return choose(schema, options, uri)


def _wanted(roles: Roles, options: ReadOptions) -> WantedColumns:
    assert roles.id is not None, "it was asked for"
    return WantedColumns(id=roles.id, changed=options.changed_column, used=tuple(roles.columns))


def _partitions(database: Database, wanted: WantedColumns) -> Iterator[Partition]:
    for family, largest in database.families(wanted.id):
        shift = first_shift(largest)

        def groups(bounds: Bounds | None, shift: int, family: Any = family) -> list[Group]:
            return database.groups(family, shift, bounds, wanted)

        yield from partitions_of(family, groups(None, shift), shift, groups)


def same_database(sources: Sequence[Source], names: Sequence[str]) -> bool:
    """Whether sources are partitions of the database that other sources of these names were of: bounds may all have moved."""
    if not all(is_address(source.uri.rpartition("#")[0]) for source in sources):
        return False
    return {source.name.rpartition("/")[0] for source in sources} >= {name.rpartition("/")[0] for name in names}
