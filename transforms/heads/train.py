"""Trains one head, from rows to a version: fit, evaluate on the test rows once, export, gate, publish.

Each step leaves behind what a killed training goes on from; the last one is a rename.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from transforms.common.errors import RequestError
from transforms.common.progress import METER
from transforms.encoders.imported import is_imported, no_encoder
from transforms.encoders.local_features.encoder import several_vectors
from transforms.encoders.matching import encoder_that_made
from transforms.encoders.resolved import ResolvedEncoder
from transforms.heads import model_folder
from transforms.heads.evaluate_published import scores_of_items
from transforms.heads.evaluation.evaluate import FORMAT, Evaluation, figure_text, key_figures, majority_scores
from transforms.heads.evaluation.scores import scores_of
from transforms.heads.fit.fine_tune import Tuned, fine_tune
from transforms.heads.fit.fitted import Fitted
from transforms.heads.fit.selection import Selection, fit_head
from transforms.heads.fit.training_data import HeadData
from transforms.heads.job import HeadOptions, TrainJob
from transforms.heads.publish.export import save
from transforms.heads.publish.lineage import about_data, key_of, leak_count, rows_of_sides, write_description
from transforms.heads.rows.feature_transform import FOLDER, HeadTransform
from transforms.heads.rows.inputs import Inputs
from transforms.heads.rows.labels import label_notes
from transforms.heads.rows.prepared import Prepared
from transforms.heads.rows.split import TEST, TRAIN
from transforms.heads.serve.served_model import ServedModel, aligned
from transforms.storage import files, folders, local_disk
from transforms.storage.numbered_versions import CANDIDATES
from transforms.table.open import existing
from transforms.table.schema import has_local_features
from transforms.table.snapshot import Snapshot
from transforms.table.vectors import TableVectors

_FROZEN = "frozen head"

Scores = npt.NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The outcome of one head.

    Attributes:
      name: of the head; of the model's folder where it is the only head.
      folder: of the version, or of the candidate.
      version: its number; None where it was not published.
      verdict: why, in words.
      metrics: its key figures, as in a report.
      gain: accuracy over the published version, as in a report; None where there was none.
      rows: of the sides train, eval and test.
      leaks: held-out items with a near-duplicate among the training items; None: not looked for.
      head: "linear", "knn" or "mlp".
      selection: why this one, as in a report; None where it was asked for.
      notes: words for the person about the labels, and about the GPU that it was trained on.
    """

    name: str
    folder: str
    version: int | None
    verdict: str
    metrics: dict[str, Any]
    gain: dict[str, Any] | None
    rows: dict[str, int]
    leaks: int | None
    seconds: float
    head: str = ""
    selection: dict[str, Any] | None = None
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def encoder_of(snapshot: Snapshot) -> ResolvedEncoder | None:
    """The encoder that made a table's vectors, as it is on this machine; None: they were imported, and nobody knows it here.

    Raises:
      RequestError: it cannot be had here, or is another one by now; it gives no vector of an item that a head could take.
    """
    about = snapshot.about
    if is_imported(about.handle):
        return None
    if has_local_features(snapshot.schema):
        raise RequestError(several_vectors(about.encoder))
    return encoder_that_made(
        about.handle,
        precision=about.precision,  # type: ignore[arg-type]
        fingerprint=about.encoder_fingerprint,
        name=about.encoder,
        where="the table's vectors are",
        advice="embed the corpus again, or train where that encoder is",
    )


def finished(job: TrainJob, head: HeadOptions) -> Outcome | None:
    """The outcome of this very training, if it has run before: the newest version, or a candidate against it."""
    model = job.folder(head)
    number = model_folder.MODELS.newest(model)
    candidate = files.join(model, CANDIDATES, job.key)
    for folder, published in ((files.join(model, str(number)), number), (candidate, None)):
        lineage = model_folder.lineage_in(folder)
        if (
            lineage is None
            or lineage.get("key") != key_of(job, head)
            or (published is None and lineage.get("base") != number)
        ):
            continue
        again = "nothing to do, this training has been done"
        return Outcome(
            name=_name(job, head),
            folder=folder,
            version=published,
            verdict=again if published is not None else f"{again}: {lineage['verdict']}",
            metrics=lineage["metrics"],
            gain=lineage.get("gain"),
            rows=lineage["rows"],
            leaks=lineage.get("leaks"),
            seconds=0.0,
            head=lineage.get("head_kind", lineage["head"]["kind"]),
            selection=lineage.get("selection"),
            notes=(*label_notes(lineage["labels"]), *lineage.get("label_notes", ())),
        )
    return None


def _name(job: TrainJob, head: HeadOptions) -> str:
    return files.basename(files.absolute(job.folder(head)).rstrip("/"))


