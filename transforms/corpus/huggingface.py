"""Knows what Hugging Face's `datasets` writes beside and into its files: which are live, the split, the names of classes."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from typing import Any

import pyarrow as pa

from transforms.common.errors import RequestError
from transforms.storage import files

STATE = "state.json"
INFO = "dataset_info.json"


def live_files(folder: str, names: Callable[[str], Collection[str]] = files.names) -> frozenset[str] | None:
    """The names of the files of a folder that `save_to_disk` wrote; None where it is no such folder.

    Raises:
      RequestError: its state cannot be read, names files that are not there, or keeps an order of rows beside them.
    """
    beside = names(folder)
    if STATE not in beside or INFO not in beside:
        return None
    state = _json(files.join(folder, STATE))
    listed = state.get("_data_files")
    if not isinstance(listed, list):
        return None
    listed_names = [one.get("filename") if isinstance(one, dict) else None for one in listed]
    for key in ("_indices_files", "_indices_data_files"):
        if state.get(key):
            raise RequestError(
                f"{folder}: was saved by an old `datasets` with a selection of its rows beside them ({key}): save it once more"
                " with a new one, which writes the rows themselves"
            )
    for name in listed_names:
        if name not in beside:
            raise RequestError(
                f"{folder}: its {STATE} names {name!r}, which is not there: copy the whole folder, or save it once more"
            )
    return frozenset(str(name) for name in listed_names)


def split_of(path: str) -> str | None:
    """The split ("train") that a file below a folder of `DatasetDict.save_to_disk` is of; None where it is of none."""
    folder = files.parent(path)
    above = files.parent(folder)
    mark = files.join(above, "dataset_dict.json") if above else ""
    if mark and files.exists(mark):
        return files.basename(folder)
    state = files.join(folder, STATE)
    found = _json(state).get("_split") if files.exists(state) else None
    return found if isinstance(found, str) else None


def class_names(schema: pa.Schema, column: str) -> tuple[str, ...] | None:
    """The names of the classes that a column's integers stand for, by the schema's metadata; None where it has none."""
    said = (schema.metadata or {}).get(b"huggingface")
    if said is None or column not in schema.names or not pa.types.is_integer(schema.field(column).type):
        return None
    try:
        feature = json.loads(said)["info"]["features"][column]
        names = feature["names"] if feature["_type"] == "ClassLabel" else None
    except (ValueError, KeyError, TypeError):
        return None
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        return None
    return tuple(names)


def named(array: pa.Array, names: Sequence[str], column: str) -> tuple[pa.Array, dict[int, str]]:
    """Numbers of classes as the classes' names, and the errors of rows whose number is of none; null and -1 are no class."""
    found: list[str | None] = []
    errors: dict[int, str] = {}
    for row, value in enumerate(array.to_pylist()):
        if value is None or value == -1:
            found.append(None)
        elif 0 <= value < len(names):
            found.append(names[value])
        else:
            found.append(None)
            errors[row] = (
                f"KeptValue: column {column!r} holds {value} where its {len(names)} classes are 0 to {len(names) - 1}"
            )
    return pa.array(found, pa.string()), errors


def _json(path: str) -> dict[str, Any]:
    try:
        found = json.loads(files.read(path))
    except (OSError, ValueError) as error:
        raise RequestError(f"{path}: cannot be read as JSON: mend it, or save the dataset once more") from error
    if not isinstance(found, dict):
        raise RequestError(f"{path}: holds no object: save the dataset once more")
    return found
