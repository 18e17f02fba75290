"""Writes a model's lineage and report: where it came from, and how good it is."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from transforms import encoders
from transforms.heads import model_folder
from transforms.heads.evaluation.evaluate import key_figures, rows_by_side
from transforms.heads.evaluation.report import render
from transforms.heads.fit.fitted import Fitted
from transforms.heads.fit.training_data import HeadData
from transforms.heads.job import HeadOptions, TrainJob
from transforms.heads.rows.labels import label_notes
from transforms.heads.rows.split import EVAL, TEST, TRAIN
from transforms.storage import files
from transforms.table.snapshot import Provenance, Snapshot


def key_of(job: TrainJob, head: HeadOptions) -> str:
    """The name of all that decides the outcome of one head of a job."""
    return f"{job.key}/{head.name}"


def about_data(data: HeadData, snapshot: Snapshot) -> dict[str, Any]:
    """The table, split and leakage of a training, as "data" in a report."""
    about, job = snapshot.about, data.job
    sides = {"train": data.rows(TRAIN), "eval": data.rows(EVAL), "test": data.rows(TEST)}
    found = data.prepared.leakage
    return {
        "table": job.table,
        "version": job.version,
        "encoder": about.encoder,
        "encoder_fingerprint": about.encoder_fingerprint,
        "modality": about.modality,
        "rows": snapshot.rows,
        "unlabelled": int((~data.labels.known).sum()),
        "split": rows_by_side(data.labels, sides),
        "split_by": data.prepared.split_by,
        "leakage": None if found is None else {name: value for name, value in found.items() if name != "pairs"},
        "features": list(job.features),
        "notes": [*label_notes(data.labels.names), *data.labels.notes],
    }


def write_description(
    built: str,
    job: TrainJob,
    head: HeadOptions,
    data: HeadData,
    snapshot: Snapshot,
    fitted: Fitted,
    report: dict[str, Any],
    *,
    base: int | None,
    gain: dict[str, Any] | None,
    is_tuned: bool,
    vectors_only: str,
) -> None:
    """Writes lineage, report and the list of leaks into a built model."""
    about = snapshot.about
    prepared = data.prepared
    lineage = {
        "format": model_folder.MODEL_FORMAT,
        "key": key_of(job, head),
        "created": report["created"],
        "code": _code(),
        "command": job.command,
        "labels": list(data.labels.names),
        "label_notes": list(data.labels.notes),
        "activation": data.activation,
        "temperature": fitted.temperature,
        "strength": fitted.inverse_regularization,
        "neighbours": fitted.neighbours,
        "head_kind": fitted.kind,
        "selection": fitted.selection,
        "fine_tuned": is_tuned,
        "vectors_only": vectors_only,
        "inputs": asdict(data.transform.inputs),
        "head": head.to_json(),
        "settings": job.settings(),
        "table": {"id": snapshot.table_id, "path": files.absolute(job.table), "version": job.version},
        "encoder": _tuned_encoder(built, about) if is_tuned else _encoder(about),
        "split": {"salt": prepared.salt, "by": prepared.split_by, "name": prepared.split_name, **asdict(job.split)},
        "metrics": key_figures(report),
        "rows": rows_of_sides(report),
        "leaks": leak_count(report),
        "base": base,
        "gain": gain,
        "verdict": report["model"]["verdict"],
    }
    extra = files.join(built, model_folder.EXTRA)
    files.write(files.join(extra, model_folder.REPORT), json.dumps(report, indent=1).encode())
    files.write(files.join(extra, model_folder.PAGE), render(report).encode())
    if prepared.leakage is not None:
        leaking = _csv(("held_out", "train", "cosine"), prepared.leakage["pairs"])
        files.write(files.join(extra, model_folder.LEAKS), leaking)
    if prepared.moved:
        files.write(files.join(extra, model_folder.MOVED), _csv(("id",), [[name] for name in prepared.moved]))
    files.write(files.join(extra, model_folder.LINEAGE), json.dumps(lineage, indent=1).encode())


def rows_of_sides(report: dict[str, Any]) -> dict[str, int]:
    """Items of each side, from a report."""
    return {side: found["rows"] for side, found in report["data"]["split"].items()}


def leak_count(report: dict[str, Any]) -> int | None:
    """Held-out items that still have a near-duplicate among the training items."""
    leakage = report["data"]["leakage"]
    return None if leakage is None else 0 if leakage["moved"] else leakage["found"]


def _encoder(about: Provenance) -> dict[str, Any]:
    return {
        "name": about.encoder,
        "handle": about.handle,
        "fingerprint": about.encoder_fingerprint,
        "precision": about.precision,
        "modality": about.modality,
        "dim": about.dim,
    }


def _tuned_encoder(built: str, about: Provenance) -> dict[str, Any]:
    """The encoder that lies beside the head: it is known by its files, wherever they are."""
    path = files.join(built, model_folder.EXTRA, model_folder.ENCODER)
    resolved = encoders.resolve(path, precision="float32", trust=True, remember=False)
    own = {"handle": "", "fingerprint": resolved.fingerprint, "precision": resolved.precision}
    return {**_encoder(about), **own}


def _csv(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue().encode()


def _code() -> str:
    try:
        return version("vectormill")
    except PackageNotFoundError:
        return "unknown"
