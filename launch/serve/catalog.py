"""Names what is served: indexes and models, each in the version that was published last."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from launch.serve.answers import IndexVersion, ModelVersion
from launch.serve.loaded_encoders import LoadedEncoders
from launch.serve.published import Published
from transforms.common.errors import RequestError
from transforms.heads.model_folder import MODELS
from transforms.search.store.index_folder import INDEXES
from transforms.storage import files

T = TypeVar("T")


@dataclass(frozen=True)
class Catalog:
    """The indexes and models that are served, by name."""

    indexes: Mapping[str, Published[IndexVersion]]
    models: Mapping[str, Published[ModelVersion]]
    encoders: LoadedEncoders

    def index(self, name: str | None) -> tuple[str, Published[IndexVersion]]:
        """The index of this name, and the name; None: the only one.

        Raises:
          LookupError: there is none, or there are several.
        """
        return _named(self.indexes, name, "index")

    def model(self, name: str | None) -> tuple[str, Published[ModelVersion]]:
        """The model of this name, and the name; None: the only one.

        Raises:
          LookupError: there is none, or there are several.
        """
        return _named(self.models, name, "model")

    @property
    def named(self) -> list[tuple[str, Published[Any]]]:
        """All of them with their names: indexes, then models."""
        return [*self.indexes.items(), *self.models.items()]

    @property
    def published(self) -> list[Published[Any]]:
        return [one for _, one in self.named]

    def follow(self, stop: threading.Event, *, seconds: float, note: Callable[[str], None]) -> None:
        """Looks for new versions until `stop` is set.

        Args:
          note: takes a line for the log: what answers in a new version, or cannot.
        """
        while not stop.wait(seconds):
            self.look(note)

    def look(self, note: Callable[[str], None]) -> None:
        """Looks for new versions once."""
        for name, one in self.named:
            before = one.problem
            if one.look():
                # The version before refers to itself: without this it stays until the collector comes by.
                gc.collect()
                note(f"{name}: version {one.current[0]}")
                self.encoders.keep({one.current[1].encoder_key for one in self.published})
            elif one.problem and one.problem != before:
                note(f"{name}: {one.problem}")


def open_catalog(paths: Sequence[str]) -> Catalog:
    """Opens and warms the newest versions of indexes and models.

    Args:
      paths: PATH, or NAME=PATH; of INDEXES/NAME, MODELS/NAME or one version of it.

    Raises:
      VectormillError: one is neither, cannot be opened, or two have one name.
    """
    encoders = LoadedEncoders()
    indexes: dict[str, Published[IndexVersion]] = {}
    models: dict[str, Published[ModelVersion]] = {}
    for given in paths:
        name, path = _split(given)
        if INDEXES.located(path) is not None:
            index = Published(path, INDEXES, lambda folder: IndexVersion.opened(folder, encoders))
            _add(indexes, name or index.name, index, "indexes")
        elif MODELS.located(path) is not None:
            model = Published(path, MODELS, lambda folder: ModelVersion.opened(folder, encoders))
            _add(models, name or model.name, model, "models")
        else:
            raise RequestError(f"{path} holds neither an index nor a model: serve takes INDEXES/NAME and MODELS/NAME")
    return Catalog(indexes, models, encoders)


def _split(given: str) -> tuple[str, str]:
    """NAME=PATH as name and path; a path that holds "=" and is there is a path.

    Raises:
      RequestError: the name or the path is empty.
    """
    name, equals, path = given.partition("=")
    if not equals or "/" in name or files.exists(given):
        name, path = "", given
    elif not name.strip() or not path.strip():
        raise RequestError(f"{given!r} is no NAME=PATH: write both, or the path alone")
    path = path.removeprefix("file://")
    return name, path.rstrip("/") or path


def _add(known: dict[str, T], name: str, one: T, noun: str) -> None:
    if name in known:
        raise RequestError(f"two {noun} are called {name}: give one of them another name, as NAME=PATH")
    known[name] = one


def _named(known: Mapping[str, T], name: str | None, noun: str) -> tuple[str, T]:
    if name is None and len(known) == 1:
        return next(iter(known.items()))
    there = ", ".join(known) or "none"
    if name is None:
        raise LookupError(f"say which {noun}: {there}")
    if name not in known:
        raise LookupError(f"no {noun} is called {name[:100]!r}: {there}")
    return name, known[name]
