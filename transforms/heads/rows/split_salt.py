"""The salt of a table's split, kept so that the next training, on a table that has grown, splits as the last one did.

It is chosen with the first training on a table, and kept in the table's folder (`_vectormill/splits/`) and in the lineage of
every model.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict

from transforms.common.hashes import hashes_of
from transforms.heads import model_folder
from transforms.heads.job import TrainJob
from transforms.storage import files


def name_of(job: TrainJob, grouped_by: str) -> str:
    """What a salt belongs to: one way to split one table, whatever is learnt from it."""
    decides = json.dumps([asdict(job.split.fractions), grouped_by])
    return f"{hashes_of([decides])[0]:016x}.json"


def kept(job: TrainJob, grouped_by: str) -> int | None:
    """The salt that this way to split the table was given before; None where there is none."""
    name = name_of(job, grouped_by)
    path = files.join(job.table, "_vectormill", "splits", name)
    with suppress(OSError, ValueError, KeyError):
        if files.exists(path):
            return int(json.loads(files.read(path))["salt"])
    for head in job.heads:
        told = model_folder.lineage(job.folder(head))
        if told is not None and told.get("split", {}).get("name") == name:
            return int(told["split"]["salt"])
    return None


def keep(job: TrainJob, grouped_by: str, salt: int) -> None:
    """Keeps it in the table's folder, for every training on that table."""
    told = {"format": "vectormill-split-1", "salt": salt, "by": grouped_by, **asdict(job.split.fractions)}
    with suppress(OSError):  # a table that cannot be written to still can be learnt from; the model keeps the salt, too
        files.write(files.join(job.table, "_vectormill", "splits", name_of(job, grouped_by)), json.dumps(told).encode())
