"""Finds the tables, models, indexes and results below some folders."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from transforms.common.errors import RequestError
from transforms.heads.model_folder import MODELS
from transforms.search.store.index_folder import INDEXES
from transforms.storage import files
from transforms.table.open import is_table

ArtifactKind = Literal["table", "model", "index", "results", "export", "cache"]

_DEEPEST = 5
_SUMMARY = ".summary.json"


@dataclass(frozen=True, kw_only=True)
class Artifact:
    """A folder that a command wrote, and what it is."""

    kind: ArtifactKind
    path: str


def found_artifacts(paths: Sequence[str]) -> list[Artifact]:
    """Finds the artifacts at the paths and below them, each once.

    Raises:
      RequestError: at one of them there is nothing of the kind.
    """
    found: dict[str, Artifact] = {}
    for path in paths:
        places = list(_below(files.absolute(path).rstrip("/"), _DEEPEST))
        if not places:
            raise RequestError(f"{path} holds no table, model, index or results: check the path")
        found |= {place.path: place for place in places}
    return list(found.values())


def _below(path: str, depth: int) -> Iterator[Artifact]:
    kind = _kind(path)
    if kind is not None:
        yield Artifact(kind=kind, path=path)
    if kind in ("table", "index", "model", "export") or not depth:
        return
    for name in _names(path):
        # Predictions of a corpus have its table in a folder of this name.
        if name == "_vectors" or (kind is None and not name.startswith((".", "_"))):
            yield from _below(files.join(path, name), depth - 1)


def _kind(path: str) -> ArtifactKind | None:
    names = _names(path)
    if "_vectormill" in names and is_table(path):
        return "table"
    if _SUMMARY in names:
        return "results"
    if "manifest.json" in names:
        return "export"
    if any(name.isdigit() for name in names):
        if INDEXES.numbers(path):
            return "index"
        if MODELS.numbers(path):
            return "model"
    return None


def _names(path: str) -> list[str]:
    try:
        return files.names(path)
    except NotADirectoryError:
        return []
