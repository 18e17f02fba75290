"""An index in the making: what is known before the first vector is encoded, in a folder that a killed build goes on from.

INDEXES/NAME/_runs/<key>/
  draft.json             this
  held.npy               the held-out rows' vectors, float32 [q, dim]: the queries that recall is measured with (a build)
  store.faiss, lists.faiss   the trained and empty store and inverted lists
  wanted/<n>.npy         positions of a shard's rows that are indexed (an update; a build takes them all)
  shards/<n>/            what a shard encoded
  seconds/<phase>.<n>    how long a piece of work took
  built/                 the version, until it has its number
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import asdict, dataclass
from typing import Any

from transforms.search.plan import Plan
from transforms.storage import files

_PHASES = ("prepare", "encode", "build", "words", "measure")


@dataclass(frozen=True, kw_only=True)
class Shard:
    """Parts of the table that one worker encodes, and the segment that their rows go to."""

    number: int
    parts: tuple[str, ...]
    segment: str
    chosen: bool = False
    """Whether `wanted/<n>.npy` says which rows."""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """Attributes:
    folder: of the work.
    base: the index version that is followed; None for a build from all rows.
    why: for a build: why it is one, where a version was there.
    below: rows whose id's 64-bit hash is below are held out.
    shards: all of them, in the order of the table's rows.
    settled: parts of the table all of whose rows say that they are theirs. A row that stays while its source is written again
      keeps the part that it came with, so that an update has to look again at the parts that are not settled.
    changes: rows that come, go, and come anew, for the person; None for a build.
    """

    folder: str
    base: int | None
    why: str
    plan: Plan
    dim: int
    below: int
    shards: tuple[Shard, ...]
    settled: tuple[str, ...]
    changes: dict[str, int] | None = None

    def path(self, *names: str) -> str:
        return files.join(self.folder, *names)

    def segments(self) -> list[str]:
        """The segments that are built, in order."""
        return list(dict.fromkeys(shard.segment for shard in self.shards))

    def took(self, phase: str, piece: object, seconds: float) -> None:
        """Remembers how long a piece of work took, unless a run before has done it and said so."""
        path = self.path("seconds", f"{phase}.{piece}")
        if not files.exists(path):
            files.write(path, f"{seconds:.3f}".encode())

    def seconds(self) -> dict[str, float]:
        """Seconds of work by phase, in the order of the graph: of all workers, and of runs that were killed."""
        taken: dict[str, float] = defaultdict(float)
        for name in files.names(self.path("seconds")):
            taken[name.partition(".")[0]] += float(files.read(self.path("seconds", name)))
        return {phase: taken[phase] for phase in _PHASES if phase in taken}

    def save(self) -> None:
        files.write(self.path("draft.json"), json.dumps(asdict(self)).encode())

    @staticmethod
    def load(folder: str) -> Draft | None:
        path = files.join(folder, "draft.json")
        if not files.exists(path):
            return None
        told: dict[str, Any] = json.loads(files.read(path))
        shards = tuple(Shard(**{**shard, "parts": tuple(shard["parts"])}) for shard in told.pop("shards"))
        return Draft(
            **{**told, "plan": Plan(**told["plan"]), "shards": shards, "settled": tuple(told["settled"])},
        )
