"""The versions of a model, in the layout that TensorFlow Serving polls.

MODELS/NAME/
  7/                       a version: a SavedModel, whole from the moment that it has its name
    saved_model.pb, variables/, assets/
    assets.extra/          what is not TensorFlow's: head/, head.keras, lineage.json, report.json, report.html, leaks.csv
"""

from __future__ import annotations

import json
from typing import Any

from transforms.common.errors import RequestError
from transforms.storage import files
from transforms.storage.numbered_versions import Versions

MODELS = Versions(noun="model", marker="saved_model.pb", work="training")
EXTRA = "assets.extra"
HEAD, KERAS, ENCODER = "head", "head.keras", "encoder"
LINEAGE, REPORT, PAGE, LEAKS = "lineage.json", "report.json", "report.html", "leaks.csv"


def lineage(model: str, version: int | None = None) -> dict[str, Any] | None:
    """Where a version (None: the newest) came from; None where there is none."""
    number = MODELS.newest(model) if version is None else version
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
    found = MODELS.located(path)
    if found is None:
        raise RequestError(f"{path} holds no model: make one with `vectormill train TABLE --to {path}`")
    model, number = found
    if lineage(model, number) is None:
        raise RequestError(
            f"{files.join(model, str(number))} was not made by `vectormill train`, or half of it is missing:"
            f" it has no {EXTRA}/{LINEAGE}"
        )
    return model, number
