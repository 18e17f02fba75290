"""Finds the rows of a table that are worth a person's minute: label errors, disagreements, uncertain and typical rows.

Memory: of labelled rows see `labelled_rows`; of unlabelled ones a margin and a code each, and the vectors of at most 20,000. The
table is streamed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from transforms.annotation.gain import MOST_ROWS, gain_of_answers, truth_of
from transforms.annotation.job import Candidate, LabelJob, Survey
from transforms.annotation.labelled_rows import LabelledRows, likely_names, look_at_labelled, suggested_names
from transforms.annotation.mixture import mixed, shares
from transforms.annotation.out_of_fold import Scores, fit_one, gathered_vectors
from transforms.annotation.unlabelled import POOL, typical_rows, uncertain_rows
from transforms.common.arrays import Mask, RowIndices, Vectors
from transforms.common.errors import RequestError
from transforms.heads.evaluate_published import split_options
from transforms.heads.job import HeadOptions, SplitOptions, TrainJob
from transforms.heads.rows.assign_sides import assign_sides
from transforms.heads.rows.given_labels import given_labels
from transforms.heads.rows.labels import Labels, label_notes
from transforms.heads.rows.prepared import Prepared
from transforms.heads.rows.row_columns import RowColumns
from transforms.heads.rows.split import TEST
from transforms.heads.serve.served_model import ServedModel
from transforms.storage import files
from transforms.table.open import existing, require_rows
from transforms.table.snapshot import Snapshot
from transforms.table.unit_vectors import normalize_rows
from transforms.table.vectors import Chunk, TableVectors

_MOST_TYPICAL = 20_000
_MANY_CLASSES = 100
_MOST_SCORES = 1 << 26
_LEAST_SAMPLE = 1_000
_DEFAULT_C = 10.0

Progress = Callable[[str], None]


@dataclass(frozen=True, eq=False, kw_only=True)
class KnownRows:
    """What is known of a table's rows before any vector is read.

    Attributes:
      labels: of all rows, with the answers; `before`: without them, in the same order of names.
      answered: bool [n], rows that there is an answer to.
      prepared: sides and groups.
      model: whose scores are used; None: a head of our own.
    """

    snapshot: Snapshot
    labels: Labels
    before: Labels
    answered: Mask
    prepared: Prepared
    model: ServedModel | None


def known_rows(
    job: LabelJob, columns: RowColumns, training: TrainJob, answers: str | None, answered: set[str]
) -> KnownRows:
    """Labels and sides of a table's rows.

    Args:
      columns, training: as `opened` has them.
      answers: path of all answers so far; None: there are none.
      answered: ids of the items that they answer.

    Raises:
      RequestError: the column holds no labels but numbers or bytes, or as many different ones as rows.
    """
    (head,) = training.heads
    given, notes = given_labels(training, head, columns.columns)
    after = given
    if answers is not None:
        over = replace(training, labels_files=(*training.labels_files, answers), skip_unknown=True)
        after, more = given_labels(over, head, columns.columns)
        notes = (*notes, *more)
    before, labels = (Labels.of(column, separator=head.separator) for column in (given, after))
    names = sorted({*before.names, *labels.names})
    labels = replace(labels.in_order(names), notes=(*label_notes(labels.names), *notes))
    if len(before.names) >= _MANY_CLASSES and len(before.names) > 0.9 * before.known.sum():
        raise RequestError(
            f"{job.table}: the column {job.label!r} holds {len(before.names):,} different values in"
            f" {int(before.known.sum()):,} rows, which are no classes: name the labels' column with --label-column"
        )
    ids = columns.columns["id"].to_pylist()
    return KnownRows(
        snapshot=existing(job.table, job.version),
        labels=labels,
        before=before.in_order(names),
        answered=np.fromiter((name in answered for name in ids), np.bool_, len(ids)),
        prepared=assign_sides(training, columns, {head.name: labels}),
        model=None if job.model is None else ServedModel(job.model),
    )


def opened(job: LabelJob) -> tuple[RowColumns, TrainJob]:
    """The columns of a table that decide labels and sides, and the training that would use them.

    Raises:
      RequestError: there is no such table, column or file, the table has no rows, or the model is another encoder's.
    """
    snapshot = existing(job.table, job.version)
    require_rows(job.table, snapshot)
    split, to = SplitOptions(), job.out
    if job.model is not None:
        model = ServedModel(job.model)
        model.require_encoder(snapshot.about.encoder_fingerprint, job.table, snapshot.about.encoder)
        model.require_columns(snapshot.schema, job.table)
        split, to = split_options(model.fact("split"), where=model.folder), files.parent(model.folder)
    training = TrainJob(
        table=job.table,
        version=job.version,
        to=to,
        heads=(HeadOptions(label=job.label, separator=job.separator),),
        split=split,
        labels_files=job.labels_files,
        skip_unknown=job.skip_unknown,
    )
    return RowColumns.read(training, snapshot), training


def survey(job: LabelJob, known: KnownRows, *, progress: Progress = lambda words: None) -> Survey:
    """Chooses the rows. `progress` gets what is done, in words."""
    vectors = TableVectors(job.table, known.snapshot)
    labels, seed = known.labels, job.seed + int(known.answered.sum())
    notes = list(labels.notes)
    wanted = _sample(labels.known, min(MOST_ROWS, max(_MOST_SCORES // max(len(labels.names), 1), _LEAST_SAMPLE)), seed)
    if wanted.sum() < labels.known.sum():
        notes.append(f"of {int(labels.known.sum()):,} labelled rows a sample of {int(wanted.sum()):,} was looked at")
    found = look_at_labelled(vectors, labels, wanted, known.prepared.groups, threshold=job.threshold, progress=progress)
    disagreeing = _first_of_each(one for one in found.disagreements if not known.answered[one.row])
    doubted = {one.row for one in disagreeing}
    wrong = [one for one in found.errors if not known.answered[one.row] and one.row not in doubted]
    unlabelled = ~labels.known
    classes = sum(count > 0 for count in labels.counts(labels.known).values())
    per_class = float(labels.known.sum()) / max(classes, 1)
    scorer = _scorer(vectors, known, found, wanted)
    if scorer is None and unlabelled.any():
        notes.append("there are no labels to learn from yet: unlabelled rows are chosen so that they cover the table")
    progress("choosing")
    # What is hard must not make the test side hard.
    may_learn = unlabelled & (known.prepared.sides != TEST) if scorer is not None else np.zeros_like(unlabelled)
    share = shares(
        job.count,
        {
            "disagreement": len(disagreeing),
            "label error": len(wrong),
            "uncertain": int(may_learn.sum()),
            "coverage": int(unlabelled.sum()),
        },
        labelled_per_class=per_class,
    )
    covering = _covering(vectors, known, share["coverage"], seed)
    uncertain: list[Candidate] = []
    if scorer is not None and share["uncertain"]:
        margins = _margins(vectors, may_learn, scorer)
        margins[[one.row for one in covering]] = np.inf
        uncertain = _uncertain(vectors, margins, share["uncertain"], seed)
    covering, uncertain = (_with_suggestions(vectors, rows, scorer) for rows in (covering, uncertain))
    lists = [disagreeing[: share["disagreement"]], wrong[: share["label error"]], uncertain, covering]
    gain = None
    if known.answered.any() and len(labels.names) > 1:
        progress("measuring the gain")
        gain = gain_of_answers(
            vectors, known.before, labels, known.prepared.sides, c=found.c or _DEFAULT_C, seed=job.seed
        )
        if gain is None:
            notes.append("what the answers gained cannot be measured: no labelled row is on the test side")
    facts = {
        "rows": known.snapshot.rows,
        "labelled": int(labels.known.sum()),
        "classes": len(labels.names),
        "answered": int(known.answered.sum()),
        "looked_at": len(found.rows),
        "label_errors": len(wrong),
        "label_errors_estimated": None if found.estimated is None else round(found.estimated),
        "disagreements": len(disagreeing),
        "chosen": {name: len(rows) for name, rows in zip(share, lists, strict=True)},
        "gain": gain,
    }
    return Survey(chosen=mixed(lists), facts=facts, notes=(*notes, *found.notes))


def _first_of_each(found: Iterator[Candidate]) -> list[Candidate]:
    return list({one.row: one for one in found}.values())


def _sample(rows: Mask, most: int, seed: int) -> Mask:
    """The rows, or at most about `most` of them."""
    count = int(rows.sum())
    return rows if count <= most else rows & (np.random.default_rng(seed).random(len(rows)) < most / count)


@dataclass(frozen=True, eq=False)
class _Scorer:
    """What scores unlabelled rows: the names of its classes, and the columns that it sees beside the vector."""

    score: Callable[[Chunk], Scores]
    names: tuple[str, ...]
    several: bool
    columns: tuple[str, ...] = ()


def _scorer(vectors: TableVectors, known: KnownRows, found: LabelledRows, wanted: Mask) -> _Scorer | None:
    """The model's scores, or those of a head of the `wanted` labelled rows; None where there is nothing to learn from."""
    model, labels = known.model, known.labels
    if model is not None:
        several = model.activation == "sigmoid"
        return _Scorer(
            lambda chunk: model.from_vectors(chunk.vectors, chunk.columns), model.labels, several, model.inputs.features
        )
    present = sum(count > 0 for count in labels.counts(wanted).values())
    if present < (1 if labels.several else 2) or labels.known.all():
        return None
    x = gathered_vectors(vectors, wanted)
    head = fit_one(x, truth_of(labels, wanted), found.c or _DEFAULT_C, classes=len(labels.names))
    return _Scorer(lambda chunk: head.scores(chunk.vectors), labels.names, labels.several)


