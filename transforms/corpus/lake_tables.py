"""Finds which files in the folder of a Delta, Iceberg or Hudi table, or of a saved dataset, belong to its newest version.

Such a folder keeps the files of old versions, too, and only the table's log tells them apart: read as plain Parquet, deleted
rows come back and updated ones come twice.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from urllib.parse import unquote

from transforms.common.errors import RequestError, one_line
from transforms.corpus import huggingface
from transforms.storage import files
from transforms.storage.delta_features import unread_features

_LOG = "_delta_log"
_PARQUET = (".parquet", ".pq", ".parq")
_ARROW = ".arrow"
_OLD = "of an old version of a Delta table"
_BESIDE = "beside a saved dataset's own files"
_EXPORT = "export its newest version as plain Parquet and embed that"


class LiveFiles:
    """Tells which files below a folder are of the newest version of the table whose folder they lie in.

    Args:
      root: local; tables are looked for in it and below, not above.
    """

    def __init__(self, root: str) -> None:
        self._root = os.path.abspath(root)
        self._of_folder: dict[str, frozenset[str] | None] = {}
        self._of_dataset: dict[str, frozenset[str] | None] = {}

    def skipped_as(self, path: str) -> str | None:
        """None for a file that is part of the corpus; else what it is: Parquet of a Delta table's old version, say.

        Raises:
          RequestError: it lies in a table whose live rows its files alone do not tell.
        """
        path = os.path.abspath(path)
        folder, name = os.path.split(path)
        if name.lower().endswith(_PARQUET):
            live = self._live(folder)
            return None if live is None or path in live else _OLD
        if name.endswith(_ARROW):
            if folder not in self._of_dataset:
                self._of_dataset[folder] = huggingface.live_files(folder)
            named = self._of_dataset[folder]
            return None if named is None or name in named else _BESIDE
        return None

    def _live(self, folder: str) -> frozenset[str] | None:
        """The live files of the table that the folder is, or lies in."""
        if folder not in self._of_folder:
            found = _live_files(folder)
            if found is None and folder != self._root and folder.startswith(self._root.rstrip(os.sep) + os.sep):
                found = self._live(os.path.dirname(folder))
            self._of_folder[folder] = found
        return self._of_folder[folder]


_REMOTE_MARKS = (
    (re.compile(r"(?P<folder>.*)/_delta_log/\d+\.json\Z"), "a Delta table"),
    (re.compile(r"(?P<folder>.*)/\.hoodie/"), "a Hudi table"),
    (re.compile(r"(?P<folder>.*)/metadata/[^/]+\.metadata\.json\Z"), "an Iceberg table"),
)


def refuse_remote(uris: Iterable[str]) -> None:
    """Raises RequestError where remote files are those of a table with a log, which is not read there."""
    for uri in uris:
        for mark, kind in _REMOTE_MARKS:
            found = mark.match(uri)
            if found is not None:
                raise _many_versions(found["folder"], kind)


def refuse_folders_around(uris: Iterable[str], root: str) -> None:
    """The same for files that a pattern matched: their folders, and those above up to `root`, are asked for a table's log.

    Raises:
      RequestError: a file lies in a table with a log.
    """
    asked: set[str] = set()
    for uri in uris:
        folder = uri.rpartition("/")[0]
        while uri.lower().endswith(_PARQUET) and len(folder) >= len(root.rstrip("/")) and folder not in asked:
            asked.add(folder)
            above, _, last = folder.rpartition("/")
            beside = files.names(folder)
            if _LOG in beside:
                raise _many_versions(folder, "a Delta table")
            if ".hoodie" in beside:
                raise _many_versions(folder, "a Hudi table")
            if last == "data" and any(name.endswith(".metadata.json") for name in files.names(f"{above}/metadata")):
                raise _many_versions(above, "an Iceberg table")
            folder = above


def _live_files(folder: str) -> frozenset[str] | None:
    """Absolute paths of the files of a table's newest version; None where the folder is no such table."""
    if os.path.isdir(os.path.join(folder, _LOG)):
        return _of_delta(folder)
    if os.path.isdir(os.path.join(folder, ".hoodie")):
        raise _many_versions(folder, "a Hudi table")
    metadata = os.path.join(os.path.dirname(folder), "metadata")
    names = os.listdir(metadata) if os.path.basename(folder) == "data" and os.path.isdir(metadata) else []
    if any(name.endswith(".metadata.json") for name in names):
        raise _many_versions(os.path.dirname(folder), "an Iceberg table")
    return None


def _of_delta(folder: str) -> frozenset[str]:
    import pyarrow as pa
    from deltalake import DeltaTable
    from deltalake.exceptions import DeltaError

    try:
        table = DeltaTable(folder)
        features = unread_features(table)
        names = pa.table(table.get_add_actions())["path"].to_pylist()
    except DeltaError as error:
        raise RequestError(f"{folder}: is a Delta table whose log cannot be read: {one_line(error)}") from error
    if features:
        raise RequestError(
            f"{folder}: is a Delta table with {', '.join(features)}, whose files alone do not tell its rows: {_EXPORT}"
        )
    return frozenset(os.path.join(folder, *unquote(name).split("/")) for name in names)


def _many_versions(folder: str, kind: str) -> RequestError:
    return RequestError(f"{folder}: is {kind}, whose folder holds files of old versions, too: {_EXPORT}")
