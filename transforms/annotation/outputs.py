"""Writes a list of rows to label: as CSV, as tasks of Label Studio, and as a page.

    FOLDER/
      label.csv          a line a row, with an empty column `answer` to be filled in
      tasks.json         Label Studio's tasks, with the suggestions as predictions
      label-config.xml   Label Studio's labelling interface for them
      label.html         the page: shows the rows, takes answers, saves them as a CSV file
      label.json         counts, figures and rows
      answers.csv        all answers so far (`all_answers`)

Tasks and predictions: https://labelstud.io/guide/tasks and https://labelstud.io/guide/predictions.
"""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import numpy as np

from transforms.annotation.all_answers import ANSWERS, LIST
from transforms.annotation.job import LabelJob, Survey
from transforms.annotation.labelled_rows import names_at
from transforms.annotation.survey import KnownRows
from transforms.common.errors import RequestError
from transforms.heads.rows.answers import COLUMN, CONTROL, ITEM_ID
from transforms.heads.rows.split import NAMES
from transforms.report import page, safe_pictures
from transforms.storage import files
from transforms.storage.output_folder import require_folder
from transforms.table.raw_items import raw_items, thumbnail
from transforms.table.vectors import TableVectors

FORMAT = "vectormill-label-1"
TASKS, CONFIG, PAGE, FACTS = "tasks.json", "label-config.xml", "label.html", "label.json"
HEADER = (
    "id", "answer", "reason", "score", "current", "suggested", "evidence", "side", "source", "column", "text"
)  # fmt: skip

_TEMPLATE = Path(__file__).with_name("label.html.j2")
_PICTURE = 240
_LONGEST_TEXT = 2_000
_MOST_BUTTONS = 12


def require_place(folder: str) -> None:
    """Refuses a folder that holds something else.

    Raises:
      RequestError: it does.
    """
    ours = {LIST, TASKS, CONFIG, PAGE, FACTS, ANSWERS}
    require_folder(
        folder, is_ours=ours.__contains__, takes="--to takes a new folder, or an earlier list", noun="a list of rows"
    )


def write_list(job: LabelJob, known: KnownRows, found: Survey) -> dict[str, Any]:
    """Writes all of it; returns what `label.json` holds."""
    rows = _rows(job, known, found)
    report = {
        "format": FORMAT,
        "title": f"{len(rows):,} rows of {job.table} to label",
        "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "table": job.table,
        "table_id": known.snapshot.table_id,
        "version": job.version,
        "column": job.label,
        "labels": list(known.labels.names),
        "several": known.labels.several,
        **found.facts,
        "notes": list(found.notes),
        "commands": [job.command] if job.command else [],
        "items": rows,
    }
    texts = {
        LIST: _csv(job, rows),
        TASKS: json.dumps(_tasks(job, known, rows), ensure_ascii=False, indent=1),
        CONFIG: _config(known),
        PAGE: render(report),
        FACTS: json.dumps({**report, "items": [_without_picture(row) for row in rows]}, ensure_ascii=False, indent=1),
    }
    for name, text in texts.items():
        files.write(files.join(job.out, name), text.encode("utf-8", "replace"))
    return report


def render(report: Mapping[str, Any]) -> str:
    """The page of a list."""
    shown = {**report, "items": [*map(_with_choices(report), safe_pictures(report["items"]))]}
    return page(_TEMPLATE, shown, figures={}, settings={})


def _with_choices(report: Mapping[str, Any]) -> Any:
    labels: list[str] = report["labels"]

    def add(row: dict[str, Any]) -> dict[str, Any]:
        """The labels that have a button: all, or of many those that are likely."""
        if len(labels) <= _MOST_BUTTONS or report["several"]:
            choices = labels
        else:
            choices = list(dict.fromkeys([*row["suggested"], *row["current"], *row["twin_labels"], *row["likely"]]))
        return {**row, "choices": choices}

    return add