def _margins(vectors: TableVectors, wanted: Mask, scorer: _Scorer) -> npt.NDArray[np.float32]:
    """How sure the scorer is of each wanted row, float32 [n], infinite elsewhere.

    Between the two best scores; of several labels twice that between the most doubtful and one half.
    """
    margins = np.full(len(wanted), np.inf, np.float32)
    for chunk in vectors.chunks(wanted, columns=scorer.columns):
        scores = scorer.score(chunk)
        if scorer.several:
            margins[chunk.rows] = 2 * np.abs(scores - 0.5).min(axis=1, initial=0.5)
        else:
            best = np.partition(scores, -2, axis=1)[:, -2:]
            margins[chunk.rows] = best[:, 1] - best[:, 0]
    return margins


def _covering(vectors: TableVectors, known: KnownRows, count: int, seed: int) -> list[Candidate]:
    """Typical unlabelled rows of regions without a label."""
    if not count:
        return []
    pool = _sample(~known.labels.known, _MOST_TYPICAL, seed)
    labelled = _sample(known.labels.known, _MOST_TYPICAL, seed)
    rows, unit = _unit_vectors(vectors, pool)
    found = typical_rows(unit, _unit_vectors(vectors, labelled)[1], count, seed=seed)
    return [
        Candidate(
            row=int(rows[at]),
            reason="coverage",
            score=float(share),
            suggested=(),
            evidence=f"typical of {share:.2%} of the unlabelled rows, where labels are few or none",
        )
        for at, share in zip(found.rows.tolist(), found.shares.tolist(), strict=True)
    ]


