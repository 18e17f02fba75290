"""Opens the published version of an index that an update starts from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from transforms.common.arrays import RowIndices
from transforms.search.build.draft import Draft
from transforms.search.store.index_folder import read_metadata
from transforms.search.store.segment import HOLDOUT, Segment, open_segments
from transforms.storage import files
from transforms.storage.local_cache import local_copy


@dataclass(frozen=True, kw_only=True)
class BaseVersion:
    """A published version, opened.

    Attributes:
      published: INDEXES/NAME/NUMBER.
      folder: the same, or where that is remote its local copy.
      metadata: its `index.json`.
    """

    number: int
    published: str
    folder: str
    metadata: dict[str, Any]
    segments: list[Segment]

    @staticmethod
    def open(index: str, number: int) -> BaseVersion:
        """Opens INDEXES/NAME/NUMBER.

        Raises:
          RequestError: it is of another format, or incomplete.
        """
        published = files.join(index, str(number))
        folder = local_copy(published)
        metadata = read_metadata(folder)
        segments = open_segments(folder, metadata["segments"], metadata["plan"]["kind"])
        return BaseVersion(number=number, published=published, folder=folder, metadata=metadata, segments=segments)

    @property
    def drift_baseline(self) -> dict[str, Any]:
        """The "imbalance" and "effort" after the last build from all rows; this version's "effort" if that was not stored."""
        return {"imbalance": None, "effort": self.metadata["effort"], **(self.metadata.get("drift") or {})}

    def segment(self, name: str) -> Segment | None:
        """The segment of this name; None where there is none."""
        return next((segment for segment in self.segments if segment.name == name), None)

    def remaining(self, name: str, draft: Draft) -> Segment | None:
        """A segment without the rows that the update deletes; None where the version has no segment of that name."""
        before = self.segment(name)
        return None if before is None else Segment(before.folder, before.kind, draft.deleted(name))

    def kept_queries(self, draft: Draft) -> RowIndices:
        """The positions, rising, of the version's holdout queries that the update keeps."""
        holdout = self.segment(HOLDOUT)
        assert holdout is not None, "every version has a holdout segment"
        return np.flatnonzero(~np.isin(np.flatnonzero(holdout.alive), draft.deleted(HOLDOUT)))
