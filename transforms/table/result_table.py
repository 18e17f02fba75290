"""What a batch job over a feature table writes: a Delta table of Parquet parts, each version of it whole.

A part is named by everything that its rows follow from, so that one that is there is right; a version is a set of parts.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import pyarrow as pa

from transforms.common.errors import RequestError, RunError, one_line
from transforms.storage import files
from transforms.table.delta_log import transact
from transforms.table.schema import kept_columns
from transforms.table.snapshot import NewPart, Snapshot

APPLICATION = "vectormill-results"
WORK = ".work"
_SUMMARY = ".summary.json"


@dataclass(frozen=True, kw_only=True)
class ResultTable:
    """A folder that holds one kind of results, or will.

    Attributes:
      out: the folder.
      noun: what the results are called: "clusters".
      own: the columns that make it this kind of results; the others come from the feature table.
      beside: files that belong to it besides parts and log.
    """

    out: str
    noun: str
    own: pa.Schema
    beside: tuple[str, ...] = ()

    def schema(self, snapshot: Snapshot, carried: tuple[str, ...]) -> pa.Schema:
        """The columns of results: those of `carried` that the table has, the kept ones, and the own.

        Raises:
          RequestError: a kept column has the name of an own one.
        """
        names = [name for name in carried if name in snapshot.schema.names]
        fields = [snapshot.schema.field(name) for name in names] + list(kept_columns(snapshot.schema))
        clash = [field.name for field in fields if field.name in self.own.names]
        if clash:
            raise RequestError(f"the table has a column {clash[0]!r} of its own, which {self.noun} need: rename it")
        return pa.schema([*fields, *self.own])

    def require_place(self, schema: pa.Schema | None = None) -> None:
        """Results go into a new folder, or in place of earlier ones with the same columns (None: not known yet).

        Raises:
          RequestError: something else is there.
        """
        from deltalake import Schema

        out, noun = self.out, self.noun
        try:
            names = files.names(out)
        except OSError as error:
            raise RequestError(f"{out} cannot be listed: {error.strerror}: give another --to") from error
        if "_vectormill" in names:
            raise RequestError(f"{out} holds a feature table: give {noun} a folder of their own")
        strangers = [n for n in names if n not in self.beside and not n.startswith(("part-", "_delta_log", "."))]
        if strangers:
            raise RequestError(
                f"{out} holds something else ({strangers[0]}): --to takes a new folder, or earlier {noun}"
            )
        held = self._opened()
        if held is None:
            return
        there = [field.name for field in held.schema().fields]
        if not set(self.own.names) <= set(there):
            raise RequestError(f"{out} is a Delta table of something else: --to takes a new folder, or earlier {noun}")
        if schema is not None and held.schema() != Schema.from_arrow(schema):
            raise RequestError(
                f"{out} holds {noun} with the columns {', '.join(there)}; now they are {', '.join(schema.names)}:"
                " give another --to"
            )

    def finished(self, key: str) -> dict[str, Any] | None:
        """The summary of the newest version, where that was made of the same `key`; None otherwise."""
        path = files.join(self.out, _SUMMARY)
        held = self._opened()
        if held is None or not files.exists(path):
            return None
        summary: dict[str, Any] = json.loads(files.read(path))
        same = summary.pop("key") == key and summary["version"] == held.version()
        return {**summary, "changed": False} if same else None

    def summary(self) -> dict[str, Any]:
        """What `commit` wrote."""
        summary: dict[str, Any] = json.loads(files.read(files.join(self.out, _SUMMARY)))
        del summary["key"]
        return summary

    def commit(
        self,
        key: str,
        *,
        schema: pa.Schema,
        parts: list[NewPart],
        told: dict[str, Any],
        beside: Mapping[str, bytes] | None = None,
    ) -> None:
        """Makes the given parts the newest version, with `told` as its summary; the folder of work goes.

        The files `beside` follow the transaction, the summary follows them: a run that is killed between is not `finished`,
        and the same command writes them.

        Raises:
          RunError: another run was first.
        """
        from deltalake import CommitProperties
        from deltalake.exceptions import DeltaError

        base = self._opened()
        held = set() if base is None else {uri.rpartition("/")[2] for uri in base.file_uris()}
        wanted = {part.name for part in parts}
        version = -1 if base is None else base.version()
        if base is None or held != wanted:
            try:
                transact(
                    self.out,
                    base=base,
                    schema=schema,
                    adds=[part for part in parts if part.name not in held],
                    removes=sorted(held - wanted),
                    description=self.noun,
                    properties=CommitProperties(
                        custom_metadata={APPLICATION: _lineage(key, told)}, max_commit_retries=0
                    ),
                )
            except DeltaError as error:
                raise RunError(
                    f"{self.out}: the commit failed, perhaps another run was first: {one_line(error)}"
                ) from error
            version += 1
        for name, content in (beside or {}).items():
            files.write(files.join(self.out, name), content)
        summary = {**told, "key": key, "version": version, "changed": True}
        files.write(files.join(self.out, _SUMMARY), json.dumps(summary).encode())
        self._clear()

    def work(self, key: str, name: str) -> str:
        """The path of a file that a killed run leaves to the next one of the same key."""
        return files.join(self.out, WORK, key, name)

    def _opened(self) -> Any:
        from deltalake import DeltaTable
        from deltalake.exceptions import TableNotFoundError

        if files.is_local(self.out) and "_delta_log" not in files.names(self.out):
            return None
        try:
            return DeltaTable(self.out)
        except TableNotFoundError:
            return None

    def _clear(self) -> None:
        work = files.join(self.out, WORK)
        if files.is_local(work):
            shutil.rmtree(work, ignore_errors=True)
            return
        with suppress(OSError):
            files.delete(
                [files.join(work, key, name) for key in files.names(work) for name in files.names(f"{work}/{key}")]
            )


def _lineage(key: str, told: Mapping[str, Any]) -> str:
    """What the transaction remembers, so that every version says what it was made of: the summary without its lists."""
    short = {name: value for name, value in told.items() if not isinstance(value, list | dict)}
    return json.dumps({"key": key, **short})


def key_of(*decides: Any) -> str:
    """A name for what these values (of JSON) decide."""
    return blake2b(json.dumps(decides).encode(), digest_size=16).hexdigest()
