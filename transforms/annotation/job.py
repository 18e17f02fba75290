"""Describes a request for rows to label, and the rows that are found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from transforms.common.errors import RequestError

Reason = Literal["disagreement", "label error", "uncertain", "coverage"]


@dataclass(frozen=True, kw_only=True)
class LabelJob:
    """Find the rows of one version of a table that are worth a person's minute.

    Attributes:
      table, version: whose rows.
      out: folder of the list, the tasks, the page and all answers so far.
      count: of rows, at most.
      labels_files, skip_unknown: as in a `TrainJob`.
      label: column of the labels.
      separator: between the labels of one item; None: an item has one label.
      model: folder of a published version whose scores say which rows are uncertain, and whose split is kept; None: a head of
        our own.
      threshold: cosine from which two vectors count as near-duplicates.
      seed: of samples and clusters.
      command: what to show as the way to make the list again.
    """

    table: str
    version: int
    out: str
    count: int = 100
    labels_files: tuple[str, ...] = ()
    skip_unknown: bool = False
    label: str = "label"
    separator: str | None = None
    model: str | None = None
    threshold: float = 0.98
    seed: int = 0
    command: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if not 0 < self.threshold <= 1:
            raise RequestError(f"--threshold {self.threshold:g} is no cosine above 0 and up to 1: give one like 0.98")


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A row that is worth a minute, for one reason.

    Attributes:
      row: its position in the table.
      score: the more, the more it is worth among those of its reason; from 0 to 1.
      suggested: the labels that it may have, the likeliest; () where nothing is known.
      evidence: why, in words.
      twin: position of the near-duplicate that it disagrees with; None: there is none.
      likely: the labels of the best scores, the best first; () where nothing is known.
    """

    row: int
    reason: Reason
    score: float
    suggested: tuple[str, ...]
    evidence: str
    twin: int | None = None
    likely: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Survey:
    """What was found in a table.

    Attributes:
      chosen: the rows, in the order in which they are worth the time.
      facts: counts and figures for the summary, ready for JSON.
      notes: words for the person.
    """

    chosen: tuple[Candidate, ...]
    facts: dict[str, Any]
    notes: tuple[str, ...]