def train_head(job: TrainJob, position: int) -> Outcome:
    """Trains, evaluates and publishes (or keeps as a candidate) one head of a prepared job.

    Raises:
      RequestError: the data do not allow it; nothing is published.
      RunError: another version was published meanwhile.
    """
    started = time.monotonic()
    head = job.heads[position]
    done = finished(job, head)
    if done is not None:
        return done
    snapshot = existing(job.table, job.version)
    encoder = encoder_of(snapshot)
    data = _data(job, position, snapshot)
    folder = files.join(job.state, f"head-{position}")
    files.make_folder(folder)
    fitted = fit_head(data, folder)
    tuned: Tuned | None = None
    if head.fine_tune is not None:
        if encoder is None:
            raise no_encoder(snapshot.about.encoder, where="--fine-tune: the table's vectors are")
        tuned = fine_tune(data, fitted, snapshot, encoder, folder=files.join(folder, "fine-tune"))
        fitted = tuned.fitted
    METER.begin("evaluating")
    base = model_folder.MODELS.newest(job.folder(head))
    evaluation = _evaluate(data, fitted, snapshot, base, tuned)
    with _workplace(folder) as built:
        return _published_outcome(
            job, head, data, snapshot, encoder, fitted, tuned, evaluation, built, base=base, started=started
        )


@contextmanager
def _workplace(folder: str) -> Iterator[str]:
    """Gives a new local folder for the model: in the training's state, or where that is remote in the temporary folder."""
    if not files.is_local(folder):
        with local_disk.scratch() as work:
            yield files.join(work, "built")
        return
    built = files.join(folder, "built")
    folders.remove(built)
    yield built


def _published_outcome(
    job: TrainJob,
    head: HeadOptions,
    data: HeadData,
    snapshot: Snapshot,
    encoder: ResolvedEncoder | None,
    fitted: Fitted,
    tuned: Tuned | None,
    evaluation: Evaluation,
    built: str,
    *,
    base: int | None,
    started: float,
) -> Outcome:
    """Writes the model, and publishes it or keeps it as a candidate."""
    evaluated = time.monotonic()
    METER.begin("writing the model")
    vectors_only = save(
        built,
        fitted=fitted,
        transform=data.transform,
        names=data.labels.names,
        activation=data.activation,
        encoder=encoder,
        tuned=tuned,
    )
    gain = evaluation.gain(_published(base)).to_json() if base is not None else None
    good = gain is None or _beats(gain["value"], job.min_gain)
    verdict = _verdict(base, gain, job.min_gain) + _about_tuning(tuned, evaluation)
    is_tuned = tuned is not None and tuned.network is not None
    report = {
        "format": FORMAT,
        "title": files.basename(files.absolute(job.folder(head)).rstrip("/")),
        "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "model": {
            "path": job.folder(head),
            "version": (base or 0) + 1 if good else None,
            "published": good,
            "verdict": verdict,
            "head": "fine-tuned" if is_tuned else fitted.kind,
            "selection": fitted.selection,
            "task": "multi-label" if data.labels.several else "single-label",
            "labels": list(data.labels.names),
            "strength": fitted.inverse_regularization,
            "neighbours": fitted.neighbours,
            "temperature": fitted.temperature,
            "trained": fitted.trained,
        },
        "data": about_data(data, snapshot),
        "commands": [job.command] if job.command else [],
        **evaluation.report_parts(),
        "learning_curve": fitted.curve,
        "seconds": {
            **{name: round(value, 2) for name, value in fitted.seconds.items()},
            "evaluate and write": round(time.monotonic() - evaluated, 2),
        },
    }
    write_description(
        built,
        job,
        head,
        data,
        snapshot,
        fitted,
        report,
        base=base,
        gain=gain,
        is_tuned=is_tuned,
        vectors_only=vectors_only,
    )
    METER.begin("publishing")
    if good:
        number = model_folder.MODELS.publish(built, job.folder(head), after=base)
        where = files.join(job.folder(head), str(number))
    else:
        number, where = None, model_folder.MODELS.set_aside(built, job.folder(head), job.key)
    return Outcome(
        name=_name(job, head),
        folder=where,
        version=number,
        verdict=verdict,
        metrics=key_figures(report),
        gain=gain,
        rows=rows_of_sides(report),
        leaks=leak_count(report),
        seconds=time.monotonic() - started,
        head=fitted.kind,
        selection=fitted.selection,
        notes=(
            *label_notes(data.labels.names),
            *data.labels.notes,
            *([f"trained {fitted.trained}"] if fitted.trained else []),
            *([f"the exported model takes vectors, not raw items: {vectors_only}"] if vectors_only else []),
        ),
    )


