"""Describes where vectors that exist are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class VectorOptions:
    """Frozen, hashable, picklable.

    Attributes:
      column: of tables, the one with the vectors; None: the only one of lists of fractions.
      ids: files with the ids, labels, texts and kept columns, row by row; empty: beside the vectors, or in their own files. What
        they are is part of the sources' fingerprints, where they lie is not stored.
    """

    column: str | None = None
    ids: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """What decides the rows of a source."""
        return {"column": self.column}
