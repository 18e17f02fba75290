"""Reads labels and columns from the names of a file and of its folders."""

from __future__ import annotations

import re
from urllib.parse import unquote

from transforms.corpus.delta_tables import partition_of, root_of
from transforms.corpus.formats import stem
from transforms.corpus.options import ReadOptions
from transforms.corpus.sources import Source


def label_of_source(source: Source, options: ReadOptions) -> str | None:
    """The label that a source's path gives to its items; none to one that lies beside the folders that are labels."""
    return None if source.is_stray else label_of(source.uri, options)


def label_of(path: str, options: ReadOptions) -> str | None:
    """The label that a path gives by `labels_from`: its parent folder's name, or its stem without a shard's number."""
    if options.label_column is not None or options.labels_from is None:
        return None
    if options.labels_from == "file":
        return _SHARD.sub("", stem(path))
    folder = path.rpartition("/")[0].rpartition("/")[2]
    found = _PATH_COLUMN.fullmatch(folder)
    return (_path_value(found["value"]) if found else folder) or None


_SHARD = re.compile(r"(?<=.)-\d+-of-\d+\Z")
_PATH_COLUMN = re.compile(r"(?P<name>[^=/]+)=(?P<value>[^/]*)")


def columns_of_path(path: str) -> dict[str, str | None]:
    """The columns that folders' names are, as Spark, pandas and pyarrow write them: `label=pos/` is {"label": "pos"}."""
    found = map(_PATH_COLUMN.fullmatch, path.split("/")[:-1])
    return {unquote(one["name"]): _path_value(one["value"]) for one in found if one}


def columns_of_source(source: Source) -> dict[str, str | None]:
    """The columns that a source has beside those inside it: of its folders' names, or of a Delta table's log."""
    root = root_of(source)
    return columns_of_path(source.uri) if root is None else {**columns_of_path(f"{root}/"), **partition_of(source)}


def _path_value(value: str) -> str | None:
    return None if value == "__HIVE_DEFAULT_PARTITION__" else unquote(value)
