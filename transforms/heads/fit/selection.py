"""Chooses the kind of a head, linear, k-nearest or MLP, by rows that were not fitted, and fits it.

Where rows are few (`held_out.by_folds`), every candidate is fitted to the same folds of the training and eval rows, groups
together: up to 500 rows thrice to five folds, up to 20,000 once, above that to one fold. The MLP of a fold learns in NumPy, and
stops by an eighth of its rows. A setting (C, k) is the one that does best on the other folds. With more rows, each candidate is
fitted as it would be published, and the eval rows decide; the MLP takes most of that time.

The rule: the smallest candidate (linear before MLP before k-nearest) that is not behind the best by more than one standard error
of the difference between the two on the same rows (after Breiman et al., Classification and Regression Trees, 1984, 3.4.3).
Accuracy is compared; of several labels an item the log loss, after a temperature.

The choice is kept in the training's folder: a killed training goes on with it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from transforms.common.arrays import Mask
from transforms.common.intervals import share_interval
from transforms.common.progress import METER
from transforms.heads.evaluation.calibration import fit_temperature
from transforms.heads.evaluation.scores import log_losses
from transforms.heads.fit import held_out, linear_head
from transforms.heads.fit.fitted import Fitted
from transforms.heads.fit.given_head import fit_given
from transforms.heads.fit.knn_head import KeptRows, drawn, fit_knn, neighbours_of, taken
from transforms.heads.fit.linear import LinearHeads
from transforms.heads.fit.linear_head import fit_linear
from transforms.heads.fit.mlp_head import fit_mlp
from transforms.heads.fit.numpy_mlp import NumpyMlp
from transforms.heads.fit.training_data import HeadData, TrainingBatch
from transforms.heads.job import FittedKind
from transforms.heads.rows.split import EVAL, TRAIN
from transforms.storage import files

KINDS: tuple[FittedKind, ...] = ("linear", "mlp", "knn")
"""The smallest first: a linear head is a row of weights a label, an MLP some layers of them, a k-nearest head keeps rows."""
_REPEATED_ROWS, _REPEATS = 500, 3
_ALL_FOLDS_ROWS = 20_000
_MOST_EVAL_ROWS = 65_536
_STOP_SHARE = 8
_FILE = "selection.json"

Array = npt.NDArray[np.float32]
Scores = npt.NDArray[np.float64]
"""Of each row: 1 where it is right, else 0; of several labels minus its log loss."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One kind's figures on held-out rows.

    Attributes:
      value, low, high: accuracy with its interval; of several labels the log loss (its interval by the standard error).
      behind: the best candidate's value over it, on the same rows; of log losses the other way round. 0 for the best.
      standard_error: of `behind`.
    """

    kind: FittedKind
    value: float
    low: float
    high: float
    behind: float
    standard_error: float


@dataclass(frozen=True, kw_only=True)
class Selection:
    """The kind that was chosen, and why.

    Attributes:
      rows: "3 x 5 folds of 1,000 rows" or "5,212 eval rows".
      measure: "accuracy" or "log loss".
      candidates: the smallest first.
    """

    kind: FittedKind
    rows: str
    measure: str
    candidates: tuple[Candidate, ...]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_json(stored: dict[str, Any]) -> Selection:
        return Selection(**{**stored, "candidates": tuple(Candidate(**one) for one in stored["candidates"])})

    def __str__(self) -> str:
        """`knn: held-out accuracy linear 0.833 [0.800, 0.860], knn 0.874 …`."""
        each = ", ".join(f"{one.kind} {one.value:.3f} [{one.low:.3f}, {one.high:.3f}]" for one in self.candidates)
        return f"{self.kind}, by {self.measure} on {self.rows}: {each}"


def fit_head(data: HeadData, folder: str) -> Fitted:
    """The head that the options ask for; of the kind "auto", the one that is chosen.

    Args:
      folder: what a killed training goes on from.
    """
    if data.head.given is not None:
        return fit_given(data, data.head.given)
    if data.head.kind != "auto":
        return _fit(data.head.kind, data, folder)
    if len(np.unique(data.prepared.groups[data.rows(TRAIN, EVAL)])) < held_out.FOLDS:
        return fit_linear(data)  # nothing to choose by
    started = time.monotonic()
    path = files.join(folder, _FILE)
    fitted: dict[FittedKind, Fitted] = {}
    folded: list[LinearHeads] = []
    if files.exists(path):
        selection = Selection.from_json(json.loads(files.read(path)))
    else:
        train, evaluation = data.rows(TRAIN), data.rows(EVAL)
        if held_out.by_folds(train, evaluation):
            selection = by_folds(data, train | evaluation, folded=folded)
        else:
            fitted = {kind: _fit(kind, data, folder) for kind in KINDS}
            selection = _by_eval_rows(data, data.some(evaluation, _MOST_EVAL_ROWS), fitted)
        files.write(path, json.dumps(selection.to_json()).encode())
    chosen = time.monotonic()
    found = fitted[selection.kind] if selection.kind in fitted else _fit(selection.kind, data, folder, folded)
    seconds = {"choose the head": chosen - started, **found.seconds}
    return replace(found, selection=selection.to_json(), seconds=seconds)


def _fit(kind: FittedKind, data: HeadData, folder: str, folded: Sequence[LinearHeads] = ()) -> Fitted:
    if kind == "linear":
        return fit_linear(data, folded=folded)
    return fit_knn(data) if kind == "knn" else fit_mlp(data, files.join(folder, "mlp"))


# ---- by folds -------------------------------------------------------------------------------------------------


def by_folds(data: HeadData, wanted: Mask, *, folded: list[LinearHeads] | None = None) -> Selection:
    """The choice among all kinds by folds of the wanted rows, which fit into memory.

    Args:
      folded: gets the linear heads of the first folds: whoever fits a linear head of all rows has these then.
    """
    rows = data.in_memory(wanted)
    groups, codes = data.prepared.groups[wanted], data.labels.codes[wanted]
    count = len(groups)
    repeats = _REPEATS if count <= _REPEATED_ROWS else 1
    folds = held_out.FOLDS if count <= _ALL_FOLDS_ROWS else 1
    scored = np.zeros(count, np.bool_)
    scores = {kind: np.zeros(count) for kind in KINDS}
    for repeat in range(repeats):
        fold = held_out.folds_of(groups, codes, repeat=repeat)
        parts = [fold == number for number in range(folds) if 0 < (fold == number).sum() < count]
        for kind in KINDS:
            METER.begin(f"choosing the head: {kind}, {repeat + 1} of {repeats}")
            first = folded if repeat == 0 else None
            made = [_settings(kind, data, rows, out, groups, folded=first) for out in parts]
            for out, score in zip(parts, _scores(data, rows, parts, made), strict=True):
                scores[kind][out] += score / repeats
        scored |= np.isin(fold, range(folds))
    times = f"{repeats} x " if repeats > 1 else ""
    words = f"{times}{held_out.FOLDS} folds of {count:,} rows" if folds > 1 else f"{int(scored.sum()):,} rows"
    weight = rows[2][scored]
    return _selection(
        data, {kind: score[scored] for kind, score in scores.items()}, weight=weight, groups=groups[scored], rows=words
    )


def _settings(
    kind: FittedKind,
    data: HeadData,
    rows: TrainingBatch,
    out: Mask,
    groups: npt.NDArray[np.uint64],
    *,
    folded: list[LinearHeads] | None,
) -> Array:
    """Logits float32 [settings, m, K] of the rows that are out, of heads of the others, one for each setting of the kind."""
    x, inner = rows[0][out], taken(rows, ~out)
    if kind == "linear":
        heads = linear_head.heads_of(data, inner, phase="choosing the head")
        if folded is not None:
            folded.append(heads)
        return np.stack([linear_head.logits_of(heads, place, x) for place in range(len(heads.weights))])
    if kind == "knn":
        kept = KeptRows.of(drawn(data, inner), classes=data.classes, loss=data.loss)
        return kept.logits(x, neighbours_of(len(kept.unit)))
    network = NumpyMlp(inner[0], classes=data.classes, loss=data.loss, options=data.head.mlp, seed=int(out.argmax()))
    order = np.unique(groups[~out], return_inverse=True)[1]
    stop = np.random.default_rng((data.head.mlp.seed, 1)).permutation(order.max() + 1)[order] % _STOP_SHARE == 0
    if stop.all() or not stop.any():
        stop = np.arange(len(order)) == 0
    network.train(taken(inner, ~stop), taken(inner, stop))
    return network.logits(x)[None]


def _scores(data: HeadData, rows: TrainingBatch, parts: Sequence[Mask], made: Sequence[Array]) -> Iterator[Scores]:
    """Scores of the rows of each part, each under the setting that is best on the other parts."""
    count = min(len(logits) for logits in made)
    sums = np.array(
        [
            [held_out.errors_of(logits[s], rows[1][out], rows[2][out]) for s in range(count)]
            for out, logits in zip(parts, made, strict=True)
        ]
    )
    chosen = []
    for place, logits in enumerate(made):
        others = sums.sum(axis=0) - (sums[place] if len(made) > 1 else 0)
        chosen.append(logits[held_out.best_setting(others[:, 0], others[:, 1], several=data.labels.several)])
    truth = [rows[1][out] for out in parts]
    if data.labels.several:
        temperature = fit_temperature(np.concatenate(chosen), np.concatenate(truth) > 0.5)
        chosen = [logits / np.float32(temperature) for logits in chosen]
    for logits, true in zip(chosen, truth, strict=True):
        yield _row_scores(logits, true, several=data.labels.several)


def _row_scores(logits: Array, truth: npt.NDArray[Any], *, several: bool) -> Scores:
    if several:
        return -log_losses(logits, truth)
    return (logits.argmax(axis=1) == (truth if truth.ndim == 1 else truth.argmax(axis=1))).astype(np.float64)


# ---- by eval rows ---------------------------------------------------------------------------------------------


def _by_eval_rows(data: HeadData, evaluation: Mask, fitted: dict[FittedKind, Fitted]) -> Selection:
    METER.begin("choosing the head")
    scores: dict[FittedKind, list[Scores]] = {kind: [] for kind in fitted}
    weights, positions = [], []
    for chunk in data.chunks(evaluation):
        x, truth = data.transform.apply(chunk), data.truth(chunk.rows)
        weights.append(data.weight(chunk.rows))
        positions.append(chunk.rows)
        for kind, head in fitted.items():
            logits = np.asarray(head.model(x, training=False), np.float32) / np.float32(head.temperature)
            scores[kind].append(_row_scores(logits, truth, several=data.labels.several))
    rows = np.concatenate(positions)
    return _selection(
        data,
        {kind: np.concatenate(parts) for kind, parts in scores.items()},
        weight=np.concatenate(weights),
        groups=data.prepared.groups[rows],
        rows=f"{len(rows):,} eval rows",
    )


# ---- the rule -------------------------------------------------------------------------------------------------


def _selection(
    data: HeadData, scores: dict[FittedKind, Scores], *, weight: Array, groups: npt.NDArray[np.uint64], rows: str
) -> Selection:
    several = data.labels.several
    means = {kind: float(np.average(score, weights=weight)) for kind, score in scores.items()}
    best = max(means, key=lambda kind: means[kind])  # the simpler one of equals
    candidates = []
    for kind, score in scores.items():
        behind = means[best] - means[kind]
        error = standard_error(scores[best] - score, weight, groups)
        if several:
            spread = 1.96 * standard_error(score, weight, groups)
            value, low, high = -means[kind], -means[kind] - spread, -means[kind] + spread
        else:
            value = means[kind]
            low, high = share_interval(value * len(score), len(score))
        candidates.append(Candidate(kind=kind, value=value, low=low, high=high, behind=behind, standard_error=error))
    kind = smallest(candidates)
    return Selection(kind=kind, rows=rows, measure="log loss" if several else "accuracy", candidates=tuple(candidates))


def smallest(candidates: Sequence[Candidate]) -> FittedKind:
    """The first candidate that is behind the best by at most one standard error."""
    return next(one.kind for one in candidates if one.behind <= one.standard_error)


def standard_error(values: Scores, weight: Array, groups: npt.NDArray[np.uint64]) -> float:
    """Of the weighted mean of values float64 [n], where those of a group belong together.

    The values' residuals are summed by group (Liang and Zeger, Biometrika 1986).
    """
    weights = weight.astype(np.float64)
    residuals = weights * (values - np.average(values, weights=weights))
    _, member = np.unique(groups, return_inverse=True)
    return float(np.sqrt(np.square(np.bincount(member, weights=residuals)).sum()) / weights.sum())