def _data(job: TrainJob, position: int, snapshot: Snapshot) -> HeadData:
    prepared = Prepared.load(job.state)
    assert prepared is not None, "a head is trained after the rows were prepared"
    inputs = Inputs.of(job, snapshot.schema, snapshot.about.dim)
    transform = HeadTransform(files.join(job.state, FOLDER), inputs)
    head = job.heads[position]
    return HeadData(
        job=job,
        head=head,
        vectors=TableVectors(job.table, snapshot),
        prepared=prepared,
        labels=transform.labels(position, prepared.labels[head.name]),
        transform=transform,
    )


def _evaluate(data: HeadData, fitted: Fitted, snapshot: Snapshot, base: int | None, tuned: Tuned | None) -> Evaluation:
    """The test rows, scored by this head, by the majority class, and by the published version."""
    test = data.rows(TEST)
    published = _fair_model(data, base)
    before: Scores | None = None
    if published is not None and _same_encoder(published, snapshot):
        parts = [published.from_vectors(chunk.vectors, chunk.columns) for chunk in data.chunks(test)]
        before = np.concatenate(parts)
    elif published is not None:
        before = scores_of_items(published, data.job.table, snapshot, test)
    rows = np.flatnonzero(test)
    raw: Scores | None = None
    if tuned is not None:
        positions, scores = tuned.test_scores
    else:
        positions = rows
        parts = [np.asarray(fitted.model(x, training=False), np.float32) for x, _, _ in data.batches(test)]
        logits = np.concatenate(parts)
        scores = scores_of(logits, activation=data.activation, temperature=fitted.temperature)
        raw = scores_of(logits, activation=data.activation, temperature=1.0)
    others = {"majority class": majority_scores(data.labels, data.rows(TRAIN), len(positions))}
    if tuned is not None:
        others[_FROZEN] = tuned.frozen_scores
    if published is not None and before is not None:
        theirs = before[np.searchsorted(rows, positions)]
        others[_published(base)] = aligned(theirs, published.labels, data.labels.names)
    return Evaluation(
        table=data.job.table,
        snapshot=snapshot,
        labels=data.labels,
        rows=positions,
        scores=scores,
        raw_scores=raw,
        others=others,
    )


def _about_tuning(tuned: Tuned | None, evaluation: Evaluation) -> str:
    """Whether fine-tuning helped, in words."""
    if tuned is None:
        return ""
    if tuned.network is None:
        return "; no epoch of fine-tuning lowered the eval loss, so the head on the frozen encoder was kept"
    gain = evaluation.gain(_FROZEN)
    helped = "beats" if gain.low > 0 else "is not shown to beat"
    return f"; the fine-tuned model {helped} its own frozen head: {gain.value:+.4f} [{gain.low:+.4f}, {gain.high:+.4f}]"


def _fair_model(data: HeadData, base: int | None) -> ServedModel | None:
    if base is None:
        return None
    model = ServedModel(files.join(data.job.folder(data.head), str(base)))
    if (model.activation == "sigmoid") != data.labels.several:
        raise RequestError(
            f"{model.folder} was trained for {'several labels' if model.activation == 'sigmoid' else 'one label'} an item:"
            " the two cannot be compared, give another --to"
        )
    missing = [name for name in model.inputs.features if name not in data.transform.inputs.features]
    if missing:
        raise RequestError(
            f"{model.folder} sees the column {missing[0]!r}, so it cannot be compared without: add it to --features,"
            " or give another --to"
        )
    return model


def _same_encoder(model: ServedModel, snapshot: Snapshot) -> bool:
    ours = model.fact("encoder")["fingerprint"] == snapshot.about.encoder_fingerprint
    return ours and not model.fact("fine_tuned")


def _published(base: int | None) -> str:
    return f"published version {base}"


def _beats(gain: float | None, min_gain: float) -> bool:
    return gain is not None and (gain > 0 if min_gain == 0 else gain >= min_gain)


def _verdict(base: int | None, gain: dict[str, Any] | None, min_gain: float) -> str:
    if base is None or gain is None:
        return "it is the first version"
    on = f"accuracy {gain['value']:+.4f} [{gain['low']:+.4f}, {gain['high']:+.4f}] against version {base} on the same test items"
    wanted = "more than 0" if min_gain == 0 else f"at least {min_gain:+g}"
    return f"{on} ({wanted} is asked)"


def summary_line(outcome: Outcome) -> str:
    """`accuracy 0.882 [0.874, 0.889], macro F1 …`."""
    named = {"accuracy": "accuracy", "macro_f1": "macro F1", "ece": "calibration error"}
    return ", ".join(f"{name} {figure_text(outcome.metrics[key])}" for key, name in named.items())


def selection_line(outcome: Outcome) -> str:
    """`head: linear, by accuracy on 5 folds of 9,000 rows: linear 0.881 [0.874, 0.888], knn …`; "" where none was chosen."""
    return f"head: {Selection.from_json(outcome.selection)}" if outcome.selection else ""
