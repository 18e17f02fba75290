"""Describes the figures of an evaluation, and the parts of `report.json` that they fill."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from transforms.common.intervals import Interval


@dataclass(frozen=True)
class ClassFigures:
    """One class against the rest; `support` is its number of true items."""

    label: str
    support: int
    precision: Interval
    recall: Interval
    f1: Interval
    roc_auc: Interval
    average_precision: Interval

    def to_json(self) -> dict[str, Any]:
        """An element of `per_class` of `report.json`."""
        figures = ("precision", "recall", "f1", "roc_auc", "average_precision")
        return {
            "label": self.label,
            "support": self.support,
            **{name: getattr(self, name).to_json() for name in figures},
        }


@dataclass(frozen=True)
class EvaluationFigures:
    """The measured part of a report.

    Attributes:
      metrics: accuracy (of several labels: all of an item's labels right), macro_precision, macro_recall, macro_f1,
        macro_roc_auc (one against the rest), macro_average_precision, log_loss (nats per decision), ece; for several
        labels micro_f1 too.
      per_class: in the order of the labels.
      confusion: int64 [K, K], rows truth, columns predicted; None for several labels.
      bins: the reliability bins, as in `report.json`.
      curves: precision and recall per class, as in `report.json`.
    """

    metrics: Mapping[str, Interval]
    per_class: tuple[ClassFigures, ...]
    confusion: NDArray[np.int64] | None
    bins: tuple[Mapping[str, float | int | None], ...]
    curves: tuple[Mapping[str, Any], ...]

    def to_json(self) -> dict[str, Any]:
        """The five keys of `report.json`; `ece_uncalibrated` is None, for whoever knows the raw logits to fill in."""
        labels = [row.label for row in self.per_class]
        return {
            "metrics": {name: figure.to_json() for name, figure in self.metrics.items()},
            "per_class": [row.to_json() for row in self.per_class],
            "confusion": None if self.confusion is None else {"labels": labels, "counts": self.confusion.tolist()},
            "reliability": {"bins": [dict(row) for row in self.bins], "ece_uncalibrated": None},
            "precision_recall": [dict(row) for row in self.curves],
        }