def _uncertain(vectors: TableVectors, margins: npt.NDArray[np.float32], count: int, seed: int) -> list[Candidate]:
    """Uncertain rows that are not all alike."""
    most = min(POOL * count, int(np.isfinite(margins).sum()))
    if not most:
        return []
    pool = np.zeros(len(margins), np.bool_)
    pool[np.argpartition(margins, most - 1)[:most]] = True
    rows, unit = _unit_vectors(vectors, pool)
    chosen = rows[uncertain_rows(unit, margins[rows], count, seed=seed)]
    return [
        Candidate(row=int(row), reason="uncertain", score=float(1 - margins[row]), suggested=(), evidence="")
        for row in chosen
    ]


def _with_suggestions(vectors: TableVectors, found: list[Candidate], scorer: _Scorer | None) -> list[Candidate]:
    """The rows with the labels that the scorer suggests, and its best scores as evidence."""
    if scorer is None or not found:
        return found
    wanted = np.zeros(vectors.rows, np.bool_)
    wanted[[one.row for one in found]] = True
    scores = {
        int(row): values
        for chunk in vectors.chunks(wanted, columns=scorer.columns)
        for row, values in zip(chunk.rows, scorer.score(chunk), strict=True)
    }
    made = []
    for one in found:
        values = scores[one.row]
        best = ", ".join(f"{scorer.names[code]} {values[code]:.2f}" for code in np.argsort(-values, kind="stable")[:2])
        evidence = f"{one.evidence}; scores: {best}" if one.evidence else f"scores: {best}"
        suggested = suggested_names(values, scorer.names, several=scorer.several)
        likely = likely_names(values, scorer.names)
        made.append(replace(one, suggested=suggested, evidence=evidence, likely=likely))
    return made


def _unit_vectors(vectors: TableVectors, wanted: Mask) -> tuple[RowIndices, Vectors]:
    """Positions and unit vectors of the wanted rows; rows without direction are left out."""
    unit, good = normalize_rows(gathered_vectors(vectors, wanted))
    return np.flatnonzero(wanted)[good], unit[good]
