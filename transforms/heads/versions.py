"""The versions of a model, in the layout that TensorFlow Serving polls, and the one way in which a version appears.

    MODELS/NAME/
      7/                       a version: a SavedModel, whole from the moment that it has its name
        saved_model.pb, variables/, assets/
        assets.extra/          what is not TensorFlow's: head/, head.keras, lineage.json, report.json, report.html, leaks.csv
      _candidates/<key>/       the last model that was not good enough, as whole as a version
      _runs/<key>/             unfinished work

A version is built under `_runs` and renamed, which a file system does whole or not at all. Two publishers rename to the same
number: one of them finds the name taken, and is told.
"""

from __future__ import annotations

import json
import os
import shutil
from typing import Any

from transforms import files
from transforms.errors import RequestError, RunError

EXTRA = "assets.extra"
HEAD, KERAS, ENCODER = "head", "head.keras", "encoder"
LINEAGE, REPORT, PAGE, LEAKS = "lineage.json", "report.json", "report.html", "leaks.csv"
CANDIDATES = "_candidates"
_OURS = ("_candidates", "_runs", ".")


def numbers(model: str) -> list[int]:
    """The versions that are there, oldest first; none where `model` is no folder."""
    try:
        names = files.names(model)
    except NotADirectoryError:
        return []
    return sorted(
        int(name) for name in names if name.isdigit() and files.exists(files.join(model, name, "saved_model.pb"))
    )


def newest(model: str) -> int | None:
    found = numbers(model)
    return found[-1] if found else None


def lineage(model: str, version: int | None = None) -> dict[str, Any] | None:
    """Where a version (None: the newest) came from; None where there is none."""
    number = newest(model) if version is None else version
    return None if number is None else lineage_in(files.join(model, str(number)))


def lineage_in(folder: str) -> dict[str, Any] | None:
    """Where the model in a folder (a version, a candidate) came from; None where there is none."""
    path = files.join(folder, EXTRA, LINEAGE)
    if not files.exists(path):
        return None
    told: dict[str, Any] = json.loads(files.read(path))
    return told


def located(path: str) -> tuple[str, int]:
    """A model's folder and version from what a person names: MODELS/NAME (its newest version) or MODELS/NAME/7.

    Raises:
      RequestError: no model is there, or half of one.
    """
    parent, _, last = path.rstrip("/").rpartition("/")
    if last.isdigit() and files.exists(files.join(path, "saved_model.pb")):
        model, number = parent or ".", int(last)
    else:
        found = newest(path)
        if found is None:
            raise RequestError(f"{path} holds no model: make one with `vectormill train TABLE --to {path}`")
        model, number = path, found
    if lineage(model, number) is None:
        raise RequestError(
            f"{files.join(model, str(number))} was not made by `vectormill train`, or half of it is missing:"
            f" it has no {EXTRA}/{LINEAGE}"
        )
    return model, number


def require_writable(model: str) -> None:
    """Refuses a target that cannot hold a model, before any work is done.

    Raises:
      RequestError: it is a file, holds something else, or cannot be written to.
    """
    if not files.is_local(model):
        raise RequestError(
            f"--to {model}: a model is published to a local folder; copy the finished version from there"
        )
    if os.path.isfile(model):
        raise RequestError(f"{model} is a file: --to takes the folder of a model, new or existing")
    try:
        names = files.names(model)
    except OSError as error:
        raise RequestError(f"{model} cannot be listed: {error.strerror}: give another --to") from error
    strangers = [name for name in names if not name.isdigit() and not name.startswith(_OURS)]
    if strangers and not numbers(model) and not any(numbers(files.join(model, name)) for name in strangers):
        raise RequestError(f"{model} holds something else ({strangers[0]}): --to takes a new folder, or one of a model")
    try:
        os.makedirs(files.join(model, "_runs"), exist_ok=True)
    except OSError as error:
        raise RequestError(f"{model} cannot be written: {error.strerror}: give another --to") from error
    if not os.access(files.join(model, "_runs"), os.W_OK):
        raise RequestError(f"{model} cannot be written: check its permissions or give another --to")


def publish(built: str, model: str, *, after: int | None) -> int:
    """Makes the finished folder `built` the version that follows `after` (None: the first), and returns its number.

    Raises:
      RunError: another version was published meanwhile.
    """
    number = (after or 0) + 1
    if newest(model) == after:
        try:
            os.rename(built, files.join(model, str(number)))
            return number
        except OSError as error:
            if not os.path.exists(files.join(model, str(number))):
                raise RunError(f"{model} cannot be written: {error.strerror}") from error
            if newest(model) == after:
                raise RunError(
                    f"{files.join(model, str(number))} is in the way, and is no whole version: delete it and run the same"
                    " command again"
                ) from error
    raise RunError(
        f"{model} got version {newest(model)} from another training while this one worked, so this model was compared with"
        " one that is no longer in use: run the same command again"
    )


def set_aside(built: str, model: str, name: str) -> str:
    """Keeps a finished model that is not published, in place of the candidates before it."""
    folder = files.join(model, CANDIDATES, name)
    shutil.rmtree(files.join(model, CANDIDATES), ignore_errors=True)
    os.makedirs(files.join(model, CANDIDATES), exist_ok=True)
    os.rename(built, folder)
    return folder
