"""Reads the log of a Delta table that is a corpus: its live files, their partitions, and which of their rows are deleted."""

from __future__ import annotations

import json
import os
import re
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pyarrow as pa

from transforms.common.errors import RequestError, one_line
from transforms.storage import files
from transforms.storage.delta_features import unread_features

if TYPE_CHECKING:
    from transforms.corpus.sources import Source

LOG = "_delta_log"
EXPORT = "export its newest version as plain Parquet and embed that"
_DELETIONS = "deletionVectors"
_NUMBERED = re.compile(r"(\d{20})\.")
_TYPES = {
    "string": pa.string(),
    "long": pa.int64(),
    "integer": pa.int32(),
    "short": pa.int16(),
    "byte": pa.int8(),
    "float": pa.float32(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", "UTC"),
    "timestamp_ntz": pa.timestamp("us"),
}


@dataclass(frozen=True)
class LiveFile:
    """A file of a table's newest version.

    Attributes:
      about: JSON: the table's `root` and `version`, `columns` (the partition's: name to type and value), `deletes` (whether
        some of its rows are deleted).
      state: changes with the deleted rows; "" where there are none.
    """

    about: str
    state: str = ""


def live_files(root: str) -> dict[str, LiveFile]:
    """The files of a table's newest version, by their path below `root`, which may be in any store.

    Raises:
      RequestError: the log cannot be read, or its files alone do not tell the table's rows.
    """
    from deltalake.exceptions import DeltaError

    try:
        if files.is_local(root):
            return _live_files(root, root)
        with tempfile.TemporaryDirectory(prefix="vectormill-log-") as folder:
            _copy_log(root, folder)
            return _live_files(root, folder)
    except DeltaError as error:
        raise RequestError(f"{root}: is a Delta table whose log cannot be read: {one_line(error)}") from error


def _live_files(root: str, log: str) -> dict[str, LiveFile]:
    from deltalake import DeltaTable

    table = DeltaTable(log)
    features = unread_features(table)
    if files.is_local(root) and _DELETIONS in features:
        features.remove(_DELETIONS)
    if features:
        raise RequestError(
            f"{root}: is a Delta table with {', '.join(features)}, whose files alone do not tell its rows: {EXPORT}"
        )
    masks = _masks(root, table.version()) if files.is_local(root) else {}
    types = {field.name: getattr(field.type, "type", "") for field in table.schema().fields}
    adds = pa.table(table.get_add_actions())
    partitions = _texts(adds["partition"]) if "partition" in adds.column_names else [{}] * adds.num_rows
    found = {}
    for path, values in zip(adds["path"].to_pylist(), partitions, strict=True):
        if "://" in path or path.startswith("/"):
            raise RequestError(f"{root}: is a Delta table with files of another one (a shallow clone): {EXPORT}")
        path = unquote(path)
        mask = masks.get(path)
        about = {
            "root": root,
            "version": table.version(),
            "columns": {name: [types.get(name, "string"), value] for name, value in values.items()},
            "deletes": mask is not None,
        }
        state = (
            "" if mask is None else blake2b(mask.to_numpy(zero_copy_only=False).tobytes(), digest_size=8).hexdigest()
        )
        found[path] = LiveFile(json.dumps(about), state)
    return found


def _texts(partitions: pa.ChunkedArray) -> list[dict[str, str | None]]:
    """The values of partitions as texts."""
    structs = partitions.combine_chunks()
    names = [structs.type.field(i).name for i in range(structs.type.num_fields)]
    columns = [structs.field(i).cast(pa.string()).to_pylist() for i in range(len(names))]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _copy_log(root: str, folder: str) -> None:
    """Copies what of a log says the newest version: the last checkpoint, and what follows it."""
    place = files.join(root, LOG)
    entries = [entry.path for entry in files.below(place)]
    last = files.join(place, "_last_checkpoint")
    try:
        first = int(json.loads(files.read(last))["version"]) if last in entries else 0
    except (ValueError, KeyError, TypeError) as error:
        raise RequestError(f"{last}: cannot be read: {one_line(error)}") from error
    for path in entries:
        numbered = _NUMBERED.match(files.basename(path))
        if numbered and int(numbered[1]) < first:
            continue
        to = os.path.join(folder, LOG, *path.removeprefix(place).strip("/").split("/"))
        os.makedirs(os.path.dirname(to), exist_ok=True)
        with open(to, "wb") as copy:
            copy.write(files.read(path))


@lru_cache(maxsize=2)
def _masks(root: str, version: int) -> dict[str, pa.BooleanArray]:
    """Which rows of a version's files are there, by their path below `root`; only of files that have deleted ones."""
    from deltalake import DeltaTable

    found = {}
    prefix = "file://" + os.path.abspath(root).rstrip("/") + "/"
    for batch in pa.RecordBatchReader.from_stream(DeltaTable(root, version=version).deletion_vectors()):
        rows = batch.column("selection_vector")
        for number, path in enumerate(batch.column("filepath").to_pylist()):
            found[unquote(unquote(path).removeprefix(unquote(prefix)))] = rows[number].values
    return found


def rows_there(source: Source) -> Any:
    """Which rows of a Parquet file are not deleted, bool [n]; those behind are there; None where all are.

    Raises:
      OSError: the table's log cannot be read any more.
    """
    about = _about(source)
    if not about.get("deletes"):
        return None
    mask = _masks(about["root"], about["version"]).get(os.path.relpath(source.uri, about["root"]).replace(os.sep, "/"))
    if mask is None:
        raise OSError("the Delta table's version that it is of is no longer there: run the command again")
    return mask.to_numpy(zero_copy_only=False)


def version_of(source: Source) -> int:
    """The version of the table that a source is of."""
    version: int = _about(source)["version"]
    return version


def root_of(source: Source) -> str | None:
    """The folder of the table that a source is a file of."""
    root: str | None = _about(source).get("root")
    return root


def partition_of(source: Source) -> dict[str, str | None]:
    """The columns that a file's partition is, with their values as texts."""
    return {name: value for name, (_, value) in _about(source).get("columns", {}).items()}


def partition_type(source: Source, column: str) -> pa.DataType | None:
    """The type of a partition's column; None where it is none, or of a type that is read as text."""
    kind, _ = _about(source).get("columns", {}).get(column, ("", None))
    decimal = re.fullmatch(r"decimal\((\d+),\s*(\d+)\)", kind)
    return pa.decimal128(int(decimal[1]), int(decimal[2])) if decimal else _TYPES.get(kind)


def _about(source: Source) -> dict[str, Any]:
    return json.loads(source.lake) if source.lake else {}
