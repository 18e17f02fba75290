"""Names the files of a model's versions, in the layout that TensorFlow Serving polls, and reads its lineage.

MODELS/NAME/
  7/                       a version: a SavedModel, whole from the moment that it has its name
    saved_model.pb, variables/, assets/
    assets.extra/          what is not TensorFlow's:
      head/, head.keras    the head alone
      encoder/             the encoder that was fine-tuned with it
      lineage.json         where the model came from
      report.json, .html   its evaluation
      leaks.csv            held-out items with a near-duplicate among the training items, as the split was at first
      moved.csv            ids of the items that therefore train instead
"""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from transforms.common.errors import RequestError
from transforms.storage import files
from transforms.storage.formats import require_format
from transforms.storage.numbered_versions import Versions

MODELS = Versions(noun="model", marker="saved_model.pb", work="training")
EXTRA = "assets.extra"
HEAD, KERAS, ENCODER = "head", "head.keras", "encoder"
LINEAGE, REPORT, PAGE, LEAKS, MOVED = "lineage.json", "report.json", "report.html", "leaks.csv", "moved.csv"
MODEL_FORMAT = "vectormill-model-1"


def lineage(model: str, version: int | None = None) -> dict[str, Any] | None:
    """Where a version (None: the newest) came from; None where there is none. Raises as `lineage_in`."""
    number = MODELS.newest(model) if version is None else version
    return None if number is None else lineage_in(files.join(model, str(number)))


def lineage_in(folder: str) -> dict[str, Any] | None:
    """Where the model in a folder (a version, a candidate) came from; None where there is none.

    Raises:
      RequestError: it is broken, or a newer release wrote it.
    """
    path = files.join(folder, EXTRA, LINEAGE)
    if not files.exists(path):
        return None
    try:
        found: dict[str, Any] = json.loads(files.read(path))
        written = found.get("format")
    except (OSError, ValueError, AttributeError) as error:
        raise RequestError(f"{folder} is no whole model: {path} is missing or broken") from error
    require_format(written, MODEL_FORMAT, where=folder, noun="model")
    return found


def report_in(folder: str) -> dict[str, Any]:
    """The report of the model in a folder; {} where it has none that can be read."""
    try:
        found = json.loads(files.read(files.join(folder, EXTRA, REPORT)))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def moved_in(folder: str) -> set[str]:
    """Ids of the items that the training moved from the held-out sides to the training side.

    They are near-duplicates of its items, or of labels that had no training item.

    Models of early releases name only those that were found in the first of several rounds.
    """
    if files.exists(path := files.join(folder, EXTRA, MOVED)):
        return _column(path, "id")
    leakage = report_in(folder).get("data", {}).get("leakage") or {}
    path = files.join(folder, EXTRA, LEAKS)
    return _column(path, "held_out") if leakage.get("moved") and files.exists(path) else set()


def _column(path: str, name: str) -> set[str]:
    return {row[name] for row in csv.DictReader(io.StringIO(files.read(path).decode()))}


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
