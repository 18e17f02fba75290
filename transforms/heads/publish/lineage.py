"""What a model says of itself: `lineage.json`, and the parts of its report that tell where it came from."""

from __future__ import annotations

import csv
import io
import json
import os
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from transforms import encoders
from transforms.heads import model_folder
from transforms.heads.evaluation import report
from transforms.heads.evaluation.evaluate import key_figures, sides_told
from transforms.heads.fit.fit import Fitted
from transforms.heads.fit.training_data import HeadData
from transforms.heads.job import HeadOptions, TrainJob
from transforms.heads.rows.split import EVAL, TEST, TRAIN
from transforms.storage import files
from transforms.table.snapshot import About, Snapshot

MODEL_FORMAT = "vectormill-model-1"


def key_of(job: TrainJob, head: HeadOptions) -> str:
    """What decides the outcome of one head of a job."""
    return f"{job.key}/{head.name}"


def about_data(data: HeadData, snapshot: Snapshot) -> dict[str, Any]:
    """What a head learnt from, as "data" in a report."""
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
        "split": sides_told(data.labels, sides),
        "split_by": data.prepared.split_by,
        "leakage": None if found is None else {name: value for name, value in found.items() if name != "pairs"},
        "features": list(job.features),
    }


def describe(
    built: str,
    job: TrainJob,
    head: HeadOptions,
    data: HeadData,
    snapshot: Snapshot,
    fitted: Fitted,
    told: dict[str, Any],
    *,
    base: int | None,
    gain: dict[str, Any] | None,
    is_tuned: bool,
) -> None:
    """Writes lineage, report and the list of leaks into a built model."""
    about = snapshot.about
    prepared = data.prepared
    lineage = {
        "format": MODEL_FORMAT,
        "key": key_of(job, head),
        "created": told["created"],
        "code": _code(),
        "command": job.command,
        "labels": list(data.labels.names),
        "activation": data.activation,
        "temperature": fitted.temperature,
        "strength": fitted.strength,
        "fine_tuned": is_tuned,
        "inputs": asdict(data.transform.inputs),
        "head": asdict(head),
        "table": {"path": os.path.abspath(job.table), "version": job.version},
        "encoder": _tuned_encoder(built, about) if is_tuned else _encoder(about),
        "split": {"salt": prepared.salt, "by": prepared.split_by, "name": prepared.split_name, **asdict(job.split)},
        "metrics": key_figures(told),
        "rows": sizes(told),
        "leaks": leaks(told),
        "base": base,
        "gain": gain,
        "verdict": told["model"]["verdict"],
    }
    extra = files.join(built, model_folder.EXTRA)
    files.write(files.join(extra, model_folder.REPORT), json.dumps(told, indent=1).encode())
    files.write(files.join(extra, model_folder.PAGE), report.render(told).encode())
    if prepared.leakage is not None:
        files.write(files.join(extra, model_folder.LEAKS), _csv(prepared.leakage["pairs"]))
    files.write(files.join(extra, model_folder.LINEAGE), json.dumps(lineage, indent=1).encode())


def sizes(told: dict[str, Any]) -> dict[str, int]:
    """Items of each side, from a report."""
    return {side: found["rows"] for side, found in told["data"]["split"].items()}


def leaks(told: dict[str, Any]) -> int | None:
    """Held-out items that still have a near-duplicate among the training items."""
    leakage = told["data"]["leakage"]
    return None if leakage is None else 0 if leakage["moved"] else leakage["found"]


def _encoder(about: About) -> dict[str, Any]:
    return {
        "name": about.encoder,
        "handle": about.handle,
        "fingerprint": about.encoder_fingerprint,
        "precision": about.precision,
        "modality": about.modality,
        "dim": about.dim,
    }


def _tuned_encoder(built: str, about: About) -> dict[str, Any]:
    """The encoder that lies beside the head: it is known by its files, wherever they are."""
    path = files.join(built, model_folder.EXTRA, model_folder.ENCODER)
    resolved = encoders.resolve(path, precision="float32", trust=True, remember=False)
    told = {"handle": "", "fingerprint": resolved.fingerprint, "precision": resolved.precision}
    return {**_encoder(about), **told}


def _csv(pairs: list[list[Any]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["held_out", "train", "cosine"])
    writer.writerows(pairs)
    return out.getvalue().encode()


def _code() -> str:
    try:
        return version("vectormill")
    except PackageNotFoundError:
        return "unknown"
