"""Reads and commits a feature table's versions in Delta Lake's log, so that every data tool reads it."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from transforms.common.errors import RequestError, RunError, StoreRefusedError, one_line
from transforms.storage import files
from transforms.storage.cloud_errors import translated
from transforms.storage.delta_features import HONOURED, unread_features
from transforms.storage.lease import require_leases
from transforms.table import ledger
from transforms.table.parts import read_part
from transforms.table.schema import EMBEDDING, VECTOR_TYPE
from transforms.table.snapshot import (
    Layout,
    NewPart,
    Provenance,
    Snapshot,
    commit_number,
    overtaken,
    read_ledger,
    readable,
)

_APPLICATION = "vectormill"
_TRIES = 5
_CHECKPOINT_AT = 10_000
"""Parts that a commit adds and removes from which on it is read from a checkpoint: a fifth of the log's bytes."""

_CURES = {
    "deletionVectors": "purge them with the tool that deleted the rows (REORG TABLE … APPLY (PURGE), then ALTER TABLE …"
    " DROP FEATURE deletionVectors)",
    "columnMapping": "drop that feature with the tool that added it (ALTER TABLE … DROP FEATURE columnMapping)",
}
_TEXTS = ("id", "content", "source", "fingerprint", "label")
_WRITTEN = frozenset(
    (
        *("appendOnly", "changeDataFeed", "columnMapping", "timestampNtz", "v2Checkpoint"),
        *("checkConstraints", "generatedColumns", "invariants"),
    )
)
"""Features of Delta Lake that deltalake writes, and that ask nothing of a commit which adds and removes whole parts, or only
where a column or the table's configuration uses them; the others are refused before anything is encoded."""
_RULES = {
    "delta.generationExpression": "a generated column",
    "delta.invariants": "a column with an invariant",
}
"""Keys in the metadata of a column whose values a writer must make or check."""


