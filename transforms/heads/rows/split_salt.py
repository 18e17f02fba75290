"""Stores the salt of a table's split, so that the next training, on a table that has grown, splits as the last one did.

It is chosen with the first training on a table, and kept in the table's folder (`_vectormill/splits/`) and in the lineage of
every model. A training that is refused for its rows keeps nothing: the next one chooses by its own labels.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict

from transforms.common.hashes import hashes_of
from transforms.heads import model_folder
from transforms.heads.job import TrainJob
from transforms.heads.rows.prepared import Prepared
from transforms.storage import files
from transforms.storage.formats import require_format

SPLIT_FORMAT = "vectormill-split-1"


def name_of(job: TrainJob, grouped_by: str) -> str:
    """What a salt belongs to: one way to split one table, whatever is learnt from it."""
    decides = json.dumps([asdict(job.split.fractions), grouped_by])
    return f"{hashes_of([decides])[0]:016x}.json"


def load(job: TrainJob, name: str) -> int | None:
    """The salt of this name (see `name_of`), chosen by an earlier training; None where there is none.

    Raises:
      RequestError: a newer release chose it.
    """
    path = files.join(job.table, "_vectormill", "splits", name)
    with suppress(OSError, ValueError, KeyError):
        if files.exists(path):
            stored = json.loads(files.read(path))
            require_format(stored.get("format"), SPLIT_FORMAT, where=path, noun="split")
            return int(stored["salt"])
    for head in job.heads:
        lineage = model_folder.lineage(job.folder(head)) or {}
        if lineage.get("split", {}).get("name") == name:
            return int(lineage["split"]["salt"])
    return None


def save(job: TrainJob, prepared: Prepared) -> None:
    """Writes the salt of a training's rows to the table's folder, for every later training, unless there is one already."""
    name = prepared.split_name
    if name is None or load(job, name) is not None:
        return
    stored = {"format": SPLIT_FORMAT, "salt": prepared.salt, "by": prepared.split_by, **asdict(job.split.fractions)}
    with suppress(OSError):  # a table that cannot be written to still can be learnt from; the model keeps the salt, too
        files.write(files.join(job.table, "_vectormill", "splits", name), json.dumps(stored).encode())
