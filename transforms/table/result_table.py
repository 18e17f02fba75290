"""Writes the results of batch jobs over feature tables: Delta tables of Parquet parts, committed as whole versions.

A part is named by a hash of everything that decides its rows, so that a part that exists is right; a version is a set of parts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from itertools import chain, count
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from transforms.common.errors import RequestError, RunError, one_line
from transforms.storage import files, folders
from transforms.storage.formats import require_format
from transforms.storage.output_folder import require_folder
from transforms.table.delta_log import opened, transact, transact_surely
from transforms.table.open import require_known_scheme
from transforms.table.schema import kept_columns
from transforms.table.snapshot import NewPart, Snapshot

APPLICATION = "vectormill-results"
WORK = ".work"
FORMAT = "vectormill-results-1"
CARRIED = ("id", "source", "label")
"""Columns of the feature table that all results have."""
_TABLE_COLUMN = b"vectormill.column"
"""Key in the metadata of a column that has another name here than in the feature table: its name there."""
_SUMMARY = ".summary.json"


@dataclass(frozen=True, kw_only=True)
class ResultTable:
    """A folder that holds one kind of results, or will.

    Attributes:
      out: the folder.
      noun: what the results are called: "clusters".
      own: the columns that the job computes; the others come from the feature table.
      beside: names of files that belong to it besides parts and log.
      carried: columns of the feature table that the results have, where it has them, beside its kept columns.
    """

    out: str
    noun: str
    own: pa.Schema
    beside: tuple[str, ...] = ()
    carried: tuple[str, ...] = CARRIED

    def schema(self, snapshot: Snapshot) -> pa.Schema:
        """The columns of results: those of `carried` that the table has, the kept ones, and the own.

        A kept column that is named like another one of these has a free name here: see `free_names`.
        """
        names = [name for name in self.carried if name in snapshot.schema.names]
        kept = kept_columns(snapshot.schema)
        free = free_names(kept.names, taken=[*self.carried, *self.own.names])
        fields = [snapshot.schema.field(name).remove_metadata() for name in names]
        for field in kept:
            name = free[field.name]
            metadata = None if name == field.name else {_TABLE_COLUMN: field.name.encode()}
            fields.append(field.with_name(name).with_metadata(metadata))
        return pa.schema([*fields, *self.own])

    def require_place(self, schema: pa.Schema | None = None) -> None:
        """Requires a new folder, or one with earlier results of the same columns (None: not known yet).

        Raises:
          RequestError: the folder holds something else.
        """
        from deltalake import Schema

        out, noun = self.out, self.noun
        require_known_scheme(out, "parquet", advice="give")
        names = require_folder(
            out,
            is_ours=lambda name: name in self.beside or name.startswith(("part-", "_delta_log", ".")),
            takes=f"--to takes a new folder, or earlier {noun}",
            unless=lambda names: "_vectormill" in names,
        )
        if "_vectormill" in names:
            raise RequestError(f"{out} holds a feature table: give {noun} a folder of their own")
        earlier = self._opened()
        if earlier is None:
            return
        columns = [field.name for field in earlier.schema().fields]
        if not set(self.own.names) <= set(columns):
            raise RequestError(f"{out} is a Delta table of something else: --to takes a new folder, or earlier {noun}")
        if schema is not None and earlier.schema() != Schema.from_arrow(schema):
            raise RequestError(
                f"{out} holds {noun} with the columns {', '.join(columns)}; now they are {', '.join(schema.names)}:"
                " give another --to"
            )

    @contextmanager
    def writer(self, path: str, schema: pa.Schema) -> Iterator[ResultWriter]:
        """Writes one part, which gets its name `path` when the block ends without an error."""
        with (
            files.publish(path) as temporary,
            files.open_write(temporary) as stream,
            pq.ParquetWriter(stream, schema, compression="zstd") as parquet,
        ):
            yield ResultWriter(parquet, schema, carried=self.carried_names(schema))

    def carried_names(self, schema: pa.Schema) -> list[str]:
        """The names in the feature table of those columns of results that come from there."""
        return [_name_in_table(field) for field in schema if field.name not in self.own.names]

    def finished(self, key: str) -> dict[str, Any] | None:
        """The summary of the newest version, if it was made of the same `key`; None otherwise.

        Raises:
          RequestError: a newer release wrote it.
        """
        newest = self._opened()
        if newest is None or not files.exists(files.join(self.out, _SUMMARY)):
            return None
        found, summary = self._read_summary()
        same = found == key and summary["version"] == newest.version()
        return {**summary, "changed": False} if same else None

    def summary(self) -> dict[str, Any]:
        """The summary of the newest version, as `commit` wrote it."""
        return self._read_summary()[1]

    def _read_summary(self) -> tuple[str | None, dict[str, Any]]:
        """The key and the summary."""
        summary: dict[str, Any] = json.loads(files.read(files.join(self.out, _SUMMARY)))
        require_format(summary.pop("format", None), FORMAT, where=self.out, noun="result table")
        return summary.pop("key", None), {"renamed": {}, **summary}

    def commit(
        self,
        key: str,
        *,
        schema: pa.Schema,
        parts: list[NewPart],
        summary: dict[str, Any],
        beside: Mapping[str, bytes] | None = None,
    ) -> None:
        """Commits the given parts as the newest version, writes its summary, and deletes the folder of work.

        To the summary it adds `version`, `changed` and `renamed`: see the function of that name.

        The files `beside` are written after the transaction, the summary after them: a run that is killed in between is not
        `finished`, and the same command writes them.

        Raises:
          RunError: another run was first.
        """
        from deltalake import CommitProperties
        from deltalake.exceptions import DeltaError

        base = self._opened()
        existing = set() if base is None else _names(base)
        wanted = {part.name for part in parts}
        version = -1 if base is None else base.version()
        if base is None or existing != wanted:
            properties = CommitProperties(custom_metadata={APPLICATION: _lineage(key, summary)}, max_commit_retries=0)

            def commit_once() -> None:
                transact(
                    self.out,
                    base=base,
                    schema=schema,
                    adds=[part for part in parts if part.name not in existing],
                    removes=sorted(existing - wanted),
                    description=self.noun,
                    properties=properties,
                )

            def is_made(error: Exception) -> bool:
                newest = self._opened()
                if newest is None or newest.version() == version:
                    return False
                if (newest.version(), _names(newest)) == (version + 1, wanted):
                    return True
                raise self._not_committed(error) from error

            try:
                transact_surely(self.out, commit_once, is_made=is_made)
            except (DeltaError, OSError) as error:
                if isinstance(error, OSError) and files.is_local(self.out):
                    raise
                raise self._not_committed(error) from error
            version += 1
        for name, content in (beside or {}).items():
            files.write(files.join(self.out, name), content)
        facts = {**summary, "renamed": renamed(schema), "version": version, "changed": True}
        stored = {"format": FORMAT, **facts, "key": key}
        files.write(files.join(self.out, _SUMMARY), json.dumps(stored).encode())
        self._clear()

    def work(self, key: str, name: str) -> str:
        """The path of an intermediate file, from which the next run of the same key continues if this one is killed."""
        return files.join(self.out, WORK, key, name)

    def _not_committed(self, error: Exception) -> RunError:
        return RunError(f"{self.out}: the commit failed, perhaps another run was first: {one_line(error)}")

    def _opened(self) -> Any:
        from deltalake.exceptions import TableNotFoundError

        if files.is_local(self.out) and "_delta_log" not in files.names(self.out):
            return None
        try:
            return opened(self.out)
        except TableNotFoundError:
            return None

    def _clear(self) -> None:
        folders.remove(files.join(self.out, WORK))


def _names(table: Any) -> set[str]:
    """Names of the parts of a DeltaTable's version."""
    return {uri.rpartition("/")[2] for uri in table.file_uris()}


