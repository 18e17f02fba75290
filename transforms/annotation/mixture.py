"""Shares a budget of rows among the reasons to look at them, and mixes them so that any first part of the list has all.

Half of the rows go to labels that may be wrong (a quarter of all to near-duplicates that disagree), half to rows without a
label; what one half does not use goes to the other. Of the unlabelled rows all are for coverage where there are no labels, half
while there are fewer than fifty labelled rows a class, a quarter later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from transforms.annotation.job import Candidate, Reason

FEW_LABELS = 50


def shares(count: int, available: Mapping[Reason, int], *, labelled_per_class: float) -> dict[Reason, int]:
    """How many rows of each reason to take.

    Args:
      count: in all, at most.
      available: of each reason; a row counts once.
      labelled_per_class: labelled rows for each class.
    """
    there: dict[Reason, int] = {
        name: available.get(name, 0) for name in ("disagreement", "label error", "uncertain", "coverage")
    }
    labelled = there["disagreement"] + there["label error"]
    unlabelled = there["uncertain"] + there["coverage"]
    wrong = min(labelled, max((count + 1) // 2, count - unlabelled))
    new = min(unlabelled, count - wrong)
    disagreeing = min(there["disagreement"], max(count // 4, wrong - there["label error"]), wrong)
    few = labelled_per_class < FEW_LABELS
    wanted = new if not labelled_per_class else (new + 1) // 2 if few else (new + 3) // 4
    covering = min(there["coverage"], max(wanted, new - there["uncertain"]))
    return {
        "disagreement": disagreeing,
        "label error": wrong - disagreeing,
        "uncertain": new - covering,
        "coverage": covering,
    }


def mixed(lists: Sequence[Sequence[Candidate]]) -> tuple[Candidate, ...]:
    """The rows of several lists in one: each list in its order, and evenly spread."""
    placed = [
        ((place + 0.5) / len(rows), number, one) for number, rows in enumerate(lists) for place, one in enumerate(rows)
    ]
    return tuple(one for _, _, one in sorted(placed, key=lambda item: item[:2]))
