"""Finds which files in the folder of a Delta, Iceberg or Hudi table, or of a saved dataset, belong to its newest version.

Such a folder keeps the files of old versions, too, and only the table's log tells them apart: read as plain Parquet, deleted
rows come back and updated ones come twice.
"""

from __future__ import annotations

import glob
from collections.abc import Callable, Collection, Iterable

from transforms.common.errors import RequestError
from transforms.corpus import huggingface
from transforms.corpus.delta_tables import EXPORT, LOG, LiveFile, live_files
from transforms.corpus.lance_tables import SUFFIX, is_lance
from transforms.storage import files

_PARQUET = (".parquet", ".pq", ".parq")
_ARROW = ".arrow"
_OLD = "of an old version of a Delta table"
_BESIDE = "beside a saved dataset's own files"


Names = Callable[[str], Collection[str]]


def names_by_folder(uris: Iterable[str]) -> Names:
    """Names what is in a folder, by all files below the one that they were listed in."""
    found: dict[str, set[str]] = {}
    for uri in uris:
        folder, _, name = uri.rpartition("/")
        while name and name not in found.setdefault(folder, set()):
            found[folder].add(name)
            folder, _, name = folder.rpartition("/")
    return lambda folder: found.get(folder, frozenset())


def outside_tables(paths: Iterable[str], start: str, mark: str) -> list[str]:
    """The paths that a pattern with `**` matched, without what is inside a feature table or a Lance table.

    Args:
      start: where the pattern begins, "" or with "/" at its end.
      mark: the folder that feature tables have.
    """
    marks = glob.glob(f"{start}**/{mark}/", recursive=True)
    tables = tuple(one.removesuffix(f"{mark}/") for one in marks)
    lances = tuple(one for one in glob.glob(f"{start}**/*{SUFFIX}/", recursive=True) if is_lance(one))
    outside = (path for path in paths if not path.startswith(tables))
    return [path for path in outside if not path.startswith(lances) or path in lances]


class LiveFiles:
    """Tells which files below a folder are of the newest version of the table whose folder they lie in.

    Args:
      root: local or in a store; tables are looked for in it and below, not above.
      names: of the files and folders in a folder.
    """

    def __init__(self, root: str, names: Names = files.names) -> None:
        self._root = files.absolute(root).rstrip("/")
        self._names = names
        self._of_folder: dict[str, dict[str, LiveFile] | None] = {}
        self._of_dataset: dict[str, frozenset[str] | None] = {}

    def skipped_as(self, path: str) -> str | None:
        """None for a file that is part of the corpus; else what it is: Parquet of a Delta table's old version, say.

        Raises:
          RequestError: it lies in a table whose live rows its files alone do not tell.
        """
        path = files.absolute(path)
        folder, name = files.parent(path), files.basename(path)
        if name.lower().endswith(_PARQUET):
            live = self._live(folder)
            return None if live is None or path in live else _OLD
        if name.endswith(SUFFIX) and not files.is_local(path) and "_versions" in self._names(files.parent(folder)):
            raise RequestError(f"{files.parent(folder)}: is a Lance table in a store: copy it to a disk and embed that")
        if name.endswith(_ARROW):
            if folder not in self._of_dataset:
                self._of_dataset[folder] = huggingface.live_files(folder, self._names)
            named = self._of_dataset[folder]
            return None if named is None or name in named else _BESIDE
        return None

    def in_log(self, path: str) -> LiveFile | None:
        """What a Delta table's log says of a file; None where it is of no such table."""
        path = files.absolute(path)
        if not path.lower().endswith(_PARQUET):
            return None
        return (self._live(files.parent(path)) or {}).get(path)

    def _live(self, folder: str) -> dict[str, LiveFile] | None:
        """The live files of the table that the folder is, or lies in."""
        if folder not in self._of_folder:
            found = _live_files(folder, self._names)
            if found is None and folder.startswith(self._root + "/"):
                found = self._live(files.parent(folder))
            self._of_folder[folder] = found
        return self._of_folder[folder]


def _live_files(folder: str, names: Names) -> dict[str, LiveFile] | None:
    """The files of a table's newest version by path; None where the folder is no such table."""
    beside = names(folder)
    if LOG in beside:
        found = {files.join(folder, name): live for name, live in live_files(folder).items()}
        gone = next((path for path in found if not files.exists(path)), None) if files.is_local(folder) else None
        if gone is not None:
            raise RequestError(f"{gone}: is gone, though the newest version of the Delta table has it: restore it")
        return found
    if ".hoodie" in beside:
        raise _many_versions(folder, "a Hudi table")
    above = files.parent(folder)
    if files.basename(folder) == "data" and any(
        name.endswith(".metadata.json") for name in names(files.join(above, "metadata"))
    ):
        raise _many_versions(above, "an Iceberg table")
    return None


def _many_versions(folder: str, kind: str) -> RequestError:
    return RequestError(f"{folder}: is {kind}, whose folder holds files of old versions, too: {EXPORT}")