class ResultWriter:
    """Writes rows of results: columns of the feature table and own ones.

    Attributes:
      carried: the names of the columns that come from the feature table.
    """

    def __init__(self, parquet: pq.ParquetWriter, schema: pa.Schema, *, carried: list[str]) -> None:
        self._parquet = parquet
        self._schema = schema
        self.carried = carried

    def write(self, columns: pa.RecordBatch, own: Sequence[pa.Array], *, row_group_size: int | None = None) -> None:
        """Writes rows: `columns` has at least the carried ones, `own` has the own ones in their order, all of one length."""
        arrays = [*(columns.column(name) for name in self.carried), *own]
        self._parquet.write_batch(pa.RecordBatch.from_arrays(arrays, schema=self._schema), row_group_size)


def free_names(names: Sequence[str], *, taken: Iterable[str]) -> dict[str, str]:
    """A name for each of the columns: its own, or where that is taken, `kept_NAME` (or `kept_NAME_2` and so on).

    Names that differ by case alone are one: Delta Lake does not tell them apart.
    """
    used = {name.lower() for name in taken}
    clashing = [name for name in names if name.lower() in used]
    found = {name: name for name in names if name not in clashing}
    used |= {name.lower() for name in found}
    for name in clashing:
        tries = chain([f"kept_{name}"], (f"kept_{name}_{number}" for number in count(2)))
        found[name] = next(given for given in tries if given.lower() not in used)
        used.add(found[name].lower())
    return found


def renamed(schema: pa.Schema) -> dict[str, str]:
    """The columns of results that have another name in the feature table: name there -> name here."""
    return {_name_in_table(field): field.name for field in schema if _name_in_table(field) != field.name}


def _name_in_table(field: pa.Field) -> str:
    return bytes((field.metadata or {}).get(_TABLE_COLUMN, field.name.encode())).decode()


def new_part(path: str, rows: int) -> NewPart:
    """A part that was written, for `ResultTable.commit`."""
    return NewPart(name=files.basename(path), rows=rows, size=files.size(path))


def _lineage(key: str, summary: Mapping[str, Any]) -> str:
    """The summary without its lists, stored with the transaction: so every version says what it was made of."""
    short = {name: value for name, value in summary.items() if not isinstance(value, list | dict)}
    return json.dumps({"key": key, **short})


def key_of(*decides: Any) -> str:
    """A hash of values that can be written as JSON: a name for what they decide."""
    return blake2b(json.dumps(decides).encode(), digest_size=16).hexdigest()
