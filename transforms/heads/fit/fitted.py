"""Describes a fitted head: its network, its temperature, and the curve of its fit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from transforms.heads.evaluation.calibration import MIN_TEMPERATURE, fit_temperature
from transforms.heads.job import FittedKind


@dataclass(frozen=True, eq=False, kw_only=True)
class Fitted:
    """A fitted head.

    Attributes:
      kind: of the network.
      model: a keras.Model, float32 [n, width] -> logits float32 [n, K].
      temperature: what the logits are divided by before they become scores.
      inverse_regularization: C of a linear head; None for others.
      neighbours: that vote in a k-nearest head; None for others.
      curve: as "learning_curve" in a report.
      seconds: of each phase.
      selection: why this kind, as "selection" in a report; None where the kind was asked for.
      trained: on which device, and how, in words; "" where that is float32 on processors.
    """

    kind: FittedKind
    model: Any
    temperature: float
    inverse_regularization: float | None
    curve: dict[str, Any]
    neighbours: int | None = None
    selection: dict[str, Any] | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    trained: str = ""


def held_out_temperature(logits: npt.NDArray[np.float32], truth: npt.NDArray[Any]) -> float:
    """The temperature on held-out rows; 1.0 where the optimum is the lower bound, as where all of a few rows are right."""
    found = fit_temperature(logits, truth if truth.ndim == 1 else truth > 0.5)
    return found if found > MIN_TEMPERATURE * 1.01 else 1.0