class DeltaLog:
    """A Delta Lake table, written by one transaction per version."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    @property
    def is_there(self) -> bool:
        """Whether the folder holds a Delta table, of whichever program."""
        log = files.join(self._layout.root, "_delta_log")
        return files.exists(log) if files.is_local(log) else bool(files.names(log))

    def _table(self, version: int | None = None) -> Any:
        from deltalake.exceptions import DeltaError, TableNotFoundError

        if files.is_local(self._layout.root) and not files.exists(files.join(self._layout.root, "_delta_log")):
            return None
        try:
            return opened(self._layout.root, version)
        except TableNotFoundError:
            return None
        except (DeltaError, OverflowError) as error:
            if version is None:
                raise RequestError(f"{self._layout.root}: its Delta log cannot be read: {one_line(error)}") from error
            raise RequestError(f"{self._layout.root} has no version {version} that can be read") from error

    def snapshot(self, version: int | None = None) -> Snapshot | None:
        table = self._table(version)
        if table is None:
            return None
        commit = table.transaction_version(_APPLICATION)
        if commit is None:
            raise RequestError(f"{self._layout.root} is a Delta table that Vectormill did not make: use another --to")
        _require_plain(self._layout.root, table)
        parts = self._parts(pa.table(table.get_add_actions()))
        entries, provenance = read_ledger(self._layout, commit)
        schema = _with_vectors(self._layout.root, pa.schema(table.schema().to_arrow()))

        def sources_of(part: str) -> pa.Table:
            columns = ["source", "fingerprint"]
            path = self._layout.part(part)
            return pa.Table.from_batches(read_part(path, schema=schema, part_format="parquet", columns=columns))

        return Snapshot(
            table_id=str(table.metadata().id),
            version=table.version(),
            about=provenance,
            schema=schema,
            parts=parts,
            ledger=ledger.reconciled(entries, parts, sources_of, lambda: self._other_ledgers(commit)),
        )

    def _other_ledgers(self, commit: int) -> Iterator[pa.Table]:
        for name in files.names(self._layout.ledgers):
            path = files.join(self._layout.ledgers, name)
            if name.endswith(".parquet") and path != self._layout.ledger(commit):
                yield ledger.read_ledger(path)[0]

    def require_writable(self) -> None:
        """Refuses a table to which another tool gave what a writer must heed and Vectormill does not.

        Raises:
          RequestError: it has constraints, columns with generated or checked values, or features for writers.
        """
        table = self._table()
        if table is not None and table.transaction_version(_APPLICATION) is not None:
            _require_no_rules(self._layout.root, table)

    def _parts(self, actions: pa.Table) -> dict[str, int]:
        """The rows of each part; of one that another tool wrote without statistics, by its footer."""
        names = actions["path"].to_pylist()
        known = "num_records" in actions.column_names
        rows = actions["num_records"].to_pylist() if known else [None] * len(names)
        return {name: self._rows_of(name) if count is None else count for name, count in zip(names, rows, strict=True)}

    def _rows_of(self, part: str) -> int:
        try:
            with files.open_read(self._layout.part(part)) as stream, pq.ParquetFile(stream) as opened:
                return int(opened.metadata.num_rows)
        except FileNotFoundError:
            return 0  # `require_all_parts` names it

    def commit(
        self,
        *,
        base: Snapshot | None,
        schema: pa.Schema,
        adds: list[NewPart],
        removes: list[str],
        entries: pa.Table,
        about: Provenance,
        data_change: bool = True,
    ) -> int:
        from deltalake import CommitProperties, Transaction
        from deltalake.exceptions import DeltaError

        commit = commit_number(about.run)
        properties = CommitProperties(
            custom_metadata={"vectormill": about.to_json()},
            max_commit_retries=0,
            app_transactions=[Transaction(_APPLICATION, commit)],
        )
        ledger.write_ledger(self._layout.ledger(commit), entries, about.to_json())

        def commit_once() -> None:
            transact(
                self._layout.root,
                base=None if base is None else self._table(base.version),
                schema=schema,
                adds=adds,
                removes=removes,
                description=f"vectors of {about.encoder} ({about.dim})",
                properties=properties,
                data_change=data_change,
            )

        def is_made(error: Exception) -> bool:
            newest = self.snapshot()
            if newest is not None and newest.about.run == about.run:
                return True
            if newest is not None and newest.version > (base.version if base else -1):
                raise overtaken(self._layout.root, newest.version) from error
            return False

        try:
            transact_surely(self._layout.root, commit_once, is_made=is_made)
        except (DeltaError, OSError) as error:
            if isinstance(error, OSError) and files.is_local(self._layout.root):
                raise
            raise RunError(f"{self._layout.root}: the commit failed: {one_line(error)}") from error
        if len(adds) + len(removes) >= _CHECKPOINT_AT:
            with contextlib.suppress(
                DeltaError, OSError
            ):  # the commit is made; a checkpoint only makes reading it faster
                self._table().create_checkpoint()
        return base.version + 1 if base else 0

    def finish_commit(self) -> None:
        """There is nothing to do: a transaction is one file."""

    def history(self) -> list[Snapshot]:
        newest = self.snapshot()
        if newest is None:
            return []
        return readable(newest, (entry["version"] for entry in self._table().history()), self.snapshot)


def transact_surely(root: str, transaction: Callable[[], None], *, is_made: Callable[[Exception], bool]) -> None:
    """Carries out a transaction; one that failed in a store, where nobody else made the version, is tried again.

    Args:
      is_made: is asked after a failure whether the version is there all the same, for a store's answer may be lost; it raises
        where another one is there.

    Raises:
      deltalake.exceptions.DeltaError, OSError: as the transaction, or as `is_made`.
    """
    from deltalake.exceptions import DeltaError

    for attempt in range(_TRIES):
        try:
            transaction()
            return
        except (DeltaError, OSError) as error:
            if isinstance(error, OSError) and files.is_local(root):
                raise
            if is_made(error):
                return
            if attempt == _TRIES - 1 or files.is_local(root):
                raise
            time.sleep(0.1 * 2**attempt)


def opened(root: str, version: int | None = None) -> Any:
    """The DeltaTable at a path; a store whose answer is cut in its middle is asked again.

    Raises:
      deltalake.exceptions.DeltaError: there is none, or it cannot be read.
      OSError: the store does not answer.
    """
    from deltalake import DeltaTable

    for attempt in range(_TRIES):
        try:
            return DeltaTable(root, version=version)
        except OSError as error:
            if files.is_local(root):
                raise
            failure = translated(root, OSError(str(error)))
            if attempt == _TRIES - 1 or isinstance(failure, StoreRefusedError):
                raise failure from error
            time.sleep(0.1 * 2**attempt)
    raise AssertionError("the last try returns or raises")


def _require_plain(root: str, table: Any) -> None:
    """Refuses a version whose parts alone do not say which rows it has.

    Raises:
      RequestError: another tool gave it a feature of Delta Lake that Vectormill does not read, or partitions.
    """
    needed, metadata = unread_features(table), table.metadata()
    if needed:
        cure = _CURES.get(needed[0], "drop that feature with the tool that added it")
        raise RequestError(
            f"{root} needs {', '.join(needed)} of Delta Lake in version {table.version()}, which Vectormill does not"
            f" read: {cure}, or embed into a new table"
        )
    if metadata.partition_columns:
        raise RequestError(
            f"{root} is partitioned by {', '.join(metadata.partition_columns)} in version {table.version()}, which Vectormill"
            " does not read: rewrite it without partitions with the tool that did, or embed into a new table"
        )


def _require_no_rules(root: str, table: Any) -> None:
    """Refuses a version into which no plain parts may be written.

    Raises:
      RequestError: it has rules for what is written.
    """
    rules = []
    for key in table.metadata().configuration:
        if key.startswith("delta.constraints."):
            rules.append(
                (f"the constraint {key.removeprefix('delta.constraints.')}", "drop it (ALTER TABLE … DROP CONSTRAINT)")
            )
    for field in table.schema().fields:
        found = [words for key, words in _RULES.items() if key in field.metadata]
        rules += [(f"{words} ({field.name})", "rewrite the table without that") for words in found]
    protocol = table.protocol()
    unread = {*(protocol.reader_features or ())} - HONOURED  # which `_require_plain` names
    features = {*(protocol.writer_features or ()), *(["identityColumns"] if protocol.min_writer_version == 6 else [])}
    unknown = sorted(features - unread - _WRITTEN)
    rules += [(f"the feature {name} of Delta Lake", f"drop it (ALTER TABLE … DROP FEATURE {name})") for name in unknown]
    if rules:
        (rule, cure), *others = rules
        more = f" and {len(others)} more rules" if others else ""
        raise RequestError(
            f"{root} has {rule}{more} in version {table.version()}, which Vectormill does not heed when it writes: {cure} with"
            " the tool that made it, or embed into a new table"
        )


def _with_vectors(root: str, schema: pa.Schema) -> pa.Schema:
    """The schema with the type of vectors that parts have, whatever another tool made of it.

    Raises:
      RequestError: it lacks a column of ours, or that holds values of another kind.
    """
    missing = [name for name in (*_TEXTS, EMBEDDING) if name not in schema.names]
    if missing:
        raise RequestError(
            f"{root} lacks the column {missing[0]}, another tool rewrote it: restore the version before"
            " (DeltaTable.restore), or embed into a new table"
        )
    strange = [
        name for name in (*_TEXTS, "text", "parent") if name in schema.names and not _is_text(schema.field(name).type)
    ]
    vectors = schema.field(EMBEDDING).type
    if not (_is_list(vectors) and pa.types.is_floating(vectors.value_type)):
        strange.append(EMBEDDING)
    if strange:
        raise RequestError(
            f"{root} holds {schema.field(strange[0]).type} in the column {strange[0]}, another tool rewrote it: restore the"
            " version before (DeltaTable.restore), or embed into a new table"
        )
    at = schema.get_field_index(EMBEDDING)
    return schema.set(at, schema.field(at).with_type(VECTOR_TYPE))


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind))


def transact(
    root: str,
    *,
    base: Any,
    schema: pa.Schema,
    adds: list[NewPart],
    removes: list[str],
    description: str,
    properties: Any,
    data_change: bool = True,
) -> None:
    """One transaction of Delta Lake: parts come and go together. `base` is the DeltaTable that it follows; None: a new one.

    Raises:
      deltalake.exceptions.DeltaError: another transaction was first, or the log cannot be written.
    """
    require_leases()
    from deltalake import Schema
    from deltalake.transaction import AddAction, RemoveAction, create_table_with_add_actions

    now = int(time.time() * 1000)
    actions: list[Any] = [
        AddAction(
            path=part.name,
            size=part.size,
            partition_values={},
            modification_time=now,
            data_change=data_change,
            stats=json.dumps({"numRecords": part.rows}),
        )
        for part in adds
    ]
    delta_schema = Schema.from_arrow(schema)
    if base is None:
        create_table_with_add_actions(
            root, delta_schema, actions, mode="error", description=description, commit_properties=properties
        )
        return
    actions += [RemoveAction(name, data_change, now) for name in removes]
    base.create_write_transaction(
        actions, mode="append", schema=delta_schema, partition_by=[], commit_properties=properties
    )
