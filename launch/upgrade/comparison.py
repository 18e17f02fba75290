"""Compares what is served with its shadow under another encoder: on the same test rows, and the same holdout queries."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from launch.refresh.freshness import newest, read_made
from launch.refresh.job_file import Step
from launch.upgrade.shadow import Shadow, Upgrade
from transforms.common.errors import RequestError
from transforms.compare.answers import Side
from transforms.compare.difference_files import difference_files
from transforms.compare.indexes import compare_indexes
from transforms.compare.models import compare_scored
from transforms.compare.predictions import ScoredBy
from transforms.compare.report import render
from transforms.heads.serve.served_model import ServedModel
from transforms.report import page
from transforms.storage import files
from transforms.storage.write_errors import writing
from transforms.table.open import existing
from transforms.table.snapshot import Snapshot
from transforms.table.vectors import TableVectors

FORMAT = "vectormill-upgrade-report-1"
_REPORT = "report"


def compare(shadow: Shadow, upgrade: Upgrade, *, encoded: int | None, seconds: float) -> dict[str, Any]:
    """Writes `report/` of an upgrade, and returns what its `report.json` holds.

    Models and indexes that are not served yet are named without figures.

    Args:
      encoded: items that this run encoded; None: it is not known.
      seconds: that it took to make the shadow.

    Raises:
      RequestError: the table that is served is not there.
    """
    served = shadow.served(shadow.table)
    old, new = existing(served.to), existing(shadow.table.to)
    out = files.join(shadow.folder, _REPORT)
    parts: dict[str, dict[str, Any]] = {"models": {}, "indexes": {}}
    for step in shadow.job.steps[1:]:
        made = read_made(shadow.job, step)
        for folder, number in (made.outputs if made is not None else {}).items():
            target = shadow.served(step).to + folder.removeprefix(step.to)
            name = step.name + target.removeprefix(shadow.served(step).to)
            before = newest(shadow.served(step), target)
            part = files.join(out, step.section.name, name)
            if before is None or number is None:
                parts[step.section.name][name] = {"before": before, "after": number}
                continue
            parts[step.section.name][name] = _compared(step, target, before, folder, number, (old, new), shadow, part)
    report = {
        "format": FORMAT,
        "title": f"{served.key}: {old.about.encoder} to {new.about.encoder}",
        "job": shadow.job.path,
        "table": upgrade.table,
        "before": {"encoder": old.about.encoder, "dim": old.about.dim, "rows": old.rows, "version": old.version},
        "after": {"encoder": new.about.encoder, "dim": new.about.dim, "rows": new.rows, "version": new.version},
        "rows": _rows(served.to, old, shadow.table.to, new),
        "encoded": encoded,
        "making": round(seconds, 1),
        **parts,
        "folder": out,
    }
    with writing(out):
        files.write(files.join(out, "report.json"), json.dumps(report, indent=1).encode())
        html = page(Path(__file__).with_name("report.html.j2"), report, figures={}, settings={})
        files.write(files.join(out, "report.html"), html.encode())
    return report


def _compared(
    step: Step,
    target: str,
    before: int,
    folder: str,
    after: int,
    snapshots: tuple[Snapshot, Snapshot],
    shadow: Shadow,
    out: str,
) -> dict[str, Any]:
    """Writes the report of one model or index, and returns its figures; words for why where it cannot be compared."""
    numbers: dict[str, Any] = {"before": before, "after": after}
    with difference_files(out) as tables:
        try:
            if step.section.name == "models":
                old = ScoredBy(
                    model=ServedModel(files.join(target, str(before))),
                    table=shadow.served(shadow.table).to,
                    snapshot=snapshots[0],
                )
                new = ScoredBy(
                    model=ServedModel(files.join(folder, str(after))), table=shadow.table.to, snapshot=snapshots[1]
                )
                found = compare_scored(old, new, tables)
            else:
                found = compare_indexes(Side(target, before), Side(folder, after), tables)
        except RequestError as error:
            return {**numbers, "problem": str(error)}
        names = [snapshot.about.encoder for snapshot in snapshots]
        found["title"] = f"{step.key}: {names[0]} to {names[1]}"
        found["before"]["name"], found["after"]["name"] = names
        files.write(files.join(out, "report.json"), json.dumps(found, indent=1).encode())
        files.write(files.join(out, "report.html"), render(found).encode())
    figures = ("on", "accuracy", "flips", "overlap", "label_agreement", "queries_changed")
    page_of = files.join(out, "report.html")
    return {**numbers, "report": page_of, **{name: found[name] for name in figures if found.get(name) is not None}}


def _rows(old_table: str, old: Snapshot, new_table: str, new: Snapshot) -> dict[str, int]:
    """How many rows each of the tables has that the other lacks."""
    ids = [
        pa.chunked_array(
            [batch.column("id").cast(pa.string()) for batch in TableVectors(table, snapshot).columns(["id"])],
            pa.string(),
        )
        for table, snapshot in ((old_table, old), (new_table, new))
    ]
    found = [len(one) - (pc.sum(pc.is_in(one, value_set=other)).as_py() or 0) for one, other in (ids, reversed(ids))]
    return {"lost": found[0], "new": found[1]}


def read_report(shadow_folder: str) -> Mapping[str, Any]:
    """The report that `compare` wrote; {} where there is none."""
    with suppress(OSError, ValueError):
        found: dict[str, Any] = json.loads(files.read(files.join(shadow_folder, _REPORT, "report.json")))
        return found
    return {}
