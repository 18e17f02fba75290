"""Stores the state of an unfinished build or update: `Draft`, in a folder from which a killed run continues.

INDEXES/NAME/_runs/<key>/
  draft.json             the draft
  held.npy               vectors of the holdout rows, float32 [q, dim], with which recall is measured (a build)
  store.faiss, lists.faiss   the trained and empty store and inverted lists
  wanted/<n>.npy         which rows of a shard are indexed (an update; a build takes them all)
  gone/<segment>.npy     rows of a segment of the version before that are deleted (an update)
  shards/<n>/            an encoded shard
  seconds/<phase>.<n>    how long a piece of work took
  built/                 the version, until it has its number
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from transforms.common.arrays import RowIndices
from transforms.search.plan import IndexPlan
from transforms.storage import files
from transforms.storage.formats import require_format

SHARD_ROWS = 65_536
"""Rows of a shard, at least: parts of a table that are smaller are encoded together."""
FORMAT = "vectormill-index-draft-1"
_PHASES = ("prepare", "encode", "build", "words", "map", "mode", "measure")


@dataclass(frozen=True, kw_only=True)
class IndexShard:
    """Parts of the table that one worker encodes, and the segment that their rows go to."""

    number: int
    parts: tuple[str, ...]
    segment: str
    is_partial: bool = False
    """Whether only the rows in `wanted/<n>.npy` are indexed."""

    def to_json(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "parts": list(self.parts),
            "segment": self.segment,
            "chosen": self.is_partial,
        }

    @staticmethod
    def from_json(values: Mapping[str, Any]) -> IndexShard:
        return IndexShard(
            number=values["number"],
            parts=tuple(values["parts"]),
            segment=values["segment"],
            is_partial=values.get("chosen", False),
        )


@dataclass(frozen=True, kw_only=True)
class Draft:
    """An index in the making.

    Attributes:
      folder: of the work.
      base: the index version that is updated; None for a build from all rows.
      why: for a build: why the version before is not updated, if there is one.
      holdout_hash_limit: rows whose id has a 64-bit hash below it are held out.
      shards: all of them, in the order of the table's rows.
      fully_indexed_parts: parts of the table whose every row is indexed under that part, or under one that it was compacted from.
        A row that stays while its source is written again remains under its old part, so that an update must compare the rows of
        the other parts again.
      changes: the numbers of rows "added", "removed" and "changed", for the report; None for a build.
    """

    folder: str
    base: int | None
    why: str
    plan: IndexPlan
    dim: int
    holdout_hash_limit: int
    shards: tuple[IndexShard, ...]
    fully_indexed_parts: tuple[str, ...]
    changes: dict[str, int] | None = None

    def path(self, *names: str) -> str:
        """A path in the folder of work."""
        return files.join(self.folder, *names)

    def segments(self) -> list[str]:
        """The names of the segments to build from shards, in order."""
        return list(dict.fromkeys(shard.segment for shard in self.shards))

    def deleted(self, segment: str) -> RowIndices:
        """The deleted rows of a segment of the version before, those deleted earlier included."""
        rows: RowIndices = files.read_array(deleted_file(self.folder, segment))
        return rows

    def record_seconds(self, phase: str, piece: object, seconds: float) -> None:
        """Records how long a piece of work took; if it was done before, by a run that was killed, that time stays."""
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
        """Writes the draft into its folder."""
        values = {
            "format": FORMAT,
            "folder": self.folder,
            "base": self.base,
            "why": self.why,
            "plan": self.plan.to_json(),
            "dim": self.dim,
            "below": self.holdout_hash_limit,
            "shards": [shard.to_json() for shard in self.shards],
            "settled": list(self.fully_indexed_parts),
            "changes": self.changes,
        }
        files.write(self.path("draft.json"), json.dumps(values).encode())

    @staticmethod
    def load(folder: str) -> Draft | None:
        """The draft in a folder of work; None before there is one.

        Raises:
          RequestError: a newer release wrote it, or it is damaged.
        """
        path = files.join(folder, "draft.json")
        if not files.exists(path):
            return None
        values: dict[str, Any] = json.loads(files.read(path))
        require_format(values.get("format"), FORMAT, where=folder, noun="unfinished index")
        return Draft(
            folder=folder,
            base=values["base"],
            why=values.get("why", ""),
            plan=IndexPlan.from_json(values["plan"], where=path),
            dim=values["dim"],
            holdout_hash_limit=values["below"],
            shards=tuple(IndexShard.from_json(shard) for shard in values["shards"]),
            fully_indexed_parts=tuple(values.get("settled", ())),
            changes=values.get("changes"),
        )


def deleted_file(folder: str, segment: str) -> str:
    """The file of the rows of a segment of the version before that are deleted."""
    return files.join(folder, "gone", f"{segment}.npy")


def grouped_parts(parts: list[str], sizes: Mapping[str, int]) -> list[tuple[str, ...]]:
    """Groups consecutive parts into shards of at least `SHARD_ROWS` rows, so that many small parts are one piece of work."""
    groups: list[list[str]] = [[]]
    count = 0
    for part in parts:
        if count >= SHARD_ROWS:
            groups.append([])
            count = 0
        groups[-1].append(part)
        count += sizes[part]
    return [tuple(group) for group in groups if group]