def _rows(job: LabelJob, known: KnownRows, found: Survey) -> list[dict[str, Any]]:
    """What is shown of each chosen row, in the list's order."""
    wanted = np.zeros(known.snapshot.rows, np.bool_)
    wanted[[row for one in found.chosen for row in (one.row, one.twin) if row is not None]] = True
    columns: dict[int, dict[str, Any]] = {}
    for positions, batch in TableVectors(job.table, known.snapshot).chosen(wanted, ["id", "source"]):
        columns.update(zip(positions.tolist(), batch.to_pylist(), strict=True))
    shown = _payloads(job, known, wanted)
    made = []
    for one in found.chosen:
        about = columns[one.row]
        twin = None if one.twin is None else columns[one.twin]["id"]
        side = int(known.prepared.sides[one.row])
        made.append(
            {
                "id": about["id"],
                "reason": one.reason,
                "score": round(one.score, 4),
                "current": list(names_at(known.labels, one.row)),
                "suggested": list(one.suggested),
                "likely": list(one.likely),
                "evidence": one.evidence,
                "side": NAMES[side] if side < len(NAMES) else "",
                "source": about["source"],
                **shown.get(about["id"], {"text": None, "thumbnail": None}),
                "twin": None if twin is None else {"id": twin, **shown.get(twin, {"text": None, "thumbnail": None})},
                "twin_labels": [] if one.twin is None else list(names_at(known.labels, one.twin)),
            }
        )
    return made


def _payloads(job: LabelJob, known: KnownRows, wanted: Any) -> dict[str, dict[str, str | None]]:
    """Text or thumbnail of some rows by id; a corpus that has moved costs them, not the list."""
    is_text = not _has_images(known)
    found: dict[str, dict[str, str | None]] = {}
    if is_text and "text" not in known.snapshot.schema.names and known.snapshot.about.modality != "text":
        return found  # vectors that were imported without their items
    try:
        for name, payload in raw_items(job.table, known.snapshot, wanted):
            text = payload.decode("utf-8", "replace")[:_LONGEST_TEXT] if is_text else None
            found[name] = {"text": text, "thumbnail": None if is_text else thumbnail(payload, side=_PICTURE)}
    except (RequestError, OSError):
        return found
    return found


def _has_images(known: KnownRows) -> bool:
    return known.snapshot.about.modality == "image"


def _csv(job: LabelJob, rows: Sequence[Mapping[str, Any]]) -> str:
    out, between = io.StringIO(), job.separator or "; "
    writer = csv.writer(out)
    writer.writerow(HEADER)
    for row in rows:
        listed = {name: between.join(row[name]) for name in ("current", "suggested")}
        whole = {**row, **listed, "answer": "", "column": job.label, "text": row["text"] or ""}
        writer.writerow(whole[name] for name in HEADER)
    return out.getvalue()


def _tasks(job: LabelJob, known: KnownRows, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    is_text = not _has_images(known)
    tasks = []
    for row in rows:
        # Label Studio needs something to show, also where the corpus has moved.
        shown = {"text": row["text"] or row["id"]} if is_text else {"image": row["thumbnail"] or row["source"]}
        task: dict[str, Any] = {
            "data": {
                ITEM_ID: row["id"],
                COLUMN: job.label,
                **shown,
                "reason": row["reason"],
                "current": "; ".join(row["current"]),
                "evidence": row["evidence"],
            }
        }
        if row["suggested"]:
            result = {
                "id": "suggested",
                "from_name": CONTROL,
                "to_name": "item",
                "type": "choices",
                "value": {"choices": row["suggested"]},
            }
            task["predictions"] = [{"model_version": "vectormill", "score": row["score"], "result": [result]}]
        tasks.append(task)
    return tasks


def _config(known: KnownRows) -> str:
    is_text = not _has_images(known)
    shown = '<Text name="item" value="$text"/>' if is_text else '<Image name="item" value="$image"/>'
    choices = "\n".join(f"    <Choice value={quoteattr(name)}/>" for name in known.labels.names)
    kind = 'choice="multiple"' if known.labels.several else 'choice="single" required="true"'
    return (
        f'<View>\n  {shown}\n  <Header size="5" value="$reason: $evidence. Now: $current"/>\n'
        f'  <Choices name="{CONTROL}" toName="item" {kind}>\n{choices}\n  </Choices>\n</View>\n'
    )


def _without_picture(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in ("thumbnail", "twin")} | {
        "twin": None if row["twin"] is None else row["twin"]["id"]
    }
