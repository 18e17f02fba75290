"""Renders the report of one refresh as a page: what changed, what it cost, what was published or held back and why.

`render` reads, beside the record, what shows why a table was held back, and the dead letters of tables. `render_list` makes the
page that leads to the reports of the last runs. Both open anywhere, offline; what keeps them safe is in `transforms.report`.
"""

from __future__ import annotations

import json
import posixpath
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from launch.refresh.record import RunRecord, StepRecord
from launch.refresh.report.words import MEANINGS, evidence_of, headline, summary_of
from launch.terminal.text import counted
from transforms.common.errors import VectormillError
from transforms.report import page
from transforms.storage import files

_TEMPLATE = Path(__file__).with_name("refresh.html.j2")
_LIST_TEMPLATE = Path(__file__).with_name("runs.html.j2")
_EXAMPLES = 5
"""Counter-examples that are shown of each broken contract, and dead letters of each table."""


def render(record: RunRecord, folder: str) -> str:
    """Returns the page, about 10 kB.

    Args:
      folder: where it will be: links are relative to it.
    """
    report = {
        "title": f"Refresh of {files.basename(record.job)}",
        "headline": headline(record),
        "record": record,
        "started": _utc(record.started),
        "troubles": [_trouble(step, folder) for step in record.of("failed", "held back")],
        "steps": [_step(step, folder) for step in record.steps],
        "dead": list(_dead_letters(record)),
        "seconds": {step.step: step.seconds for step in record.of("run", "held back", "failed")},
        "commands": [f"vectormill refresh {record.job}"],
    }
    return page(_TEMPLATE, report, figures={}, settings={"meanings": MEANINGS})


def render_list(records: Sequence[RunRecord]) -> str:
    """Returns the page RUNS/index.html, which leads to RUNS/ID/report.html of each of the records."""
    rows = [
        {"record": record, "started": _utc(record.started), "headline": headline(record), "steps": record.of("run")}
        for record in records
    ]
    job = files.basename(records[0].job) if records else ""
    report = {"title": f"Refreshes of {job}", "rows": rows}
    return page(_LIST_TEMPLATE, report, figures={}, settings={})


def _utc(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(seconds))


def _step(step: StepRecord, folder: str) -> dict[str, Any]:
    versions = [version for version in step.outputs.values() if version is not None]
    return {
        "record": step,
        "version": versions[0] if len(versions) == 1 else None,
        "summary": summary_of(step),
        "links": _links(step, folder),
    }


def _trouble(step: StepRecord, folder: str) -> dict[str, Any]:
    breaches, examples = _evidence(step)
    place = evidence_of(step)
    evidence = None if place is None else _address(files.join(place, "examples.parquet"), folder)
    links = _links(step, folder)
    return {"record": step, "breaches": breaches, "examples": examples, "evidence": evidence, "links": links}


def _evidence(step: StepRecord) -> tuple[list[dict[str, Any]], dict[str, list[dict[str, Any]]]]:
    """The contracts that a table broke, and by contract some rows that show it; nothing where there is no such thing."""
    place = evidence_of(step)
    if place is None:
        return [], {}
    try:
        import pyarrow.parquet as pq

        breaches = json.loads(files.read(files.join(place, "contracts.json")))
        with files.open_read(files.join(place, "examples.parquet")) as stream:
            rows = pq.read_table(stream).to_pylist()
    except (OSError, ValueError, VectormillError):
        return [], {}
    examples: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        shown = examples.setdefault(row["contract"], [])
        if len(shown) < _EXAMPLES and row["id"] not in {other["id"] for other in shown}:
            shown.append(row)
    return breaches, examples


def _links(step: StepRecord, folder: str) -> list[dict[str, str]]:
    """Words and address of what the step made that can be looked at."""
    found = []
    for facts in step.results:
        made = str(facts.get("folder") or "")
        inside = {"models": "assets.extra/report.html", "indexes": "report.html"}.get(step.section)
        if made and inside is not None:
            noun = "report of the model" if step.section == "models" else "report of the index"
            found.append((noun, files.join(made, inside)))
    return [
        {"words": words, "address": address, "path": path}
        for words, path in found
        if (address := _address(path, folder)) is not None
    ]


def _address(path: str, folder: str) -> str | None:
    """The path as a link from a page in the folder; None where they are in different stores."""
    (store, inner), (other, base) = _located(path), _located(folder)
    if store != other:
        return None
    relative = posixpath.relpath("/" + inner.lstrip("/"), "/" + base.lstrip("/"))
    return quote(relative)


def _located(path: str) -> tuple[str, str]:
    """`gs://bucket` and the rest; a local path has no store."""
    scheme, mark, rest = path.partition("://")
    if not mark:
        return "", path
    bucket, _, inner = rest.partition("/")
    return f"{scheme}://{bucket}", inner


def _dead_letters(record: RunRecord) -> Iterator[dict[str, Any]]:
    """Of each table that the run brought up to date and that lacks items: how many, and some of them."""
    for step in record.of("run"):
        if step.section != "tables" or not any(facts.get("dead") for facts in step.results):
            continue
        for table in step.outputs:
            letters = _letters(table)
            if letters:
                shown = letters[-_EXAMPLES:]
                lacking = counted(len(letters), "item")
                yield {"step": step.step, "lacking": lacking, "shown": shown, "folder": files.join(table, "_dead")}


def _letters(table: str) -> list[dict[str, Any]]:
    import pyarrow.compute as pc

    from transforms.corpus import dead_letters
    from transforms.table.open import existing

    ledger = existing(table).ledger
    shards = [name for name in ledger.filter(pc.greater(ledger["dead"], 0))["shard"].unique().to_pylist() if name]
    found: list[dict[str, Any]] = dead_letters.read(table, shards).to_pylist()
    return found
