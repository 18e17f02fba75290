"""Looks at labelled rows: which labels are likely wrong, and which near-duplicates disagree.

A row's scores are those of a linear head of other folds, and the labels of its 20 nearest rows of other folds, mixed 7 : 3. Of
500 flipped labels of agnews that finds 382, and the head alone 368 (`python -m benchmarks.labelling errors`).

Of more than 60,000 labelled rows a sample is looked at. Memory: its vectors, four times.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from transforms.annotation.confident import LabelErrors, label_errors, label_errors_of_several
from transforms.annotation.gain import truth_of
from transforms.annotation.job import Candidate
from transforms.annotation.neighbors import Neighbors, disagreements
from transforms.annotation.out_of_fold import FOLDS, Scores, fit_scorer, folds_of, gathered_vectors
from transforms.common.arrays import Mask, RowIndices
from transforms.common.hashes import Hashes
from transforms.heads.evaluation.scores import THRESHOLD
from transforms.heads.rows.labels import Labels
from transforms.table.vectors import TableVectors

NEIGHBORS_WEIGHT = 0.3

_LEAST_ROWS = 10
_LIKELY = 5


@dataclass(frozen=True, eq=False, kw_only=True)
class LabelledRows:
    """What was found among labelled rows.

    Attributes:
      rows: positions of those that were looked at, int64 [n].
      errors: likely label errors, the likeliest first.
      disagreements: rows of groups of near-duplicates with several labels, the nearest first.
      estimated: how many labels are wrong, of those looked at; None: too few to say.
      c: of the least held-out log loss; None: nothing could be fitted.
      notes: words for the person.
    """

    rows: RowIndices
    errors: tuple[Candidate, ...]
    disagreements: tuple[Candidate, ...]
    estimated: float | None
    c: float | None
    notes: tuple[str, ...]


def look_at_labelled(
    vectors: TableVectors,
    labels: Labels,
    wanted: Mask,
    groups: Hashes,
    *,
    threshold: float,
    progress: Callable[[str], None] = lambda words: None,
) -> LabelledRows:
    """Looks at the `wanted` labelled rows.

    Args:
      labels: of all rows of the table.
      groups: of the split, uint64, of all rows: those of one group are in one fold.
      threshold: cosine of near-duplicates.
    """
    rows = np.flatnonzero(wanted)
    x, truth = gathered_vectors(vectors, wanted), truth_of(labels, wanted)
    membership = labels.membership[rows]
    nothing = LabelledRows(rows=rows, errors=(), disagreements=(), estimated=None, c=None, notes=())
    if len(rows) < 2:
        return nothing
    progress("comparing")
    neighbors = Neighbors.of(x)
    near = neighbors.groups(threshold)
    numbers = _numbers(labels, rows)
    together = _together(groups[rows], near)
    judged = _learnable(membership, together)
    quality, found, scores, c = np.full(len(rows), 0.5, np.float32), None, None, None
    notes: list[str] = []
    if len(rows) >= _LEAST_ROWS and judged.sum() >= 2 and (labels.several or len(set(numbers[judged])) > 1):
        fold = folds_of(together, numbers, min(FOLDS, len(np.unique(together))))
        _, scores, c = fit_scorer(x, truth, fold, classes=len(labels.names), after=progress)
        shares = neighbors.label_shares(membership, fold)
        some = shares.any(axis=1) | labels.several
        scores[some] += NEIGHBORS_WEIGHT * (shares[some] - scores[some])
        found = _errors(scores, labels, truth)
        quality = found.quality
        if not judged.all():
            notes.append(
                f"{int((~judged).sum()):,} labelled rows could not be judged: no other row, but near-duplicates, has their label"
            )
    else:
        notes.append(f"{len(rows):,} labelled rows are too few, or of too few labels, to say which labels are wrong")
    disagreeing = disagreements(neighbors, near, numbers, quality)
    return LabelledRows(
        rows=rows,
        errors=() if found is None or scores is None else _error_rows(found, judged, rows, labels, scores),
        disagreements=tuple(
            Candidate(
                row=int(rows[one.row]),
                reason="disagreement",
                score=one.cosine,
                suggested=names_at(labels, int(rows[one.twin])),
                evidence=f"a near-duplicate (cosine {one.cosine:.3f}) is labelled"
                f" {' + '.join(names_at(labels, int(rows[one.twin]))) or 'without any'}; {one.size} rows are nearly the same",
                twin=int(rows[one.twin]),
            )
            for one in disagreeing
        ),
        estimated=None if found is None else found.estimated,
        c=c,
        notes=tuple(notes),
    )


def names_at(labels: Labels, row: int) -> tuple[str, ...]:
    """The labels of a row; () where it has none."""
    if not labels.known[row]:
        return ()
    if labels.several:
        return tuple(labels.names[code] for code in np.flatnonzero(labels.codes[row]))
    return (labels.names[int(labels.codes[row])],)


def suggested_names(scores: npt.NDArray[np.float32], names: tuple[str, ...], *, several: bool) -> tuple[str, ...]:
    """The labels that scores [K] speak for: all of at least one half, or the best one."""
    if several:
        return tuple(names[code] for code in np.flatnonzero(scores >= THRESHOLD))
    return (names[int(scores.argmax())],)


def likely_names(scores: npt.NDArray[np.float32], names: tuple[str, ...]) -> tuple[str, ...]:
    """The labels of the best of scores [K], the best first."""
    return tuple(names[code] for code in np.argsort(-scores, kind="stable")[:_LIKELY])


def _numbers(labels: Labels, rows: RowIndices) -> npt.NDArray[np.int64]:
    """A number for the label, or for the set of labels, of each row."""
    if not labels.several:
        return labels.codes[rows].astype(np.int64)
    return np.unique(labels.codes[rows], axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)


def _together(groups: Hashes, near: RowIndices) -> Hashes:
    """The groups of the split, joined where near-duplicates are in several: uint64 [n]."""
    from transforms.similarity.components import UnionFind

    first, member = np.unique(groups, return_index=True, return_inverse=True)[1:]
    union_find = UnionFind(len(groups))
    union_find.join(np.arange(len(groups)), near)
    union_find.join(np.arange(len(groups)), first[member])
    joined: Hashes = groups[union_find.roots(np.arange(len(groups)))]
    return joined


def _learnable(membership: npt.NDArray[np.bool_], together: Hashes) -> Mask:
    """Bool [n]: rows each of whose labels some other group has, too, so that a head of other folds may know it."""
    distinct, member = np.unique(together, return_inverse=True)
    spread = np.zeros(membership.shape[1], np.int64)
    for label in range(membership.shape[1]):
        spread[label] = len(np.unique(member[membership[:, label]]))
    lonely: Mask = np.logical_or.reduce(membership[:, spread < 2], axis=1)
    return ~lonely & np.full(len(lonely), len(distinct) > 1)


def _errors(scores: Scores, labels: Labels, truth: npt.NDArray[np.int32] | npt.NDArray[np.float32]) -> LabelErrors:
    if labels.several:
        return label_errors_of_several(scores, truth.astype(np.bool_))
    return label_errors(scores, truth.astype(np.int32))


def _error_rows(
    found: LabelErrors, judged: Mask, rows: RowIndices, labels: Labels, scores: Scores
) -> tuple[Candidate, ...]:
    at = np.flatnonzero(found.is_error & judged)
    at = at[np.argsort(found.quality[at], kind="stable")]
    return tuple(
        Candidate(
            row=int(rows[one]),
            reason="label error",
            score=float(1 - found.quality[one]),
            suggested=_suggestion(found.suggested[one], labels),
            evidence=_evidence(scores[one], labels, int(rows[one])),
            likely=likely_names(scores[one], labels.names),
        )
        for one in at.tolist()
    )


def _suggestion(code: npt.NDArray[np.bool_] | np.int32, labels: Labels) -> tuple[str, ...]:
    if labels.several:
        return tuple(labels.names[position] for position in np.flatnonzero(code))
    return (labels.names[int(code)],)


def _evidence(scores: npt.NDArray[np.float32], labels: Labels, row: int) -> str:
    """`scores: sport 0.91, sky 0.03`: the best ones, and those of the labels that the row has."""
    given = names_at(labels, row)
    best = [labels.names[code] for code in np.argsort(-scores, kind="stable")[:2]]
    place = {name: code for code, name in enumerate(labels.names)}
    shown = list(dict.fromkeys([*best, *given]))[:6]
    return "scores by the other rows: " + ", ".join(f"{name} {scores[place[name]]:.2f}" for name in shown)
