"""Stores what a training needs to know of every row without its vector: its side, and its label under each head.

A few bytes a row, made once a training (`prepare`) and kept in its state, so that a killed training goes on with the very same
rows.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from transforms.heads.job import HeadOptions
from transforms.heads.rows.labels import Labels
from transforms.heads.rows.split import Sides
from transforms.storage import files
from transforms.storage.formats import known_fields, require_format

ROWS_FORMAT = "vectormill-rows-1"
_FILE = "rows.npz"
_METADATA = "told"
"""Name of the archive's array that holds, as JSON, all that is no array."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Prepared:
    """Every row's side and labels.

    Attributes:
      sides: uint8 [n].
      groups: uint64 [n], hashes of the groups' keys.
      labels: by name of the head.
      salt: of the split; None where a column or sources decide.
      split_by: how, in words.
      split_name: what the salt belongs to; None where there is none.
      leakage: as in a report, and all pairs; None where it was not looked for.
      moved: ids of the rows that train instead of being held out, since a training row is all but the same or their label
        had none.
    """

    sides: Sides
    groups: npt.NDArray[np.uint64]
    labels: dict[str, Labels]
    salt: int | None
    split_by: str
    split_name: str | None = None
    leakage: dict[str, Any] | None = None
    moved: tuple[str, ...] = ()

    def rows(self, head: HeadOptions, *wanted: int) -> npt.NDArray[np.bool_]:
        """Which rows are on one of these sides and have a label."""
        return np.isin(self.sides, wanted) & self.labels[head.name].known

    def save(self, folder: str) -> None:
        """Writes it to a training's state."""
        arrays: dict[str, Any] = {"sides": self.sides, "groups": self.groups}
        metadata: dict[str, Any] = {
            "format": ROWS_FORMAT,
            "salt": self.salt,
            "split_by": self.split_by,
            "split_name": self.split_name,
            "leakage": self.leakage,
            "moved": self.moved,
            "heads": {},
            "notes": {name: labels.notes for name, labels in self.labels.items()},
        }
        for position, (name, labels) in enumerate(self.labels.items()):
            arrays[f"codes{position}"], arrays[f"known{position}"] = labels.codes, labels.known
            metadata["heads"][name] = list(labels.names)
        arrays[_METADATA] = np.frombuffer(json.dumps(metadata).encode(), np.uint8)
        content = io.BytesIO()
        np.savez(content, **arrays)
        files.write(files.join(folder, _FILE), content.getvalue())

    @staticmethod
    def load(folder: str) -> Prepared | None:
        """What `save` left in a training's state; None where it left nothing.

        Raises:
          RequestError: a newer release wrote it.
        """
        path = files.join(folder, _FILE)
        if not files.exists(path):
            return None
        with np.load(io.BytesIO(files.read(path)), allow_pickle=False) as archive:
            metadata = json.loads(archive[_METADATA].tobytes())
            require_format(metadata.get("format"), ROWS_FORMAT, where=folder, noun="unfinished training")
            notes = metadata.pop("notes", {})
            labels = {
                name: Labels(
                    names=tuple(names),
                    codes=archive[f"codes{position}"],
                    known=archive[f"known{position}"],
                    notes=tuple(notes.get(name, ())),
                )
                for position, (name, names) in enumerate(metadata["heads"].items())
            }
            values = {
                **metadata,
                "moved": tuple(metadata.get("moved", ())),
                "sides": archive["sides"],
                "groups": archive["groups"],
                "labels": labels,
            }
            return Prepared(**known_fields(Prepared, values, where=path))
