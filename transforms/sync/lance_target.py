"""Writes vectors to a Lance dataset: a folder of its own versions, on a disk or in a store.

The table's version is metadata of the dataset's schema, so that every version of the dataset has it. A change takes several of
them; while it lasts the metadata names the one before it, to which the next sync goes back where this one is killed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from transforms.common.errors import RequestError, RunError, one_line
from transforms.common.hashes import hashes_of
from transforms.storage import files
from transforms.sync.state import SyncState
from transforms.sync.target import Change
from transforms.table.schema import EMBEDDING, vectors_of

_STATE, _SUMS, _BEFORE = "vectormill_sync", "vectormill_rows", "vectormill_before"
_NOTHING = "nothing"
"""What was before the first sync."""
_SCANNED_ROWS = 4096


class LanceTarget:
    """A Lance dataset, `FOLDER.lance`."""

    def __init__(self, folder: str) -> None:
        os.environ.setdefault("LANCE_LOG", "error")  # else it writes its warnings among what the command says
        try:
            import lance
        except ImportError as error:
            raise RequestError(f"{folder}: Lance is not installed: pip install 'vectormill[lance]'") from error
        self._lance: Any = lance
        self.shown = folder
        self._folder = files.absolute(folder)
        self._dataset: Any = None
        self._dim = 0
        self._anew = False

    def __enter__(self) -> LanceTarget:
        try:
            self._dataset = self._lance.dataset(self._folder)
        except ValueError as error:
            if "was not found" not in str(error):
                raise RequestError(f"{self.shown}: cannot be opened as a Lance dataset: {one_line(error)}") from error
            if files.is_local(self._folder) and set(files.names(self._folder)) - {"data", "_transactions", "_versions"}:
                raise RequestError(
                    f"{self.shown}: holds other files than a Lance dataset: give another --to"
                ) from error
        except OSError as error:
            raise RequestError(f"{self.shown}: cannot be opened: {one_line(error)}") from error
        return self

    def __exit__(self, *raised: object) -> None:
        self._dataset = None

    @property
    def exists(self) -> bool:
        return self._dataset is not None and self._metadata().get(_BEFORE) != _NOTHING

    def state(self) -> SyncState | None:
        before = self._metadata().get(_BEFORE)
        if before and before != _NOTHING:
            # A sync was killed: what it did is undone, since nobody knows how much that was.
            self._failing(lambda: self._lance.dataset(self._folder, version=int(before)).restore())
            self._dataset = self._failing(lambda: self._lance.dataset(self._folder))
        text = self._metadata().get(_STATE)
        return SyncState.from_json(text, where=self.shown) if text is not None and self.exists else None

    def edited(self) -> str | None:
        left = json.loads(self._metadata().get(_SUMS, "{}"))
        found = self._sums()
        if found["rows"] != left.get("rows"):
            return f"it has {found['rows']:,} rows where the last sync left {left.get('rows', 0):,}"
        return None if found == left else "ids or contents are others"

    def stored_schema(self, schema: pa.Schema) -> pa.Schema:
        return pa.schema([field.remove_metadata() for field in schema])

    def stored(self, rows: pa.Table) -> pa.Table:
        return rows.cast(self.stored_schema(rows.schema))

    def rows(self, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        batches = iter(self._failing(lambda: self._dataset.to_batches(columns=schema.names, batch_size=_SCANNED_ROWS)))
        while (batch := self._failing(lambda: next(batches, None))) is not None:
            columns = [batch.column(field.name).cast(field.type) for field in schema]
            yield pa.RecordBatch.from_arrays(columns, schema=schema)

    def begin(self, schema: pa.Schema, dim: int, *, anew: bool) -> None:
        self._dim, self._anew = dim, anew
        before = str(self._dataset.version) if self.exists else _NOTHING
        if not anew:
            self._tell({_BEFORE: before})
            return
        mode = "create" if self._dataset is None else "overwrite"
        vector = pa.list_(pa.float32(), dim)
        made = pa.schema([pa.field(one.name, vector) if one.name == EMBEDDING else one for one in schema])
        kept = {name: value for name, value in self._metadata().items() if name in (_STATE, _SUMS)}
        self._write(made.empty_table().replace_schema_metadata({**kept, _BEFORE: before}), mode)

    def apply(self, change: Change) -> None:
        rows = self._with_fixed_vectors(change.written)
        if self._anew:
            self._write(rows, "append")
            return
        if rows.num_rows:
            insert = self._dataset.merge_insert("id").when_matched_update_all().when_not_matched_insert_all()
            self._failing(lambda: insert.execute(rows))
        if len(change.deleted):
            delete = self._dataset.merge_insert("id").when_matched_delete()
            self._failing(lambda: delete.execute(pa.table({"id": change.deleted})))

    def commit(self, state: SyncState) -> None:
        sums = self._sums()
        if sums["rows"] != state.rows:
            raise RunError(
                f"{self.shown}: would have {sums['rows']:,} rows and the table has {state.rows:,}: say --replace to write it anew"
            )
        self._tell({_STATE: state.to_json(), _SUMS: json.dumps(sums), _BEFORE: ""})

    def _metadata(self) -> dict[str, str]:
        found = {} if self._dataset is None else self._dataset.schema.metadata or {}
        return {name.decode(): value.decode() for name, value in found.items()}

    def _tell(self, metadata: dict[str, str]) -> None:
        self._failing(lambda: self._dataset.update_schema_metadata(metadata))

    def _write(self, rows: pa.Table, mode: str) -> None:
        self._dataset = self._failing(lambda: self._lance.write_dataset(rows, self._folder, mode=mode))

    def _sums(self) -> dict[str, Any]:
        """How many rows there are, and the sum of hashes of their ids and contents."""
        rows, total = 0, 0
        batches = iter(self._failing(lambda: self._dataset.to_batches(columns=["id", "content"])))
        while (batch := self._failing(lambda: next(batches, None))) is not None:
            pairs = zip(batch.column("id").to_pylist(), batch.column("content").to_pylist(), strict=True)
            total += int(hashes_of(f"{name} {content}" for name, content in pairs).sum(dtype=np.uint64))
            rows += batch.num_rows
        return {"rows": rows, "hashes": str(total % (1 << 64))}

    def _with_fixed_vectors(self, rows: pa.Table) -> pa.Table:
        vectors = vectors_of(rows.column(EMBEDDING), self._dim)
        column = pa.FixedSizeListArray.from_arrays(pa.array(vectors.reshape(-1)), self._dim)
        return rows.set_column(rows.schema.get_field_index(EMBEDDING), EMBEDDING, column).replace_schema_metadata(None)

    def _failing(self, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except (OSError, ValueError, RuntimeError, pa.ArrowException) as error:
            if "ermission denied" in str(error) or "ead-only" in str(error):
                raise RequestError(f"{self.shown}: cannot be written: check its permissions") from error
            raise RunError(f"{self.shown}: {one_line(error)}: run the same command again") from error
